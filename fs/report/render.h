/*
 * render: the texts last, status and metrics, rendered once per change and shared by all readers.
 *
 * stat, open and read use one immutable content. It is valid until a set is committed, a request ends, or
 * RENDER_FRESH_MS have passed, since the readers and ages in it change with time; the next request then has it rendered
 * again, by a thread of its own. Requests that need a newer text wait in a list, and other requests are not delayed.
 * Rendering a text uses at most a tenth of one processor, however often it changes.
 *
 * Thread-safe; the lock is not held while a text is rendered or a request is answered.
 */
#ifndef CERTFS_FS_REPORT_RENDER_H
#define CERTFS_FS_REPORT_RENDER_H

#include <sys/queue.h>

#include "core/base/cleanup.h"
#include "fs/report/status.h"

enum render_text { RENDER_LAST, RENDER_STATUS, RENDER_METRICS, RENDER_COUNT };

enum {
    RENDER_FRESH_MS = 1000,                  /* for stat */
    RENDER_FOLLOWS_MS = 2 * RENDER_FRESH_MS, /* for open and read, so that they get the text that stat has seen */
};

struct rendered {
    struct content *content;
    uint64_t number; /* the newest generation when it was made */
    int64_t time;    /* of the last request, seconds since the epoch; 0: no request yet */
};

void rendered_done(struct rendered *rendered);

/* A request that waits for a newer text. Embedded in a larger struct. */
struct render_waiter {
    /* Called once, in the rendering thread, with a borrowed text, or NULL and the fault no_memory. */
    void (*answer)(struct render_waiter *waiter, const struct rendered *rendered, const struct fault *f);
    STAILQ_ENTRY(render_waiter) next;
};

struct render;

/* Starts the thread; `source` is borrowed. Faults: no_memory, system (with errno). */
MUST_CHECK int render_start(const struct status_source *source, struct render **ret, struct fault *f);

/* Answers waiting requests, ends the thread and frees everything. Accepts NULL. */
void render_stop(struct render *render);

/* Returns the text if it is current and not older than `max_age_ms`; the caller calls rendered_done. False:
 * render_wait. */
MUST_CHECK bool render_get(struct render *render, enum render_text text, int max_age_ms, struct rendered *ret);

/* Returns the newest text, however old, as render_get does. False: there was none yet. */
MUST_CHECK bool render_get_last(struct render *render, enum render_text text, struct rendered *ret);

/* Calls waiter->answer with a text that is current at the time of this call or later. */
void render_wait(struct render *render, enum render_text text, struct render_waiter *waiter);

/* The size of the newest text in bytes; 0 before the first. */
size_t render_size(struct render *render, enum render_text text);

#endif
