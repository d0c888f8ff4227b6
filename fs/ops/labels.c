#include "fs/ops/labels.h"

#include <errno.h>
#include <linux/limits.h>
#include <string.h>

#include "fs/state/reply.h"

static const char prefix[] = "user.";

enum { PREFIX_LENGTH = sizeof(prefix) - 1, PRIVATE_KEY_MAX = XATTR_NAME_MAX - PREFIX_LENGTH };

static struct tags *labels_tags_of(fuse_req_t req, uint64_t inode)
{
    const struct server *server = server_of(req);
    return tree_node(inode) == TREE_SET ? registry_tags(server->registry, tree_set(inode)) : NULL;
}

/* Size 0 asks how much room is needed. */
static void labels_reply(fuse_req_t req, const char *bytes, size_t length, size_t room)
{
    if (room == 0)
        fuse_reply_xattr(req, length);
    else if (length > room)
        fuse_reply_err(req, ERANGE);
    else
        fuse_reply_buf(req, bytes, length);
}

void labels_getxattr(fuse_req_t req, fuse_ino_t inode, const char *name, size_t size)
{
    CLEANUP(tags_unrefp) struct tags *tags = labels_tags_of(req, inode);
    bool user = strncmp(name, prefix, PREFIX_LENGTH) == 0;
    for (size_t i = 0; user && i < tags_count(tags); i++) {
        const struct tag *tag = tags_at(tags, i);
        if (strcmp(tag->key, name + PREFIX_LENGTH) == 0) {
            labels_reply(req, tag->value, strlen(tag->value), size);
            return;
        }
    }
    fuse_reply_err(req, ENODATA);
}

void labels_listxattr(fuse_req_t req, fuse_ino_t inode, size_t size)
{
    CLEANUP(tags_unrefp) struct tags *tags = labels_tags_of(req, inode);
    char names[TAGS_MAX * (XATTR_NAME_MAX + 1)];
    size_t used = 0;
    for (size_t i = 0; i < tags_count(tags); i++) {
        const char *key = tags_at(tags, i)->key;
        size_t length = strlen(key);
        if (length > PRIVATE_KEY_MAX)
            continue;
        memcpy(names + used, prefix, PREFIX_LENGTH);
        memcpy(names + used + PREFIX_LENGTH, key, length + 1);
        used += PREFIX_LENGTH + length + 1;
    }
    labels_reply(req, names, used, size);
}
