#include "fs/host/way.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fs/host/steps.h"

struct walk {
    uid_t trusted;
    int at;             /* what is reached, O_PATH */
    struct stat facts;  /* of it */
    struct steps steps; /* what is done is the culprit, where it ends; .. is written out in it */
};

static bool way_is_trusted(const struct walk *walk, const struct stat *facts)
{
    return facts->st_uid == 0 || facts->st_uid == walk->trusted;
}

/* A link's own mode says nothing. */
static bool way_is_safe(const struct walk *walk, const struct stat *facts)
{
    bool writable = !S_ISLNK(facts->st_mode) && (facts->st_mode & (S_IWGRP | S_IWOTH)) != 0;
    bool sticky = S_ISDIR(facts->st_mode) && (facts->st_mode & S_ISVTX) != 0;
    return way_is_trusted(walk, facts) && (!writable || sticky);
}

static void way_move_to(struct walk *walk, int fd, const struct stat *facts)
{
    if (walk->at >= 0)
        close(walk->at);
    walk->at = fd;
    walk->facts = *facts;
}

static enum way way_go_to_root(struct walk *walk)
{
    struct stat facts;
    int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &facts) != 0)
        return WAY_MISSING;
    way_move_to(walk, fd, &facts);
    return way_is_safe(walk, &facts) ? WAY_SAFE : WAY_UNSAFE;
}

/* Its target is walked in its place, from the directory that holds it. */
static enum way way_follow(struct walk *walk, int link)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);
    if (length <= 0)
        return WAY_MISSING;
    target[length] = '\0';
    if (steps_follow(&walk->steps, target) != 0)
        return WAY_MISSING;
    return target[0] == '/' ? way_go_to_root(walk) : WAY_SAFE;
}

/* A part that is at fault stays named in `done`; a link that was followed does not. */
static enum way way_enter(struct walk *walk, const char *name)
{
    struct stat facts;
    int fd = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (!steps_enter(&walk->steps, name) || fd < 0 || fstat(fd, &facts) != 0) {
        if (fd >= 0)
            close(fd);
        return WAY_MISSING;
    }
    enum way result = way_is_safe(walk, &facts) ? WAY_SAFE : WAY_UNSAFE;
    if (result == WAY_SAFE && !S_ISLNK(facts.st_mode)) {
        way_move_to(walk, fd, &facts);
        return WAY_SAFE;
    }
    if (result == WAY_SAFE)
        result = way_follow(walk, fd);
    close(fd);
    return result;
}

enum way way_check(const char *path, uid_t trusted, struct stat *ret_facts, char ret_culprit[static PATH_MAX])
{
    struct walk walk = {.trusted = trusted, .at = -1};
    char name[PATH_MAX];
    bool fits = path[0] == '/' && steps_begin(&walk.steps, "", path);
    enum way result = fits ? way_go_to_root(&walk) : WAY_MISSING;
    while (result == WAY_SAFE && steps_next(&walk.steps, name))
        if (strcmp(name, ".") != 0)
            result = way_enter(&walk, name);
    *ret_facts = walk.facts;
    snprintf(ret_culprit, PATH_MAX, "%s", walk.steps.done[0] == '\0' ? "/" : walk.steps.done);
    if (walk.at >= 0)
        close(walk.at);
    return result;
}
