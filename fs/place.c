#include "fs/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINKS_MAX = 40 }; /* as the kernel's own limit */

struct walk {
    const char *what;
    const char *path;    /* as given, for the sentences */
    const char *barrier; /* or NULL */
    int links;
    char done[PATH_MAX]; /* resolved: "" is the root, no slash at the end */
    char rest[PATH_MAX]; /* still to be walked */
};

static int refuse(const struct walk *walk, int os_errno, struct fault *f)
{
    static const struct {
        int os_errno;
        enum reason reason;
        const char *text;
    } rows[] = {
        {ENOENT, REASON_NOT_FOUND, "does not exist; make it, or mount its disk first"},
        {ENOTDIR, REASON_NOT_FOUND, "is not a directory"},
        {EACCES, REASON_NOT_FOUND, "is out of reach for want of permission"},
        {ELOOP, REASON_WRONG_TYPE, "is a loop of symbolic links"},
        {ENAMETOOLONG, REASON_WRONG_TYPE, "is too long"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].os_errno == os_errno)
            return fault_set(f, rows[i].reason, "", "%s %s: %s", walk->what, rows[i].text, walk->path);
    return fault_set_errno(f, REASON_NOT_FOUND, os_errno, "%s cannot be reached: %s", walk->what, walk->path);
}

static bool join(char ret[static PATH_MAX], const char *first, const char *second)
{
    int length = snprintf(ret, PATH_MAX, "%s/%s", first, second);
    return length >= 0 && length < PATH_MAX;
}

static void drop_last_name(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash != NULL)
        *slash = '\0';
}

/* Takes the first name from the rest; false when nothing is left. */
static bool take_name(struct walk *walk, char ret[static PATH_MAX])
{
    const char *start = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(start, "/");
    memcpy(ret, start, length);
    ret[length] = '\0';
    memmove(walk->rest, start + length, strlen(start + length) + 1);
    return length > 0;
}

/* If the last name of what is done is a link, puts its target in front of the rest. */
static int follow(struct walk *walk, struct fault *f)
{
    char target[PATH_MAX], rest[PATH_MAX];
    ssize_t length = readlink(walk->done, target, sizeof(target) - 1);
    if (length < 0)
        return errno == EINVAL ? 0 : refuse(walk, errno, f);
    target[length] = '\0';
    if (++walk->links > LINKS_MAX)
        return refuse(walk, ELOOP, f);
    if (!join(rest, target, walk->rest))
        return refuse(walk, ENAMETOOLONG, f);
    memcpy(walk->rest, rest, sizeof(rest));
    if (target[0] == '/')
        walk->done[0] = '\0';
    else
        drop_last_name(walk->done);
    return 0;
}

static bool is_at_barrier(const struct walk *walk)
{
    return walk->barrier != NULL && strcmp(walk->done, walk->barrier) == 0;
}

static int refuse_barrier(const struct walk *walk, struct fault *f)
{
    return fault_set(f, REASON_WRONG_TYPE, "", "%s lies inside the mount point: %s", walk->what, walk->path);
}

/* The barrier itself is no link, for it is resolved; what is below it must not be asked for. */
static int enter(struct walk *walk, const char *name, struct fault *f)
{
    char next[PATH_MAX];
    if (is_at_barrier(walk))
        return refuse_barrier(walk, f);
    if (!join(next, walk->done, name))
        return refuse(walk, ENAMETOOLONG, f);
    memcpy(walk->done, next, sizeof(next));
    return is_at_barrier(walk) ? 0 : follow(walk, f);
}

/* A relative path starts at the working directory, which the kernel names without looking at it. */
static int start(struct walk *walk, struct fault *f)
{
    if (walk->path[0] == '\0')
        return refuse(walk, ENOENT, f);
    if (strlen(walk->path) >= sizeof(walk->rest))
        return refuse(walk, ENAMETOOLONG, f);
    memcpy(walk->rest, walk->path, strlen(walk->path) + 1);
    if (walk->path[0] == '/')
        return 0;
    char here[PATH_MAX];
    if (getcwd(here, sizeof(here)) == NULL || here[0] != '/')
        return refuse(walk, ENOENT, f);
    if (!join(walk->rest, here, walk->path))
        return refuse(walk, ENAMETOOLONG, f);
    return 0;
}

int place_resolve(const char *what, const char *path, const char *barrier, char ret[static PATH_MAX], struct fault *f)
{
    struct walk walk = {.what = what, .path = path, .barrier = barrier};
    if (start(&walk, f) != 0)
        return -1;
    char name[PATH_MAX];
    while (take_name(&walk, name)) {
        if (strcmp(name, ".") == 0)
            continue;
        if (strcmp(name, "..") == 0)
            drop_last_name(walk.done);
        else if (enter(&walk, name, f) != 0)
            return -1;
    }
    if (is_at_barrier(&walk))
        return refuse_barrier(&walk, f);
    snprintf(ret, PATH_MAX, "%s", walk.done[0] != '\0' ? walk.done : "/");
    return 0;
}
