/*
 * tree: names, inode numbers and attributes, as pure functions of what the registry serves. No FUSE in here.
 *
 * An inode number is generation << 8 | file: a new one per generation, always, so that size, content and cached
 * pages of one inode never change. The same file below generations/N has another low byte, since
 * it is opened by other rules. The directory of a named set has the set's number in the place of a generation's, and
 * another low byte. Files of import/ and what they were answered have numbers that no generation reaches,
 * with the highest bit set and the one below it. What is not part of a generation has a number under 256; its content
 * changes, so it is read past the page cache and its attributes are never cached.
 */
#ifndef CERTFS_FS_STATE_TREE_H
#define CERTFS_FS_STATE_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/registry/registry.h"
#include "fs/options/options.h"
#include "fs/report/status.h"

enum tree_node {
    TREE_NONE,
    TREE_ROOT, /* 1, as FUSE wants it; the number of each up to TREE_CERTIFICATES is its inode's */
    TREE_CONTROL,
    TREE_LAST,
    TREE_STATUS,
    TREE_METRICS,
    TREE_CURRENT,         /* the link to the current generation's directory */
    TREE_GENERATIONS,     /* the directory of these */
    TREE_IMPORT,          /* the directory where a new file is a request; not in every mount */
    TREE_CERTIFICATES,    /* the directory of the named sets */
    TREE_GENERATION,      /* generations/N: the inode says which */
    TREE_GENERATION_FILE, /* a file in one: the inode says which */
    TREE_FILE,            /* a file in the root or in a named set's directory: the inode says which */
    TREE_SET,             /* certificates/ID: the inode says which */
    TREE_DESCRIPTION,     /* certificates/ID/certificate.json: the inode says which */
    TREE_DROP,            /* a file of import/: the inode is its handle */
    TREE_ANSWER,          /* import/NAME.answer: the inode says which */
};

struct tree {
    const struct options *options;
    struct status_source source;
    int64_t mounted; /* seconds since the epoch */
};

/*
 * Of every directory but import/. Nobody but the control owner reads one: getdents(2) holds a directory's lock while it
 * writes into the reader's memory, which may be a mapping that never answers, and a change of the directory waits for
 * that lock. Names are found without it.
 */
enum { TREE_DIRECTORY_MODE = 0511 };

/* What stands behind an inode number; TREE_NONE for a number that nobody gave out. */
enum tree_node tree_node(uint64_t inode);

/* Whether that is a directory. */
bool tree_is_directory(enum tree_node node);

/* The parts of the number of a file or a generation's directory. */
uint64_t tree_generation(uint64_t inode);
enum material_file tree_file_kind(uint64_t inode);

/* The number of the set that a directory in certificates/ is. */
uint64_t tree_set(uint64_t inode);

/* Numbers from their parts. */
uint64_t tree_file_inode(uint64_t generation, enum material_file file);
uint64_t tree_kept_inode(uint64_t generation, enum material_file file);
uint64_t tree_generation_inode(uint64_t generation);
uint64_t tree_set_inode(uint64_t set);

/* certificate.json stands beside the files of a set as a fourth; it goes by the same rules. */
#define TREE_DESCRIPTION_FILE ((enum material_file)MATERIAL_FILE_COUNT)
#define TREE_DESCRIPTION_NAME "certificate.json"

/* The number of an answer's inode, and back. */
uint64_t tree_answer_inode(uint64_t number);
uint64_t tree_answer_number(uint64_t inode);

/* What a name in the root stands for; for a TREE_FILE, which. TREE_NONE: there is no such name. */
enum tree_node tree_root_name(const char *name, enum material_file *ret_file);

/* The file of this name in a generation's directory; false if there is none. */
bool tree_file_name(const char *name, enum material_file *ret);

/* The number that a name in generations/ stands for; 0 for what is none. */
uint64_t tree_generation_name(const char *name);

/* The name at this place of the root's listing, of a generation's directory; NULL behind the last. */
const char *tree_root_name_at(size_t position);
const char *tree_file_name_at(size_t position);

/* The directory that holds this one. */
uint64_t tree_parent(uint64_t inode);

/* Attributes of everything but files of a set and texts. Fault: not_found. */
MUST_CHECK int tree_attributes(const struct tree *tree, uint64_t inode, struct stat *ret, struct fault *f);

/* The same of last, status and metrics: of `size` bytes, made when the last request had ended at `time`, 0 for none. */
void tree_text_attributes(const struct tree *tree, uint64_t inode, size_t size, int64_t time, struct stat *ret);

/* What the attributes of a file of a set are made of; like its inode number, for ever the same. */
struct tree_file {
    uint64_t inode;
    int64_t committed; /* seconds since the epoch */
    size_t size;       /* bytes */
};

/* The bytes of a file of a generation, certificate.json included; borrowed. NULL: the set has no such file. */
struct content *tree_content(const struct generation *generation, uint64_t inode);

void tree_file_attributes(const struct tree *tree, const struct tree_file *file, struct stat *ret);

/* The target of `current`, for a generation's number. */
enum { TREE_TARGET_SIZE = 40 };
void tree_target(uint64_t generation, char ret[static TREE_TARGET_SIZE]);

#endif
