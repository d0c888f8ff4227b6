#include "fs/worker/importer.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <syslog.h>

#include <fuse_lowlevel.h>

#include "core/action/answer.h"
#include "core/action/context.h"
#include "core/action/execute.h"
#include "core/action/outcome.h"
#include "core/base/buf.h"
#include "core/base/memory.h"
#include "core/registry/registry.h"
#include "core/request/request.h"
#include "core/set/content.h"
#include "core/set/resource.h"
#include "fs/disk/kept.h"
#include "fs/disk/watch.h"
#include "fs/host/channel.h"
#include "fs/host/clock.h"
#include "fs/host/test_attacks.h"
#include "fs/host/test_deaths.h"
#include "fs/host/test_hooks.h"
#include "fs/host/thread.h"
#include "fs/import/finish.h"
#include "fs/report/journal.h"
#include "fs/report/problems.h"
#include "fs/state/handles.h"
#include "fs/state/notifier.h"
#include "fs/state/queue.h"
#include "fs/state/snapshot.h"
#include "fs/state/upload.h"
#include "fs/state/writes.h"
#include "fs/worker/notify.h"
#include "fs/worker/requests.h"

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

enum { KEPT_OPEN_MAX = 64 * 1024 * 1024 }; /* bytes of replaced files that readers hold open: README, Limits */

static bool importer_is_removal(enum action action)
{
    return action == ACTION_REMOVE_MATERIAL || action == ACTION_DELETE_CERTIFICATE;
}

/* After publishing: no file of a removed set is read from now on, and old generations that are open are limited. */
static void importer_revoke(struct server *server, const struct outcome *outcome)
{
    handles_trim(server->handles, KEPT_OPEN_MAX);
    if (!importer_is_removal(outcome->action))
        return;
    handles_revoke(server->handles, outcome->commit.set);
    snapshots_revoke(server->snapshots, outcome->commit.set);
}

/*
 * A record that was written again is a problem until the watch finds it good, and one that was removed until the set is
 * changed again. Both are in the log.
 */
static void importer_report_missing(struct server *server, const struct outcome *outcome)
{
    const char *set = journal_set_name(outcome_identifier(outcome));
    const struct commit *commit = &outcome->commit;
    const bool removal = importer_is_removal(outcome->action);
    char about[PROBLEMS_ABOUT_SIZE], sentence[PROBLEMS_SIZE] = "";
    if (!commit->changed && !commit->record_missing && !commit->record_bad)
        return;
    snprintf(about, sizeof(about), "record %s", set);
    if (commit->record_bad)
        snprintf(sentence, sizeof(sentence),
                 "the record of set %s in STORE did not open to what is served: it is written again; find out who "
                 "changed it, or its key",
                 set);
    if (commit->record_missing)
        snprintf(sentence, sizeof(sentence), "the record of set %s was missing in STORE: %s", set,
                 removal ? "it is removed; if the record was moved away, keep it out of STORE, or it "
                           "brings the key back"
                         : "it is written again; find out who removed it");
    problems_set(server->source.problems, about, removal ? sentence : "");
    watch_changed(&server->watch, outcome_identifier(outcome));
    if (sentence[0] != '\0' && !removal)
        kept_note(&server->watch.kept, commit->set, sentence, server->source.problems);
    if (sentence[0] != '\0')
        channel_send(server->log_fd, CHANNEL_LOG, LOG_WARNING, sentence);
}

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

static int importer_execute(struct server *server, struct running *running, struct outcome *outcome, struct fault *f)
{
    struct policy policy = running->job.file == NULL ? server->policy : server->import_policy;
    policy.only_import = running->job.only_import;
    policy.permit = importer_permit;
    policy.permit_context = server->writes;
    test_deaths_pass("judging");
    test_hooks_hold_import();
    importer_attack(server, running);
    return request_execute(server->registry, &policy, &running->frame, server_now(), outcome, f);
}

/* The commit stands even if allocating the answer fails; the client then reads an empty answer. */
static void importer_write_answer(const struct outcome *outcome, struct buf *ret)
{
    struct fault unanswered = {.reason = REASON_NONE};
    if (answer_write_outcome(outcome, ret, &unanswered) != 0)
        buf_done(ret);
}

/* For NAME.answer, which has no line break at its end. NULL: there is nothing, or no memory for it. */
static struct content *importer_findings_of(const struct outcome *outcome)
{
    CLEANUP(buf_done) struct buf lines = {0};
    struct fault untold = {.reason = REASON_NONE};
    if (answer_write_findings(&outcome->findings, &lines, &untold) != 0 || lines.len == 0)
        return NULL;
    lines.len--;
    return content_new(&lines);
}

/* Refused, or nothing has changed. Once the write is answered, the FUSE thread may release the upload. */
static void importer_answer(struct server *server, const struct running *running, const struct outcome *outcome,
                            const struct fault *fault)
{
    const struct job *job = &running->job;
    test_deaths_pass("before-answer");
    bool good = fault->reason == REASON_NONE;
    if (good)
        importer_write_answer(outcome, &job->upload->answer);
    else
        upload_answer_fault(job->upload, fault, outcome);
    if (job->file != NULL) {
        CLEANUP(content_unrefp) struct content *findings = good ? importer_findings_of(outcome) : NULL;
        finish_judged(server, job->file, good ? outcome->sentence : fault->message, findings);
    }
    server_dismiss(server, job->upload);
    upload_judge(job->upload, fault);
    if (good)
        fuse_reply_write(job->request, job->size);
    else
        fuse_reply_err(job->request, job->file == NULL ? fault_errno_control(fault) : fault_errno_import(fault));
}

/* Before the change is recorded, so that no text rendered later lists a problem that it ended. */
static void importer_end_problems(struct server *server, const struct outcome *outcome)
{
    char about[PROBLEMS_ABOUT_SIZE];
    server_about_set(outcome_identifier(outcome), about);
    problems_set(server->source.problems, about, "");
    watch_changed(&server->watch, outcome_identifier(outcome));
}

/* It is answered when it has spread, by upkeep.c. */
static void importer_spread(struct server *server, const struct job *job, const struct outcome *outcome)
{
    struct spread spread = {.set = outcome->commit.set, .generation = outcome->commit.generation};
    importer_revoke(server, outcome);
    writes_reserve(server->writes, &spread);
    spread.resource = resource_ref(outcome->resource);
    snprintf(spread.sentence, sizeof(spread.sentence), "%s", outcome->sentence);
    importer_write_answer(outcome, &spread.answer);
    spread.findings = job->file == NULL ? NULL : importer_findings_of(outcome);
    spread.since = server_now_ms();
    notify_post(server->notifier, outcome, importer_is_removal(outcome->action), spread.client);
    writes_spread(server->writes, &spread);
    test_deaths_pass("spread");
}

static void importer_run(struct server *server, struct running *running)
{
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct fault fault = {.reason = REASON_NONE};
    size_t size = running->frame.taken;
    snapshots_import(server->snapshots, true);
    (void)importer_execute(server, running, &outcome, &fault);
    memory_wipe_stack();
    memory_give_back(size);
    if (running->job.file != NULL && outcome.commit.changed)
        writes_changed(server->writes, server_now_ms());
    if (fault.reason == REASON_NONE)
        importer_report_missing(server, &outcome);
    if (outcome.commit.changed) {
        test_deaths_pass("committed");
        importer_end_problems(server, &outcome);
        server_record(server, &outcome, &fault, &running->writer);
        importer_spread(server, &running->job, &outcome);
        return;
    }
    snapshots_import(server->snapshots, false);
    enum write_end end = writes_end(server->writes);
    if (end != WRITE_END_RECORDED)
        server_record(server, &outcome, &fault, &running->writer);
    if (end == WRITE_END_ANSWER)
        importer_answer(server, running, &outcome, &fault);
}

/* The pace of import/ does not count while draining. */
static void importer_run_all(struct importer *importer)
{
    struct server *server = importer->server;
    struct running running;
    while (writes_begin(server->writes, server_now_ms(), atomic_load(&server->draining), &running)) {
        requests_running(server->requests, running.job.unique);
        importer_run(server, &running);
    }
}

static void *importer_serve(void *argument)
{
    struct importer *importer = argument;
    struct writes *writes = importer->server->writes;
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
