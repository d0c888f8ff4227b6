#include "core/store/record_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/directory.h"

static const char aside[] = ".unopened", gone[] = ".certfs-gone";
static const char *const under_way[] = {".certfs-new", ".certfs-old", gone};

enum { WAYS = sizeof(under_way) / sizeof(under_way[0]) };

static int record_files_refuse(const char *what, struct fault *f)
{
    return fault_set_errno(f, REASON_STORE_FAILED, errno, "the store: %s failed", what);
}

bool record_files_is_record(const char *name)
{
    return strlen(name) == RECORD_NAME_SIZE - 1 && strspn(name, "0123456789abcdef") == RECORD_NAME_SIZE - 1;
}

/* Behind the name that the path begins with; NULL if it begins with another one. */
static const char *record_files_ending_of(const char *path, const char *name)
{
    size_t length = strlen(name);
    return strncmp(path, name, length) == 0 ? path + length : NULL;
}

static bool record_files_is_under_way(const char *ending)
{
    for (size_t i = 0; i < WAYS; i++)
        if (strcmp(ending, under_way[i]) == 0)
            return true;
    return false;
}

bool record_files_is_file(int fd, const char *path)
{
    struct stat st;
    return fstatat(fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode);
}

/* ---- of one record ---- */

struct beside {
    int fd;
    const char *name;
    bool remove;
    size_t count;
};

static int record_files_visit_beside(void *context, const char *path)
{
    struct beside *beside = context;
    const char *ending = record_files_ending_of(path, beside->name);
    if (ending == NULL || strcmp(ending, gone) == 0)
        return 0;
    if (!record_files_is_under_way(ending) && strncmp(ending, aside, sizeof(aside) - 1) != 0)
        return 0;
    if (!record_files_is_file(beside->fd, path))
        return 0;
    beside->count++;
    return beside->remove ? unlinkat(beside->fd, path, 0) : 0;
}

static int record_files_walk(struct beside *beside, size_t *ret, struct fault *f)
{
    if (directory_each(beside->fd, record_files_visit_beside, beside) != 0)
        return record_files_refuse(beside->remove ? "removing what belongs to a record" : "listing", f);
    *ret = beside->count;
    return 0;
}

int record_files_count(int fd, const char *name, size_t *ret, struct fault *f)
{
    return record_files_walk(&(struct beside){.fd = fd, .name = name}, ret, f);
}

int record_files_remove(int fd, const char *name, size_t *ret, struct fault *f)
{
    return record_files_walk(&(struct beside){.fd = fd, .name = name, .remove = true}, ret, f);
}

/* ---- of all ---- */

/* The record that a leftover belongs to; "generation" is where an older certfs kept its mark. */
static bool record_files_is_leftover(const char *path, char ret_name[static RECORD_NAME_SIZE])
{
    const char *dot = strchr(path, '.');
    if (dot == NULL || dot - path >= RECORD_NAME_SIZE || !record_files_is_under_way(dot))
        return false;
    snprintf(ret_name, RECORD_NAME_SIZE, "%.*s", (int)(dot - path), path);
    return record_files_is_record(ret_name) || strcmp(ret_name, "generation") == 0;
}

/* Finishes an interrupted removal: NAME.certfs-gone is unlinked last, so that it stands for all of it. */
static int record_files_finish_removal(int fd, const char *name, struct fault *f)
{
    size_t count;
    if (record_files_is_file(fd, name)) /* it has a new record since */
        return 0;
    if (record_files_remove(fd, name, &count, f) != 0)
        return f->os_errno == EROFS ? (fault_clear(f), 0) : -1;
    return count == 0 || fsync(fd) == 0 ? 0 : record_files_refuse("fsync of the directory", f);
}

struct settling {
    int fd;
    struct fault *fault;
    bool failed;
};

static int record_files_settle_one(void *context, const char *path)
{
    struct settling *s = context;
    char name[RECORD_NAME_SIZE];
    if (!record_files_is_leftover(path, name))
        return 0;
    bool removal = record_files_is_record(name) && strcmp(path + strlen(name), gone) == 0;
    s->failed = removal && record_files_finish_removal(s->fd, name, s->fault) != 0;
    /* Finishing a removal may have taken this one already; a disk that is read-only for now can be served from. */
    return s->failed || (unlinkat(s->fd, path, 0) != 0 && errno != ENOENT && errno != EROFS) ? -1 : 0;
}

int record_files_settle(int fd, struct fault *f)
{
    struct settling settling = {.fd = fd, .fault = f};
    int result = directory_each(fd, record_files_settle_one, &settling);
    if (result == 0 || settling.failed)
        return result;
    return record_files_refuse("cleaning up after a crash", f);
}
