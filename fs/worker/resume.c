#include "fs/worker/resume.h"

#include <stdio.h>

#include "core/about/identifier.h"
#include "core/action/dms.h"
#include "core/action/outcome.h"
#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/registry/registry.h"
#include "core/registry/registry_kept.h"
#include "core/request/action.h"
#include "core/request/request.h"
#include "core/set/generation.h"
#include "fs/host/test_deaths.h"
#include "fs/report/journal.h"
#include "fs/report/problems.h"
#include "fs/state/intents.h"
#include "fs/state/snapshot.h"
#include "fs/worker/publish.h"

/* ---- noting ---- */

int resume_intend(struct server *server, const struct running *running, const struct outcome *outcome,
                  struct buf *ret_answer)
{
    struct intent intent;
    publish_write_answer(outcome, ret_answer);
    intent_write(outcome, &running->writer, &intent);
    intent.unique = running->job.unique;
    intent.record = registry_record(server->registry, outcome_identifier(outcome));
    intent_write_answer(buf_span(ret_answer), &intent);
    int place = intents_begin(server->intents, &intent);
    test_deaths_pass("intended");
    return place;
}

/* ---- deciding ---- */

static bool resume_was_made(const struct server *server, const struct intent *intent)
{
    CLEANUP(generation_unrefp)
    struct generation *current = registry_current(server->registry, intent->identifier);
    const uint64_t record = registry_record(server->registry, intent->identifier);
    if (intent->stage != INTENT_BEGUN)
        return true;
    /* One that found no record removes what had been put aside, and can do it again. */
    if (action_is_removal((enum action)intent->action))
        return current == NULL && record == 0 &&
               (intent->record != 0 || !registry_has_records(server->registry, intent->identifier));
    if (intent->changed == 0)
        return record != 0 && record != intent->record;
    return current != NULL && current->number == intent->generation;
}

void resume_decide(struct server *server)
{
    struct intent intent;
    for (int place = 0; place < INTENTS_MAX; place++) {
        if (!intents_get(server->intents, place, &intent))
            continue;
        intent.identifier[IDENTIFIER_MAX] = '\0';
        if (resume_was_made(server, &intent))
            intents_keep(server->intents, place);
        else
            intents_end(server->intents, place);
    }
}

/* ---- what follows ---- */

/* Another process may have taken the memory of the answer; what is long is made again from what is served. */
static void resume_write_answer(const struct server *server, const struct intent *intent, struct outcome *outcome,
                                struct buf *ret)
{
    struct fault ignored = {.reason = REASON_NONE};
    if (intent->answer_length > 0 && intent->answer_length <= INTENT_ANSWER_MAX) {
        (void)!buf_append(ret, (struct span){(const unsigned char *)intent->answer, intent->answer_length}, &ignored);
        return;
    }
    CLEANUP(generation_unrefp) struct generation *made = registry_find(server->registry, intent->generation);
    if (outcome->action == ACTION_IMPORT_CERTIFICATE && made != NULL)
        dms_answer(made, outcome);
    publish_write_answer(outcome, ret);
}

static void resume_spread(struct server *server, const struct intent *intent, struct outcome *outcome, int place,
                          bool stays)
{
    CLEANUP(buf_done) struct buf answer = {0};
    resume_write_answer(server, intent, outcome, &answer);
    snapshots_import(server->snapshots, true);
    publish_spread(server, &(struct published){.outcome = outcome,
                                               .answer = &answer,
                                               .import = intent->via == VIA_IMPORT,
                                               .intent = place,
                                               .stays = stays});
}

static void resume_publish_one(struct server *server, const struct intent *intent, int place)
{
    CLEANUP(outcome_done) struct outcome outcome;
    struct fault none = {.reason = REASON_NONE};
    if (intent->stage == INTENT_SPREAD || intent_read(intent, &outcome, &none) != 0)
        return;
    const struct writer writer = intent_writer(intent);
    if (intent->stage != INTENT_RECORDED)
        publish_record(server, &outcome, &none, &writer, place);
    if (outcome.commit.changed)
        resume_spread(server, intent, &outcome, place, true);
    else
        intents_reach(server->intents, place, INTENT_SPREAD);
}

/* The files that the worker before has renamed may not be on disk yet. */
static void resume_settle(struct server *server)
{
    struct fault f = {.reason = REASON_NONE};
    char sentence[PROBLEMS_SIZE] = "";
    if (registry_settle(server->registry, &f) != 0)
        snprintf(sentence, sizeof(sentence), "STORE could not be cleaned up after certfs was restarted: %s", f.message);
    server->unsettled = f;
    problems_set(server->source.problems, "settle", sentence);
}

void resume_publish(struct server *server)
{
    struct intent intent;
    if (!server->successor)
        return;
    resume_settle(server);
    for (int place = 0; place < INTENTS_MAX; place++) {
        if (!intents_get(server->intents, place, &intent))
            continue;
        if (intent.stage == INTENT_BEGUN && server->unsettled.reason == REASON_NONE)
            intents_reach(server->intents, place, INTENT_COMMITTED);
        resume_publish_one(server, &intent, place);
    }
}

/* ---- a write that came again ---- */

static void resume_refuse(struct server *server, const struct running *running, const struct fault *fault)
{
    if (writes_end(server->writes) == WRITE_END_ANSWER)
        publish_answer(server, &running->job, NULL, fault, NULL);
}

void resume_answer(struct server *server, const struct running *running)
{
    const int place = (int)running->job.intent - 1;
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct intent intent;
    struct fault f = server->unsettled;
    if (!intents_get(server->intents, place, &intent))
        fault_set(&f, REASON_BUSY, "", "certfs was restarted; status has the result");
    if (f.reason != REASON_NONE || intent_read(&intent, &outcome, &f) != 0) {
        resume_refuse(server, running, &f);
    } else if (outcome.commit.changed) {
        resume_spread(server, &intent, &outcome, place, false);
    } else {
        CLEANUP(buf_done) struct buf answer = {0};
        resume_write_answer(server, &intent, &outcome, &answer);
        if (writes_end(server->writes) == WRITE_END_ANSWER)
            publish_answer(server, &running->job, &outcome, &f, &answer);
        intents_end(server->intents, place);
    }
}
