#include "fs/supervisor/succession.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "fs/host/channel.h"
#include "fs/host/clock.h"
#include "fs/host/daemonize.h"
#include "fs/host/log.h"
#include "fs/host/test_hooks.h"
#include "fs/supervisor/burial.h"
#include "fs/supervisor/child.h"
#include "fs/supervisor/crashes.h"
#include "fs/supervisor/death.h"
#include "fs/supervisor/mounting.h"
#include "fs/supervisor/relay.h"
#include "fs/supervisor/watchdog.h"
#include "fs/supervisor/watching.h"
#include "fs/takeover/cells.h"
#include "fs/takeover/ends.h"
#include "fs/takeover/shared.h"
#include "fs/worker/blame.h"
#include "fs/worker/outliving.h"
#include "fs/worker/worker.h"

enum {
    LOOK_FIRST_MS = 1,
    LOOK_LAST_MS = 50,
    CLOSED_LIMIT_MS = 50, /* from the end of the channel to that of the process */
    LIMIT_TICKS = SUCCESSION_LIMIT_MS / WATCHDOG_TICK_MS,
};

static const char hung[] = "the worker did not answer requests for 10 s and is ended";

static int64_t succession_now(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

bool succession_is_living(const struct succession *succession)
{
    return succession->stage == STAGE_STARTING || succession->stage == STAGE_READY;
}

/* ---- the end of a worker ---- */

/* `breach`: why this process kills it; NULL if it ends by itself. */
static void succession_lose(struct supervisor *supervisor, const char *breach)
{
    struct succession *succession = &supervisor->succession;
    if (succession->stage == STAGE_DYING || succession->stage == STAGE_AWAITED)
        return;
    if (breach != NULL)
        messages_report(supervisor, breach);
    if (succession->stage == STAGE_READY)
        succession->lost = succession_now();
    succession->stage = STAGE_DYING;
    succession->breach = breach;
    succession->look_ms = LOOK_FIRST_MS;
    child_kill(&supervisor->worker);
}

static enum ending succession_give_up(struct supervisor *supervisor, const char *why)
{
    log_line(LOG_CRIT, "%s: certfs ends, and opening a file fails; find the reason above, then mount again", why);
    if (supervisor->succession.stage != STAGE_AWAITED) {
        child_kill(&supervisor->worker);
        burial_of_worker(supervisor);
    }
    return ENDING_HOPELESS;
}

static enum end_reason succession_reason(const struct succession *succession, bool was_ready)
{
    if (succession->planned && was_ready)
        return END_UPGRADED;
    if (succession->breach != NULL)
        return succession->breach == hung ? END_HUNG : END_DISTRUST;
    return crashes_reason(succession->status, was_ready);
}

/* Returns whether it was a crash: the worker has done something wrong. Status and metrics show the reason. */
static bool succession_note_end(struct supervisor *supervisor, bool was_ready)
{
    struct succession *succession = &supervisor->succession;
    const struct cells ends = shared_cells(supervisor->shared, SHARED_ENDS);
    enum end_reason reason = succession_reason(succession, was_ready);
    bool crash = reason != END_KILLED && reason != END_UPGRADED;
    if (!was_ready)
        log_line(LOG_ERR, "%s before it was ready", succession->end);
    if (!crash)
        blame_absolve(supervisor->shared);
    ends_note(&ends, reason, clock_ms(CLOCK_REALTIME) / 1000, succession->end);
    return crash;
}

/* Nobody asks for another worker, so this is the end that was wanted, whatever happened to the last one. */
static enum ending succession_end_unmounted(struct succession *succession)
{
    if (succession->status != 0)
        log_line(LOG_WARNING, "%s while the mount was removed", succession->end);
    succession->status = 0;
    return ENDING_GONE;
}

static enum ending succession_follow(struct supervisor *supervisor, bool was_ready)
{
    struct succession *succession = &supervisor->succession;
    int64_t now = succession_now();
    bool wanted = supervisor->ready && (!supervisor->draining || succession->drain);
    if (!wanted || test_hooks_lacks("takeover"))
        return ENDING_GONE;
    if (mounting_is_over(&supervisor->mounting))
        return succession_end_unmounted(succession);
    bool crash = succession_note_end(supervisor, was_ready);
    if (!was_ready && succession->probation) {
        succession->next = INT64_MAX;
        return ENDING_NONE;
    }
    if (crash && crashes_note(&succession->crashes, now)) {
        log_line(LOG_ERR, "%s", succession->end);
        return succession_give_up(supervisor, "the worker has crashed too often");
    }
    succession->next = now + crashes_pause(&succession->crashes, now);
    return ENDING_NONE;
}

static enum ending succession_note_rest(struct supervisor *supervisor, enum message_event event)
{
    if (event == MESSAGE_DRAINED)
        return ENDING_DRAINED;
    return event == MESSAGE_FAILED && !supervisor->ready ? ENDING_FAILED : ENDING_NONE;
}

/* Messages that it sent before its end count. */
static enum ending succession_step_dying(struct supervisor *supervisor)
{
    struct succession *succession = &supervisor->succession;
    if (!death_is_over(supervisor->worker.pid, supervisor->worker.end)) {
        succession->look_ms = clock_sooner(succession->look_ms * 2, LOOK_LAST_MS);
        return ENDING_NONE;
    }
    bool was_ready = succession->ready;
    enum message_event event = messages_receive_rest(supervisor);
    if (event == MESSAGE_READY)
        was_ready = true;
    burial_of_worker(supervisor);
    enum ending ending = succession_note_rest(supervisor, event);
    return ending == ENDING_NONE ? succession_follow(supervisor, was_ready) : ending;
}

void succession_replace(struct supervisor *supervisor)
{
    struct succession *succession = &supervisor->succession;
    succession->probation = true;
    succession->planned |= succession->stage == STAGE_READY;
    succession_lose(supervisor, NULL);
}

/* ---- the beginning of a worker ---- */

struct worker_task succession_task(struct supervisor *supervisor)
{
    return (struct worker_task){.options = supervisor->options,
                                .disk = &supervisor->disk,
                                .problems = &supervisor->problems,
                                .shared = supervisor->shared,
                                .namespaces = supervisor->namespaces,
                                .fuse = mounting_fd(&supervisor->mounting)};
}

/* The memory may be one that another program has laid out. */
static int succession_start(struct supervisor *supervisor, struct fault *f)
{
    struct succession *succession = &supervisor->succession;
    struct worker_task task = succession_task(supervisor);
    const struct shared_row *rows;
    size_t count = outliving_rows(&rows);
    if (shared_fit(supervisor->shared, rows, count, f) != 0)
        return -1;
    succession->watchdog = (struct watchdog){0};
    atomic_fetch_add(&shared_head(supervisor->shared)->progress,
                     atomic_load(&shared_head(supervisor->shared)->progress) % 2);
    succession->ready = false;
    if (child_start(&supervisor->worker, &task, f) != 0)
        return -1;
    succession->stage = STAGE_STARTING;
    return 0;
}

int succession_begin(struct supervisor *supervisor, struct fault *f)
{
    supervisor->succession.old_log = -1;
    supervisor->succession.number = atomic_load(&shared_head(supervisor->shared)->worker); /* none runs yet */
    return succession_start(supervisor, f);
}

int succession_refuse(struct supervisor *supervisor, struct fault *f)
{
    struct worker_task task = succession_task(supervisor);
    return child_start_refusing(&supervisor->worker, &task, f);
}

static void succession_start_next(struct supervisor *supervisor)
{
    struct succession *succession = &supervisor->succession;
    struct fault f = {.reason = REASON_NONE};
    atomic_store(&shared_head(supervisor->shared)->worker, ++succession->number);
    if (succession_start(supervisor, &f) != 0) {
        log_line(LOG_ERR, "%s", f.message);
        succession->next = succession_now() + WATCHDOG_TICK_MS;
        return;
    }
    if (succession->drain)
        (void)channel_send(supervisor->worker.channel, CHANNEL_DRAIN, 0, "");
    succession->drain = false;
}

static void succession_become_ready(struct supervisor *supervisor)
{
    struct succession *succession = &supervisor->succession;
    if (succession->stage != STAGE_STARTING)
        return;
    succession->stage = STAGE_READY;
    succession->ready = true;
    succession->ticks = 0;
    succession->probation = false;
    if (succession->planned) {
        succession->planned = false;
        log_line(LOG_NOTICE, "the worker of the program before was replaced after %d ms",
                 (int)(succession_now() - succession->lost));
        return;
    }
    if (supervisor->ready) {
        log_line(LOG_WARNING, "%s, and was replaced after %d ms", succession->end,
                 (int)(succession_now() - succession->lost));
        messages_repeat_hook(supervisor);
        return;
    }
    if (supervisor->draining)
        return;
    supervisor->ready = true;
    daemonize_ready(&supervisor->daemonize);
}

void succession_drain(struct supervisor *supervisor)
{
    struct succession *succession = &supervisor->succession;
    succession->drain = !succession_is_living(succession);
    if (succession->drain)
        succession->next = 0;
    else
        (void)channel_send(supervisor->worker.channel, CHANNEL_DRAIN, 0, "");
}

/* ---- ticks ---- */

static void succession_watch(struct supervisor *supervisor)
{
    switch (watching_look(supervisor)) {
    case WATCHDOG_KILL:
        succession_lose(supervisor, hung);
        break;
    case WATCHDOG_WAKE:
        child_wake(&supervisor->worker);
        break;
    case WATCHDOG_NOTHING:
        break;
    }
}

/* A worker that is stopped between reading a request and noting that it has one looks idle. */
static void succession_look_for_stop(struct supervisor *supervisor, int64_t now)
{
    struct succession *succession = &supervisor->succession;
    if (now < succession->next_look)
        return;
    succession->next_look = now + test_hooks_time("CERTFS_TEST_TICK_MS", WATCHDOG_IDLE_MS);
    if (watching_finds_stopped(supervisor))
        child_wake(&supervisor->worker);
}

/* However late it is, it is one tick: this process may have been stopped, and the worker too. */
static enum ending succession_tick(struct supervisor *supervisor)
{
    struct succession *succession = &supervisor->succession;
    int64_t now = succession_now();
    if (!watching_needs_ticks(supervisor)) {
        succession->next_tick = 0;
        watching_pause(supervisor);
        succession_look_for_stop(supervisor, now);
        return ENDING_NONE;
    }
    if (succession->next_tick != 0 && now < succession->next_tick)
        return ENDING_NONE;
    bool first = succession->next_tick == 0;
    succession->next_tick = now + test_hooks_time("CERTFS_TEST_TICK_MS", WATCHDOG_TICK_MS);
    if (first)
        return ENDING_NONE;
    if (succession->stage == STAGE_READY)
        succession_watch(supervisor);
    else if (++succession->ticks >= LIMIT_TICKS)
        return succession_give_up(supervisor, "no worker became ready for 10 s");
    return ENDING_NONE;
}

/* ---- the loop ---- */

void succession_fds(const struct supervisor *supervisor, struct pollfd ret[static SUCCESSION_FDS])
{
    const struct succession *succession = &supervisor->succession;
    const struct child *worker = &supervisor->worker;
    ret[0] = (struct pollfd){.fd = succession_is_living(succession) ? worker->life : -1, .events = POLLIN};
    ret[1] = (struct pollfd){.fd = worker->end, .events = POLLIN};
    ret[2] = watching_wait(supervisor);
    ret[3] = relay_wait(succession->old_log);
}

int succession_timeout(const struct supervisor *supervisor)
{
    const struct succession *succession = &supervisor->succession;
    int tick = succession->next_tick != 0 ? clock_left(succession->next_tick) : -1;
    if (succession->next_tick == 0 && watching_needs_ticks(supervisor))
        tick = 0;
    int look = succession->stage == STAGE_DYING ? succession->look_ms : -1;
    if (succession->stage == STAGE_READY && tick < 0)
        look = clock_left(succession->next_look);
    int next = succession->stage == STAGE_AWAITED ? clock_left(succession->next) : -1;
    return clock_sooner(clock_sooner(tick, look), next);
}

/* The channel of a process that ends may be seen to close a moment before. */
static void succession_note_closed(struct supervisor *supervisor)
{
    bool ends = child_ends_within(&supervisor->worker, CLOSED_LIMIT_MS);
    succession_lose(supervisor, ends ? NULL : "the worker closed its channel and is ended");
}

enum ending succession_note(struct supervisor *supervisor, enum message_event event)
{
    switch (event) {
    case MESSAGE_NONE:
        break;
    case MESSAGE_READY:
        succession_become_ready(supervisor);
        break;
    case MESSAGE_FAILED:
        if (!supervisor->ready)
            return ENDING_FAILED;
        succession_lose(supervisor, NULL);
        break;
    case MESSAGE_DRAINED:
        return ENDING_DRAINED;
    case MESSAGE_CLOSED:
        succession_note_closed(supervisor);
        break;
    case MESSAGE_DISTRUST:
        succession_lose(supervisor, "the worker sent an invalid message and is ended");
        break;
    }
    return ENDING_NONE;
}

static void succession_look(struct supervisor *supervisor)
{
    enum child_life life = child_read_life(&supervisor->worker);
    watching_note(supervisor, life == CHILD_BUSY);
    if (life == CHILD_ENDED || child_ends_within(&supervisor->worker, 0))
        succession_lose(supervisor, NULL);
}

enum ending succession_step(struct supervisor *supervisor)
{
    struct succession *succession = &supervisor->succession;
    enum ending ending = ENDING_NONE;
    burial_finish(supervisor);
    if (succession_is_living(succession))
        succession_look(supervisor);
    if (succession->stage == STAGE_DYING)
        ending = succession_step_dying(supervisor);
    if (ending == ENDING_NONE && succession->stage == STAGE_AWAITED && clock_left(succession->next) == 0)
        succession_start_next(supervisor);
    return ending == ENDING_NONE ? succession_tick(supervisor) : ending;
}
