#include "fs/state/node.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/set/content.h"

enum {
    NUMBER_SHIFT = 8,
    GENERATION_FILES = 0x10, /* low byte of the first file below generations/N */
    GENERATION_ITSELF = 0xFF,
    SET_ITSELF = 0xFE,
};

/* handles.c gives numbers to files of import/. */
static const uint64_t node_import_bit = UINT64_C(1) << 63, node_answer_bit = UINT64_C(1) << 62;

static const struct {
    const char *name;
    enum node_kind kind;
} node_root_names[] = {
    {"control", NODE_CONTROL}, {"last", NODE_LAST},
    {"status", NODE_STATUS},   {"metrics", NODE_METRICS},
    {"current", NODE_CURRENT}, {"generations", NODE_GENERATIONS},
    {"import", NODE_IMPORT},   {"certificates", NODE_CERTIFICATES},
};

enum { ROOT_NAMES = sizeof(node_root_names) / sizeof(node_root_names[0]) };

/* Parts of a generation or a set, by the low byte. */
static enum node_kind node_kind_of(unsigned low)
{
    switch (low) {
    case GENERATION_ITSELF:
        return NODE_GENERATION;
    case SET_ITSELF:
        return NODE_SET;
    case NODE_DESCRIPTION_FILE:
        return NODE_DESCRIPTION;
    default:
        if (low >= GENERATION_FILES && low < GENERATION_FILES + MATERIAL_FILE_COUNT)
            return NODE_GENERATION_FILE;
        return low < MATERIAL_FILE_COUNT ? NODE_FILE : NODE_NONE;
    }
}

struct node node_of(uint64_t inode)
{
    unsigned low = inode & 0xFF;
    struct node node = {.inode = inode, .number = inode >> NUMBER_SHIFT, .file = (enum material_file)(low & 0xF)};
    if ((inode & node_import_bit) != 0)
        node.kind = NODE_IMPORT_FILE;
    else if ((inode & node_answer_bit) != 0) {
        node.kind = NODE_ANSWER;
        node.number = inode & ~node_answer_bit;
    } else if (node.number != 0)
        node.kind = node_kind_of(low);
    else
        node.kind = low >= NODE_ROOT && low <= NODE_CERTIFICATES ? (enum node_kind)low : NODE_NONE;
    return node;
}

mode_t node_type(enum node_kind kind)
{
    switch (kind) {
    case NODE_ROOT:
    case NODE_GENERATIONS:
    case NODE_GENERATION:
    case NODE_IMPORT:
    case NODE_CERTIFICATES:
    case NODE_SET:
        return S_IFDIR;
    case NODE_CURRENT:
        return S_IFLNK;
    default:
        return S_IFREG;
    }
}

uint64_t node_file_inode(uint64_t generation, enum material_file file)
{
    return generation << NUMBER_SHIFT | file;
}

uint64_t node_generation_file_inode(uint64_t generation, enum material_file file)
{
    return generation << NUMBER_SHIFT | GENERATION_FILES | file;
}

uint64_t node_generation_inode(uint64_t generation)
{
    return generation << NUMBER_SHIFT | GENERATION_ITSELF;
}

uint64_t node_set_inode(uint64_t set)
{
    return set << NUMBER_SHIFT | SET_ITSELF;
}

uint64_t node_answer_inode(uint64_t number)
{
    return node_answer_bit | number;
}

struct node node_root_name(const char *name)
{
    struct node node = {.kind = NODE_NONE};
    for (size_t i = 0; i < ROOT_NAMES; i++)
        if (strcmp(node_root_names[i].name, name) == 0)
            return (struct node){.kind = node_root_names[i].kind, .inode = node_root_names[i].kind};
    if (node_file_name(name, &node.file))
        node.kind = NODE_FILE;
    return node;
}

bool node_file_name(const char *name, enum material_file *ret)
{
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++) {
        if (strcmp(content_file_name(file), name) == 0) {
            *ret = file;
            return true;
        }
    }
    return false;
}

bool node_set_file_name(const char *name, enum material_file *ret)
{
    *ret = NODE_DESCRIPTION_FILE;
    return strcmp(name, NODE_DESCRIPTION_NAME) == 0 || node_file_name(name, ret);
}

/* Only as it is printed: neither signs nor leading zeros. */
uint64_t node_generation_name(const char *name)
{
    size_t length = strspn(name, "0123456789");
    if (length == 0 || length > 16 || name[length] != '\0' || name[0] == '0')
        return 0;
    return strtoull(name, NULL, 10);
}

const char *node_root_name_at(size_t position)
{
    return position < ROOT_NAMES ? node_root_names[position].name : node_file_name_at(position - ROOT_NAMES);
}

const char *node_file_name_at(size_t position)
{
    return position < MATERIAL_FILE_COUNT ? content_file_name((enum material_file)position) : NULL;
}

const char *node_set_file_name_at(size_t position)
{
    return position == NODE_DESCRIPTION_FILE ? NODE_DESCRIPTION_NAME : node_file_name_at(position);
}

void node_target(uint64_t generation, char ret[static NODE_TARGET_SIZE])
{
    snprintf(ret, NODE_TARGET_SIZE, "generations/%" PRIu64, generation);
}
