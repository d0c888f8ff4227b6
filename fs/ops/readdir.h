/*
 * readdir: READDIR of every directory. Every listing is made anew for each request; a file that is not there now is
 * not listed, and the inode numbers are those that stat(2) gives.
 */
#ifndef CERTFS_FS_OPS_READDIR_H
#define CERTFS_FS_OPS_READDIR_H

#include <stdbool.h>

#include <fuse_lowlevel.h>

#include "core/about/identifier.h"
#include "fs/state/node.h"

struct readdir_entry {
    char name[IDENTIFIER_MAX + 1];
    uint64_t inode; /* 0: not there now */
    mode_t type;
    uint64_t next; /* the position behind it */
};

struct readdir_listing {
    uint64_t directory, parent; /* inode numbers */

    /* The entry at this position; false past the end. It may change `next`. NULL: there are none. */
    bool (*entry_at)(void *context, uint64_t position, struct readdir_entry *ret);
    void *context;
};

/* Fills an entry and returns true; false for NULL, the name past the end. */
bool readdir_fill(struct readdir_entry *ret, const char *name, enum node_kind kind, uint64_t inode);

/* Answers and returns 0. */
int readdir_reply(fuse_req_t req, const struct readdir_listing *listing, size_t size, off_t offset);

#endif
