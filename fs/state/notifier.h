/*
 * notifier: the threads that tell the kernel what it must forget.
 *
 * The kernel takes the lock of a directory before it forgets a name in it, and somebody else may hold that lock for as
 * long as they like. So whoever changes something posts a notice and does not wait for the notice's end: a thread that
 * is held is left alone. There are NOTIFIER_THREADS of them, and a directory has one at a time, so that one directory
 * that is held keeps one thread; what else is posted for it waits, each notice once. This module knows nothing of
 * FUSE: what a notice does is its owner's.
 */
#ifndef CERTFS_FS_STATE_NOTIFIER_H
#define CERTFS_FS_STATE_NOTIFIER_H

#include <stdbool.h>

#include "core/about/identifier.h"
#include "core/base/fault.h"
#include "core/registry/registry.h"

enum {
    NOTIFIER_THREADS = 4,
    NOTIFIER_CLIENTS = 16,      /* who can wait for notices at a time, numbered from 0 */
    NOTIFIER_PATIENCE_MS = 100, /* a notice that takes longer is held */
    NOTIFIER_WAITING_MAX = 4096,
};

enum notice_kind {
    NOTICE_CHANGED, /* the names in `directory` lead elsewhere: those of a set */
    NOTICE_GONE,    /* the name `name` in `directory` is gone, or new */
    NOTICE_WIPED,   /* the files of generations, and those that `set` has open, are wiped */
    NOTICE_POLL,    /* those who poll wait no longer */
    NOTICE_PAGES,   /* the cached pages of one file, whose inode stands in `directory` */
};

struct notice {
    enum notice_kind kind;
    uint64_t directory; /* whose locks it takes; 0: none */
    uint64_t set;
    char name[IDENTIFIER_MAX + 1];
    uint64_t wiped[REGISTRY_RETIRED_MAX + 1];
    size_t wiped_count;
};

struct notifier;

/*
 * Starts the threads. `send` carries out a notice, in any of them; `wake_fd`, an eventfd(2), is written to when a
 * notice that somebody waits for has ended. Faults: no_memory, system (with errno).
 */
MUST_CHECK int notifier_start(void (*send)(void *context, const struct notice *notice), void *context, int wake_fd,
                              struct notifier **ret, struct fault *f);

/*
 * Ends the threads and releases everything. False: a thread is held, and nothing was released; what `send` needs must
 * stay. Waits for NOTIFIER_PATIENCE_MS at most. Accepts NULL.
 */
MUST_CHECK bool notifier_stop(struct notifier *notifier);

/*
 * Posts a copy of a notice; `client` waits for it (-1: nobody). An equal notice that has not begun yet is not posted
 * again. Without memory, or with NOTIFIER_WAITING_MAX waiting, it is given up: the kernel then asks when a file is
 * opened, and shows an old one to stat(2) alone.
 */
void notifier_post(struct notifier *notifier, const struct notice *notice, int client);

/* Whether this client need not wait: its notices have ended, or wait behind others that are held. */
bool notifier_is_done(struct notifier *notifier, int client);

/* This client waits no longer; its number can be used anew. */
void notifier_forget(struct notifier *notifier, int client);

/* How many notices are held at the moment; whether any is being sent. */
unsigned notifier_held(struct notifier *notifier);
bool notifier_is_busy(struct notifier *notifier);

#endif
