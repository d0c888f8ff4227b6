#include "fs/worker/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <fuse_lowlevel.h>

#include "core/action/judging.h"
#include "core/base/fault.h"
#include "core/base/memory.h"
#include "core/draft/restore.h"
#include "core/json/json.h"
#include "core/registry/load.h"
#include "core/registry/load_retired.h"
#include "core/registry/registry.h"
#include "core/set/generation.h"
#include "core/store/store.h"
#include "fs/disk/access.h"
#include "fs/disk/remedy.h"
#include "fs/disk/watch.h"
#include "fs/host/ask.h"
#include "fs/host/channel.h"
#include "fs/host/lockdown.h"
#include "fs/host/own_files.h"
#include "fs/host/test_hooks.h"
#include "fs/import/answer_table.h"
#include "fs/import/pending.h"
#include "fs/judge/judge_client.h"
#include "fs/options/policy.h"
#include "fs/report/audit.h"
#include "fs/report/journal.h"
#include "fs/report/render.h"
#include "fs/state/handles.h"
#include "fs/state/intents.h"
#include "fs/state/notifier.h"
#include "fs/state/server.h"
#include "fs/state/shares.h"
#include "fs/state/snapshot.h"
#include "fs/state/writes.h"
#include "fs/takeover/cells.h"
#include "fs/worker/cage.h"
#include "fs/worker/endings.h"
#include "fs/worker/importer.h"
#include "fs/worker/inherit.h"
#include "fs/worker/notify.h"
#include "fs/worker/reopen.h"
#include "fs/worker/requests.h"
#include "fs/worker/resume.h"
#include "fs/worker/session.h"
#include "fs/worker/upkeep.h"

/* The importer may be held by the judge or the disk: then everything stays as it is, and so does the process's end. */
static void worker_stop(struct server *server)
{
    upkeep_refuse_all(server);
    bool stopped = importer_stop(server->importer);
    upkeep_stop(server->upkeep); /* last, since it answers writes that spread */
    if (!stopped)
        server_exit();
}

/* A thread that the kernel holds needs the session and the handles until the process ends; keys are wiped anyway. */
static void worker_release(struct server *server)
{
    if (server->writes != NULL)
        worker_stop(server);
    render_stop(server->render);
    snapshots_freep(&server->snapshots);
    registry_freep(&server->registry);
    if (!notifier_stop(server->notifier)) {
        handles_wipe(server->handles);
        server_exit();
    }
    if (server->session != NULL)
        fuse_session_destroy(server->session);
    requests_freep(&server->requests);
    handles_freep(&server->handles);
    shares_done(&server->texts);
    shares_done(&server->imports);
    shares_done(&server->controls);
    pending_freep(&server->pending);
    answer_table_freep(&server->answers);
    audit_freep(&server->audit);
    journal_freep(&server->journal);
    intents_freep(&server->intents);
    writes_freep(&server->writes);
    watch_close(&server->watch);
}

static void worker_report_store(const struct store *store, struct problems *problems)
{
    if (!store_has_keys(store))
        problems_remark(problems, "store none: nothing is kept over a restart; mysqld will not start after a reboot "
                                  "until someone imports again");
    else if (store_is_on_one_device(store))
        problems_remark(problems, "the key-encryption key is on the same device as the store: sealing protects backups "
                                  "of the store alone");
}

static void worker_report_owner(const struct options *options, struct problems *problems)
{
    if (options->import_owner == 0 && options->owner == 0 && (options->key_mode & S_IRGRP) == 0)
        problems_remark(problems, "owner=root: nobody but root reads key.pem; a server that runs as mysql needs "
                                  "owner=mysql");
}

/* Problems are also printed where certfs was started (supervisor.c); a remark is for the log alone. */
static int worker_report_problem(void *server, const char *sentence)
{
    channel_send(((const struct server *)server)->channel_fd, CHANNEL_PROBLEM, 0, sentence);
    return 0;
}

static int worker_report_remark(void *server, const char *sentence)
{
    channel_send(((const struct server *)server)->log_fd, CHANNEL_LOG, LOG_NOTICE, sentence);
    return 0;
}

static void worker_report_all(struct server *server, struct problems *problems)
{
    (void)problems_visit(problems, PROBLEM_TO_MEND, worker_report_problem, server);
    if (!server->successor)
        (void)problems_visit(problems, PROBLEM_REMARK, worker_report_remark, server);
}

/* The objects that the worker starts with, and the message if it cannot start. */
struct start {
    const struct options *options;
    const struct disk *disk;
    struct problems *problems;
    struct judge_client judges;
    struct judging judging; /* by them */
    char refusal[REMEDY_SIZE];
};

/* Served before the mount answers. */
static int worker_load_store(struct server *server, struct start *start, struct store **ret, struct fault *f)
{
    struct store_host host = access_host(&server->ask);
    host.hands_over = start->disk->user == 0 && geteuid() != 0;
    const struct store_place place = {.store_fd = start->disk->store,
                                      .vault_fd = shared_vault(server->shared),
                                      .vault_key = shared_secret(server->shared),
                                      .keys_fd = start->disk->keys,
                                      .keys_path = start->options->kek_dir,
                                      .host = &host,
                                      .taken_over = server->successor,
                                      .store_path = start->options->store_path,
                                      .default_id = start->options->kek};
    CLEANUP(store_freep) struct store *store = NULL;
    int result = store_open(&place, &store, f);
    if (result == 0)
        result =
            registry_load(server->registry, store, server_now(), restore_record, watch_note_record, &server->watch, f);
    if (result == 0)
        registry_load_retired(server->registry, server_now());
    memory_wipe_stack();
    if (result != 0)
        remedy_for_store(start->options, server->watch.store, f, start->refusal);
    else
        *ret = TAKE(store); /* the registry's from now on */
    return result;
}

static int worker_load(struct server *server, struct start *start, struct fault *f)
{
    struct store *store = NULL;
    if (watch_open(start->disk, start->options, start->problems, &server->ask, &server->watch, f) != 0)
        return -1;
    if (worker_load_store(server, start, &store, f) != 0)
        return -1;
    for (size_t i = 0; i < DISK_PLACES; i++)
        if (start->disk->unsafe[i][0] != '\0')
            problems_add(start->problems, start->disk->unsafe[i]);
    worker_report_store(store, start->problems);
    worker_report_owner(start->options, start->problems);
    endings_report(server, start->problems, 0, server_now().wall);
    resume_decide(server);
    watch_serve(&server->watch, server->registry);
    watch_check(&server->watch);
    return 0;
}

static int worker_open_import(struct server *server, const struct options *options, struct problems *problems,
                              struct fault *f)
{
    const char *problem = policy_problem(options);
    if (problem != NULL)
        problems_remark(problems, problem);
    if (!policy_have_import(options))
        return 0;
    if (answer_table_new(server->shared, test_hooks_time("CERTFS_TEST_ANSWER_MS", ANSWER_TABLE_KEEP_MS),
                         &server->answers, f) != 0)
        return -1;
    return pending_new(server->shared, test_hooks_time("CERTFS_TEST_UNFINISHED_MS", PENDING_LIMIT_MS), &server->pending,
                       f);
}

/* On -1, worker_release ends those that were started. */
static int worker_start_threads(struct server *server, struct fault *f)
{
    if (notifier_start(notify_send, server, writes_upkeep_fd(server->writes), &server->notifier, f) != 0)
        return -1;
    if (importer_start(server, &server->importer, f) != 0)
        return -1;
    if (server->successor)
        reopen_notify(server);
    return upkeep_start(server, &server->upkeep, f);
}

static struct generation *worker_current_of(void *registry, uint64_t set)
{
    return registry_current_of(registry, set);
}

static struct generation *worker_find(void *registry, uint64_t number)
{
    return registry_find(registry, number);
}

static int worker_new_snapshots(struct server *server, struct fault *f)
{
    const struct snapshot_source source = {
        .current_of = worker_current_of, .find = worker_find, .context = server->registry};
    return snapshots_new(&source, &server->snapshots, f);
}

static int worker_new_intents(struct server *server, struct fault *f)
{
    const struct cells cells = shared_cells(server->shared, SHARED_INTENTS);
    return intents_new(&cells, &server->intents, f);
}

/* The zygote prepares itself while the store is loaded. */
static int worker_greet_zygote(struct judge_client *judges, struct problems *problems, struct fault *f)
{
    char missing[FAULT_MESSAGE_SIZE], remark[PROBLEMS_SIZE];
    if (judge_client_greet(judges, JUDGE_CLIENT_READY_MS, missing, f) != 0)
        return -1;
    snprintf(remark, sizeof(remark), "the process that judges documents goes without %s", missing);
    if (missing[0] != '\0')
        problems_set_lasting(problems, PROBLEM_REMARK, "judges", remark);
    return 0;
}

static int worker_prepare(struct server *server, struct start *start, const struct worker_task *task, struct fault *f)
{
    const struct options *options = start->options;
    if (registry_new(&server->registry, f) != 0 || journal_new(&server->journal, f) != 0 ||
        handles_new(server->shared, &server->handles, f) != 0 || worker_new_snapshots(server, f) != 0 ||
        audit_new(server->log_fd, &server->audit, f) != 0 || writes_new(&server->writes, f) != 0 ||
        worker_new_intents(server, f) != 0)
        return -1;
    audit_reserve(server->audit, options->owner);
    audit_reserve(server->audit, options->control_owner);
    server->policy = policy_of_control(options);
    server->import_policy = policy_of_import(options);
    server->policy.judging = server->import_policy.judging = &start->judging;
    server->options = options;
    server->source.store = options->store;
    server->source.registry = server->registry;
    server->source.journal = server->journal;
    server->source.audit = server->audit;
    server->source.inflight = &server->inflight;
    server->source.problems = start->problems;
    if (worker_load(server, start, f) != 0 || inherit(server, f) != 0 ||
        worker_open_import(server, options, start->problems, f) != 0 ||
        (server->successor && reopen_all(server, f) != 0) ||
        (!server->successor && worker_greet_zygote(&start->judges, start->problems, f) != 0) ||
        session_open(server, options->debug, task->fuse, f) != 0)
        return -1;
    worker_report_all(server, start->problems);
    if (render_start(&server->source, &server->render, f) != 0)
        return -1;
    if (worker_start_threads(server, f) != 0)
        return -1;
    (void)!own_files_begin(task->channels.life); /* if it fails, the end of the process is seen, though maybe late */
    return 0;
}

/* Before the first request that a reader waits for. */
static void worker_send_ready(void *argument)
{
    const struct server *server = argument;
    if (server->successor)
        snapshots_go_on(server->snapshots, server_now_ms());
    channel_send(server->channel_fd, CHANNEL_READY, 0, "");
}

static int worker_serve(struct server *server)
{
    char sentence[CHANNEL_TEXT_SIZE];
    int result = session_serve(server, worker_send_ready, server);
    snprintf(sentence, sizeof(sentence), "cannot read requests: %s", strerror(errno));
    if (result != 0)
        channel_send(server->log_fd, CHANNEL_LOG, LOG_ERR, sentence);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int worker_run(struct worker_task *task)
{
    struct start start = {.options = task->options, .disk = task->disk, .problems = task->problems};
    const struct channel_ends *channels = &task->channels;
    char problem[LOCKDOWN_PROBLEM_SIZE] = "";
    struct server server = {
        .shared = task->shared,
        .successor = atomic_load(&shared_head(task->shared)->worker) > 1,
        .channel_fd = channels->line,
        .log_fd = channels->log,
        .life_fd = channels->life,
        .ask = {.fd = channels->ask, .limit_ms = test_hooks_time("CERTFS_TEST_ASK_MS", ASK_LIMIT_MS)},
        .texts.limits = &shares_of_texts,
        .imports.limits = &shares_of_import,
        .controls.limits = &shares_of_control};
    struct fault f = {.reason = REASON_NONE};
    int status = EXIT_FAILURE;
    judge_client_open(&start.judges, channels->zygote, channels->log, &server.ask,
                      test_hooks_time("CERTFS_TEST_JUDGE_MS", JUDGE_CLIENT_LIMIT_MS));
    start.judging = judge_client_judging(&start.judges);
    if (cage_enter(task->options, task->disk, &task->namespaces, task->problems, problem) != 0)
        channel_send(channels->line, CHANNEL_FAILED, 0, problem);
    else {
        json_init();
        if (worker_prepare(&server, &start, task, &f) != 0)
            channel_send(channels->line, CHANNEL_FAILED, 0, start.refusal[0] != '\0' ? start.refusal : f.message);
        else
            status = worker_serve(&server);
    }
    worker_release(&server);
    judge_client_close(&start.judges);
    return status;
}
