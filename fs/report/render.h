/*
 * render: the texts last, status and metrics, rendered once per change and shared by all who ask.
 *
 * What stat tells the size of, what open holds and what read sends is one immutable content. It serves until a set is
 * committed, a request ends, or RENDER_FRESH_MS have passed, since readers and ages change by themselves; then the next
 * who asks has it made anew. A thread of its own makes it, so that who asks for nothing never waits: a request that
 * needs a newer text waits in a list and is answered from there. A text is made by at most one tenth of the time of
 * one processor, however often it changes.
 *
 * Any thread may ask. One lock is over the contents and the lists; nobody holds it while a text is made or a request
 * is answered.
 */
#ifndef CERTFS_FS_REPORT_RENDER_H
#define CERTFS_FS_REPORT_RENDER_H

#include <sys/queue.h>

#include "fs/report/status.h"

enum render_text { RENDER_LAST, RENDER_STATUS, RENDER_METRICS, RENDER_COUNT };

enum {
    RENDER_FRESH_MS = 1000, /* for stat */
    /* For open and read: what stat told of a moment ago is what they get, though its second is over by now. */
    RENDER_FOLLOWS_MS = 2 * RENDER_FRESH_MS,
};

struct rendered {
    struct content *content;
    uint64_t number; /* the newest generation when it was made */
    int64_t time;    /* of the last request by then, seconds since the epoch; 0: there was none */
};

void rendered_done(struct rendered *rendered);

/* A request that waits for a newer text. The member of a larger struct that knows what was asked for. */
struct render_waiter {
    /* Called once, by the thread of the texts, with a text that is borrowed, or NULL and the fault: no_memory. */
    void (*answer)(struct render_waiter *waiter, const struct rendered *rendered, const struct fault *f);
    STAILQ_ENTRY(render_waiter) next;
};

struct render;

/* Starts the thread; `source` is borrowed. Faults: no_memory, system (with errno). */
MUST_CHECK int render_start(const struct status_source *source, struct render **ret, struct fault *f);

/* Answers who still waits, ends the thread, releases. Accepts NULL. */
void render_stop(struct render *render);

/* The text, if it is of now and at most that old. False: wait for it. The caller releases it by rendered_done. */
MUST_CHECK bool render_get(struct render *render, enum render_text text, int max_age_ms, struct rendered *ret);

/* Calls waiter->answer as soon as a text is there that was begun after this call. */
void render_wait(struct render *render, enum render_text text, struct render_waiter *waiter);

/* How many bytes the text had when it was made last; 0 before. */
size_t render_size(struct render *render, enum render_text text);

#endif
