#include "fs/disk/holder.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "fs/host/mountinfo.h"
#include "fs/host/process.h"

enum { SHOWN_SIZE = 45 };

static void holder_close_file(FILE **file)
{
    if (*file != NULL)
        fclose(*file);
}

/*
 * The process that holds flock(2) on this inode, from proc_locks(5); 0 if it is not visible in this namespace. Devices
 * are not compared: on some filesystems they differ from those of stat(2). A false match only affects the message.
 */
static pid_t holder_find_owner(const struct stat *directory)
{
    CLEANUP(holder_close_file) FILE *locks = fopen("/proc/locks", "re");
    char line[256], inode[32];
    pid_t pid = 0;
    snprintf(inode, sizeof(inode), ":%ju ", (uintmax_t)directory->st_ino);
    while (locks != NULL && pid <= 0 && fgets(line, sizeof(line), locks) != NULL) {
        const char *mode = strstr(line, " FLOCK ") == NULL ? NULL : strstr(line, " WRITE ");
        if (mode != NULL && strstr(mode, inode) != NULL)
            pid = (pid_t)strtol(mode + strlen(" WRITE "), NULL, 10);
    }
    return pid;
}

/* The mount point of the certfs with this source in the namespace of the process; false if there is none. */
static bool holder_find_mount(pid_t pid, const char *store, char ret[static PATH_MAX])
{
    CLEANUP(buf_done) struct buf list = {0};
    struct fault ignored = {.reason = REASON_NONE};
    struct mountinfo mount;
    if (mountinfo_read_of(pid, &list, &ignored) != 0)
        return false;
    for (const char *text = (const char *)list.data; mountinfo_next(&text, &mount);)
        if (strcmp(mount.type, "fuse.certfs") == 0 && strcmp(mount.source, store) == 0) {
            memcpy(ret, mount.point, sizeof(mount.point));
            return true;
        }
    return false;
}

int holder_refuse(int fd, const char *store, struct fault *f)
{
    char point[PATH_MAX], shown[SHOWN_SIZE];
    struct process holder;
    struct stat directory;
    pid_t pid = fstat(fd, &directory) == 0 ? holder_find_owner(&directory) : 0;
    if (pid <= 0)
        return fault_set(f, REASON_SYSTEM, "", "another certfs is using STORE, in another container; stop it first");
    process_of_thread(pid, &holder);
    if (strncmp(holder.program, "certfs", strlen("certfs")) != 0)
        return fault_set(f, REASON_SYSTEM, "", "process %d (%s) holds a lock on STORE; end it first", (int)pid,
                         holder.program);
    if (holder_find_mount(pid, store, point)) {
        text_fit(point, shown, sizeof(shown));
        return fault_set(f, REASON_SYSTEM, "", "another certfs is using STORE: process %d at %s; umount it first",
                         (int)pid, shown);
    }
    return fault_set(f, REASON_SYSTEM, "",
                     "another certfs is using STORE: process %d, unmounted but in use; end it first: kill %d", (int)pid,
                     (int)pid);
}
