#include "fs/host/resolve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fs/host/path_walk.h"

struct walk {
    const char *what;
    const char *path;    /* as given, for messages */
    const char *barrier; /* or NULL */
    struct path_walk steps;
};

static const char *start; /* NULL: the working directory */

void resolve_start_from(const char *directory)
{
    start = directory;
}

static bool resolve_find_start(char ret[static PATH_MAX])
{
    if (start == NULL)
        return getcwd(ret, PATH_MAX) != NULL && ret[0] == '/';
    snprintf(ret, PATH_MAX, "%s", start);
    return ret[0] == '/';
}

static int resolve_refuse(const struct walk *walk, int os_errno, struct fault *f)
{
    static const struct {
        int os_errno;
        enum reason reason;
        const char *text;
    } rows[] = {
        {ENOENT, REASON_SYSTEM, "does not exist; make it, or mount its disk first"},
        {ENOTDIR, REASON_SYSTEM, "is not a directory"},
        {EACCES, REASON_SYSTEM, "cannot be reached: permission denied"},
        {EXDEV, REASON_USAGE, "lies inside the mount point"},
        {ELOOP, REASON_USAGE, "is a loop of symbolic links"},
        {ENAMETOOLONG, REASON_USAGE, "is too long"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].os_errno == os_errno)
            return fault_set(f, rows[i].reason, "", "%s %s: %s", walk->what, rows[i].text, walk->path);
    return fault_set_errno(f, REASON_SYSTEM, os_errno, "%s cannot be reached: %s", walk->what, walk->path);
}

static bool resolve_is_at_barrier(const struct walk *walk)
{
    return walk->barrier != NULL && strcmp(walk->steps.done, walk->barrier) == 0;
}

/* Appends a name and follows it if it is a symbolic link. The barrier is none, and must not be accessed. */
static int resolve_enter(struct walk *walk, const char *name, struct fault *f)
{
    char target[PATH_MAX];
    if (resolve_is_at_barrier(walk))
        return resolve_refuse(walk, EXDEV, f);
    if (!path_walk_enter(&walk->steps, name))
        return resolve_refuse(walk, ENAMETOOLONG, f);
    if (resolve_is_at_barrier(walk))
        return 0;
    ssize_t length = readlink(walk->steps.done, target, sizeof(target) - 1);
    if (length < 0)
        return errno == EINVAL ? 0 : resolve_refuse(walk, errno, f);
    target[length] = '\0';
    int error = path_walk_follow(&walk->steps, target);
    return error == 0 ? 0 : resolve_refuse(walk, error, f);
}

int resolve_path(const char *what, const char *path, const char *barrier, char ret[static PATH_MAX], struct fault *f)
{
    struct walk walk = {.what = what, .path = path, .barrier = barrier};
    char here[PATH_MAX] = "", name[PATH_MAX];
    if (path[0] == '\0' || (path[0] != '/' && !resolve_find_start(here)))
        return resolve_refuse(&walk, ENOENT, f);
    if (!path_walk_begin(&walk.steps, here, path))
        return resolve_refuse(&walk, ENAMETOOLONG, f);
    while (path_walk_next(&walk.steps, name)) {
        if (strcmp(name, ".") == 0)
            continue;
        if (strcmp(name, "..") == 0)
            path_walk_leave(&walk.steps);
        else if (resolve_enter(&walk, name, f) != 0)
            return -1;
    }
    if (resolve_is_at_barrier(&walk))
        return resolve_refuse(&walk, EXDEV, f);
    snprintf(ret, PATH_MAX, "%s", walk.steps.done[0] != '\0' ? walk.steps.done : "/");
    return 0;
}
