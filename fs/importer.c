#include "fs/importer.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <syslog.h>
#include <unistd.h>

#include <fuse_lowlevel.h>

#include "core/answer.h"
#include "core/memory.h"
#include "fs/announce.h"
#include "fs/hooks.h"
#include "fs/link.h"
#include "fs/notify.h"
#include "fs/queue.h"
#include "fs/settle.h"

enum { STACK_SIZE = 1024 * 1024 }; /* locked memory: small, but OpenSSL needs some */

static_assert((int)QUEUE_MAX >= (int)SERVER_DOCUMENTS_MAX, "every document in flight finds room in the queue");

struct importer {
    struct server *server;
    pthread_t thread;
    int wake_fd;          /* eventfd: a job, a new file of import/, or stop */
    pthread_mutex_t lock; /* over queue and stopping */
    struct queue queue;
    bool stopping;
    struct announcements unsaid; /* these two: the thread's own */
    bool drained;                /* and not said yet */
};

void importer_wake(struct importer *importer)
{
    /* Fails only when the counter is full, and then it is awake. */
    (void)!eventfd_write(importer->wake_fd, 1);
}

void importer_submit(struct importer *importer, const struct job *job)
{
    pthread_mutex_lock(&importer->lock);
    queue_put(&importer->queue, job);
    pthread_mutex_unlock(&importer->lock);
    importer_wake(importer);
}

/* At the end nobody is made to wait for the sake of the pace. */
static bool next_job(struct importer *importer, struct job *ret)
{
    pthread_mutex_lock(&importer->lock);
    bool hurry = importer->stopping || atomic_load(&importer->server->draining);
    bool found = queue_take(&importer->queue, server_now_ms(), hurry, ret);
    pthread_mutex_unlock(&importer->lock);
    return found;
}

static void note_change(struct importer *importer)
{
    pthread_mutex_lock(&importer->lock);
    queue_changed(&importer->queue, server_now_ms());
    pthread_mutex_unlock(&importer->lock);
}

static int next_begin(struct importer *importer)
{
    pthread_mutex_lock(&importer->lock);
    int wait = queue_wait(&importer->queue, server_now_ms());
    pthread_mutex_unlock(&importer->lock);
    return wait;
}

static bool is_stopping(struct importer *importer)
{
    pthread_mutex_lock(&importer->lock);
    bool stopping = importer->stopping;
    pthread_mutex_unlock(&importer->lock);
    return stopping;
}

static bool is_removal(enum action action)
{
    return action == ACTION_REMOVE_MATERIAL || action == ACTION_DELETE_CERTIFICATE;
}

/* Publishing is done; now the kernel and those who hold files of a removed set. */
static void spread(struct server *server, const struct outcome *outcome)
{
    uint64_t set = outcome->commit.set;
    if (!outcome->commit.changed)
        return;
    if (is_removal(outcome->action)) {
        handles_revoke(server->handles, set);
        snapshots_revoke(server->snapshots, set);
        notify_wiped(server->session, outcome->commit.wiped, outcome->commit.wiped_count);
        notify_wiped_open(server->session, server->handles, set);
    }
    notify_changed(server->session, set, is_removal(outcome->action) ? outcome->identifier : NULL);
}

/* Until a change of the set finds its record in its place. */
static void report_missing(struct server *server, const struct outcome *outcome)
{
    const char *set = journal_set_name(outcome->identifier);
    char about[PROBLEMS_ABOUT_SIZE], sentence[PROBLEMS_SIZE] = "";
    if (!outcome->commit.changed && !outcome->commit.record_missing)
        return;
    snprintf(about, sizeof(about), "record %s", set);
    if (outcome->commit.record_missing)
        snprintf(sentence, sizeof(sentence), "the record of set %.80s was missing in STORE: %s", set,
                 is_removal(outcome->action)
                     ? "it is removed; if the record was moved away, keep it out of STORE, or it "
                       "brings the key back"
                     : "it is written again; find out who removed it");
    problems_tell(server->tree.source.problems, about, sentence);
    if (outcome->commit.record_missing)
        link_send(server->log_fd, LINK_LOG, LOG_WARNING, sentence);
}

static int carry_out(struct server *server, const struct job *job, struct outcome *outcome, struct fault *f)
{
    const struct import_terms *terms = job->drop == NULL ? &server->terms : &server->import_terms;
    struct upload *upload = job->upload;
    hooks_hold_import();
    if (import_document(server->vault, terms, &upload->frame, server_now(), outcome, f) != 0)
        return -1;
    spread(server, outcome);
    report_missing(server, outcome);
    /* Done is done: without memory for the answer it cannot be read back, no more. */
    struct fault unanswered = {.reason = REASON_NONE};
    if (answer_write_outcome(outcome, &upload->answer, &unanswered) != 0)
        buf_done(&upload->answer);
    return 0;
}

static int errno_of(const struct job *job, const struct fault *fault)
{
    return job->drop == NULL ? fault_errno_control(fault) : fault_errno_import(fault);
}

/*
 * Once the write is answered, the upload may be released by the FUSE thread. Those who poll status are woken behind
 * it: there may be thousands.
 */
static void run(struct importer *importer, const struct job *job)
{
    struct server *server = importer->server;
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct fault fault = {.reason = REASON_NONE};
    size_t size = job->upload->frame.taken;
    int result = carry_out(server, job, &outcome, &fault);
    memory_wipe_stack();
    memory_give_back(size);
    if (result != 0)
        upload_answer_fault(job->upload, &fault, &outcome);
    if (job->drop != NULL)
        settle_judged(server, job->drop, result == 0 ? outcome.sentence : fault.message);
    if (job->drop != NULL && outcome.commit.changed)
        note_change(importer);
    server_record(server, &outcome, &fault, &job->upload->writer);
    if (outcome.commit.changed)
        announce(&importer->unsaid, server->link_fd, journal_set_name(outcome.identifier), outcome.commit.generation);
    server_dismiss(server, job->upload);
    upload_judge(job->upload, &fault);
    if (result == 0)
        fuse_reply_write(job->request, job->size);
    else
        fuse_reply_err(job->request, errno_of(job, &fault));
    if (outcome.commit.changed)
        notify_waiters(server->handles);
}

static void run_all(struct importer *importer)
{
    struct job job;
    while (next_job(importer, &job))
        run(importer, &job);
}

/* Says what the line had no room for. True when nothing is left to be said. */
static bool speak(struct importer *importer)
{
    int link_fd = importer->server->link_fd;
    if (!announce_rest(&importer->unsaid, link_fd))
        return false;
    if (importer->drained)
        importer->drained = link_send(link_fd, LINK_DRAINED, 0, "") != 0;
    return !importer->drained;
}

/* A program that failed is a problem until it succeeds for the same set. */
static void note_run(struct server *server, const struct link_message *message)
{
    char about[PROBLEMS_ABOUT_SIZE], sentence[PROBLEMS_SIZE] = "";
    size_t length = strcspn(message->text, " ");
    const char *report = message->text + length + (message->text[length] == ' ' ? 1 : 0);
    bool failed = message->priority != 0;
    snprintf(about, sizeof(about), "on_change %.*s", (int)length, message->text);
    if (failed)
        snprintf(sentence, sizeof(sentence), "on_change= failed for generation %.200s", report);
    problems_tell(server->tree.source.problems, about, sentence);
    journal_set_report(server->journal, report, failed);
}

/* The supervisor's word. At the end of the line there is nobody left to serve for. */
static void obey(struct importer *importer)
{
    struct link_message message;
    link_receive(importer->server->link_fd, &message);
    if (message.kind == LINK_HOOK)
        note_run(importer->server, &message);
    if (message.kind != LINK_DRAIN && message.kind != LINK_END)
        return;
    atomic_store(&importer->server->draining, true);
    run_all(importer);
    if (message.kind == LINK_END) {
        audit_finish(importer->server->audit);
        _exit(EXIT_SUCCESS);
    }
    importer->drained = true;
}

static int sooner(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Lets go of what has had its time; milliseconds until there is something to do, -1 for nothing. */
static int next_event(struct importer *importer)
{
    struct server *server = importer->server;
    int seconds = vault_expire(server->vault, server_now());
    int pins = snapshots_expire(server->snapshots, server_now_ms());
    int wait = sooner(seconds < 0 ? -1 : seconds * 1000, pins < 0 ? -1 : pins + 1);
    return sooner(sooner(wait, settle_expired(server)), next_begin(importer));
}

static void *serve(void *argument)
{
    struct importer *importer = argument;
    struct server *server = importer->server;
    while (!is_stopping(importer)) {
        short line = speak(importer) ? POLLIN : POLLIN | POLLOUT;
        struct pollfd ready[] = {{.fd = importer->wake_fd, .events = POLLIN},
                                 {.fd = server->link_fd, .events = line},
                                 {.fd = audit_fd(server->audit), .events = POLLIN}};
        if (poll(ready, 3, next_event(importer)) < 0)
            continue;
        eventfd_t count;
        if (ready[0].revents != 0)
            (void)!eventfd_read(importer->wake_fd, &count);
        run_all(importer);
        if (ready[2].revents != 0)
            audit_write(server->audit);
        if ((ready[1].revents & ~POLLOUT) != 0)
            obey(importer);
    }
    run_all(importer);
    audit_finish(server->audit);
    return NULL;
}

static int start_thread(struct importer *importer)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0)
        return error;
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    error = pthread_create(&importer->thread, &attributes, serve, importer);
    pthread_attr_destroy(&attributes);
    if (error == 0)
        (void)pthread_setname_np(importer->thread, "importer"); /* for whoever looks at /proc */
    return error;
}

int importer_start(struct server *server, struct importer **ret, struct fault *f)
{
    struct importer *importer = calloc(1, sizeof(*importer));
    if (importer == NULL)
        return fault_no_memory(f);
    importer->server = server;
    STAILQ_INIT(&importer->unsaid);
    pthread_mutex_init(&importer->lock, NULL);
    importer->wake_fd = eventfd(0, EFD_CLOEXEC);
    int error = importer->wake_fd < 0 ? errno : start_thread(importer);
    if (error != 0) {
        close(importer->wake_fd);
        free(importer);
        return fault_set_errno(f, REASON_STORE_FAILED, error, "cannot start the importer");
    }
    *ret = importer;
    return 0;
}

void importer_stop(struct importer *importer)
{
    if (importer == NULL)
        return;
    pthread_mutex_lock(&importer->lock);
    importer->stopping = true;
    pthread_mutex_unlock(&importer->lock);
    importer_wake(importer);
    pthread_join(importer->thread, NULL);
    announce_done(&importer->unsaid);
    close(importer->wake_fd);
    pthread_mutex_destroy(&importer->lock);
    free(importer);
}
