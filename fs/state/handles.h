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

#include "core/base/cleanup.h"
#include "fs/state/handle.h"
#include "fs/state/node.h"

struct handles;
struct shared;
struct shares;

/* Handles are kept in `shared`, for a worker that follows; NULL: they are not. Faults: no_memory. */
MUST_CHECK int handles_new(const struct shared *shared, struct handles **ret, struct fault *f);
void handles_freep(struct handles **handles); /* accepts NULL; what is kept stays */

/*
 * Takes over what workers before this one had open. `restored` is called with each entry before it can be found: it
 * gives a file of a set its content, resource and committed, with references; without them reading it gives EIO.
 *
 * The request that such a worker handled when it was killed may come again, or may have been answered: if it has opened
 * or closed a file, handles_reopen and handles_close do not count it twice, and handles_opened_by finds what it opened.
 * Fault: no_memory.
 */
MUST_CHECK int handles_restore(struct handles *handles, void (*restored)(void *context, struct handle *handle),
                               void *context, struct fault *f);

/* The entry that this request has opened, when a worker before this one handled it; NULL: nothing. O(n). */
struct handle *handles_opened_by(struct handles *handles, uint64_t request);

/* True once, when something that is open could not be kept. */
bool handles_take_unkept(struct handles *handles);

/* Opens once more a file of a set that is open already; false if it is not, or has no content. */
bool handles_reopen(struct handles *handles, uint64_t inode, uint64_t request);

/* Opens a file of a set: number, kind, content, resource, committed and request. Takes its own references. Fault:
 * no_memory. */
MUST_CHECK int handles_open_file(struct handles *handles, const struct handle *file, struct fault *f);

/* A new entry under a number of its own, for the caller to fill, and then to keep. Fault: no_memory. */
MUST_CHECK int handles_open(struct handles *handles, enum node_kind kind, struct handle **ret, struct fault *f);

/* Keeps an entry under a number of its own, in the state in which it is now; `request` has opened it. */
void handles_keep(struct handles *handles, struct handle *handle, uint64_t request);

/* A key is in the page cache. */
void handles_set_cached(struct handles *handles, struct handle *handle);

/* True once if it is, and must leave it: the caller notifies the kernel. */
bool handles_take_cached(struct handles *handles, struct handle *handle);

/*
 * The inodes whose pages had to leave the page cache lately, for `index` from 0; 0 for none, also between two. A worker
 * that follows notifies the kernel once more: the one before may have been killed first. False: past the end.
 */
bool handles_recall_pages(struct handles *handles, size_t index, uint64_t *ret);

/* Gives the handle a new upload, which it owns; NULL if allocation fails. */
struct upload *handles_add_upload(struct handles *handles, struct handle *handle);

/* NULL if nothing is open under this number. */
struct handle *handles_find(struct handles *handles, uint64_t number);

/* Whether this thread has written to a document that is still open. O(n) over open documents. */
bool handles_has_writer(struct handles *handles, pid_t thread);

/* The last close of a number releases what it holds; true if this was it. */
bool handles_close(struct handles *handles, uint64_t number, uint64_t request);

/* A reference to the text that a handle holds, NULL for none. Any thread, like the next four. */
struct content *handles_text(struct handles *handles, const struct handle *handle);
size_t handles_text_size(struct handles *handles, const struct handle *handle);
bool handles_is_cut(struct handles *handles, const struct handle *handle);
uint64_t handles_seen(struct handles *handles, const struct handle *handle);

/* Replaces the text and takes a reference. Returns the text_size that the handle had before. */
size_t handles_set_text(struct handles *handles, struct handle *handle, struct content *text, uint64_t seen);

/* Sets the poll that waits on a text, by the kernel's number; 0: none. Any thread, like the next two. */
void handles_set_poll(struct handles *handles, struct handle *handle, uint64_t poll);

/*
 * Takes one of the polls that have waited since before this mark, the oldest first; 0 when none is left. Those that
 * wait again meanwhile have a newer mark, so a loop ends. O(1) each.
 */
uint64_t handles_mark(struct handles *handles);
uint64_t handles_take_poll(struct handles *handles, uint64_t mark);

/* The inodes above this one of open files of this set, ascending; returns how many, 0 past the end. Any thread. */
enum { HANDLES_LISTED = 64 };
size_t handles_list(struct handles *handles, uint64_t set, uint64_t after, uint64_t ret[static HANDLES_LISTED]);

/* Whether a file of this generation is open. Any thread. */
bool handles_hold(struct handles *handles, uint64_t generation);

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
