#include "fs/ops/generations.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "core/base/cleanup.h"
#include "core/registry/registry.h"
#include "core/set/content.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "fs/ops/readdir.h"
#include "fs/ops/reply.h"
#include "fs/ops/set_file.h"

/* NULL: there is no such generation of the root set. */
static struct generation *generations_find(fuse_req_t req, uint64_t number)
{
    CLEANUP(generation_unrefp) struct generation *generation = registry_find(server_of(req)->registry, number);
    return generation == NULL || generation->resource->set != 0 ? NULL : TAKE(generation);
}

int generations_lookup(fuse_req_t req, struct node directory, const char *name)
{
    (void)directory;
    CLEANUP(generation_unrefp) struct generation *generation = generations_find(req, node_generation_name(name));
    return generation == NULL ? ENOENT : reply_entry(req, node_of(node_generation_inode(generation->number)));
}

struct generations_listing {
    uint64_t numbers[REGISTRY_RETIRED_MAX + 1];
    size_t count;
};

static bool generations_entry_at(void *context, uint64_t position, struct readdir_entry *ret)
{
    const struct generations_listing *listing = context;
    char name[24];
    if (position >= listing->count)
        return false;
    snprintf(name, sizeof(name), "%" PRIu64, listing->numbers[position]);
    return readdir_fill(ret, name, NODE_GENERATION, node_generation_inode(listing->numbers[position]));
}

int generations_readdir(fuse_req_t req, struct node directory, size_t size, off_t offset)
{
    struct generations_listing listing;
    listing.count = registry_list(server_of(req)->registry, "", listing.numbers);
    return readdir_reply(req, &(struct readdir_listing){directory.inode, NODE_ROOT, generations_entry_at, &listing},
                         size, offset);
}

/* ---- generations/N ---- */

int generations_lookup_file(fuse_req_t req, struct node directory, const char *name)
{
    enum material_file file;
    CLEANUP(generation_unrefp) struct generation *generation = generations_find(req, directory.number);
    if (generation == NULL || !node_file_name(name, &file))
        return ENOENT;
    return set_file_reply_entry(req, generation, node_of(node_generation_file_inode(generation->number, file)), 0);
}

static bool generations_file_at(void *context, uint64_t position, struct readdir_entry *ret)
{
    const struct generation *generation = context;
    enum material_file file = (enum material_file)position;
    bool there =
        generation != NULL && position < MATERIAL_FILE_COUNT && material_content(generation->material, file) != NULL;
    return readdir_fill(ret, node_file_name_at(position), NODE_GENERATION_FILE,
                        there ? node_generation_file_inode(generation->number, file) : 0);
}

int generations_readdir_files(fuse_req_t req, struct node directory, size_t size, off_t offset)
{
    CLEANUP(generation_unrefp) struct generation *generation = generations_find(req, directory.number);
    return readdir_reply(req,
                         &(struct readdir_listing){directory.inode, NODE_GENERATIONS, generations_file_at, generation},
                         size, offset);
}

/* ---- current ---- */

int generations_readlink(fuse_req_t req)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(server_of(req)->registry, "");
    char target[NODE_TARGET_SIZE];
    if (current == NULL)
        return ENOENT;
    node_target(current->number, target);
    fuse_reply_readlink(req, target);
    return 0;
}
