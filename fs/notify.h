/*
 * notify: tells the kernel what it must forget after a change.
 *
 * Only ever called by the importer, with no lock held: from a handler of the FUSE thread it would deadlock
 * (facts/fuse.md 3), and nothing may be notified for a directory whose own request is unanswered (11).
 */
#ifndef CERTFS_FS_NOTIFY_H
#define CERTFS_FS_NOTIFY_H

#include <stddef.h>
#include <stdint.h>

struct fuse_session;
struct handles;

/*
 * The names of this set lead to other inodes from now on. `removed` is the identifier of a set that is gone, NULL for
 * one that is there.
 */
void notify_changed(struct fuse_session *session, uint64_t set, const char *removed);

/*
 * Files of generations that are wiped: their pages go, also out of mappings. Whoever touches one then is told EIO by
 * SIGBUS. To be called when reading them gives EIO.
 */
void notify_wiped(struct fuse_session *session, const uint64_t *generations, size_t count);

/* The same for what this set has open, whatever the vault let go of since. */
void notify_wiped_open(struct fuse_session *session, struct handles *handles, uint64_t set);

/* Wakes those who poll status: a few microseconds each, so nobody should wait for it. */
void notify_waiters(struct handles *handles);

#endif
