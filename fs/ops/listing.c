#include "fs/ops/listing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "core/about/identifier.h"
#include "fs/state/reply.h"

enum { PIECE_SIZE = 4096, DOTS = 2 /* . and .. come first in every directory */ };

struct entry {
    char name[IDENTIFIER_MAX + 1];
    uint64_t inode; /* 0: not there now */
    size_t next;    /* the position behind it */
};

/* What a listing is made of; taken once per READDIR. */
struct listing {
    uint64_t directory;
    struct registry *registry;
    bool has_import;
    const struct generation *current; /* of the root set, or of the directory; may be NULL */
    uint64_t generations[REGISTRY_RETIRED_MAX + 1];
    size_t generation_count;
};

static bool listing_set_entry(struct entry *entry, const char *name, uint64_t inode)
{
    if (name == NULL)
        return false;
    snprintf(entry->name, sizeof(entry->name), "%s", name);
    entry->inode = inode;
    return true;
}

static bool listing_has_file(const struct generation *generation, enum material_file file)
{
    return generation != NULL && material_content(generation->material, file) != NULL;
}

static bool listing_root_entry(const struct listing *l, size_t position, struct entry *ret)
{
    const char *name = tree_root_name_at(position);
    enum material_file file;
    enum tree_node node = name == NULL ? TREE_NONE : tree_root_name(name, &file);
    uint64_t inode = node;
    if (node == TREE_FILE)
        inode = listing_has_file(l->current, file) ? tree_file_inode(l->current->number, file) : 0;
    else if ((node == TREE_CURRENT && l->current == NULL) || (node == TREE_IMPORT && !l->has_import))
        inode = 0;
    return listing_set_entry(ret, name, inode);
}

static bool listing_generation_entry(const struct listing *l, size_t position, struct entry *ret)
{
    char name[24];
    if (position >= l->generation_count)
        return false;
    snprintf(name, sizeof(name), "%" PRIu64, l->generations[position]);
    return listing_set_entry(ret, name, tree_generation_inode(l->generations[position]));
}

static bool listing_file_entry(const struct listing *l, size_t position, struct entry *ret)
{
    const char *name = tree_file_name_at(position);
    enum material_file file = (enum material_file)position;
    bool there = name != NULL && listing_has_file(l->current, file);
    return listing_set_entry(ret, name, there ? tree_kept_inode(l->current->number, file) : 0);
}

/* By the number of the set before, so that sets that come and go meanwhile neither hide others nor show them twice. */
static bool listing_certificate_entry(const struct listing *l, size_t after, struct entry *ret)
{
    CLEANUP(generation_unrefp) struct generation *generation = registry_next(l->registry, after);
    if (generation == NULL)
        return false;
    const struct resource *resource = generation->resource;
    ret->next = DOTS + resource->set;
    return listing_set_entry(ret, resource->identifier, tree_set_inode(resource->set));
}

static bool listing_set_file_entry(const struct listing *l, size_t position, struct entry *ret)
{
    enum material_file file = (enum material_file)position;
    bool description = file == TREE_DESCRIPTION_FILE;
    const char *name = description ? TREE_DESCRIPTION_NAME : tree_file_name_at(position);
    bool there = name != NULL && (description ? l->current != NULL : listing_has_file(l->current, file));
    return listing_set_entry(ret, name, there ? tree_file_inode(l->current->number, file) : 0);
}

/* The entry at a position; false behind the last. */
static bool listing_entry_at(const struct listing *l, size_t position, struct entry *ret)
{
    ret->next = position + 1;
    if (position < DOTS)
        return listing_set_entry(ret, position == 0 ? "." : "..",
                                 position == 0 ? l->directory : tree_parent(l->directory));
    switch (tree_node(l->directory)) {
    case TREE_ROOT:
        return listing_root_entry(l, position - DOTS, ret);
    case TREE_GENERATIONS:
        return listing_generation_entry(l, position - DOTS, ret);
    case TREE_CERTIFICATES:
        return listing_certificate_entry(l, position - DOTS, ret);
    case TREE_SET:
        return listing_set_file_entry(l, position - DOTS, ret);
    case TREE_IMPORT:
        return false; /* what is in there is nobody's business but who made it */
    default:
        return listing_file_entry(l, position - DOTS, ret);
    }
}

static mode_t listing_type_of(uint64_t inode)
{
    enum tree_node node = tree_node(inode);
    return tree_is_directory(node) ? S_IFDIR : node == TREE_CURRENT ? S_IFLNK : S_IFREG;
}

static void listing_reply(fuse_req_t req, const struct listing *l, size_t room, size_t position)
{
    char text[PIECE_SIZE];
    struct entry entry;
    size_t used = 0;
    if (room > sizeof(text))
        room = sizeof(text);
    for (; listing_entry_at(l, position, &entry); position = entry.next) {
        struct stat st = {.st_ino = entry.inode, .st_mode = listing_type_of(entry.inode)};
        if (entry.inode == 0)
            continue;
        size_t length = fuse_add_direntry(req, text + used, room - used, entry.name, &st, (off_t)entry.next);
        if (length > room - used)
            break;
        used += length;
    }
    fuse_reply_buf(req, text, used);
}

void listing_readdir(fuse_req_t req, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *fi)
{
    (void)fi;
    const struct server *server = server_of(req);
    enum tree_node node = tree_node(inode);
    if (!tree_is_directory(node)) {
        fuse_reply_err(req, ENOTDIR);
        return;
    }
    CLEANUP(generation_unrefp)
    struct generation *current = node == TREE_GENERATION
                                     ? registry_find(server->registry, tree_generation(inode))
                                     : registry_current_of(server->registry, node == TREE_SET ? tree_set(inode) : 0);
    struct listing listing = {
        .directory = inode, .registry = server->registry, .has_import = server->pending != NULL, .current = current};
    if (node == TREE_GENERATIONS)
        listing.generation_count = registry_list(server->registry, "", listing.generations);
    listing_reply(req, &listing, size, (size_t)offset);
}
