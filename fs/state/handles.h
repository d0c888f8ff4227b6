/*
 * handles: what is open. A file handle is an integer, never a pointer.
 *
 * For a file of a set it is the inode number: all its openers share one entry, which holds its bytes, whatever the
 * registry serves by now, and those of no other file: an open ca.pem keeps no key alive. For everything else it is a
 * number of its own, which is also the inode number of a file of import/. The FUSE thread opens, finds and closes
 * handles; the lock is for what other threads do, which is marked below.
 */
#ifndef CERTFS_FS_STATE_HANDLES_H
#define CERTFS_FS_STATE_HANDLES_H

#include <sys/queue.h>

#include "core/base/cleanup.h"
#include "fs/state/node.h"
#include "fs/state/upload.h"

struct import_file;
struct fuse_pollhandle;
struct handles;
struct shares;

/* One entry. Which members it has depends on its kind; the others are empty. */
struct handle {
    uint64_t number;
    enum node_kind kind;
    unsigned opens;
    struct content *content;   /* a file of a set */
    struct resource *resource; /* the set of that file */
    int64_t committed;         /* of its generation */
    bool cached;               /* a key that is in the page cache */
    struct shares *shares;     /* that count it for `uid`; NULL: none do */
    uid_t uid;
    struct upload *upload;    /* control, and a file of import/ */
    struct import_file *file; /* the latter; from malloc */
    LIST_ENTRY(handle) written;

    /* For a text; under the lock once it is open. */
    struct content *text;         /* at open, or when it was last read from its start; NULL: not read yet */
    size_t text_size;             /* of it; before it is read, an estimate */
    uint64_t seen;                /* generation number when the text was made */
    struct fuse_pollhandle *poll; /* that waits for another text */
    uint64_t since;               /* the mark when it began to wait */
    TAILQ_ENTRY(handle) waiting;
};

MUST_CHECK int handles_new(struct handles **ret, struct fault *f);
void handles_freep(struct handles **handles); /* accepts NULL */

/* Opens once more a file of a set that is open already; false if it is not. */
bool handles_reopen(struct handles *handles, uint64_t inode);

/* Opens a file of a set: number, kind, content, resource and committed. Takes its own references. Fault: no_memory. */
MUST_CHECK int handles_open_file(struct handles *handles, const struct handle *file, struct fault *f);

/* A new entry under a number of its own, for the caller to fill. Fault: no_memory. */
MUST_CHECK int handles_open(struct handles *handles, enum node_kind kind, struct handle **ret, struct fault *f);

/* Gives the handle a new upload, which it owns; NULL if allocation fails. */
struct upload *handles_add_upload(struct handles *handles, struct handle *handle);

/* NULL if nothing is open under this number. */
struct handle *handles_find(struct handles *handles, uint64_t number);

/* Whether this thread has written to a document that is still open. O(n) over open documents. */
bool handles_has_writer(struct handles *handles, pid_t thread);

/* The last close of a number releases what it holds. */
void handles_close(struct handles *handles, uint64_t number);

/* A reference to the text that a handle holds, NULL for none. Any thread, like the next three. */
struct content *handles_text(struct handles *handles, const struct handle *handle);
size_t handles_text_size(struct handles *handles, const struct handle *handle);
uint64_t handles_seen(struct handles *handles, const struct handle *handle);

/* Replaces the text and takes a reference. Returns the text_size that the handle had before. */
size_t handles_set_text(struct handles *handles, struct handle *handle, struct content *text, uint64_t seen);

/* Sets the poll handle that waits on a text, NULL for none; returns the one before. Any thread, like the next two. */
struct fuse_pollhandle *handles_set_poll(struct handles *handles, struct handle *handle, struct fuse_pollhandle *poll);

/*
 * Takes one of the poll handles that have waited since before this mark, the oldest first; NULL when none is left.
 * Waiters that wait again meanwhile have a newer mark, so a loop ends. O(1) each.
 */
uint64_t handles_mark(struct handles *handles);
struct fuse_pollhandle *handles_take_poll(struct handles *handles, uint64_t mark);

/* The inodes above this one of open files of this set, ascending; returns how many, 0 past the end. Any thread. */
enum { HANDLES_LISTED = 64 };
size_t handles_list(struct handles *handles, uint64_t set, uint64_t after, uint64_t ret[static HANDLES_LISTED]);

/* Wipes the bytes of every open file of every set. For the end of certfs. */
void handles_wipe(struct handles *handles);

/*
 * Bounds what open files keep of generations that are gone: past `limit` bytes the oldest are revoked, so that reading
 * them gives EIO. For the importer, the only thread that revokes.
 */
void handles_trim(struct handles *handles, size_t limit);

/* Wipes the bytes of every open file of this set: reading them gives EIO. For the importer. */
void handles_revoke(struct handles *handles, uint64_t set);

#endif
