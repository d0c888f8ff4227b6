/*
 * node: what an inode number or a name stands for. Pure functions.
 *
 * The inode number of a file of a set is generation << 8 | file. Every generation gets new ones, so the size, the
 * content and the cached pages of one inode never change. The same file below generations/N has another low byte,
 * because other rules apply when it is opened. The directory of a named set has the set's number in place of the
 * generation's, and another low byte. Files of import/ and their answers have numbers that no generation reaches, with
 * the highest bit set and the one below it. Numbers under 256 are of what is part of no generation; its content
 * changes, so it is read past the page cache.
 */
#ifndef CERTFS_FS_STATE_NODE_H
#define CERTFS_FS_STATE_NODE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/set/content.h"

enum node_kind {
    NODE_NONE, /* nothing has this number */
    NODE_ROOT, /* 1, as FUSE wants it; up to NODE_CERTIFICATES the kind is also the inode number */
    NODE_CONTROL,
    NODE_LAST,
    NODE_STATUS,
    NODE_METRICS,
    NODE_CURRENT,         /* the link to the current generation's directory */
    NODE_GENERATIONS,     /* the directory of these */
    NODE_IMPORT,          /* the directory where a new file is a request; not in every mount */
    NODE_CERTIFICATES,    /* the directory of the named sets */
    NODE_GENERATION,      /* generations/N */
    NODE_GENERATION_FILE, /* generations/N/FILE */
    NODE_FILE,            /* a file in the root or in a named set's directory */
    NODE_SET,             /* certificates/ID */
    NODE_DESCRIPTION,     /* certificates/ID/certificate.json */
    NODE_IMPORT_FILE,     /* import/NAME; its inode number is that of its handle */
    NODE_ANSWER,          /* import/NAME.answer */
    NODE_KINDS,
};

/* An inode number, decoded. */
struct node {
    enum node_kind kind;
    enum material_file file; /* of the three kinds of files of a set */
    uint64_t inode;
    uint64_t number; /* of the generation; of the set, for NODE_SET; of the answer */
};

/* certificate.json stands beside the files of a set as one more; the same rules apply to it. */
#define NODE_DESCRIPTION_FILE ((enum material_file)MATERIAL_FILE_COUNT)
#define NODE_DESCRIPTION_NAME "certificate.json"

struct node node_of(uint64_t inode);

/* S_IFDIR, S_IFLNK or S_IFREG. */
mode_t node_type(enum node_kind kind);

/* Inode numbers. */
uint64_t node_file_inode(uint64_t generation, enum material_file file);
uint64_t node_generation_file_inode(uint64_t generation, enum material_file file);
uint64_t node_generation_inode(uint64_t generation);
uint64_t node_set_inode(uint64_t set);
uint64_t node_answer_inode(uint64_t number);

/* The node that a name in the root stands for. A NODE_FILE has no number yet: that depends on the generation. */
struct node node_root_name(const char *name);

/* The file of this name in a generation's directory; false if there is none. */
bool node_file_name(const char *name, enum material_file *ret);

/* The same in the directory of a named set, which has certificate.json as well. */
bool node_set_file_name(const char *name, enum material_file *ret);

/* The number that a name in generations/ stands for; 0 if it is not a number as certfs prints it. */
uint64_t node_generation_name(const char *name);

/* The name at this position of the listing of the root, a generation's directory, a set's; NULL past the end. */
const char *node_root_name_at(size_t position);
const char *node_file_name_at(size_t position);
const char *node_set_file_name_at(size_t position);

/* The target of `current`, for a generation's number. */
enum { NODE_TARGET_SIZE = 40 };
void node_target(uint64_t generation, char ret[static NODE_TARGET_SIZE]);

#endif
