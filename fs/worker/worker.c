#include "fs/worker/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <fuse_lowlevel.h>

#include "core/base/memory.h"
#include "core/json/json.h"
#include "core/store/archive.h"
#include "core/vault/load.h"
#include "fs/disk/remedy.h"
#include "fs/host/hooks.h"
#include "fs/host/link.h"
#include "fs/host/lockdown.h"
#include "fs/import/drops.h"
#include "fs/ops/ops.h"
#include "fs/options/terms.h"
#include "fs/state/server.h"
#include "fs/state/writes.h"
#include "fs/worker/endings.h"
#include "fs/worker/importer.h"
#include "fs/worker/notify.h"
#include "fs/worker/session.h"
#include "fs/worker/upkeep.h"

/* The importer may be held by the judge or the disk: then everything stays as it is, and so does the process's end. */
static void stop(struct server *server)
{
    upkeep_refuse_all(server);
    bool stopped = importer_stop(server->importer);
    upkeep_stop(server->upkeep); /* answers what spreads, and so comes last */
    if (!stopped)
        server_exit();
}

/* A thread that the kernel holds needs the session and what is open until the process has ended; keys go all the same.
 */
static void release(struct server *server)
{
    if (server->writes != NULL)
        stop(server);
    render_stop(server->render);
    snapshots_freep(&server->snapshots);
    vault_freep(&server->vault);
    if (!notifier_stop(server->notifier)) {
        handles_wipe(server->handles);
        server_exit();
    }
    if (server->session != NULL)
        fuse_session_destroy(server->session);
    handles_freep(&server->handles);
    shares_done(&server->texts);
    shares_done(&server->imports);
    shares_done(&server->controls);
    drops_freep(&server->drops);
    verdicts_freep(&server->verdicts);
    audit_freep(&server->audit);
    journal_freep(&server->journal);
    writes_freep(&server->writes);
    watch_close(&server->watch);
}

/* libfuse takes an already mounted descriptor in the place of a mount point. */
static int open_session(struct server *server, const struct options *options, int fuse_fd, struct fault *f)
{
    char name[] = "certfs", debug[] = "-d";
    char *arguments[] = {name, options->debug ? debug : NULL, NULL};
    struct fuse_args args = FUSE_ARGS_INIT(options->debug ? 2 : 1, arguments);
    char mounted[32];
    snprintf(mounted, sizeof(mounted), "/dev/fd/%d", fuse_fd);
    server->session = fuse_session_new(&args, ops_table(), sizeof(*ops_table()), server);
    if (server->session == NULL)
        return fault_no_memory(f);
    if (fuse_session_mount(server->session, mounted) != 0)
        return fault_set_errno(f, REASON_STORE_FAILED, errno, "cannot take over the mount");
    return 0;
}

static void report_store(const struct archive *archive, struct problems *problems)
{
    if (archive == NULL)
        problems_remark(problems, "store none: nothing is kept over a restart; mysqld will not start after a reboot "
                                  "until someone imports again");
    else if (archive_is_on_one_device(archive))
        problems_remark(problems, "the key-encryption key is on the same device as the store: sealing protects backups "
                                  "of the store alone");
}

static void report_owner(const struct options *options, struct problems *problems)
{
    if (geteuid() == 0 && options->owner == 0 && (options->key_mode & S_IRGRP) == 0)
        problems_remark(problems, "owner=root: nobody but root reads key.pem; a server that runs as mysql needs "
                                  "owner=mysql");
}

/* What somebody should mend is also said to whoever started us (supervisor.c); a remark is for the log alone. */
static int say_problem(void *server, const char *sentence)
{
    link_send(((const struct server *)server)->link_fd, LINK_PROBLEM, 0, sentence);
    return 0;
}

static int say_remark(void *server, const char *sentence)
{
    link_send(((const struct server *)server)->log_fd, LINK_LOG, LOG_NOTICE, sentence);
    return 0;
}

static void say_all(struct server *server, struct problems *problems)
{
    (void)problems_visit(problems, PROBLEM_TO_MEND, say_problem, server);
    (void)problems_visit(problems, PROBLEM_REMARK, say_remark, server);
}

/* What the worker starts with, and where it writes why it cannot. */
struct start {
    const struct options *options;
    const struct disk *disk;
    struct problems *problems;
    char refusal[REMEDY_SIZE];
};

/* Served before the mount answers. */
static int load_store(struct server *server, struct start *start, struct archive **ret, struct fault *f)
{
    const struct archive_place place = {.store_fd = start->disk->store,
                                        .keys_fd = start->disk->keys,
                                        .keys_path = start->options->kek_dir,
                                        .store_path = start->options->store_path,
                                        .default_id = start->options->kek};
    CLEANUP(archive_freep) struct archive *archive = NULL;
    int result = archive_open(&place, &archive, f);
    if (result == 0)
        result = load_vault(server->vault, archive, server_now(), watch_note_record, &server->watch, f);
    memory_wipe_stack();
    if (result != 0)
        remedy_for_store(start->options, server->watch.store, f, start->refusal);
    else
        *ret = TAKE(archive); /* the vault's from now on */
    return result;
}

static int load(struct server *server, struct start *start, struct fault *f)
{
    struct archive *archive = NULL;
    if (watch_open(start->disk, start->options, start->problems, &server->watch, f) != 0)
        return -1;
    if (start->disk->store >= 0 && load_store(server, start, &archive, f) != 0)
        return -1;
    for (size_t i = 0; i < DISK_PLACES; i++)
        if (start->disk->unsafe[i][0] != '\0')
            problems_add(start->problems, start->disk->unsafe[i]);
    report_store(archive, start->problems);
    report_owner(start->options, start->problems);
    endings_tell(server, start->problems, 0, server_now().wall);
    watch_serve(&server->watch, server->vault);
    watch_look(&server->watch);
    return 0;
}

static int open_import(struct server *server, const struct options *options, struct problems *problems, struct fault *f)
{
    const char *problem = terms_problem(options);
    if (problem != NULL)
        problems_remark(problems, problem);
    if (!terms_have_import(options))
        return 0;
    if (verdicts_new(hooks_time("CERTFS_TEST_ANSWER_MS", VERDICTS_KEEP_MS), &server->verdicts, f) != 0)
        return -1;
    return drops_new(hooks_time("CERTFS_TEST_UNFINISHED_MS", DROPS_LIMIT_MS), &server->drops, f);
}

/* What was started is ended by release. */
static int start_threads(struct server *server, struct fault *f)
{
    if (notifier_start(notify_send, server, writes_upkeep_fd(server->writes), &server->notifier, f) != 0)
        return -1;
    if (importer_start(server, &server->importer, f) != 0)
        return -1;
    return upkeep_start(server, &server->upkeep, f);
}

static struct generation *current_of(void *vault, uint64_t set)
{
    return vault_current_of(vault, set);
}

static int new_snapshots(struct server *server, struct fault *f)
{
    const struct snapshot_source source = {.current_of = current_of, .context = server->vault};
    return snapshots_new(&source, &server->snapshots, f);
}

static int prepare(struct server *server, struct start *start, int fuse_fd, struct fault *f)
{
    const struct options *options = start->options;
    if (vault_new(&server->vault, f) != 0 || journal_new(&server->journal, f) != 0 ||
        handles_new(&server->handles, f) != 0 || new_snapshots(server, f) != 0 ||
        audit_new(server->log_fd, &server->audit, f) != 0 || writes_new(&server->writes, f) != 0)
        return -1;
    audit_know(server->audit, options->owner);
    audit_know(server->audit, options->control_owner);
    server->terms = terms_of_control(options);
    server->import_terms = terms_of_import(options);
    server->tree.options = options;
    server->tree.mounted = server_now().wall;
    server->tree.source.store = options->store;
    server->tree.source.vault = server->vault;
    server->tree.source.journal = server->journal;
    server->tree.source.audit = server->audit;
    server->tree.source.inflight = &server->inflight;
    server->tree.source.problems = start->problems;
    if (load(server, start, f) != 0 || open_import(server, options, start->problems, f) != 0 ||
        open_session(server, options, fuse_fd, f) != 0)
        return -1;
    say_all(server, start->problems);
    if (render_start(&server->tree.source, &server->render, f) != 0)
        return -1;
    return start_threads(server, f);
}

static void send_ready(void *argument)
{
    const struct server *server = argument;
    link_send(server->link_fd, LINK_READY, 0, "");
}

static int serve(struct server *server)
{
    char sentence[LINK_TEXT_SIZE];
    int result = session_serve(server->session, send_ready, server);
    snprintf(sentence, sizeof(sentence), "cannot read requests: %s", strerror(errno));
    if (result != 0)
        link_send(server->log_fd, LINK_LOG, LOG_ERR, sentence);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int worker_run(const struct options *options, const struct disk *disk, struct problems *problems, int fuse_fd,
               struct link_ends link)
{
    struct start start = {.options = options, .disk = disk, .problems = problems};
    char problem[LOCKDOWN_PROBLEM_SIZE] = "";
    struct server server = {.link_fd = link.line,
                            .log_fd = link.log,
                            .texts.limits = &shares_of_texts,
                            .imports.limits = &shares_of_import,
                            .controls.limits = &shares_of_control};
    struct fault f = {.reason = REASON_NONE};
    int status = EXIT_FAILURE;
    if (lockdown_enter(problem) != 0)
        link_send(link.line, LINK_FAILED, 0, problem);
    else {
        json_init();
        if (problem[0] != '\0')
            problems_remark(problems, problem);
        if (prepare(&server, &start, fuse_fd, &f) != 0)
            link_send(link.line, LINK_FAILED, 0, start.refusal[0] != '\0' ? start.refusal : f.message);
        else
            status = serve(&server);
    }
    release(&server);
    return status;
}
