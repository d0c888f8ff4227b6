#include "fs/worker/upkeep.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <fuse_lowlevel.h>

#include "core/base/buf.h"
#include "core/registry/registry.h"
#include "core/set/content.h"
#include "core/set/resource.h"
#include "fs/host/channel.h"
#include "fs/host/clock.h"
#include "fs/host/process.h"
#include "fs/host/thread.h"
#include "fs/import/finish.h"
#include "fs/import/pending.h"
#include "fs/report/audit.h"
#include "fs/report/journal.h"
#include "fs/report/problems.h"
#include "fs/report/restarts.h"
#include "fs/state/handles.h"
#include "fs/state/intents.h"
#include "fs/state/notifier.h"
#include "fs/state/queue.h"
#include "fs/state/snapshot.h"
#include "fs/state/upload.h"
#include "fs/state/writes.h"
#include "fs/worker/announce.h"
#include "fs/worker/endings.h"
#include "fs/worker/notify.h"
#include "fs/worker/publish.h"

enum {
    STACK_SIZE = 256 * 1024,
    ENDING_MS = 100, /* so often a writer that was interrupted is looked at */
    SPREAD_MS = 5,   /* so often one that spreads is looked at, beside being woken */
};

struct upkeep {
    struct server *server;
    pthread_t thread;
    atomic_bool stopping;
    struct announcements unsent;
    int64_t drain_since; /* milliseconds of the steady clock; 0: not draining */
    bool over;           /* no write is left */
    unsigned held;       /* notices, as last reported */
    bool drained;        /* the same, and not sent yet */
    bool alone;          /* the supervisor has ended */
    int64_t looked;      /* for sets that end, seconds since the epoch */
    int64_t swept;       /* what is kept of replaced generations, steady seconds */
    size_t kept;         /* of them */
};

/* ---- answering ---- */

static bool upkeep_has_spread(const struct spread *spread, void *context)
{
    const struct server *server = context;
    int64_t now = server_now_ms();
    bool notified = now - spread->since >= UPKEEP_SPREAD_LIMIT_MS || notifier_is_done(server->notifier, spread->client);
    return snapshots_settle(server->snapshots, spread->set, spread->generation, spread->since, now) && notified;
}

static void upkeep_answer_spread(struct server *server, struct spread *spread)
{
    const struct fault none = {.reason = REASON_NONE};
    buf_move(&spread->job.upload->answer, &spread->answer);
    publish_end(server, &spread->job, &none, spread->sentence, spread->findings);
}

/* Behind the announcement, which a successor repeats. */
static void upkeep_end_intent(struct server *server, const struct spread *spread)
{
    if (spread->intent_stays)
        intents_reach(server->intents, spread->intent, INTENT_SPREAD);
    else
        intents_end(server->intents, spread->intent);
}

/* Pollers of status are woken after the answer: there may be thousands. */
static void upkeep_answer_all_spread(struct upkeep *upkeep)
{
    struct server *server = upkeep->server;
    struct spread spread;
    while (writes_take_spread(server->writes, upkeep_has_spread, server, &spread)) {
        notifier_forget(server->notifier, spread.client);
        snapshots_import(server->snapshots, false);
        if (!spread.answered)
            upkeep_answer_spread(server, &spread);
        announce(&upkeep->unsent, server->channel_fd, spread.resource, spread.generation);
        notify_post_poll(server->notifier);
        upkeep_end_intent(server, &spread);
        buf_done(&spread.answer);
        content_unref(spread.findings);
        resource_unref(spread.resource);
    }
}

/* The document of a write that is given up; what is being committed is recorded by the importer. */
static void upkeep_refuse(struct server *server, const struct job *job, enum write_stage stage, const char *why)
{
    struct fault f = {.reason = REASON_NONE};
    fault_set(&f, REASON_BUSY, "", "%s", why);
    if (stage == WRITE_COMMITTING || job->intent != 0) {
        publish_end(server, job, &f, why, NULL);
        return;
    }
    if (job->file != NULL) {
        pending_lock(server->pending);
        finish_refuse(server, job->file, &f);
        pending_unlock(server->pending);
    } else {
        server_refuse(server, job->upload, &f);
    }
    fuse_reply_err(job->request, job->file == NULL ? fault_errno_control(&f) : fault_errno_import(&f));
}

static void upkeep_refuse_all_ending(struct server *server)
{
    struct job job;
    enum write_stage stage;
    while (writes_take_ending(server->writes, process_is_ending, &job, &stage))
        upkeep_refuse(server, &job, stage,
                      stage == WRITE_COMMITTING
                          ? "the writer was ended while the request was carried out; status has the result"
                          : "the writer was ended before its document was judged; nothing was changed");
}

void upkeep_refuse_all(struct server *server)
{
    struct job job;
    enum write_stage stage;
    while (writes_take_unfinished(server->writes, &job, &stage))
        upkeep_refuse(server, &job, stage,
                      "certfs is stopping and the document could not be judged; nothing was changed");
}

/* ---- the end ---- */

static int64_t upkeep_drained_for(const struct upkeep *upkeep)
{
    return upkeep->drain_since == 0 ? 0 : server_now_ms() - upkeep->drain_since;
}

static void upkeep_begin_drain(struct upkeep *upkeep)
{
    if (upkeep->drain_since != 0)
        return;
    upkeep->drain_since = server_now_ms();
    atomic_store(&upkeep->server->draining, true);
    writes_wake(writes_importer_fd(upkeep->server->writes)); /* the pace does not count now */
}

/* Whether it is over by now. */
static bool upkeep_step_drain(struct upkeep *upkeep)
{
    struct server *server = upkeep->server;
    if (upkeep->drain_since == 0 || upkeep->over)
        return upkeep->over;
    if (upkeep_drained_for(upkeep) >= SERVER_JUDGE_LIMIT_MS)
        upkeep_refuse_all(server);
    if (!writes_are_answered(server->writes) && upkeep_drained_for(upkeep) < SERVER_COMMIT_LIMIT_MS)
        return false;
    audit_write(server->audit);
    return true;
}

/* Milliseconds until the drain has to be looked at again; -1: never. */
static int upkeep_next_drain_step(const struct upkeep *upkeep)
{
    int64_t passed = upkeep_drained_for(upkeep);
    if (upkeep->drain_since == 0 || upkeep->over)
        return -1;
    int64_t left = (passed < SERVER_JUDGE_LIMIT_MS ? SERVER_JUDGE_LIMIT_MS : SERVER_COMMIT_LIMIT_MS) - passed;
    return left > 0 ? (int)left : -1;
}

/* ---- the supervisor ---- */

/* Sends what the channel had no room for. True if nothing is left. */
static bool upkeep_flush(struct upkeep *upkeep)
{
    int channel_fd = upkeep->server->channel_fd;
    if (!announce_rest(&upkeep->unsent, channel_fd))
        return false;
    const char *held = notifier_held(upkeep->server->notifier) > 0 ? CHANNEL_HELD : "";
    if (upkeep->drained)
        upkeep->drained = channel_send(channel_fd, CHANNEL_DRAINED, 0, held) != 0;
    return !upkeep->drained;
}

/* A program that failed is a problem until it succeeds for the same set. */
static void upkeep_note_run(struct server *server, const struct channel_message *message)
{
    char about[PROBLEMS_ABOUT_SIZE], sentence[PROBLEMS_SIZE] = "";
    size_t length = strcspn(message->text, " ");
    const char *report = message->text + length + (message->text[length] == ' ' ? 1 : 0);
    bool failed = message->priority != 0;
    snprintf(about, sizeof(about), "on_change %.*s", (int)length, message->text);
    if (failed)
        snprintf(sentence, sizeof(sentence), "on_change= failed for generation %s", report);
    problems_set_lasting(server->source.problems, PROBLEM_TO_MEND, about, sentence);
    journal_set_report(server->journal, report, failed);
}

/* Handles a message of the supervisor. When the channel is closed there is no one left to serve for. */
static void upkeep_handle_message(struct upkeep *upkeep)
{
    struct channel_message message;
    channel_receive(upkeep->server->channel_fd, &message);
    if (message.kind == CHANNEL_HOOK)
        upkeep_note_run(upkeep->server, &message);
    if (message.kind != CHANNEL_DRAIN && message.kind != CHANNEL_END)
        return;
    upkeep->alone |= message.kind == CHANNEL_END;
    upkeep_begin_drain(upkeep);
}

static void upkeep_step_end(struct upkeep *upkeep)
{
    bool over = upkeep_step_drain(upkeep);
    upkeep->drained |= over && !upkeep->over;
    upkeep->over = over;
    if (!over || !upkeep->alone)
        return;
    audit_finish(upkeep->server->audit);
    server_exit();
}

/* ---- the loop ---- */

/* Drops what has expired; milliseconds until there is something to do, -1 for nothing. */
static int upkeep_next_event(const struct upkeep *upkeep)
{
    struct server *server = upkeep->server;
    int seconds = registry_expire(server->registry, server_now());
    int pins = snapshots_expire(server->snapshots, server_now_ms());
    int wait = clock_sooner(seconds < 0 ? -1 : seconds * 1000, pins < 0 ? -1 : pins + 1);
    wait = clock_sooner(wait, writes_are_interrupted(server->writes) ? ENDING_MS : -1);
    wait = clock_sooner(wait, notifier_is_busy(server->notifier) ? NOTIFIER_PATIENCE_MS : -1);
    wait = clock_sooner(wait, ENDINGS_PERIOD * 1000);
    wait = clock_sooner(wait, upkeep->kept > 0 ? REGISTRY_RETIRED_SECONDS * 1000 : -1);
    wait = clock_sooner(wait, writes_are_spreading(server->writes) ? SPREAD_MS : -1);
    return clock_sooner(clock_sooner(wait, finish_expired(server)), upkeep_next_drain_step(upkeep));
}

static void upkeep_note_held(struct upkeep *upkeep)
{
    static const char sentence[] =
        "a process holds the lock of a directory of the mount: opening a file there gives the "
        "new set, but stat may still show the old one";
    unsigned held = notifier_held(upkeep->server->notifier);
    if ((held > 0) != (upkeep->held > 0))
        problems_set(upkeep->server->source.problems, "held notices", held > 0 ? sentence : "");
    upkeep->held = held;
}

/* Whatever the clock is set to: forwards it is time to look, and backwards to look anew. */
static void upkeep_look_for_endings(struct upkeep *upkeep)
{
    int64_t now = server_now().wall;
    if (now >= upkeep->looked && now - upkeep->looked < ENDINGS_PERIOD)
        return;
    endings_report(upkeep->server, upkeep->server->source.problems, upkeep->looked, now);
    restarts_report(upkeep->server->source.problems, &upkeep->server->source.ends, now);
    upkeep->looked = now;
}

static bool upkeep_is_open(void *server, uint64_t generation)
{
    return handles_hold(((const struct server *)server)->handles, generation);
}

/* Replaced generations are kept for a successor as long as they can be reached. */
static void upkeep_sweep(struct upkeep *upkeep)
{
    int64_t now = server_now().steady;
    if (upkeep->swept != 0 && now - upkeep->swept < REGISTRY_RETIRED_SECONDS)
        return;
    upkeep->swept = now;
    upkeep->kept = registry_sweep(upkeep->server->registry, upkeep_is_open, upkeep->server);
}

static void upkeep_step(struct upkeep *upkeep)
{
    upkeep_sweep(upkeep);
    upkeep_look_for_endings(upkeep);
    upkeep_note_held(upkeep);
    upkeep_refuse_all_ending(upkeep->server);
    upkeep_answer_all_spread(upkeep);
}

static void *upkeep_serve(void *argument)
{
    struct upkeep *upkeep = argument;
    struct server *server = upkeep->server;
    while (!atomic_load(&upkeep->stopping)) {
        upkeep_step_end(upkeep);
        short line = upkeep_flush(upkeep) ? POLLIN : POLLIN | POLLOUT;
        struct pollfd ready[] = {{.fd = writes_upkeep_fd(server->writes), .events = POLLIN},
                                 {.fd = upkeep->alone ? -1 : server->channel_fd, .events = line},
                                 {.fd = audit_fd(server->audit), .events = POLLIN}};
        eventfd_t count;
        (void)poll(ready, 3, upkeep_next_event(upkeep));
        (void)eventfd_read(ready[0].fd, &count);
        upkeep_step(upkeep);
        if (ready[2].revents != 0)
            audit_write(server->audit);
        if ((ready[1].revents & ~POLLOUT) != 0)
            upkeep_handle_message(upkeep);
    }
    audit_finish(server->audit);
    return NULL;
}

int upkeep_start(struct server *server, struct upkeep **ret, struct fault *f)
{
    struct upkeep *upkeep = calloc(1, sizeof(*upkeep));
    if (upkeep == NULL)
        return fault_no_memory(f);
    upkeep->server = server;
    upkeep->looked = server_now().wall; /* worker.c has looked */
    STAILQ_INIT(&upkeep->unsent);
    int error = thread_start(&upkeep->thread, "upkeep", STACK_SIZE, upkeep_serve, upkeep);
    if (error != 0) {
        free(upkeep);
        return fault_set_errno(f, REASON_SYSTEM, error, "cannot start the upkeep");
    }
    *ret = upkeep;
    return 0;
}

void upkeep_stop(struct upkeep *upkeep)
{
    if (upkeep == NULL)
        return;
    atomic_store(&upkeep->stopping, true);
    writes_wake(writes_upkeep_fd(upkeep->server->writes));
    pthread_join(upkeep->thread, NULL);
    announce_done(&upkeep->unsent);
    free(upkeep);
}
