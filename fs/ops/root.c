#include "fs/ops/root.h"

#include <errno.h>

#include "core/base/cleanup.h"
#include "core/registry/registry.h"
#include "core/set/generation.h"
#include "fs/ops/readdir.h"
#include "fs/ops/reply.h"
#include "fs/ops/set_file.h"
#include "fs/ops/text.h"
#include "fs/state/server.h"

int root_lookup(fuse_req_t req, struct node root, const char *name)
{
    (void)root;
    struct node node = node_root_name(name);
    switch (node.kind) {
    case NODE_FILE:
        return set_file_lookup(req, 0, node.file);
    case NODE_LAST:
    case NODE_STATUS:
    case NODE_METRICS:
        return text_lookup(req, node);
    default:
        return reply_entry(req, node);
    }
}

struct root_listing {
    const struct generation *current; /* NULL: nothing is served */
    bool has_import;
};

static bool root_entry_at(void *context, uint64_t position, struct readdir_entry *ret)
{
    const struct root_listing *listing = context;
    const char *name = node_root_name_at(position);
    struct node node = name == NULL ? (struct node){.kind = NODE_NONE} : node_root_name(name);
    if (node.kind == NODE_FILE)
        node.inode = set_file_inode(listing->current, node.file);
    else if ((node.kind == NODE_CURRENT && listing->current == NULL) ||
             (node.kind == NODE_IMPORT && !listing->has_import))
        node.inode = 0;
    return readdir_fill(ret, name, node.kind, node.inode);
}

int root_readdir(fuse_req_t req, struct node root, size_t size, off_t offset)
{
    const struct server *server = server_of(req);
    CLEANUP(generation_unrefp) struct generation *current = registry_current(server->registry, "");
    struct root_listing listing = {.current = current, .has_import = server->pending != NULL};
    return readdir_reply(req, &(struct readdir_listing){root.inode, root.inode, root_entry_at, &listing}, size, offset);
}
