#include "core/base/stamp.h"

#include <fcntl.h>

struct stamp stamp_of(const struct stat *facts)
{
    return (struct stamp){.inode = facts->st_ino, .size = facts->st_size, .changed = facts->st_ctim};
}

bool stamp_take(int fd, const char *name, struct stamp *ret)
{
    struct stat facts;
    *ret = (struct stamp){.inode = 0};
    if (fd < 0 || fstatat(fd, name, &facts, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(facts.st_mode))
        return false;
    *ret = stamp_of(&facts);
    return true;
}

bool stamp_equal(const struct stamp *a, const struct stamp *b)
{
    return a->inode == b->inode && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}
