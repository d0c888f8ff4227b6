/*
 * tree: names, inode numbers and attributes, as pure functions of what the vault serves. No FUSE in here.
 *
 * An inode number is generation << 8 | file: a new one per generation, always, so that size, content and cached
 * pages of one inode never change (facts/fuse.md 3). Only what is not part of a set has a number of its own, under
 * 256; its content changes, so it is read past the page cache and its attributes are never cached.
 */
#ifndef CERTFS_FS_TREE_H
#define CERTFS_FS_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/vault.h"
#include "fs/options.h"
#include "fs/status.h"

enum tree_node {
    TREE_NONE,
    TREE_ROOT,    /* 1, as FUSE wants it */
    TREE_CONTROL, /* 2 */
    TREE_LAST,    /* 3 */
    TREE_STATUS,  /* 4 */
    TREE_FILE,    /* of a set: the inode says which */
};

struct tree {
    const struct options *options;
    struct status_source source;
    int64_t mounted; /* seconds since the epoch */
};

/* What stands behind an inode number; TREE_NONE for a number that nobody gave out. */
enum tree_node tree_node(uint64_t inode);

/* The parts of a TREE_FILE's number. */
uint64_t tree_generation(uint64_t inode);
enum material_file tree_file_kind(uint64_t inode);

/* The inode number of a name in the root, as seen by a reader of `generation` (NULL: nothing is served); 0: none. */
uint64_t tree_lookup(const struct generation *generation, const char *name);

/* The name at this place of the root's listing; NULL behind the last. Files of a set are named even if not served. */
const char *tree_name_at(size_t position);

/* Whether the name at this place is a file of a set. */
bool tree_name_is_file(size_t position);

/* Attributes of root, control, last and status. Fault: no_memory. */
MUST_CHECK int tree_attributes(const struct tree *tree, enum tree_node node, struct stat *ret, struct fault *f);

/* What the attributes of a file of a set are made of; like its inode number, for ever the same. */
struct tree_file {
    uint64_t inode;
    int64_t committed; /* seconds since the epoch */
    size_t size;       /* bytes */
};

void tree_file_attributes(const struct tree *tree, const struct tree_file *file, struct stat *ret);

#endif
