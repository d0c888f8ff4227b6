/*
 * How a record is replaced. NAME with the ending .certfs-new gets the new bytes and is synced. The old record gets a
 * second name, with .certfs-old; then the new one is renamed to NAME and the directory is synced: that is the moment
 * from which the new record is there. Where something fails before it, the old one is renamed back; at the end its
 * second name goes. How one is removed: NAME is renamed, with .certfs-gone, and the directory is synced, the moment
 * from which it is removed; then it is unlinked. So what is found under one of these names at opening is a leftover
 * and goes. Everything else in the directory is somebody else's and stays.
 */
#include "core/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

enum { PATH_SIZE = STORE_NAME_SIZE + 16, ASIDE_MAX = 99 };

static const char mark_name[] = "generation";

struct store {
    int fd;
    dev_t device;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static int fail(const char *what, struct fault *f)
{
    return fault_set_errno(f, REASON_STORE_FAILED, errno, "the store: %s failed", what);
}

static void path_of(const char *name, const char *ending, char ret[static PATH_SIZE])
{
    snprintf(ret, PATH_SIZE, "%s%s", name, ending);
}

void store_name(const char *identifier, char ret[static STORE_NAME_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    EVP_Digest(identifier, strlen(identifier), digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < 32; i++)
        snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

/* ---- putting ---- */

static int write_all(int fd, struct span bytes)
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

static int fill_new(int fd, struct span bytes, struct fault *f)
{
    if (write_all(fd, bytes) != 0)
        return fail("write", f);
    return fsync(fd) == 0 ? 0 : fail("fsync", f);
}

static int make_new(const struct store *store, const char *path, struct span bytes, struct fault *f)
{
    if (unlinkat(store->fd, path, 0) != 0 && errno != ENOENT)
        return fail("unlink", f);
    int fd = openat(store->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail("open", f);
    int result = fill_new(fd, bytes, f);
    if (close(fd) != 0 && result == 0)
        result = fail("close", f);
    if (result != 0)
        unlinkat(store->fd, path, 0);
    return result;
}

/* Gives the record a second name. Returns 1 if there was one, 0 if not. */
static int keep_old(const struct store *store, const char *name, const char *old, struct fault *f)
{
    if (unlinkat(store->fd, old, 0) != 0 && errno != ENOENT)
        return fail("unlink", f);
    if (linkat(store->fd, name, store->fd, old, 0) == 0)
        return 1;
    return errno == ENOENT ? 0 : fail("link", f);
}

/* What was there before is there again; the sync is a courtesy, nobody was told anything else. */
static void put_back(const struct store *store, const char *name, const char *old, bool had_old)
{
    if (had_old)
        (void)renameat(store->fd, old, store->fd, name);
    else
        (void)unlinkat(store->fd, name, 0);
    (void)fsync(store->fd);
}

/* `old`: the second name that the old record has by now, "" if there is none. It stays if `keep`. */
static int swap_in(const struct store *store, const char *name, const char *new, const char *old, bool keep,
                   struct fault *f)
{
    bool had_old = old[0] != '\0';
    if (renameat(store->fd, new, store->fd, name) != 0) {
        fail("rename", f);
        if (had_old)
            (void)unlinkat(store->fd, old, 0);
        return -1;
    }
    if (fsync(store->fd) != 0) {
        fail("fsync of the directory", f);
        put_back(store, name, old, had_old);
        return -1;
    }
    if (had_old && !keep)
        (void)unlinkat(store->fd, old, 0); /* if it stays, the next opening removes it */
    return 0;
}

int store_put(struct store *store, const char *name, struct span record, struct fault *f)
{
    char new[PATH_SIZE], old[PATH_SIZE];
    path_of(name, ".certfs-new", new);
    path_of(name, ".certfs-old", old);
    if (make_new(store, new, record, f) != 0)
        return -1;
    int had_old = keep_old(store, name, old, f);
    if (had_old == 0)
        old[0] = '\0';
    if (had_old >= 0 && swap_in(store, name, new, old, false, f) == 0)
        return 0;
    (void)unlinkat(store->fd, new, 0);
    return -1;
}

/* The first free of NAME.unopened, NAME.unopened.2, ...; "" if there is no record to keep. */
static int keep_aside(const struct store *store, const char *name, char ret[static PATH_SIZE], struct fault *f)
{
    path_of(name, ".unopened", ret);
    for (unsigned number = 2; linkat(store->fd, name, store->fd, ret, 0) != 0; number++) {
        if (errno == ENOENT) {
            ret[0] = '\0';
            return 0;
        }
        if (errno != EEXIST || number > ASIDE_MAX)
            return fail("link", f);
        snprintf(ret, PATH_SIZE, "%s.unopened.%u", name, number);
    }
    return 0;
}

int store_put_aside(struct store *store, const char *name, struct span record, struct fault *f)
{
    char new[PATH_SIZE], aside[PATH_SIZE];
    path_of(name, ".certfs-new", new);
    if (make_new(store, new, record, f) != 0)
        return -1;
    if (keep_aside(store, name, aside, f) == 0 && swap_in(store, name, new, aside, true, f) == 0)
        return 0;
    (void)unlinkat(store->fd, new, 0);
    return -1;
}

int store_remove(struct store *store, const char *name, struct fault *f)
{
    char gone[PATH_SIZE];
    path_of(name, ".certfs-gone", gone);
    if (renameat(store->fd, name, store->fd, gone) != 0)
        return errno == ENOENT ? 0 : fail("rename", f);
    if (fsync(store->fd) != 0 || unlinkat(store->fd, gone, 0) != 0) {
        fail("removal", f);
        put_back(store, name, gone, true);
        return -1;
    }
    /* Removed for good; if this fails, a power cut can bring it back under that name, and the next opening removes it.
     */
    (void)fsync(store->fd);
    return 0;
}

/* ---- getting ---- */

int store_get(struct store *store, const char *name, struct buf *ret, struct fault *f)
{
    CLEANUP(close_fd) int fd = openat(store->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat facts;
    if (fd < 0 || fstat(fd, &facts) != 0)
        return fail("open", f);
    if (!S_ISREG(facts.st_mode) || facts.st_size > BUF_MAX)
        return fault_set(f, REASON_STORE_FAILED, "", "the store: this is no record of certfs");
    if (buf_reserve(ret, (size_t)facts.st_size + 1, f) != 0)
        return -1;
    ssize_t length;
    while ((length = read(fd, ret->data + ret->len, ret->capacity - ret->len)) != 0) {
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return fail("read", f);
        ret->len += (size_t)length;
        if (buf_reserve(ret, 1, f) != 0)
            return -1;
    }
    return 0;
}

static bool is_record_name(const char *name)
{
    return strlen(name) == STORE_NAME_SIZE - 1 && strspn(name, "0123456789abcdef") == STORE_NAME_SIZE - 1;
}

/* A listing of its own, from the beginning. */
static DIR *list(const struct store *store, struct fault *f)
{
    int fd = openat(store->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (directory == NULL) {
        fail("listing", f);
        close_fd(&fd);
    }
    return directory;
}

int store_each(struct store *store, int (*visit)(void *context, const char *name), void *context, struct fault *f)
{
    DIR *directory = list(store, f);
    if (directory == NULL)
        return -1;
    int result = 0;
    const struct dirent *entry;
    while (result == 0 && (errno = 0, entry = readdir(directory)) != NULL)
        if (is_record_name(entry->d_name))
            result = visit(context, entry->d_name);
    if (result == 0 && errno != 0)
        result = fail("listing", f);
    closedir(directory);
    return result;
}

/* ---- opening ---- */

static bool has_ending(const char *path, const char *ending)
{
    size_t length = strlen(path), ending_length = strlen(ending);
    return length > ending_length && length < PATH_SIZE && strcmp(path + length - ending_length, ending) == 0;
}

static bool is_leftover(const char *path)
{
    static const char *const endings[] = {".certfs-new", ".certfs-old", ".certfs-gone"};
    char name[PATH_SIZE];
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        if (!has_ending(path, endings[i]))
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)(strlen(path) - strlen(endings[i])), path);
        return is_record_name(name) || strcmp(name, mark_name) == 0;
    }
    return false;
}

/* What a crash left half done, see the head of this file. */
static int settle(const struct store *store, struct fault *f)
{
    DIR *directory = list(store, f);
    if (directory == NULL)
        return -1;
    int result = 0;
    const struct dirent *entry;
    while (result == 0 && (entry = readdir(directory)) != NULL)
        if (is_leftover(entry->d_name))
            result = unlinkat(store->fd, entry->d_name, 0);
    if (result != 0)
        fail("cleaning up after a crash", f);
    closedir(directory);
    return result;
}

static int check(struct store *store, struct fault *f)
{
    struct stat facts;
    if (fstat(store->fd, &facts) != 0)
        return fail("stat", f);
    if (!S_ISDIR(facts.st_mode))
        return fault_set(f, REASON_STORE_FAILED, "", "STORE is not a directory");
    if (facts.st_uid != geteuid())
        return fault_set(f, REASON_STORE_FAILED, "", "STORE must belong to the user who mounts (uid %u, not %u)",
                         (unsigned)geteuid(), (unsigned)facts.st_uid);
    if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fault_set(f, REASON_STORE_FAILED, "", "others can write to STORE; chmod 0700 it");
    if (flock(store->fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? fault_set(f, REASON_STORE_FAILED, "", "another certfs is using STORE")
                                    : fail("lock", f);
    store->device = facts.st_dev;
    return 0;
}

int store_open(int fd, struct store **ret, struct fault *f)
{
    CLEANUP(store_freep) struct store *store = malloc(sizeof(*store));
    if (store == NULL) {
        close_fd(&fd);
        return fault_no_memory(f);
    }
    *store = (struct store){.fd = fd};
    if (check(store, f) != 0 || settle(store, f) != 0)
        return -1;
    *ret = TAKE(store);
    return 0;
}

void store_freep(struct store **store)
{
    if (*store != NULL)
        close_fd(&(*store)->fd);
    free(*store);
}

dev_t store_device(const struct store *store)
{
    return store->device;
}

/* ---- the mark ---- */

int store_put_mark(struct store *store, uint64_t number, struct fault *f)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64 "\n", number);
    return store_put(store, mark_name, span_of(text), f);
}

int store_get_mark(struct store *store, uint64_t *ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf text = {0};
    *ret = 0;
    if (faccessat(store->fd, mark_name, F_OK, 0) != 0 && errno == ENOENT)
        return 0;
    if (store_get(store, mark_name, &text, f) != 0 ||
        buf_append(&text, (struct span){(const unsigned char *)"", 1}, f) != 0)
        return -1;
    unsigned long long number = strtoull((const char *)text.data, NULL, 10);
    *ret = number < UINT64_C(1) << 48 ? number : 0; /* whoever wrote more meant no good */
    return 0;
}
