#include "fs/disk/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/base/text.h"
#include "core/store/kek.h"
#include "fs/disk/handover.h"
#include "fs/disk/holder.h"
#include "fs/host/log.h"
#include "fs/host/mountinfo.h"
#include "fs/host/safe_path.h"

enum { LOCK_TRIES = 40, LOCK_PAUSE_MS = 50, UNSAFE_SHOWN_SIZE = 401, POINT_SHOWN_SIZE = 51 };

static int disk_open_directory(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/*
 * A certfs that was just unmounted may hold the lock for a moment, so retries. flock(2) belongs to the open file
 * description, which the worker inherits; other failures are reported by the worker (core/store/dir_store.h).
 */
static int disk_lock(int directory, const char *store, struct fault *f)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
    for (int tries = 0; tries < LOCK_TRIES; tries++) {
        if (flock(directory, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            return 0;
        nanosleep(&pause, NULL);
    }
    return holder_refuse(directory, store, f);
}

/* Not a fault, so that an upgrade does not stop a host. */
void disk_check_paths(const struct options *options, struct disk *ret)
{
    const struct {
        const char *name, *path;
        uid_t trusted;
    } places[DISK_PLACES] = {{"STORE", options->store, options->worker},
                             {"kek_dir", options->kek_dir, geteuid()},
                             {"MOUNTPOINT", options->mountpoint, geteuid()}};
    char culprit[PATH_MAX], shown[UNSAFE_SHOWN_SIZE];
    struct stat facts;
    for (size_t i = 0; i < DISK_PLACES; i++) {
        if (places[i].path[0] != '/' ||
            safe_path_check(places[i].path, places[i].trusted, &facts, culprit) != SAFE_PATH_UNSAFE)
            continue;
        text_fit(culprit, shown, sizeof(shown));
        snprintf(ret->unsafe[i], sizeof(ret->unsafe[i]),
                 "others can write or replace %s, which leads to %s: chmod it, and restart", shown, places[i].name);
    }
}

/* The files of another certfs change with its imports, and two could need each other to start. */
static int disk_refuse_certfs(const char *what, const char *path, struct fault *f)
{
    CLEANUP(buf_done) struct buf list = {0};
    struct fault ignored = {.reason = REASON_NONE};
    struct mountinfo mount;
    char point[POINT_SHOWN_SIZE];
    if (mountinfo_read(&list, &ignored) != 0 || !mountinfo_find((const char *)list.data, path, &mount) ||
        strcmp(mount.type, "fuse.certfs") != 0)
        return 0;
    text_fit(mount.point, point, sizeof(point));
    return fault_set(f, REASON_USAGE, "", "%s lies in a certfs mount, %s: choose a directory on a disk", what, point);
}

static bool disk_is_at(int store, const char *path)
{
    struct stat held, found;
    return store >= 0 && fstat(store, &held) == 0 && stat(path, &found) == 0 && held.st_dev == found.st_dev &&
           held.st_ino == found.st_ino;
}

int disk_open(const struct options *options, int kept, struct disk *ret, struct fault *f)
{
    const bool none = strcmp(options->store, "none") == 0;
    *ret = (struct disk){.store = -1, .keys = -1, .user = geteuid()};
    if (none || disk_refuse_certfs("STORE", options->store, f) != 0 ||
        disk_refuse_certfs("kek_dir", options->kek_dir, f) != 0) {
        close_fd(&kept);
        return none ? 0 : -1;
    }
    ret->kept = disk_is_at(kept, options->store);
    if (!ret->kept)
        close_fd(&kept);
    ret->store = ret->kept ? kept : disk_open_directory(options->store);
    if (ret->store < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "%scannot open STORE %s",
                               errno == EACCES && geteuid() != 0 ? "run certfs as root (sudo): " : "", options->store);
    if (disk_lock(ret->store, options->store, f) != 0)
        return -1;
    /* Failure is reported later by the worker, when it loads the default key. */
    ret->keys = open(options->kek_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return 0;
}

static void disk_stay_root(struct disk *disk, struct problems *problems, struct fault *f)
{
    char sentence[PROBLEMS_SIZE];
    snprintf(sentence, sizeof(sentence), "the worker runs as root, since STORE was not handed over to its user: %s",
             f->message);
    fault_clear(f);
    problems_add(problems, sentence);
    disk->worker = account_of_process();
}

static void disk_log_hand_over(const struct options *options, const struct account *to)
{
    char path[POINT_SHOWN_SIZE];
    const struct passwd *user = getpwuid(to->user);
    text_fit(options->store, path, sizeof(path));
    log_line(LOG_NOTICE,
             "STORE %s now belongs to %s (uid %u), the user of the worker; an older certfs needs chown -R root first",
             path, user != NULL ? user->pw_name : "a user without a name", (unsigned)to->user);
}

int disk_hand_over(const struct options *options, struct disk *disk, struct problems *problems, struct fault *f)
{
    struct stat before;
    bool untouched;
    disk->worker = (struct account){.user = options->worker, .group = options->worker_group};
    if (disk->store < 0 || geteuid() != 0)
        return 0;
    const bool roots = fstat(disk->store, &before) == 0 && before.st_uid != disk->worker.user;
    if (handover_store(disk->store, options->store, &disk->worker, &untouched, f) == 0) {
        if (roots)
            disk_log_hand_over(options, &disk->worker);
        return 0;
    }
    if (!untouched || options->worker_choice == OPTIONS_WORKER_GIVEN)
        return -1;
    disk_stay_root(disk, problems, f);
    return 0;
}

static void disk_make_default_directory(const struct options *options)
{
    if (strcmp(options->kek_dir, OPTIONS_KEK_DIR) != 0)
        return;
    (void)mkdir("/etc/certfs", 0755);
    (void)mkdir(OPTIONS_KEK_DIR, 0700);
}

int disk_new_key(const struct options *options, struct fault *f)
{
    disk_make_default_directory(options);
    int directory = disk_open_directory(options->kek_dir);
    if (directory < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot open the directory of keys %s", options->kek_dir);
    int result = kek_create(directory, options->new_key, f);
    close(directory);
    if (result == 0)
        printf("the key-encryption key %s is in %s; keep a copy elsewhere: without it nothing in STORE opens\n",
               options->new_key, options->kek_dir);
    return result;
}
