#include "fs/ops/certificates.h"

#include <errno.h>
#include <linux/limits.h>
#include <string.h>

#include "core/about/tags.h"
#include "core/base/cleanup.h"
#include "core/registry/registry.h"
#include "core/set/content.h"
#include "core/set/generation.h"
#include "core/set/resource.h"
#include "fs/ops/readdir.h"
#include "fs/ops/reply.h"
#include "fs/ops/set_file.h"

/* The name must be spelled exactly: a file system does not fold case. */
int certificates_lookup(fuse_req_t req, struct node directory, const char *name)
{
    (void)directory;
    CLEANUP(generation_unrefp)
    struct generation *current = name[0] == '\0' ? NULL : registry_current(server_of(req)->registry, name);
    if (current == NULL || strcmp(current->resource->identifier, name) != 0)
        return ENOENT;
    return reply_entry(req, node_of(node_set_inode(current->resource->set)));
}

/*
 * The position behind an entry is the number of its set, so that sets that come and go meanwhile neither hide others
 * nor show them twice.
 */
static bool certificates_entry_at(void *context, uint64_t after, struct readdir_entry *ret)
{
    CLEANUP(generation_unrefp) struct generation *generation = registry_next(context, after);
    if (generation == NULL)
        return false;
    const struct resource *resource = generation->resource;
    ret->next = resource->set;
    return readdir_fill(ret, resource->identifier, NODE_SET, node_set_inode(resource->set));
}

int certificates_readdir(fuse_req_t req, struct node directory, size_t size, off_t offset)
{
    struct registry *registry = server_of(req)->registry;
    return readdir_reply(req, &(struct readdir_listing){directory.inode, NODE_ROOT, certificates_entry_at, registry},
                         size, offset);
}

/* ---- certificates/ID ---- */

int certificates_lookup_file(fuse_req_t req, struct node set, const char *name)
{
    enum material_file file;
    return node_set_file_name(name, &file) ? set_file_lookup(req, set.number, file) : ENOENT;
}

static bool certificates_file_at(void *context, uint64_t position, struct readdir_entry *ret)
{
    const char *name = node_set_file_name_at(position);
    uint64_t inode = name == NULL ? 0 : set_file_inode(context, (enum material_file)position);
    return readdir_fill(ret, name, NODE_FILE, inode);
}

int certificates_readdir_files(fuse_req_t req, struct node set, size_t size, off_t offset)
{
    CLEANUP(generation_unrefp)
    struct generation *current = registry_current_of(server_of(req)->registry, set.number);
    return readdir_reply(req, &(struct readdir_listing){set.inode, NODE_CERTIFICATES, certificates_file_at, current},
                         size, offset);
}

/* ---- tags ---- */

static const char certificates_prefix[] = "user.";

enum { PREFIX_LENGTH = sizeof(certificates_prefix) - 1, KEY_MAX = XATTR_NAME_MAX - PREFIX_LENGTH };

int certificates_getxattr(fuse_req_t req, struct node set, const char *name, size_t size)
{
    CLEANUP(tags_unrefp) struct tags *tags = registry_tags(server_of(req)->registry, set.number);
    bool user = strncmp(name, certificates_prefix, PREFIX_LENGTH) == 0;
    for (size_t i = 0; user && i < tags_count(tags); i++) {
        const struct tag *tag = tags_at(tags, i);
        if (strcmp(tag->key, name + PREFIX_LENGTH) == 0)
            return reply_xattr(req, tag->value, strlen(tag->value), size);
    }
    return ENODATA;
}

int certificates_listxattr(fuse_req_t req, struct node set, size_t size)
{
    CLEANUP(tags_unrefp) struct tags *tags = registry_tags(server_of(req)->registry, set.number);
    char names[TAGS_MAX * (XATTR_NAME_MAX + 1)];
    size_t used = 0;
    for (size_t i = 0; i < tags_count(tags); i++) {
        const char *key = tags_at(tags, i)->key;
        size_t length = strlen(key);
        if (length > KEY_MAX)
            continue;
        memcpy(names + used, certificates_prefix, PREFIX_LENGTH);
        memcpy(names + used + PREFIX_LENGTH, key, length + 1);
        used += PREFIX_LENGTH + length + 1;
    }
    return reply_xattr(req, names, used, size);
}
