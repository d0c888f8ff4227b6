#include "fs/state/tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/options/policy.h"

enum {
    FILE_BITS = 8,
    KEPT_FILES = 0x10, /* low byte of the first file below generations/N */
    GENERATION_ITSELF = 0xFF,
    SET_ITSELF = 0xFE,
};

/* handles.c numbers files of import/. */
static const uint64_t drop_bit = UINT64_C(1) << 63, answer_bit = UINT64_C(1) << 62;

static const struct {
    const char *name;
    enum tree_node node;
} root_names[] = {
    {"control", TREE_CONTROL}, {"last", TREE_LAST},
    {"status", TREE_STATUS},   {"metrics", TREE_METRICS},
    {"current", TREE_CURRENT}, {"generations", TREE_GENERATIONS},
    {"import", TREE_IMPORT},   {"certificates", TREE_CERTIFICATES},
};

enum { ROOT_NAMES = sizeof(root_names) / sizeof(root_names[0]) };

enum tree_node tree_node(uint64_t inode)
{
    uint64_t low = inode & 0xFF;
    if ((inode & (drop_bit | answer_bit)) != 0)
        return (inode & drop_bit) != 0 ? TREE_DROP : TREE_ANSWER;
    if (inode >> FILE_BITS == 0)
        return low >= TREE_ROOT && low <= TREE_CERTIFICATES ? (enum tree_node)low : TREE_NONE;
    if (low == GENERATION_ITSELF)
        return TREE_GENERATION;
    if (low == SET_ITSELF)
        return TREE_SET;
    if (low == TREE_DESCRIPTION_FILE)
        return TREE_DESCRIPTION;
    if (low >= KEPT_FILES && low < KEPT_FILES + MATERIAL_FILE_COUNT)
        return TREE_GENERATION_FILE;
    return low < MATERIAL_FILE_COUNT ? TREE_FILE : TREE_NONE;
}

bool tree_is_directory(enum tree_node node)
{
    return node == TREE_ROOT || node == TREE_GENERATIONS || node == TREE_GENERATION || node == TREE_IMPORT ||
           node == TREE_CERTIFICATES || node == TREE_SET;
}

uint64_t tree_parent(uint64_t inode)
{
    enum tree_node node = tree_node(inode);
    return node == TREE_GENERATION ? TREE_GENERATIONS : node == TREE_SET ? TREE_CERTIFICATES : TREE_ROOT;
}

uint64_t tree_generation(uint64_t inode)
{
    return inode >> FILE_BITS;
}

uint64_t tree_set(uint64_t inode)
{
    return inode >> FILE_BITS;
}

enum material_file tree_file_kind(uint64_t inode)
{
    return (enum material_file)(inode & 0xF);
}

uint64_t tree_file_inode(uint64_t generation, enum material_file file)
{
    return generation << FILE_BITS | file;
}

uint64_t tree_kept_inode(uint64_t generation, enum material_file file)
{
    return generation << FILE_BITS | KEPT_FILES | file;
}

uint64_t tree_generation_inode(uint64_t generation)
{
    return generation << FILE_BITS | GENERATION_ITSELF;
}

uint64_t tree_set_inode(uint64_t set)
{
    return set << FILE_BITS | SET_ITSELF;
}

uint64_t tree_answer_inode(uint64_t number)
{
    return answer_bit | number;
}

uint64_t tree_answer_number(uint64_t inode)
{
    return inode & ~answer_bit;
}

bool tree_file_name(const char *name, enum material_file *ret)
{
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++) {
        if (strcmp(content_file_name(file), name) == 0) {
            *ret = file;
            return true;
        }
    }
    return false;
}

enum tree_node tree_root_name(const char *name, enum material_file *ret_file)
{
    for (size_t i = 0; i < ROOT_NAMES; i++)
        if (strcmp(root_names[i].name, name) == 0)
            return root_names[i].node;
    return tree_file_name(name, ret_file) ? TREE_FILE : TREE_NONE;
}

/* Only as it is printed: neither signs nor leading zeros. */
uint64_t tree_generation_name(const char *name)
{
    size_t length = strspn(name, "0123456789");
    if (length == 0 || length > 16 || name[length] != '\0' || name[0] == '0')
        return 0;
    return strtoull(name, NULL, 10);
}

const char *tree_root_name_at(size_t position)
{
    return position < ROOT_NAMES ? root_names[position].name : tree_file_name_at(position - ROOT_NAMES);
}

const char *tree_file_name_at(size_t position)
{
    return position < MATERIAL_FILE_COUNT ? content_file_name((enum material_file)position) : NULL;
}

void tree_target(uint64_t generation, char ret[static TREE_TARGET_SIZE])
{
    snprintf(ret, TREE_TARGET_SIZE, "generations/%" PRIu64, generation);
}

/* ---- attributes ---- */

static void tree_set_times(struct stat *st, int64_t seconds)
{
    st->st_atime = seconds;
    st->st_mtime = seconds;
    st->st_ctime = seconds;
}

static void tree_set_size(struct stat *st, size_t size)
{
    st->st_size = (off_t)size;
    st->st_blocks = (blkcnt_t)((size + 511) / 512);
}

static int64_t tree_last_change(const struct tree *tree)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(tree->source.registry, "");
    return current == NULL ? tree->mounted : current->committed;
}

static void tree_set_common(const struct tree *tree, uint64_t inode, struct stat *ret)
{
    *ret = (struct stat){.st_ino = inode,
                         .st_nlink = 1,
                         .st_uid = tree->options->control_owner,
                         .st_gid = tree->options->control_group,
                         .st_blksize = STATUS_BLOCK};
}

/* Two of its own, and one for each directory in it. */
static nlink_t tree_count_links(const struct tree *tree, enum tree_node node)
{
    switch (node) {
    case TREE_ROOT:
        return 2 + 2 + policy_have_import(tree->options);
    case TREE_GENERATIONS:
        return 2 + registry_list(tree->source.registry, "", NULL);
    default:
        return 2 + registry_count(tree->source.registry);
    }
}

static int tree_describe_directory(const struct tree *tree, enum tree_node node, struct stat *st)
{
    st->st_mode = S_IFDIR | TREE_DIRECTORY_MODE;
    st->st_nlink = node == TREE_GENERATION ? 2 : tree_count_links(tree, node);
    tree_set_times(st, tree_last_change(tree));
    return 0;
}

static int tree_describe_set(const struct tree *tree, uint64_t set, struct stat *st, struct fault *f)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current_of(tree->source.registry, set);
    if (current == NULL)
        return fault_set(f, REASON_NOT_FOUND, "", "the set is gone");
    st->st_mode = S_IFDIR | TREE_DIRECTORY_MODE;
    st->st_nlink = 2;
    tree_set_times(st, current->committed);
    return 0;
}

/* Whoever is in the group may create files there and find them again, and list nothing. */
static int tree_describe_import(const struct tree *tree, struct stat *st, struct fault *f)
{
    if (!policy_have_import(tree->options))
        return fault_set(f, REASON_NOT_FOUND, "", "there is no import/ without sql_import=");
    st->st_mode = S_IFDIR | 0730;
    st->st_nlink = 2;
    st->st_uid = tree->options->import_owner;
    st->st_gid = tree->options->import_group;
    return 0;
}

static int tree_describe_link(const struct tree *tree, struct stat *st, struct fault *f)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(tree->source.registry, "");
    char target[TREE_TARGET_SIZE];
    if (current == NULL)
        return fault_set(f, REASON_NOT_FOUND, "", "nothing is served");
    tree_target(current->number, target);
    st->st_mode = S_IFLNK | 0777;
    tree_set_size(st, strlen(target));
    tree_set_times(st, current->committed);
    return 0;
}

/* Of the last request; before the first, of the mount. */
static void tree_set_request_time(const struct tree *tree, int64_t time, struct stat *ret)
{
    tree_set_times(ret, time == 0 ? tree->mounted : time);
}

void tree_text_attributes(const struct tree *tree, uint64_t inode, size_t size, int64_t time, struct stat *ret)
{
    tree_set_common(tree, inode, ret);
    ret->st_mode = S_IFREG | 0444;
    tree_set_size(ret, size);
    tree_set_request_time(tree, time, ret);
}

int tree_attributes(const struct tree *tree, uint64_t inode, struct stat *ret, struct fault *f)
{
    enum tree_node node = tree_node(inode);
    tree_set_common(tree, inode, ret);
    tree_set_request_time(tree, journal_time(tree->source.journal), ret);
    if (node == TREE_IMPORT)
        return tree_describe_import(tree, ret, f);
    if (node == TREE_SET)
        return tree_describe_set(tree, tree_set(inode), ret, f);
    if (tree_is_directory(node))
        return tree_describe_directory(tree, node, ret);
    if (node == TREE_CURRENT)
        return tree_describe_link(tree, ret, f);
    if (node != TREE_CONTROL)
        return fault_set(f, REASON_NOT_FOUND, "", "there is no such file");
    ret->st_mode = S_IFREG | tree->options->control_mode;
    return 0;
}

struct content *tree_content(const struct generation *generation, uint64_t inode)
{
    if (tree_node(inode) == TREE_DESCRIPTION)
        return generation->description;
    return material_content(generation->material, tree_file_kind(inode));
}

void tree_file_attributes(const struct tree *tree, const struct tree_file *file, struct stat *ret)
{
    bool key = material_is_secret(tree_file_kind(file->inode));
    *ret = (struct stat){
        .st_ino = file->inode,
        .st_mode = S_IFREG | (key ? tree->options->key_mode : tree->options->cert_mode),
        .st_nlink = 1,
        .st_uid = tree->options->owner,
        .st_gid = tree->options->owner_group,
        .st_blksize = STATUS_BLOCK,
    };
    tree_set_size(ret, file->size);
    tree_set_times(ret, file->committed);
}
