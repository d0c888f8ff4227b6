/*
 * judge_client: has documents parsed and judged by a process of their own, from the side of the worker.
 *
 * Nothing waits without a limit here, whatever becomes of the zygote or the judge: a judge that takes too long is
 * killed, a zygote that does not answer is given up, and the next document gets a new one.
 */
#ifndef CERTFS_FS_JUDGE_JUDGE_CLIENT_H
#define CERTFS_FS_JUDGE_JUDGE_CLIENT_H

#include "core/action/judging.h"
#include "core/base/fault.h"
#include "fs/host/ask.h"
#include "fs/judge/exchange.h"

enum {
    JUDGE_CLIENT_LIMIT_MS = 10 * 1000, /* of a judge, by the clock */
    JUDGE_CLIENT_HURRY_MS = 2 * 1000,  /* one that computes all the time is over its limit by then (confine.h) */
    JUDGE_CLIENT_READY_MS = 10 * 1000, /* of the first zygote, which prepares itself */
    JUDGE_CLIENT_END_MS = 1000, /* for a judge that has answered or was killed to end; then the zygote is given up */
};

/* Used by one thread at a time: the one that starts the worker, then the importer's. */
struct judge_client {
    int zygote;   /* our end of its line (orders.h); -1: there is none */
    bool running; /* a judge was ordered, and its end is not reported yet */
    struct exchange judge;
    int64_t hurry; /* when it is to get a higher priority, ms of CLOCK_MONOTONIC; 0: it has */
    int64_t limit_ms;
    int log;         /* for lines of the log (channel.h) */
    struct ask *ask; /* for a new zygote; NULL: there is none */
};

/* `zygote` is consumed; -1: the first document asks for one. `limit_ms`: JUDGE_CLIENT_LIMIT_MS. */
void judge_client_open(struct judge_client *client, int zygote, int log, struct ask *ask, int64_t limit_ms);

/*
 * Waits until the zygote is ready, for `limit_ms`: JUDGE_CLIENT_READY_MS. `ret_missing` gets what its kernel or
 * container does not allow (orders.h), "" for nothing. Fault: system, with the reason why there is none.
 */
MUST_CHECK int judge_client_greet(struct judge_client *client, int64_t limit_ms,
                                  char ret_missing[static FAULT_MESSAGE_SIZE], struct fault *f);

/* Ends the zygote, and the judge that may run. */
void judge_client_close(struct judge_client *client);

/* The judging of a policy; borrows the client. */
struct judging judge_client_judging(struct judge_client *client);

#endif
