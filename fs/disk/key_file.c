#include "fs/disk/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/store/kek.h"

static int key_file_refuse(int error)
{
    errno = error;
    return -1;
}

/* A name of kek_is_file is one component, so that openat resolves nothing else either where openat2 is filtered. */
static int key_file_find(int directory, const char *name, bool cached)
{
    enum { FLAGS = O_PATH | O_NOFOLLOW | O_CLOEXEC };
    const struct open_how how = {.flags = FLAGS,
                                 .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
                                            (cached ? RESOLVE_CACHED : 0U)};
    int fd = (int)syscall(SYS_openat2, directory, name, &how, sizeof(how));
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
        return fd;
    return cached ? key_file_refuse(EAGAIN) : openat(directory, name, FLAGS);
}

/*
 * The supervisor of root may read every file, but a key that its user could not read without privileges is another
 * user's, who could change it.
 */
static bool key_file_is_permitted(const struct stat *facts)
{
    const mode_t bit = facts->st_uid == geteuid() ? S_IRUSR : facts->st_gid == getegid() ? S_IRGRP : S_IROTH;
    return (facts->st_mode & bit) != 0;
}

/* Opens the file of this descriptor, whatever has its name by now. */
static int key_file_reopen(int fd)
{
    char path[40];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int again = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (again < 0 && errno == ENOENT)
        errno = EIO; /* there is no /proc; the file exists */
    return again;
}

static int key_file_take(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

int key_file_open(int directory, const char *name, bool cached)
{
    struct stat facts;
    if (!kek_is_file(name))
        return key_file_refuse(EINVAL);
    CLEANUP(close_fd) int fd = key_file_find(directory, name, cached);
    if (fd < 0 || fstat(fd, &facts) != 0)
        return -1;
    if (S_ISLNK(facts.st_mode))
        return key_file_refuse(ELOOP);
    if (kek_can_be_in(&facts))
        return key_file_is_permitted(&facts) ? key_file_reopen(fd) : key_file_refuse(EACCES);
    return key_file_take(&fd);
}

int key_file_look(int directory, const char *name, struct stat *ret)
{
    return kek_is_file(name) ? fstatat(directory, name, ret, AT_SYMLINK_NOFOLLOW) : key_file_refuse(EINVAL);
}
