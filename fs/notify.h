/*
 * notify: tells the kernel what it must forget after a change.
 *
 * Only ever called by the importer, with no lock held: from a handler of the FUSE thread it would deadlock
 * (facts/fuse.md 3), and nothing may be notified for a directory whose own request is unanswered (11).
 */
#ifndef CERTFS_FS_NOTIFY_H
#define CERTFS_FS_NOTIFY_H

#include <stdint.h>

struct fuse_session;
struct handles;

/*
 * The names of this set lead to other inodes from now on. `removed` is the identifier of a set that is gone, NULL for
 * one that is there.
 */
void notify_changed(struct fuse_session *session, uint64_t set, const char *removed);

/* Wakes those who poll status: a few microseconds each, so nobody should wait for it. */
void notify_waiters(struct handles *handles);

#endif
