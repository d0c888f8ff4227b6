#include "fs/way.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINKS_MAX = 40 }; /* as the kernel's own limit */

struct walk {
    uid_t trusted;
    int at; /* what is reached, O_PATH */
    int links;
    struct stat facts;   /* of it */
    char done[PATH_MAX]; /* for the culprit; links are followed, .. is written out */
    char rest[PATH_MAX];
};

static bool is_trusted(const struct walk *walk, const struct stat *facts)
{
    return facts->st_uid == 0 || facts->st_uid == walk->trusted;
}

/* A link's own mode says nothing. */
static bool is_safe(const struct walk *walk, const struct stat *facts)
{
    bool writable = !S_ISLNK(facts->st_mode) && (facts->st_mode & (S_IWGRP | S_IWOTH)) != 0;
    bool sticky = S_ISDIR(facts->st_mode) && (facts->st_mode & S_ISVTX) != 0;
    return is_trusted(walk, facts) && (!writable || sticky);
}

static void move_to(struct walk *walk, int fd, const struct stat *facts)
{
    if (walk->at >= 0)
        close(walk->at);
    walk->at = fd;
    walk->facts = *facts;
}

static enum way go_to_root(struct walk *walk)
{
    struct stat facts;
    int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    walk->done[0] = '\0';
    if (fd < 0 || fstat(fd, &facts) != 0)
        return WAY_MISSING;
    move_to(walk, fd, &facts);
    return is_safe(walk, &facts) ? WAY_SAFE : WAY_UNSAFE;
}

static bool join(char ret[static PATH_MAX], const char *first, const char *second)
{
    int length = snprintf(ret, PATH_MAX, "%s/%s", first, second);
    return length >= 0 && length < PATH_MAX;
}

/* Its target is walked in its place, from the directory that holds it. */
static enum way follow(struct walk *walk, int link)
{
    char target[PATH_MAX], rest[PATH_MAX];
    ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);
    if (length <= 0 || ++walk->links > LINKS_MAX)
        return WAY_MISSING;
    target[length] = '\0';
    if (!join(rest, target, walk->rest))
        return WAY_MISSING;
    memcpy(walk->rest, rest, sizeof(rest));
    return target[0] == '/' ? go_to_root(walk) : WAY_SAFE;
}

static bool name_step(struct walk *walk, const char *name)
{
    char next[PATH_MAX];
    if (!join(next, walk->done, name))
        return false;
    memcpy(walk->done, next, sizeof(next));
    return true;
}

/* A part that is at fault stays named in `done`; a link that was followed does not. */
static enum way enter(struct walk *walk, const char *name)
{
    struct stat facts;
    char before[PATH_MAX];
    memcpy(before, walk->done, sizeof(before));
    int fd = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (!name_step(walk, name) || fd < 0 || fstat(fd, &facts) != 0) {
        if (fd >= 0)
            close(fd);
        return WAY_MISSING;
    }
    enum way result = is_safe(walk, &facts) ? WAY_SAFE : WAY_UNSAFE;
    if (result == WAY_SAFE && !S_ISLNK(facts.st_mode)) {
        move_to(walk, fd, &facts);
        return WAY_SAFE;
    }
    if (result == WAY_SAFE) {
        memcpy(walk->done, before, sizeof(before));
        result = follow(walk, fd);
    }
    close(fd);
    return result;
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

enum way way_check(const char *path, uid_t trusted, struct stat *ret_facts, char ret_culprit[static PATH_MAX])
{
    struct walk walk = {.trusted = trusted, .at = -1};
    char name[PATH_MAX];
    bool fits = path[0] == '/' && strlen(path) < sizeof(walk.rest);
    if (fits)
        memcpy(walk.rest, path, strlen(path) + 1);
    enum way result = fits ? go_to_root(&walk) : WAY_MISSING;
    while (result == WAY_SAFE && take_name(&walk, name))
        if (strcmp(name, ".") != 0)
            result = enter(&walk, name);
    *ret_facts = walk.facts;
    snprintf(ret_culprit, PATH_MAX, "%s", walk.done[0] == '\0' ? "/" : walk.done);
    if (walk.at >= 0)
        close(walk.at);
    return result;
}
