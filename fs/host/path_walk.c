#include "fs/host/path_walk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINKS_MAX = 40 }; /* the kernel's limit */

static bool path_walk_join(char ret[static PATH_MAX], const char *first, const char *second)
{
    int length = snprintf(ret, PATH_MAX, "%s/%s", first, second);
    return length >= 0 && length < PATH_MAX;
}

bool path_walk_begin(struct path_walk *steps, const char *here, const char *path)
{
    steps->links = 0;
    steps->done[0] = '\0';
    if (path[0] != '/')
        return path_walk_join(steps->rest, here, path);
    snprintf(steps->rest, sizeof(steps->rest), "%s", path);
    return strlen(path) < sizeof(steps->rest);
}

bool path_walk_next(struct path_walk *steps, char ret[static PATH_MAX])
{
    const char *start = steps->rest + strspn(steps->rest, "/");
    size_t length = strcspn(start, "/");
    memcpy(ret, start, length);
    ret[length] = '\0';
    memmove(steps->rest, start + length, strlen(start + length) + 1);
    return length > 0;
}

bool path_walk_enter(struct path_walk *steps, const char *name)
{
    char next[PATH_MAX];
    if (!path_walk_join(next, steps->done, name))
        return false;
    memcpy(steps->done, next, sizeof(next));
    return true;
}

void path_walk_leave(struct path_walk *steps)
{
    char *slash = strrchr(steps->done, '/');
    if (slash != NULL)
        *slash = '\0';
}

int path_walk_follow(struct path_walk *steps, const char *target)
{
    char rest[PATH_MAX];
    if (++steps->links > LINKS_MAX)
        return ELOOP;
    if (!path_walk_join(rest, target, steps->rest))
        return ENAMETOOLONG;
    memcpy(steps->rest, rest, sizeof(rest));
    if (target[0] == '/')
        steps->done[0] = '\0';
    else
        path_walk_leave(steps);
    return 0;
}
