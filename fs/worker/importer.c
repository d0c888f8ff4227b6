#include "fs/worker/importer.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <syslog.h>

#include "core/action/context.h"
#include "core/action/execute.h"
#include "core/action/outcome.h"
#include "core/base/buf.h"
#include "core/base/memory.h"
#include "core/registry/registry.h"
#include "core/request/action.h"
#include "fs/disk/watch.h"
#include "fs/host/channel.h"
#include "fs/host/clock.h"
#include "fs/host/test_attacks.h"
#include "fs/host/test_deaths.h"
#include "fs/host/test_hooks.h"
#include "fs/host/thread.h"
#include "fs/state/intents.h"
#include "fs/state/notifier.h"
#include "fs/state/queue.h"
#include "fs/state/snapshot.h"
#include "fs/state/writes.h"
#include "fs/worker/publish.h"
#include "fs/worker/requests.h"
#include "fs/worker/resume.h"

enum {
    STACK_SIZE = 1024 * 1024, /* locked memory: small, but OpenSSL needs some */
    STOP_LIMIT_MS = 500,      /* for a judgement whose write has been answered */
    STEP_MS = 100,
};

static_assert((int)QUEUE_MAX >= (int)SERVER_DOCUMENTS_MAX, "every document in flight finds room in the queue");
static_assert((int)WRITES_SPREADING_MAX <= (int)NOTIFIER_CLIENTS, "the place of what spreads is its client's number");

struct importer {
    struct server *server;
    pthread_t thread;
    atomic_bool stopping;
};

static int importer_permit(void *writes, struct fault *f)
{
    if (writes_permit(writes, f) != 0)
        return -1;
    test_hooks_hold_commit();
    return 0;
}

/* For tests: an attack from inside this process (test_attacks.h). */
static void importer_attack(const struct server *server, const struct running *running)
{
    const struct {
        const char *process;
        int line;
    } lines[] = {{"worker", server->log_fd},
                 {"worker on its channel", server->channel_fd},
                 {"worker that asks", server->ask.fd}};
    char ended[TEST_ATTACKS_SIZE];
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (test_attacks_run(lines[i].process, buf_span(&running->frame.text), lines[i].line, ended))
            (void)channel_send(server->log_fd, CHANNEL_LOG, LOG_WARNING, ended);
}

/* A worker that takes over knows the intended change before anything on disk changes. */
struct intending {
    struct server *server;
    const struct running *running;
    int place; /* -1: nothing is intended */
    struct buf answer;
};

static void importer_intend(void *context, const struct outcome *outcome)
{
    struct intending *intending = context;
    intending->place = resume_intend(intending->server, intending->running, outcome, &intending->answer);
}

static int importer_execute(struct server *server, struct running *running, struct intending *intending,
                            struct outcome *outcome, struct fault *f)
{
    struct policy policy = running->job.file == NULL ? server->policy : server->import_policy;
    policy.only_import = running->job.only_import;
    policy.permit = importer_permit;
    policy.permit_context = server->writes;
    policy.intend = importer_intend;
    policy.intend_context = intending;
    test_deaths_pass("judging");
    test_hooks_hold_import();
    importer_attack(server, running);
    return request_execute(server->registry, &policy, &running->frame, server_now(), outcome, f);
}

/* It was refused, or has changed nothing that spreads. */
static void importer_end(struct server *server, const struct running *running, const struct outcome *outcome,
                         const struct fault *fault, struct intending *intending)
{
    snapshots_import(server->snapshots, false);
    enum write_end end = writes_end(server->writes);
    if (end != WRITE_END_RECORDED)
        publish_record(server, outcome, fault, &running->writer, intending->place);
    if (fault->reason == REASON_NONE && intending->answer.len == 0)
        publish_write_answer(outcome, &intending->answer);
    if (end == WRITE_END_ANSWER)
        publish_answer(server, &running->job, outcome, fault, &intending->answer);
    intents_end(server->intents, intending->place);
}

static void importer_run(struct server *server, struct running *running)
{
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct fault fault = {.reason = REASON_NONE};
    struct intending intending = {.server = server, .running = running, .place = -1};
    snapshots_import(server->snapshots, true);
    (void)importer_execute(server, running, &intending, &outcome, &fault);
    memory_wipe_stack();
    if (fault.reason == REASON_NONE)
        intents_reach(server->intents, intending.place, INTENT_COMMITTED);
    if (running->job.file != NULL && outcome.commit.changed)
        writes_changed(server->writes, server_now_ms());
    if (outcome.commit.changed) {
        test_deaths_pass("committed");
        publish_record(server, &outcome, &fault, &running->writer, intending.place);
        publish_spread(server, &(struct published){.outcome = &outcome,
                                                   .answer = &intending.answer,
                                                   .import = running->job.file != NULL,
                                                   .intent = intending.place});
    } else {
        importer_end(server, running, &outcome, &fault, &intending);
    }
    buf_done(&intending.answer);
}

/* The pace of import/ does not count while draining. */
static void importer_run_all(struct importer *importer)
{
    struct server *server = importer->server;
    struct running running;
    while (writes_begin(server->writes, server_now_ms(), atomic_load(&server->draining), &running)) {
        requests_running(server->requests, running.job.unique);
        if (running.job.intent != 0)
            resume_answer(server, &running);
        else
            importer_run(server, &running);
        requests_running(server->requests, 0);
    }
}

static void *importer_serve(void *argument)
{
    struct importer *importer = argument;
    struct writes *writes = importer->server->writes;
    resume_publish(importer->server);
    while (!atomic_load(&importer->stopping)) {
        struct pollfd ready = {.fd = writes_importer_fd(writes), .events = POLLIN};
        eventfd_t count;
        int64_t now = server_now_ms();
        int watch = watch_step(&importer->server->watch, now); /* on this thread, since it may wait for the disk */
        (void)poll(&ready, 1, clock_sooner(watch, writes_wait(writes, now)));
        (void)eventfd_read(ready.fd, &count);
        importer_run_all(importer);
    }
    return NULL;
}

int importer_start(struct server *server, struct importer **ret, struct fault *f)
{
    struct importer *importer = calloc(1, sizeof(*importer));
    if (importer == NULL)
        return fault_no_memory(f);
    importer->server = server;
    int error = thread_start(&importer->thread, "importer", STACK_SIZE, importer_serve, importer);
    if (error != 0) {
        free(importer);
        return fault_set_errno(f, REASON_SYSTEM, error, "cannot start the importer");
    }
    *ret = importer;
    return 0;
}

/* Whether the thread has ended, or need no longer be waited for: judging may take for ever. */
static bool importer_has_ended(const struct importer *importer, int waited_ms, bool *ret_gave_up)
{
    const struct timespec until = clock_timespec(clock_ms(CLOCK_MONOTONIC) + STEP_MS);
    if (pthread_clockjoin_np(importer->thread, NULL, CLOCK_MONOTONIC, &until) == 0)
        return true;
    int limit = writes_are_committing(importer->server->writes) ? SERVER_COMMIT_LIMIT_MS : STOP_LIMIT_MS;
    *ret_gave_up = waited_ms >= limit;
    return *ret_gave_up;
}

bool importer_stop(struct importer *importer)
{
    bool gave_up = false;
    if (importer == NULL)
        return true;
    atomic_store(&importer->stopping, true);
    writes_wake(writes_importer_fd(importer->server->writes));
    for (int waited = STEP_MS; !importer_has_ended(importer, waited, &gave_up); waited += STEP_MS)
        continue;
    if (!gave_up)
        free(importer);
    return !gave_up;
}
