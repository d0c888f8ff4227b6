/*
 * handles: what is open. A file handle is an integer, never a pointer.
 *
 * For a file of a set it is the inode number: all who have it open share one entry, which holds its bytes, whatever
 * the registry serves by now, and no other file's: who holds ca.pem keeps no key alive. For everything else it is a
 * number of its own, which for a file of import/ is the inode number too. Owned by the FUSE thread, but for
 * handles_revoke and handles_trim, which is why there is a lock.
 */
#ifndef CERTFS_FS_STATE_HANDLES_H
#define CERTFS_FS_STATE_HANDLES_H

#include <sys/queue.h>

#include "core/registry/registry.h"
#include "fs/state/node.h"
#include "fs/state/upload.h"

struct import_file;
struct fuse_pollhandle;
struct handles;
struct shares;

/* One entry. What it holds depends on what was opened; the other members are empty. */
struct handle {
    uint64_t number;
    enum node_kind kind;
    unsigned opens;
    struct content *content;   /* a file of a set */
    struct resource *resource; /* the set of that file */
    int64_t committed;         /* of its generation */
    bool cached;               /* a key that the kernel has read into its page cache */
    struct shares *shares;     /* which count it, as one of `uid`; NULL: none do */
    uid_t uid;
    struct upload *upload;    /* control, and a file of import/ */
    struct import_file *file; /* the latter; from malloc */
    LIST_ENTRY(handle) written;

    /* Of a text; under the lock once it is open. */
    struct content *text;         /* as it was at open, or when it was last read from its start; NULL: not read yet */
    size_t text_size;             /* of it, or what it may have when it is read */
    uint64_t seen;                /* generation number when the text was made */
    struct fuse_pollhandle *poll; /* who waits for another one */
    uint64_t since;               /* place in the order of all who wait */
    TAILQ_ENTRY(handle) waiting;
};

MUST_CHECK int handles_new(struct handles **ret, struct fault *f);
void handles_freep(struct handles **handles); /* accepts NULL */

/* Opens once more a file of a set that is open already; false if it is not. */
bool handles_reopen(struct handles *handles, uint64_t inode);

/*
 * Opens a file of a set: number, kind, content, resource and committed. Takes its own references. Fault: no_memory.
 */
MUST_CHECK int handles_open_file(struct handles *handles, const struct handle *file, struct fault *f);

/* A new entry under a number of its own, empty, to be filled by the caller. Fault: no_memory. */
MUST_CHECK int handles_open(struct handles *handles, enum node_kind kind, struct handle **ret, struct fault *f);

/* A new upload for it, which is its own from then on; NULL for want of memory. */
struct upload *handles_add_upload(struct handles *handles, struct handle *handle);

/* NULL if nothing is open under this number. */
struct handle *handles_find(struct handles *handles, uint64_t number);

/* Whether this thread has written a document that is still open. Costs as much as there are documents, no more. */
bool handles_has_writer(struct handles *handles, pid_t thread);

/* The last close of a number releases what it holds. */
void handles_close(struct handles *handles, uint64_t number);

/* A reference of the text that a handle holds, NULL for none. Any thread, as the next three. */
struct content *handles_text(struct handles *handles, const struct handle *handle);
size_t handles_text_size(struct handles *handles, const struct handle *handle);
uint64_t handles_seen(struct handles *handles, const struct handle *handle);

/* It holds another text from now on, and takes a reference of its own. Returns the size that it had before. */
size_t handles_set_text(struct handles *handles, struct handle *handle, struct content *text, uint64_t seen);

/* Notes who waits on a text, NULL for nobody; returns who waited before. */
struct fuse_pollhandle *handles_set_poll(struct handles *handles, struct handle *handle, struct fuse_pollhandle *poll);

/*
 * Takes one of those who have waited since before that mark, the longest first; NULL when there is none left. Who is
 * woken and waits again waits since after the mark, so this comes to its end. Each is a matter of constant time,
 * however many there are. Any thread.
 */
uint64_t handles_mark(struct handles *handles);
struct fuse_pollhandle *handles_take_poll(struct handles *handles, uint64_t mark);

/* The inodes above this one of open files of this set, in their order; how many, 0 behind the last. Any thread. */
enum { HANDLES_LISTED = 64 };
size_t handles_list(struct handles *handles, uint64_t set, uint64_t after, uint64_t ret[static HANDLES_LISTED]);

/* Wipes the bytes of every open file of every set. For the end. */
void handles_wipe(struct handles *handles);

/*
 * Bounds what readers keep of generations that are gone: past `limit` bytes the oldest are revoked, so that reading
 * them gives EIO. For the importer, which alone revokes.
 */
void handles_trim(struct handles *handles, size_t limit);

/* Wipes the bytes of every open file of this set: reading them gives EIO from then on. Any thread. */
void handles_revoke(struct handles *handles, uint64_t set);

#endif
