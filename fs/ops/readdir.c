#include "fs/ops/readdir.h"

#include <stdio.h>
#include <sys/stat.h>

enum { PIECE_SIZE = 4096, DOTS = 2 /* . and .. come first in every directory */ };

bool readdir_fill(struct readdir_entry *ret, const char *name, enum node_kind kind, uint64_t inode)
{
    if (name == NULL)
        return false;
    snprintf(ret->name, sizeof(ret->name), "%s", name);
    ret->inode = inode;
    ret->type = node_type(kind);
    return true;
}

static bool readdir_entry_at(const struct readdir_listing *listing, uint64_t position, struct readdir_entry *ret)
{
    ret->next = position + 1;
    if (position < DOTS)
        return readdir_fill(ret, position == 0 ? "." : "..", NODE_ROOT,
                            position == 0 ? listing->directory : listing->parent);
    ret->next -= DOTS;
    bool found = listing->entry_at != NULL && listing->entry_at(listing->context, position - DOTS, ret);
    ret->next += DOTS;
    return found;
}

int readdir_reply(fuse_req_t req, const struct readdir_listing *listing, size_t size, off_t offset)
{
    char text[PIECE_SIZE];
    struct readdir_entry entry;
    size_t used = 0;
    if (size > sizeof(text))
        size = sizeof(text);
    for (uint64_t position = (uint64_t)offset; readdir_entry_at(listing, position, &entry); position = entry.next) {
        struct stat st = {.st_ino = entry.inode, .st_mode = entry.type};
        if (entry.inode == 0)
            continue;
        size_t length = fuse_add_direntry(req, text + used, size - used, entry.name, &st, (off_t)entry.next);
        if (length > size - used)
            break;
        used += length;
    }
    fuse_reply_buf(req, text, used);
    return 0;
}
