#include "fs/ops/names.h"

#include <errno.h>
#include <string.h>

#include "fs/ops/texts.h"
#include "fs/state/reply.h"

#define LONG_TIME 1e9 /* seconds */

/* -1: the set has no such file. */
static int names_file_of(const struct generation *generation, uint64_t inode, struct tree_file *ret)
{
    const struct content *content = tree_content(generation, inode);
    *ret = (struct tree_file){
        .inode = inode, .committed = generation->committed, .size = content == NULL ? 0 : content_size(content)};
    return content == NULL ? -1 : 0;
}

static void names_reply_file(fuse_req_t req, const struct generation *generation, uint64_t inode, double entry_timeout)
{
    struct tree_file file;
    if (names_file_of(generation, inode, &file) != 0) {
        fuse_reply_err(req, ENOENT);
        return;
    }
    struct fuse_entry_param entry = {.ino = inode, .attr_timeout = LONG_TIME, .entry_timeout = entry_timeout};
    tree_file_attributes(&server_of(req)->tree, &file, &entry.attr);
    fuse_reply_entry(req, &entry);
}

/* Directories that every path to a file of a set leads through; what changes is taken back (notify.h). */
static bool names_is_remembered(enum tree_node node)
{
    return node == TREE_ROOT || node == TREE_CERTIFICATES || node == TREE_SET;
}

/* Names that stand for one inode as long as the mount is there; what they are may change. */
static bool names_is_always_there(enum tree_node node)
{
    return node == TREE_CONTROL || node == TREE_GENERATIONS || node == TREE_IMPORT;
}

static void names_reply_other(fuse_req_t req, uint64_t inode)
{
    struct fault f = {.reason = REASON_NONE};
    enum tree_node node = tree_node(inode);
    struct fuse_entry_param entry = {.ino = inode,
                                     .attr_timeout = names_is_remembered(node) ? LONG_TIME : 0,
                                     .entry_timeout =
                                         names_is_remembered(node) || names_is_always_there(node) ? LONG_TIME : 0};
    if (texts_have(inode))
        texts_lookup(req, inode);
    else if (tree_attributes(&server_of(req)->tree, inode, &entry.attr, &f) != 0)
        reply_fault(req, &f);
    else
        fuse_reply_entry(req, &entry);
}

/* A file of a set, of the generation that this reader is to see (snapshot.c has the rules). */
static void names_lookup_file(fuse_req_t req, uint64_t set, enum material_file file)
{
    const struct server *server = server_of(req);
    const struct fuse_ctx *caller = fuse_req_ctx(req);
    const struct snapshot_reader reader = {.thread = caller->pid, .uid = caller->uid, .set = set};
    CLEANUP(generation_unrefp)
    struct generation *shown = snapshots_lookup(server->snapshots, &reader, file, server_now_ms());
    CLEANUP(generation_unrefp) struct generation *current = registry_current_of(server->registry, set);
    if (shown == NULL)
        fuse_reply_err(req, ENOENT);
    else /* a name that others are to see otherwise must not be remembered */
        names_reply_file(req, shown, tree_file_inode(shown->number, file), shown == current ? LONG_TIME : 0);
}

static void names_lookup_in_root(fuse_req_t req, const char *name)
{
    enum material_file file;
    enum tree_node node = tree_root_name(name, &file);
    if (node == TREE_NONE)
        fuse_reply_err(req, ENOENT);
    else if (node == TREE_FILE)
        names_lookup_file(req, 0, file);
    else
        names_reply_other(req, node);
}

/* Only as it is written: a file system does not fold case. */
static void names_lookup_set(fuse_req_t req, const char *name)
{
    CLEANUP(generation_unrefp)
    struct generation *current = name[0] == '\0' ? NULL : registry_current(server_of(req)->registry, name);
    if (current == NULL || strcmp(current->resource->identifier, name) != 0)
        fuse_reply_err(req, ENOENT);
    else
        names_reply_other(req, tree_set_inode(current->resource->set));
}

static void names_lookup_in_set(fuse_req_t req, uint64_t directory, const char *name)
{
    enum material_file file;
    if (strcmp(name, TREE_DESCRIPTION_NAME) == 0)
        names_lookup_file(req, tree_set(directory), TREE_DESCRIPTION_FILE);
    else if (tree_file_name(name, &file))
        names_lookup_file(req, tree_set(directory), file);
    else
        fuse_reply_err(req, ENOENT);
}

static void names_lookup_generation(fuse_req_t req, const char *name)
{
    uint64_t number = tree_generation_name(name);
    CLEANUP(generation_unrefp) struct generation *generation = registry_find(server_of(req)->registry, number);
    if (generation == NULL || generation->resource->set != 0)
        fuse_reply_err(req, ENOENT);
    else
        names_reply_other(req, tree_generation_inode(number));
}

static void names_lookup_in_generation(fuse_req_t req, uint64_t directory, const char *name)
{
    enum material_file file;
    uint64_t number = tree_generation(directory);
    CLEANUP(generation_unrefp) struct generation *generation = registry_find(server_of(req)->registry, number);
    if (generation == NULL || generation->resource->set != 0 || !tree_file_name(name, &file))
        fuse_reply_err(req, ENOENT);
    else
        names_reply_file(req, generation, tree_kept_inode(number, file), 0);
}

void names_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    switch (tree_node(parent)) {
    case TREE_ROOT:
        names_lookup_in_root(req, name);
        break;
    case TREE_GENERATIONS:
        names_lookup_generation(req, name);
        break;
    case TREE_GENERATION:
        names_lookup_in_generation(req, parent, name);
        break;
    case TREE_CERTIFICATES:
        names_lookup_set(req, name);
        break;
    case TREE_SET:
        names_lookup_in_set(req, parent, name);
        break;
    default:
        fuse_reply_err(req, ENOTDIR);
    }
}

/* ---- attributes ---- */

/* What is open, current, retired or pinned has attributes; a number from long ago has none. */
static int names_find_file(const struct server *server, uint64_t inode, struct tree_file *ret)
{
    const struct handle *handle = handles_find(server->handles, inode);
    if (handle != NULL) {
        *ret =
            (struct tree_file){.inode = inode, .committed = handle->committed, .size = content_size(handle->content)};
        return 0;
    }
    uint64_t number = tree_generation(inode);
    CLEANUP(generation_unrefp) struct generation *generation = registry_find(server->registry, number);
    if (generation == NULL)
        generation = snapshots_find(server->snapshots, number);
    return generation == NULL ? -1 : names_file_of(generation, inode, ret);
}

static void names_getattr_file(fuse_req_t req, uint64_t inode)
{
    const struct server *server = server_of(req);
    struct tree_file file;
    struct stat attributes;
    if (names_find_file(server, inode, &file) != 0) {
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
    if (node == TREE_FILE || node == TREE_GENERATION_FILE || node == TREE_DESCRIPTION)
        names_getattr_file(req, inode);
    else if (texts_have(inode))
        texts_getattr(req, inode);
    else if (tree_attributes(&server_of(req)->tree, inode, &attributes, &f) != 0)
        reply_fault(req, &f);
    else
        fuse_reply_attr(req, &attributes, names_is_remembered(node) ? LONG_TIME : 0);
}

void names_readlink(fuse_req_t req, fuse_ino_t inode)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(server_of(req)->registry, "");
    char target[TREE_TARGET_SIZE];
    if (tree_node(inode) != TREE_CURRENT || current == NULL) {
        fuse_reply_err(req, tree_node(inode) == TREE_CURRENT ? ENOENT : EINVAL);
        return;
    }
    tree_target(current->number, target);
    fuse_reply_readlink(req, target);
}
