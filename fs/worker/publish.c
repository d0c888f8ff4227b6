#include "fs/worker/publish.h"

#include <stdio.h>
#include <syslog.h>

#include <fuse_lowlevel.h>

#include "core/action/answer.h"
#include "core/base/fault.h"
#include "core/registry/registry.h"
#include "core/request/action.h"
#include "core/request/request.h"
#include "core/set/content.h"
#include "core/set/resource.h"
#include "fs/disk/kept.h"
#include "fs/disk/watch.h"
#include "fs/host/channel.h"
#include "fs/host/test_deaths.h"
#include "fs/import/finish.h"
#include "fs/report/journal.h"
#include "fs/report/problems.h"
#include "fs/state/handles.h"
#include "fs/state/intents.h"
#include "fs/state/queue.h"
#include "fs/state/snapshot.h"
#include "fs/state/upload.h"
#include "fs/state/writes.h"
#include "fs/worker/notify.h"

enum { KEPT_OPEN_MAX = 64 * 1024 * 1024 }; /* bytes of replaced files that readers hold open: README, Limits */

/* ---- recording ---- */

/*
 * A record that was written again is a problem until the watch finds it good, and one that was removed until the set is
 * changed again. Both are in the log.
 */
static void publish_report_missing(struct server *server, const struct outcome *outcome)
{
    const char *set = journal_set_name(outcome_identifier(outcome));
    const struct commit *commit = &outcome->commit;
    const bool removal = action_is_removal(outcome->action);
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
    problems_set_lasting(server->source.problems, PROBLEM_TO_MEND, about, removal ? sentence : "");
    watch_changed(&server->watch, outcome_identifier(outcome));
    if (sentence[0] != '\0' && !removal)
        kept_note(&server->watch.kept, commit->set, sentence, server->source.problems);
    if (sentence[0] != '\0')
        channel_send(server->log_fd, CHANNEL_LOG, LOG_WARNING, sentence);
}

/* Before the change is recorded, so that no text rendered later lists a problem that it ended. */
static void publish_end_problems(struct server *server, const struct outcome *outcome)
{
    char about[PROBLEMS_ABOUT_SIZE];
    server_about_set(outcome_identifier(outcome), about);
    problems_set(server->source.problems, about, "");
    watch_changed(&server->watch, outcome_identifier(outcome));
}

void publish_record(struct server *server, const struct outcome *outcome, const struct fault *fault,
                    const struct writer *writer, int intent)
{
    if (fault->reason == REASON_NONE)
        publish_report_missing(server, outcome);
    if (outcome->commit.changed)
        publish_end_problems(server, outcome);
    server_record(server, outcome, fault, writer);
    intents_reach(server->intents, intent, INTENT_RECORDED);
}

/* ---- answering ---- */

void publish_write_answer(const struct outcome *outcome, struct buf *ret)
{
    struct fault unanswered = {.reason = REASON_NONE};
    if (answer_write_outcome(outcome, ret, &unanswered) != 0)
        buf_done(ret);
}

/* For NAME.answer, which has no line break at its end. NULL: there is nothing, or no memory for it. */
static struct content *publish_findings_of(const struct outcome *outcome)
{
    CLEANUP(buf_done) struct buf lines = {0};
    struct fault untold = {.reason = REASON_NONE};
    if (answer_write_findings(&outcome->findings, &lines, &untold) != 0 || lines.len == 0)
        return NULL;
    lines.len--;
    return content_new(&lines);
}

/* Once the write is answered, the FUSE thread may release the upload. */
void publish_end(struct server *server, const struct job *job, const struct fault *fault, const char *sentence,
                 struct content *findings)
{
    test_deaths_pass("before-answer");
    if (job->file != NULL)
        finish_judged(server, job->file, sentence, findings);
    server_dismiss(server, job->upload);
    upload_judge(job->upload, fault);
    if (fault->reason == REASON_NONE)
        fuse_reply_write(job->request, job->size);
    else
        fuse_reply_err(job->request, job->file == NULL ? fault_errno_control(fault) : fault_errno_import(fault));
}

void publish_answer(struct server *server, const struct job *job, const struct outcome *outcome,
                    const struct fault *fault, struct buf *answer)
{
    bool good = fault->reason == REASON_NONE;
    if (good)
        buf_move(&job->upload->answer, answer);
    else
        upload_answer_fault(job->upload, fault, outcome);
    CLEANUP(content_unrefp)
    struct content *findings = good && job->file != NULL ? publish_findings_of(outcome) : NULL;
    publish_end(server, job, fault, good ? outcome->sentence : fault->message, findings);
}

/* After publishing: no file of a removed set is read from now on, and old generations that are open are limited. */
static void publish_revoke(struct server *server, const struct outcome *outcome)
{
    handles_trim(server->handles, KEPT_OPEN_MAX);
    if (!action_is_removal(outcome->action))
        return;
    handles_revoke(server->handles, outcome->commit.set);
    snapshots_revoke(server->snapshots, outcome->commit.set);
}

void publish_spread(struct server *server, const struct published *published)
{
    const struct outcome *outcome = published->outcome;
    struct spread spread = {.set = outcome->commit.set,
                            .generation = outcome->commit.generation,
                            .intent = published->intent,
                            .intent_stays = published->stays};
    publish_revoke(server, outcome);
    writes_reserve(server->writes, &spread);
    spread.resource = resource_ref(outcome->resource);
    snprintf(spread.sentence, sizeof(spread.sentence), "%s", outcome->sentence);
    buf_move(&spread.answer, published->answer);
    spread.findings = published->import ? publish_findings_of(outcome) : NULL;
    spread.since = server_now_ms();
    notify_post(server->notifier, outcome, action_is_removal(outcome->action), spread.client);
    writes_spread(server->writes, &spread);
    test_deaths_pass("spread");
}
