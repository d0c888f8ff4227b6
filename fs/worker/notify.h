/*
 * notify: what the kernel must forget after a change, as notices for notifier.h.
 *
 * A notice is sent by a thread that does nothing else: from a handler of the FUSE thread it would deadlock (a lookup
 * that waits for us holds the lock of its directory), and from the importer a process that holds such a lock would hold
 * every import.
 */
#ifndef CERTFS_FS_WORKER_NOTIFY_H
#define CERTFS_FS_WORKER_NOTIFY_H

#include "fs/state/notifier.h"

struct outcome;

/*
 * Posts all that a committed change needs. After a removal, reading the files must give EIO already: their pages go,
 * also out of mappings, and touching one then raises SIGBUS.
 */
void notify_post(struct notifier *notifier, const struct outcome *outcome, bool removal, int client);

/* Posts that pollers of status are woken: a few microseconds each, so no write waits for it. */
void notify_post_poll(struct notifier *notifier);

/* Carries out a notice; `server` is a struct server. May be held by others for as long as they like. */
void notify_send(void *server, const struct notice *notice);

#endif
