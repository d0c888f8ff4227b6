#include "fs/tree.h"

#include <string.h>

enum { FILE_BITS = 8 };

struct name {
    const char *name;
    enum tree_node node;
    enum material_file file; /* of a TREE_FILE */
};

static const struct name names[] = {
    {"control", TREE_CONTROL, 0},          {"last", TREE_LAST, 0},
    {"status", TREE_STATUS, 0},            {"ca.pem", TREE_FILE, MATERIAL_CA},
    {"cert.pem", TREE_FILE, MATERIAL_CERT}, {"key.pem", TREE_FILE, MATERIAL_KEY},
};

enum { NAME_COUNT = sizeof(names) / sizeof(names[0]) };

enum tree_node tree_node(uint64_t inode)
{
    if (inode >> FILE_BITS == 0)
        return inode >= TREE_ROOT && inode <= TREE_STATUS ? (enum tree_node)inode : TREE_NONE;
    return (inode & 0xFF) < MATERIAL_FILE_COUNT ? TREE_FILE : TREE_NONE;
}

uint64_t tree_generation(uint64_t inode)
{
    return inode >> FILE_BITS;
}

enum material_file tree_file_kind(uint64_t inode)
{
    return (enum material_file)(inode & 0xFF);
}

uint64_t tree_lookup(const struct generation *generation, const char *name)
{
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (strcmp(names[i].name, name) != 0)
            continue;
        if (names[i].node != TREE_FILE)
            return names[i].node;
        return generation == NULL ? 0 : generation->number << FILE_BITS | names[i].file;
    }
    return 0;
}

const char *tree_name_at(size_t position)
{
    return position < NAME_COUNT ? names[position].name : NULL;
}

bool tree_name_is_file(size_t position)
{
    return position < NAME_COUNT && names[position].node == TREE_FILE;
}

static void set_times(struct stat *st, int64_t seconds)
{
    st->st_atime = seconds;
    st->st_mtime = seconds;
    st->st_ctime = seconds;
}

static void set_size(struct stat *st, size_t size)
{
    st->st_size = (off_t)size;
    st->st_blocks = (blkcnt_t)((size + 511) / 512);
}

static void describe_root(const struct tree *tree, struct stat *st)
{
    CLEANUP(generation_unrefp) struct generation *current = vault_current(tree->source.vault, "");
    st->st_mode = S_IFDIR | 0555;
    st->st_nlink = 2;
    st->st_uid = tree->options->control_owner;
    st->st_gid = tree->options->control_group;
    if (current != NULL)
        set_times(st, current->committed);
}

static void describe_control(const struct tree *tree, struct stat *st)
{
    st->st_mode = S_IFREG | tree->options->control_mode;
    st->st_uid = tree->options->control_owner;
    st->st_gid = tree->options->control_group;
}

typedef int write_text(const struct status_source *source, struct buf *ret, struct fault *f);

static int describe_text(const struct tree *tree, write_text *write, struct stat *st, struct fault *f)
{
    CLEANUP(buf_done) struct buf text = {0};
    if (write(&tree->source, &text, f) != 0)
        return -1;
    st->st_mode = S_IFREG | 0444;
    st->st_uid = tree->options->control_owner;
    st->st_gid = tree->options->control_group;
    set_size(st, text.len);
    return 0;
}

int tree_attributes(const struct tree *tree, enum tree_node node, struct stat *ret, struct fault *f)
{
    struct journal_entry last = journal_last(tree->source.journal);
    *ret = (struct stat){.st_ino = node, .st_nlink = 1, .st_blksize = STATUS_BLOCK};
    set_times(ret, last.time == 0 ? tree->mounted : last.time);
    switch (node) {
    case TREE_ROOT:
        set_times(ret, tree->mounted);
        describe_root(tree, ret);
        return 0;
    case TREE_CONTROL:
        describe_control(tree, ret);
        return 0;
    case TREE_LAST:
        return describe_text(tree, status_write_last, ret, f);
    case TREE_STATUS:
        return describe_text(tree, status_write, ret, f);
    case TREE_NONE:
    case TREE_FILE:
        break;
    }
    return fault_set(f, REASON_NOT_FOUND, "", "there is no such inode");
}

void tree_file_attributes(const struct tree *tree, const struct tree_file *file, struct stat *ret)
{
    bool key = tree_file_kind(file->inode) == MATERIAL_KEY;
    *ret = (struct stat){
        .st_ino = file->inode,
        .st_mode = S_IFREG | (key ? tree->options->key_mode : tree->options->cert_mode),
        .st_nlink = 1,
        .st_uid = tree->options->owner,
        .st_gid = tree->options->owner_group,
        .st_blksize = STATUS_BLOCK,
    };
    set_size(ret, file->size);
    set_times(ret, file->committed);
}
