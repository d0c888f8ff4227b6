#include "fs/ops/negotiate.h"

#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>

#include <fuse_lowlevel.h>

enum { MAX_WRITE = 1024 * 1024 };

struct ability {
    uint64_t flag;
    unsigned capability;
    bool wanted;
};

/* All flags that libfuse 3.14 can answer with. Splicing has no flag, and is not wanted. */
static const struct ability abilities[] = {
    {FUSE_ASYNC_READ, FUSE_CAP_ASYNC_READ, true},
    {FUSE_ATOMIC_O_TRUNC, FUSE_CAP_ATOMIC_O_TRUNC, true},
    {FUSE_ASYNC_DIO, FUSE_CAP_ASYNC_DIO, true},
    {FUSE_POSIX_LOCKS, FUSE_CAP_POSIX_LOCKS, false},
    {FUSE_FLOCK_LOCKS, FUSE_CAP_FLOCK_LOCKS, false},
    {FUSE_EXPORT_SUPPORT, FUSE_CAP_EXPORT_SUPPORT, false},
    {FUSE_DONT_MASK, FUSE_CAP_DONT_MASK, false},
    {FUSE_AUTO_INVAL_DATA, FUSE_CAP_AUTO_INVAL_DATA, false},
    {FUSE_EXPLICIT_INVAL_DATA, FUSE_CAP_EXPLICIT_INVAL_DATA, false},
    {FUSE_DO_READDIRPLUS, FUSE_CAP_READDIRPLUS, false},
    {FUSE_READDIRPLUS_AUTO, FUSE_CAP_READDIRPLUS_AUTO, false},
    {FUSE_WRITEBACK_CACHE, FUSE_CAP_WRITEBACK_CACHE, false},
    {FUSE_PARALLEL_DIROPS, FUSE_CAP_PARALLEL_DIROPS, false},
    {FUSE_POSIX_ACL, FUSE_CAP_POSIX_ACL, false},
    {FUSE_HANDLE_KILLPRIV, FUSE_CAP_HANDLE_KILLPRIV, false},
    {FUSE_CACHE_SYMLINKS, FUSE_CAP_CACHE_SYMLINKS, false},
};

void negotiate(struct fuse_conn_info *connection, uint64_t flags)
{
    connection->want = 0;
    connection->max_write = MAX_WRITE;
    for (size_t i = 0; i < sizeof(abilities) / sizeof(abilities[0]); i++) {
        const struct ability *ability = &abilities[i];
        bool used = flags == 0 ? ability->wanted : (flags & ability->flag) != 0;
        if (used && (connection->capable & ability->capability) != 0)
            connection->want |= ability->capability;
    }
}
