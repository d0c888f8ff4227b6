#include "fs/host/safe_path.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "fs/host/path_walk.h"

struct walk {
    uid_t trusted;
    int at;                 /* O_PATH descriptor of the walked part */
    struct stat facts;      /* of `at` */
    struct path_walk steps; /* its walked part is the culprit if the walk fails; ".." is not resolved */
};

/* The mode of a symbolic link has no meaning. */
static bool safe_path_is_safe(const struct walk *walk, const struct stat *facts)
{
    bool writable = !S_ISLNK(facts->st_mode) && (facts->st_mode & (S_IWGRP | S_IWOTH)) != 0;
    bool sticky = S_ISDIR(facts->st_mode) && (facts->st_mode & S_ISVTX) != 0;
    bool trusted = facts->st_uid == 0 || facts->st_uid == walk->trusted;
    return trusted && (!writable || sticky);
}

static void safe_path_move_to(struct walk *walk, int fd, const struct stat *facts)
{
    if (walk->at >= 0)
        close(walk->at);
    walk->at = fd;
    walk->facts = *facts;
}

static enum safe_path safe_path_go_to_root(struct walk *walk)
{
    struct stat facts;
    int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &facts) != 0)
        return SAFE_PATH_MISSING;
    safe_path_move_to(walk, fd, &facts);
    return safe_path_is_safe(walk, &facts) ? SAFE_PATH_OK : SAFE_PATH_UNSAFE;
}

static enum safe_path safe_path_follow(struct walk *walk, int link)
{
    char target[PATH_MAX];
    ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);
    if (length <= 0)
        return SAFE_PATH_MISSING;
    target[length] = '\0';
    if (path_walk_follow(&walk->steps, target) != 0)
        return SAFE_PATH_MISSING;
    return target[0] == '/' ? safe_path_go_to_root(walk) : SAFE_PATH_OK;
}

static enum safe_path safe_path_enter(struct walk *walk, const char *name)
{
    struct stat facts;
    int fd = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (!path_walk_enter(&walk->steps, name) || fd < 0 || fstat(fd, &facts) != 0) {
        close_fd(&fd);
        return SAFE_PATH_MISSING;
    }
    enum safe_path result = safe_path_is_safe(walk, &facts) ? SAFE_PATH_OK : SAFE_PATH_UNSAFE;
    if (result == SAFE_PATH_OK && !S_ISLNK(facts.st_mode)) {
        safe_path_move_to(walk, fd, &facts);
        return SAFE_PATH_OK;
    }
    if (result == SAFE_PATH_OK)
        result = safe_path_follow(walk, fd);
    close(fd);
    return result;
}

enum safe_path safe_path_check(const char *path, uid_t trusted, struct stat *ret_facts,
                               char ret_culprit[static PATH_MAX])
{
    struct walk walk = {.trusted = trusted, .at = -1};
    char name[PATH_MAX];
    bool fits = path[0] == '/' && path_walk_begin(&walk.steps, "", path);
    enum safe_path result = fits ? safe_path_go_to_root(&walk) : SAFE_PATH_MISSING;
    while (result == SAFE_PATH_OK && path_walk_next(&walk.steps, name))
        if (strcmp(name, ".") != 0)
            result = safe_path_enter(&walk, name);
    *ret_facts = walk.facts;
    snprintf(ret_culprit, PATH_MAX, "%s", walk.steps.done[0] == '\0' ? "/" : walk.steps.done);
    close_fd(&walk.at);
    return result;
}
