/*
 * notifier: the threads that notify the kernel of what it must forget.
 *
 * The kernel locks a directory before it forgets a name in it, and any program may hold that lock for as long as it
 * likes. So a change posts a notice and does not wait until it is sent: a thread that is held is left alone. There are
 * NOTIFIER_THREADS threads, and one at a time sends for a directory, so a directory that is held costs one thread;
 * other notices for it wait, equal ones once. This module knows nothing of FUSE: `send` does what a notice is for.
 */
#ifndef CERTFS_FS_STATE_NOTIFIER_H
#define CERTFS_FS_STATE_NOTIFIER_H

#include <stdbool.h>

#include "core/about/identifier.h"
#include "core/base/fault.h"
#include "core/registry/registry.h"

#define NOTIFIER_THREAD_NAME "notifier"

enum {
    NOTIFIER_THREADS = 4,
    NOTIFIER_CLIENTS = 16,      /* that can wait for notices at a time, numbered from 0 */
    NOTIFIER_PATIENCE_MS = 100, /* a notice that takes longer is held */
    NOTIFIER_WAITING_MAX = 4096,
};

enum notice_kind {
    NOTICE_CHANGED, /* the names in `directory` lead elsewhere: those of a set */
    NOTICE_GONE,    /* the name `name` in `directory` is gone, or new */
    NOTICE_WIPED,   /* the files of generations, and those that `set` has open, are wiped */
    NOTICE_POLL,    /* wakes all that poll */
    NOTICE_PAGES,   /* the cached pages of one file, whose inode is in `directory` */
};

struct notice {
    enum notice_kind kind;
    uint64_t directory; /* that the kernel locks for it; 0: none */
    uint64_t set;
    char name[IDENTIFIER_MAX + 1];
    uint64_t wiped[REGISTRY_RETIRED_MAX + 1];
    size_t wiped_count;
};

struct notifier;

/*
 * Starts the threads. `send` carries out a notice, in any of them; `wake_fd`, an eventfd(2), is written to when a
 * notice that a client waits for has ended. Faults: no_memory, system (with errno).
 */
MUST_CHECK int notifier_start(void (*send)(void *context, const struct notice *notice), void *context, int wake_fd,
                              struct notifier **ret, struct fault *f);

/*
 * Ends the threads and releases everything. False: a thread is held, and nothing was released; what `send` uses must
 * stay. Waits for NOTIFIER_PATIENCE_MS at most. Accepts NULL.
 */
MUST_CHECK bool notifier_stop(struct notifier *notifier);

/*
 * Posts a copy of a notice; `client` waits for it (-1: none does). An equal notice that has not begun yet is not posted
 * again. If allocation fails, or NOTIFIER_WAITING_MAX notices wait, it is dropped: the kernel then asks when a file is
 * opened, and only stat(2) may still show the old one.
 */
void notifier_post(struct notifier *notifier, const struct notice *notice, int client);

/* Whether this client need not wait: its notices have ended, or wait behind held ones. */
bool notifier_is_done(struct notifier *notifier, int client);

/* This client no longer waits; its number can be reused. */
void notifier_forget(struct notifier *notifier, int client);

/* How many notices are held at the moment; whether any is being sent. */
unsigned notifier_held(struct notifier *notifier);
bool notifier_is_busy(struct notifier *notifier);

#endif
