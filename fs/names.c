#include "fs/names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "fs/server.h"

#define LONG_TIME 1e9 /* seconds */

static struct server *server_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

static void reply_fault(fuse_req_t req, const struct fault *f)
{
    fuse_reply_err(req, fault_errno_control(f));
}

static struct tree_file file_of(const struct generation *generation, uint64_t inode)
{
    const struct content *content = material_content(generation->material, tree_file_kind(inode));
    return (struct tree_file){.inode = inode, .committed = generation->committed, .size = content_size(content)};
}

static void reply_file(fuse_req_t req, const struct generation *generation, uint64_t inode, double entry_timeout)
{
    const struct tree_file file = file_of(generation, inode);
    struct fuse_entry_param entry = {.ino = inode, .attr_timeout = LONG_TIME, .entry_timeout = entry_timeout};
    tree_file_attributes(&server_of(req)->tree, &file, &entry.attr);
    fuse_reply_entry(req, &entry);
}

static void reply_other(fuse_req_t req, uint64_t inode)
{
    struct fault f = {.reason = REASON_NONE};
    struct fuse_entry_param entry = {.ino = inode};
    if (tree_attributes(&server_of(req)->tree, inode, &entry.attr, &f) != 0)
        reply_fault(req, &f);
    else
        fuse_reply_entry(req, &entry);
}

/* A file of the root set, of the generation that this reader is to see (snapshot.c has the rules). */
static void lookup_file(fuse_req_t req, enum material_file file)
{
    const struct server *server = server_of(req);
    const struct fuse_ctx *caller = fuse_req_ctx(req);
    const struct snapshot_reader reader = {.thread = caller->pid, .uid = caller->uid};
    CLEANUP(generation_unrefp) struct generation *current = vault_current(server->vault, "");
    CLEANUP(generation_unrefp)
    struct generation *shown = snapshots_lookup(server->snapshots, &reader, file, current, server_now_ms());
    if (shown == NULL)
        fuse_reply_err(req, ENOENT);
    else /* a name that others are to see otherwise must not be remembered */
        reply_file(req, shown, tree_file_inode(shown->number, file), shown == current ? LONG_TIME : 0);
}

static void lookup_in_root(fuse_req_t req, const char *name)
{
    enum material_file file;
    enum tree_node node = tree_root_name(name, &file);
    if (node == TREE_NONE)
        fuse_reply_err(req, ENOENT);
    else if (node == TREE_FILE)
        lookup_file(req, file);
    else
        reply_other(req, node);
}

static void lookup_generation(fuse_req_t req, const char *name)
{
    uint64_t number = tree_generation_name(name);
    CLEANUP(generation_unrefp) struct generation *generation = vault_find(server_of(req)->vault, number);
    if (generation == NULL)
        fuse_reply_err(req, ENOENT);
    else
        reply_other(req, tree_generation_inode(number));
}

static void lookup_in_generation(fuse_req_t req, uint64_t directory, const char *name)
{
    enum material_file file;
    uint64_t number = tree_generation(directory);
    CLEANUP(generation_unrefp) struct generation *generation = vault_find(server_of(req)->vault, number);
    if (generation == NULL || !tree_file_name(name, &file))
        fuse_reply_err(req, ENOENT);
    else
        reply_file(req, generation, tree_kept_inode(number, file), 0);
}

void names_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    switch (tree_node(parent)) {
    case TREE_ROOT:
        lookup_in_root(req, name);
        break;
    case TREE_GENERATIONS:
        lookup_generation(req, name);
        break;
    case TREE_GENERATION:
        lookup_in_generation(req, parent, name);
        break;
    default:
        fuse_reply_err(req, ENOTDIR);
    }
}

/* ---- attributes ---- */

/* What is open, current, retired or pinned has attributes; a number from long ago has none. */
static int find_file(const struct server *server, uint64_t inode, struct tree_file *ret)
{
    const struct handle *handle = handles_find(server->handles, inode);
    if (handle != NULL) {
        *ret =
            (struct tree_file){.inode = inode, .committed = handle->committed, .size = content_size(handle->content)};
        return 0;
    }
    uint64_t number = tree_generation(inode);
    CLEANUP(generation_unrefp) struct generation *generation = vault_find(server->vault, number);
    if (generation == NULL)
        generation = snapshots_find(server->snapshots, number);
    if (generation == NULL)
        return -1;
    *ret = file_of(generation, inode);
    return 0;
}

static void getattr_file(fuse_req_t req, uint64_t inode)
{
    const struct server *server = server_of(req);
    struct tree_file file;
    struct stat attributes;
    if (find_file(server, inode, &file) != 0) {
        fuse_reply_err(req, ESTALE);
        return;
    }
    tree_file_attributes(&server->tree, &file, &attributes);
    fuse_reply_attr(req, &attributes, LONG_TIME);
}

void names_getattr(fuse_req_t req, fuse_ino_t inode, struct fuse_file_info *fi)
{
    (void)fi;
    struct fault f = {.reason = REASON_NONE};
    struct stat attributes;
    enum tree_node node = tree_node(inode);
    if (node == TREE_FILE || node == TREE_KEPT_FILE)
        getattr_file(req, inode);
    else if (tree_attributes(&server_of(req)->tree, inode, &attributes, &f) != 0)
        reply_fault(req, &f);
    else
        fuse_reply_attr(req, &attributes, node == TREE_ROOT ? LONG_TIME : 0);
}

void names_readlink(fuse_req_t req, fuse_ino_t inode)
{
    CLEANUP(generation_unrefp) struct generation *current = vault_current(server_of(req)->vault, "");
    char target[TREE_TARGET_SIZE];
    if (tree_node(inode) != TREE_CURRENT || current == NULL) {
        fuse_reply_err(req, tree_node(inode) == TREE_CURRENT ? ENOENT : EINVAL);
        return;
    }
    tree_target(current->number, target);
    fuse_reply_readlink(req, target);
}

/* ---- listings ---- */

struct entry {
    char name[24];
    uint64_t inode; /* 0: not there now */
    mode_t type;
};

/* What a listing is made of; taken once per READDIR. */
struct listing {
    uint64_t directory;
    bool has_import;
    const struct generation *current;
    uint64_t generations[VAULT_RETIRED_MAX + 1];
    size_t generation_count;
};

static bool set_entry(struct entry *entry, const char *name, uint64_t inode)
{
    if (name == NULL)
        return false;
    enum tree_node node = tree_node(inode);
    snprintf(entry->name, sizeof(entry->name), "%s", name);
    entry->inode = inode;
    entry->type = tree_is_directory(node) ? S_IFDIR : node == TREE_CURRENT ? S_IFLNK : S_IFREG;
    return true;
}

static bool root_entry(const struct listing *l, size_t position, struct entry *ret)
{
    const char *name = tree_root_name_at(position);
    enum material_file file;
    enum tree_node node = name == NULL ? TREE_NONE : tree_root_name(name, &file);
    uint64_t inode = node;
    if (node == TREE_FILE || node == TREE_CURRENT)
        inode = l->current == NULL ? 0 : node == TREE_CURRENT ? node : tree_file_inode(l->current->number, file);
    if (node == TREE_IMPORT && !l->has_import)
        inode = 0;
    return set_entry(ret, name, inode);
}

static bool generation_entry(const struct listing *l, size_t position, struct entry *ret)
{
    char name[24];
    if (position >= l->generation_count)
        return false;
    snprintf(name, sizeof(name), "%" PRIu64, l->generations[position]);
    return set_entry(ret, name, tree_generation_inode(l->generations[position]));
}

static bool file_entry(const struct listing *l, size_t position, struct entry *ret)
{
    const char *name = tree_file_name_at(position);
    return set_entry(ret, name, tree_kept_inode(tree_generation(l->directory), (enum material_file)position));
}

/* The entry at a position; false behind the last. */
static bool entry_at(const struct listing *l, size_t position, struct entry *ret)
{
    if (position < 2)
        return set_entry(ret, position == 0 ? "." : "..", position == 0 ? l->directory : TREE_ROOT);
    switch (tree_node(l->directory)) {
    case TREE_ROOT:
        return root_entry(l, position - 2, ret);
    case TREE_GENERATIONS:
        return generation_entry(l, position - 2, ret);
    case TREE_IMPORT:
        return false; /* what is in there is nobody's business but who made it */
    default:
        return file_entry(l, position - 2, ret);
    }
}

void names_readdir(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *fi)
{
    (void)fi;
    const struct server *server = server_of(req);
    CLEANUP(generation_unrefp) struct generation *current = vault_current(server->vault, "");
    struct listing listing = {.directory = inode, .has_import = server->drops != NULL, .current = current};
    char text[2048];
    size_t used = 0, room = size < sizeof(text) ? size : sizeof(text);
    struct entry entry;
    if (!tree_is_directory(tree_node(inode))) {
        fuse_reply_err(req, ENOTDIR);
        return;
    }
    listing.generation_count = vault_list(server->vault, "", listing.generations);
    for (size_t position = (size_t)offset; entry_at(&listing, position, &entry); position++) {
        struct stat st = {.st_ino = entry.inode, .st_mode = entry.type};
        if (entry.inode == 0)
            continue;
        size_t length = fuse_add_direntry(req, text + used, room - used, entry.name, &st, (off_t)position + 1);
        if (length > room - used)
            break;
        used += length;
    }
    fuse_reply_buf(req, text, used);
}
