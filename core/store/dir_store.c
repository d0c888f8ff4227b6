/*
 * How a record is replaced. NAME with the ending .certfs-new gets the new bytes and is synced. The old record gets a
 * second name, with .certfs-old; then the new one is renamed to NAME and the directory is synced: that is the moment
 * from which the new record is there. If something fails before that, the old one is renamed back; at the end its
 * second name is unlinked. How one is removed: NAME is renamed, with .certfs-gone, and the directory is synced, the
 * moment from which it is removed; then what else belongs to the record is unlinked, and NAME.certfs-gone last. So
 * files with these names at opening are leftovers and are removed, and an interrupted removal is finished
 * (record_files.c). Everything else in the directory stays.
 */
#include "core/store/dir_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/directory.h"
#include "core/store/record_files.h"
#include "core/store/rights.h"
#include "core/store/standing.h"

enum { PATH_SIZE = DIR_STORE_NAME_SIZE + 16, ASIDE_MAX = 99 };

struct dir_store {
    int fd;
    struct standing standing;
    dev_t device;
    struct mark mark;
};

static int dir_store_fail(const char *what, struct fault *f)
{
    return fault_set_errno(f, REASON_STORE_FAILED, errno, "the store: %s failed", what);
}

/* The kernel makes no link to a record of another user (protected_hardlinks, proc_sys_fs(5)). */
static int dir_store_fail_at(const struct dir_store *store, const char *name, const char *what, struct fault *f)
{
    const int error = errno;
    if ((error == EACCES || error == EPERM) &&
        rights_check_record(store->fd, name, store->standing.host.hands_over, f) != 0)
        return -1;
    errno = error;
    return dir_store_fail(what, f);
}

static void dir_store_path_of(const char *name, const char *ending, char ret[static PATH_SIZE])
{
    snprintf(ret, PATH_SIZE, "%s%s", name, ending);
}

/* ---- putting ---- */

static int dir_store_write_all(int fd, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.data, bytes.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written == 0)
            errno = EIO; /* or it would be tried for ever */
        if (written <= 0)
            return -1;
        bytes.data += written;
        bytes.len -= (size_t)written;
    }
    return 0;
}

static int dir_store_fill_new(int fd, struct span bytes, struct fault *f)
{
    if (dir_store_write_all(fd, bytes) != 0)
        return dir_store_fail("write", f);
    return fsync(fd) == 0 ? 0 : dir_store_fail("fsync", f);
}

static int dir_store_make_new(const struct dir_store *store, const char *path, struct span bytes, struct fault *f)
{
    if (standing_check(&store->standing, false, f) != 0)
        return -1;
    if (unlinkat(store->fd, path, 0) != 0 && errno != ENOENT)
        return dir_store_fail("unlink", f);
    int fd = openat(store->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == ENOENT)
        return fault_set(f, REASON_STORE_FAILED, "",
                         "the store is gone: its directory was removed; make it and start certfs anew");
    if (fd < 0)
        return dir_store_fail("open", f);
    int result = dir_store_fill_new(fd, bytes, f);
    if (close(fd) != 0 && result == 0)
        result = dir_store_fail("close", f);
    if (result != 0)
        unlinkat(store->fd, path, 0);
    return result;
}

/* Gives the record a second name. Returns 1 if there was one, 0 if not. */
static int dir_store_keep_old(const struct dir_store *store, const char *name, const char *old, struct fault *f)
{
    if (unlinkat(store->fd, old, 0) != 0 && errno != ENOENT)
        return dir_store_fail("unlink", f);
    if (linkat(store->fd, name, store->fd, old, 0) == 0)
        return 1;
    return errno == ENOENT ? 0 : dir_store_fail_at(store, name, "link", f);
}

/* Rolls back to the old record. The fsync is best effort: the new record was never acknowledged. */
static void dir_store_put_back(const struct dir_store *store, const char *name, const char *old, bool had_old)
{
    if (had_old)
        (void)renameat(store->fd, old, store->fd, name);
    else
        (void)unlinkat(store->fd, name, 0);
    (void)fsync(store->fd);
}

/* The mark first: a number on disk was marked before. The place last: if STORE moves later, it moves whole. */
static int dir_store_rename_new(struct dir_store *store, const char *name, const char *new, uint64_t number,
                                struct fault *f)
{
    if (mark_raise(store->fd, &store->mark, number, f) != 0 || standing_check(&store->standing, false, f) != 0)
        return -1;
    return renameat(store->fd, new, store->fd, name) == 0 ? 0 : dir_store_fail("rename", f);
}

/* `old`: the second name that the old record has by now, "" if there is none. It stays if `keep`. */
static int dir_store_swap_in(struct dir_store *store, const char *name, const char *new, const char *old, bool keep,
                             uint64_t number, struct fault *f)
{
    bool had_old = old[0] != '\0';
    if (dir_store_rename_new(store, name, new, number, f) != 0) {
        if (had_old)
            (void)unlinkat(store->fd, old, 0);
        return -1;
    }
    if (fsync(store->fd) != 0) {
        dir_store_fail("fsync of the directory", f);
        dir_store_put_back(store, name, old, had_old);
        return -1;
    }
    if (had_old && !keep)
        (void)unlinkat(store->fd, old, 0); /* if it stays, the next opening removes it */
    return 0;
}

int dir_store_put(struct dir_store *store, const char *name, struct span record, uint64_t number, struct fault *f)
{
    char new[PATH_SIZE], old[PATH_SIZE];
    dir_store_path_of(name, ".certfs-new", new);
    dir_store_path_of(name, ".certfs-old", old);
    if (dir_store_make_new(store, new, record, f) != 0)
        return -1;
    int had_old = dir_store_keep_old(store, name, old, f);
    if (had_old == 0)
        old[0] = '\0';
    if (had_old >= 0 && dir_store_swap_in(store, name, new, old, false, number, f) == 0)
        return 0;
    (void)unlinkat(store->fd, new, 0);
    return -1;
}

/* The first free of NAME.unopened, NAME.unopened.2, ...; "" if there is no record to keep. */
static int dir_store_keep_aside(const struct dir_store *store, const char *name, char ret[static PATH_SIZE],
                                struct fault *f)
{
    dir_store_path_of(name, ".unopened", ret);
    for (unsigned number = 2; linkat(store->fd, name, store->fd, ret, 0) != 0; number++) {
        if (errno == ENOENT) {
            ret[0] = '\0';
            return 0;
        }
        if (errno != EEXIST || number > ASIDE_MAX)
            return dir_store_fail_at(store, name, "link", f);
        snprintf(ret, PATH_SIZE, "%s.unopened.%u", name, number);
    }
    return 0;
}

int dir_store_put_aside(struct dir_store *store, const char *name, struct span record, uint64_t number, struct fault *f)
{
    char new[PATH_SIZE], aside[PATH_SIZE];
    dir_store_path_of(name, ".certfs-new", new);
    if (dir_store_make_new(store, new, record, f) != 0)
        return -1;
    if (dir_store_keep_aside(store, name, aside, f) == 0 &&
        dir_store_swap_in(store, name, new, aside, true, number, f) == 0)
        return 0;
    (void)unlinkat(store->fd, new, 0);
    return -1;
}

/* After the rename: the other files of the record are unlinked and synced before NAME.certfs-gone, which stands for
 * them. */
static int dir_store_remove_rest(const struct dir_store *store, const char *name, size_t *ret, struct fault *f)
{
    if (record_files_remove(store->fd, name, ret, f) != 0)
        return -1;
    return *ret == 0 || fsync(store->fd) == 0 ? 0 : dir_store_fail("fsync of the directory", f);
}

static int dir_store_remove_record(const struct dir_store *store, const char *name, struct fault *f)
{
    char gone[PATH_SIZE];
    size_t count;
    dir_store_path_of(name, ".certfs-gone", gone);
    if (renameat(store->fd, name, store->fd, gone) != 0)
        return dir_store_fail("rename", f);
    int result = fsync(store->fd) == 0 ? dir_store_remove_rest(store, name, &count, f)
                                       : dir_store_fail("fsync of the directory", f);
    if (result == 0 && unlinkat(store->fd, gone, 0) != 0)
        result = dir_store_fail("unlink", f);
    if (result != 0) {
        dir_store_put_back(store, name, gone, true);
        return -1;
    }
    /* Removed for good; if this fails, a power cut can bring it back as a leftover, and the next opening removes it. */
    (void)fsync(store->fd);
    return 0;
}

int dir_store_remove(struct dir_store *store, const char *name, enum store_removed *ret, struct fault *f)
{
    size_t count = 0;
    if (standing_check(&store->standing, true, f) != 0)
        return -1;
    if (dir_store_has(store, name)) {
        *ret = DIR_STORE_REMOVED_RECORD;
        return dir_store_remove_record(store, name, f);
    }
    int result = dir_store_remove_rest(store, name, &count, f);
    if (count == 0)
        (void)fsync(store->fd); /* the mark is not worth a refusal */
    *ret = count > 0 ? DIR_STORE_REMOVED_ASIDE : DIR_STORE_REMOVED_NOTHING;
    return result;
}

bool dir_store_has(const struct dir_store *store, const char *name)
{
    return record_files_is_file(store->fd, name);
}

int dir_store_stamp(const struct dir_store *store, const char *name, struct stamp *ret, struct fault *f)
{
    if (stamp_take(store->fd, name, ret))
        return 0;
    return rights_check(store->fd, store->standing.host.hands_over, f) != 0
               ? -1
               : fault_set(f, REASON_NOT_FOUND, "", "the record is missing");
}

int dir_store_has_any(const struct dir_store *store, const char *name, bool *ret, struct fault *f)
{
    size_t count;
    if (rights_check(store->fd, store->standing.host.hands_over, f) != 0 ||
        record_files_count(store->fd, name, &count, f) != 0)
        return -1;
    *ret = count > 0 || dir_store_has(store, name);
    return 0;
}

/* ---- getting ---- */

int dir_store_get(struct dir_store *store, const char *name, struct buf *ret, struct fault *f)
{
    CLEANUP(close_fd) int fd = openat(store->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat facts;
    if (fd < 0 || fstat(fd, &facts) != 0)
        return dir_store_fail_at(store, name, "open", f);
    if (!S_ISREG(facts.st_mode) || facts.st_size > BUF_MAX)
        return fault_set(f, REASON_STORE_FAILED, "", "the store: this is no record of certfs");
    if (buf_reserve(ret, (size_t)facts.st_size + 1, f) != 0)
        return -1;
    ssize_t length;
    while ((length = read(fd, ret->data + ret->len, ret->capacity - ret->len)) != 0) {
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return dir_store_fail("read", f);
        ret->len += (size_t)length;
        if (buf_reserve(ret, 1, f) != 0)
            return -1;
    }
    return 0;
}

struct visiting {
    int (*visit)(void *context, const char *name);
    void *context;
    int result; /* of the last visit */
};

static int dir_store_visit_record(void *context, const char *name)
{
    struct visiting *v = context;
    if (record_files_is_record(name))
        v->result = v->visit(v->context, name);
    return v->result;
}

int dir_store_each(struct dir_store *store, int (*visit)(void *context, const char *name), void *context,
                   struct fault *f)
{
    struct visiting v = {.visit = visit, .context = context};
    int result = directory_each(store->fd, dir_store_visit_record, &v);
    return result == v.result ? result : dir_store_fail("listing", f);
}

/* ---- opening ---- */

static int dir_store_check_rights(const struct stat *facts, struct fault *f)
{
    if (facts->st_uid != geteuid())
        return fault_set(f, REASON_STORE_FAILED, "", "STORE must belong to the user who mounts (uid %u, not %u)",
                         (unsigned)geteuid(), (unsigned)facts->st_uid);
    const bool safe = (facts->st_mode & (S_IWGRP | S_IWOTH)) == 0;
    return safe ? 0 : fault_set(f, REASON_STORE_FAILED, "", "others can write to STORE; chmod 0700 it");
}

static int dir_store_check(struct dir_store *store, bool taken_over, struct fault *f)
{
    struct stat facts;
    if (fstat(store->fd, &facts) != 0)
        return dir_store_fail("stat", f);
    if (!S_ISDIR(facts.st_mode))
        return fault_set(f, REASON_STORE_FAILED, "", "STORE is not a directory");
    if (!taken_over && dir_store_check_rights(&facts, f) != 0)
        return -1;
    if (flock(store->fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? fault_set(f, REASON_STORE_FAILED, "", "another certfs is using STORE")
                                    : dir_store_fail("lock", f);
    store->device = facts.st_dev;
    return 0;
}

int dir_store_settle(struct dir_store *store, struct fault *f)
{
    if (record_files_settle(store->fd, f) != 0)
        return -1;
    return fsync(store->fd) == 0 ? 0 : dir_store_fail("fsync of the directory", f);
}

int dir_store_open(int fd, bool taken_over, struct dir_store **ret, struct fault *f)
{
    CLEANUP(dir_store_freep) struct dir_store *store = malloc(sizeof(*store));
    if (store == NULL) {
        close_fd(&fd);
        return fault_no_memory(f);
    }
    *store = (struct dir_store){.fd = fd, .standing = {.directory = fd, .place = directory_place(fd, NULL)}};
    if (dir_store_check(store, taken_over, f) != 0 || (!taken_over && record_files_settle(fd, f) != 0) ||
        mark_open(fd, &store->mark, f) != 0)
        return -1;
    *ret = TAKE(store);
    return 0;
}

void dir_store_freep(struct dir_store **store)
{
    if (*store != NULL) {
        directory_place_done(&(*store)->standing.place);
        close_fd(&(*store)->fd);
    }
    free(*store);
}

void dir_store_stands_at(struct dir_store *store, const char *path)
{
    directory_place_done(&store->standing.place);
    store->standing.place = directory_place(store->fd, path);
}

void dir_store_is_found_by(struct dir_store *store, const struct standing_host *host)
{
    store->standing.host = *host;
}

bool dir_store_is_in_place(const struct dir_store *store)
{
    return standing_is_in_place(&store->standing);
}

dev_t dir_store_device(const struct dir_store *store)
{
    return store->device;
}

struct mark dir_store_mark(const struct dir_store *store)
{
    return store->mark;
}

int dir_store_raise_mark(struct dir_store *store, uint64_t number, struct fault *f)
{
    return rights_check(store->fd, store->standing.host.hands_over, f) == 0
               ? mark_raise(store->fd, &store->mark, number, f)
               : -1;
}
