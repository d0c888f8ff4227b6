#include "fs/state/intents.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "core/base/text.h"
#include "core/registry/registry.h"
#include "core/request/action.h"
#include "core/set/resource.h"

/* ---- values ---- */

static void intent_write_findings(const struct findings *findings, struct intent *ret)
{
    ret->waived = findings->waived;
    ret->repair_count = (uint32_t)findings->repair_count;
    for (size_t i = 0; i < findings->repair_count; i++) {
        ret->repairs[i].repair = findings->repairs[i].repair;
        snprintf(ret->repairs[i].field, INTENT_FIELD_SIZE, "%s", findings->repairs[i].field);
    }
    ret->warning_count = (uint32_t)findings->warning_count;
    for (size_t i = 0; i < findings->warning_count; i++) {
        ret->warnings[i].warning = findings->warnings[i].warning;
        snprintf(ret->warnings[i].field, INTENT_FIELD_SIZE, "%s", findings->warnings[i].field);
        memcpy(ret->warnings[i].message, findings->warnings[i].message, FAULT_MESSAGE_SIZE);
    }
}

/* Numbers that this version does not know are left out. */
static void intent_read_findings(const struct intent *intent, struct findings *ret)
{
    ret->waived = intent->waived;
    for (size_t i = 0; i < intent->repair_count && i < FINDINGS_REPAIRS_MAX; i++) {
        const struct intent_repair *repair = &intent->repairs[i];
        const char *field = findings_field(repair->field);
        if (repair->repair < REPAIR_COUNT && field != NULL)
            findings_add_repair(ret, (enum repair)repair->repair, field);
    }
    for (size_t i = 0; i < intent->warning_count && i < FINDINGS_WARNINGS_MAX; i++) {
        const struct intent_warning *warning = &intent->warnings[i];
        const char *field = findings_field(warning->field);
        if (warning->warning < WARNING_COUNT && field != NULL)
            findings_add_warning(ret, (enum warning)warning->warning, field, "%.*s", FAULT_MESSAGE_SIZE - 1,
                                 warning->message);
    }
}

static void intent_write_commit(const struct commit *commit, struct intent *ret)
{
    ret->generation = commit->generation;
    ret->set = commit->set;
    ret->changed = commit->changed;
    ret->record_missing = commit->record_missing;
    ret->record_bad = commit->record_bad;
    ret->unopened_removed = commit->unopened_removed;
    for (size_t i = 0; i < commit->wiped_count && i < REGISTRY_RETIRED_MAX + 1; i++)
        ret->wiped[ret->wiped_count++] = commit->wiped[i];
}

static void intent_read_commit(const struct intent *intent, struct commit *ret)
{
    *ret = (struct commit){.changed = intent->changed != 0,
                           .generation = intent->generation,
                           .set = intent->set,
                           .record_missing = intent->record_missing != 0,
                           .record_bad = intent->record_bad != 0,
                           .unopened_removed = intent->unopened_removed != 0};
    for (size_t i = 0; i < intent->wiped_count && i < sizeof(ret->wiped) / sizeof(ret->wiped[0]); i++)
        ret->wiped[ret->wiped_count++] = intent->wiped[i];
}

void intent_write(const struct outcome *outcome, const struct writer *writer, struct intent *ret)
{
    *ret = (struct intent){.stage = 0};
    ret->action = outcome->action;
    intent_write_commit(&outcome->commit, ret);
    ret->via = writer->via;
    ret->uid = writer->uid;
    ret->gid = writer->gid;
    ret->pid = writer->pid;
    ret->thread = writer->thread;
    ret->login = writer->login;
    memcpy(ret->program, writer->program, sizeof(ret->program));
    snprintf(ret->identifier, sizeof(ret->identifier), "%s", outcome_identifier(outcome));
    memcpy(ret->sentence, outcome->sentence, sizeof(ret->sentence));
    memcpy(ret->old_sha256, outcome->old_sha256, sizeof(ret->old_sha256));
    memcpy(ret->new_sha256, outcome->new_sha256, sizeof(ret->new_sha256));
    intent_write_findings(&outcome->findings, ret);
}

void intent_write_answer(struct span answer, struct intent *ret)
{
    if (answer.len > INTENT_ANSWER_MAX)
        return;
    ret->answer_length = (uint32_t)answer.len;
    if (answer.len > 0)
        memcpy(ret->answer, answer.data, answer.len);
}

int intent_read(const struct intent *intent, struct outcome *ret, struct fault *f)
{
    char identifier[IDENTIFIER_MAX + 1];
    *ret = (struct outcome){.action = intent->action < ACTION_COUNT ? (enum action)intent->action : ACTION_NONE};
    text_copy(intent->identifier, sizeof(intent->identifier), identifier, sizeof(identifier));
    ret->resource = resource_new(identifier, intent->set, "", 0);
    if (ret->resource == NULL)
        return fault_no_memory(f);
    intent_read_commit(intent, &ret->commit);
    intent_read_findings(intent, &ret->findings);
    text_copy(intent->sentence, sizeof(intent->sentence), ret->sentence, sizeof(ret->sentence));
    text_copy(intent->old_sha256, sizeof(intent->old_sha256), ret->old_sha256, sizeof(ret->old_sha256));
    text_copy(intent->new_sha256, sizeof(intent->new_sha256), ret->new_sha256, sizeof(ret->new_sha256));
    return 0;
}

struct writer intent_writer(const struct intent *intent)
{
    struct writer writer = {.via = intent->via == VIA_IMPORT ? VIA_IMPORT : VIA_CONTROL,
                            .uid = intent->uid,
                            .gid = intent->gid,
                            .pid = intent->pid,
                            .thread = intent->thread,
                            .login = intent->login};
    text_copy(intent->program, sizeof(intent->program), writer.program, sizeof(writer.program));
    return writer;
}

/* ---- their places ---- */

struct intents {
    pthread_mutex_t lock; /* over all below */
    struct cells cells;
    size_t count;
    uint64_t turn;
    struct {
        uint64_t unique;
        uint64_t turn; /* when it began; 0: the place is free */
        bool kept;
    } places[INTENTS_MAX];
};

int intents_new(const struct cells *cells, struct intents **ret, struct fault *f)
{
    struct intents *intents = calloc(1, sizeof(*intents));
    struct intent *left = malloc(sizeof(*left));
    if (intents == NULL || left == NULL) {
        free(intents);
        free(left);
        return fault_no_memory(f);
    }
    pthread_mutex_init(&intents->lock, NULL);
    intents->cells = *cells;
    intents->count = cells->count < INTENTS_MAX ? cells->count : INTENTS_MAX;
    for (size_t i = 0; i < intents->count; i++) {
        if (!cells_get(cells, i, left))
            continue;
        intents->places[i].unique = left->unique;
        intents->places[i].turn = ++intents->turn;
    }
    free(left);
    *ret = intents;
    return 0;
}

void intents_freep(struct intents **intents)
{
    if (*intents == NULL)
        return;
    pthread_mutex_destroy(&(*intents)->lock);
    free(*intents);
}

/* With the lock held: a free place, or else that of the oldest one that was kept; -1 where there is none. */
static int intents_choose(const struct intents *intents)
{
    int chosen = -1;
    for (size_t i = 0; i < intents->count; i++) {
        if (intents->places[i].turn == 0)
            return (int)i;
        if (intents->places[i].kept && (chosen < 0 || intents->places[i].turn < intents->places[chosen].turn))
            chosen = (int)i;
    }
    return chosen;
}

int intents_begin(struct intents *intents, struct intent *intent)
{
    intent->stage = INTENT_BEGUN;
    pthread_mutex_lock(&intents->lock);
    int place = intents_choose(intents);
    if (place >= 0) {
        intents->places[place].unique = intent->unique;
        intents->places[place].turn = ++intents->turn;
        intents->places[place].kept = false;
        cells_put(&intents->cells, (size_t)place, intent);
    }
    pthread_mutex_unlock(&intents->lock);
    return place;
}

void intents_reach(struct intents *intents, int place, enum intent_stage stage)
{
    struct intent intent;
    if (place < 0)
        return;
    pthread_mutex_lock(&intents->lock);
    if (cells_get(&intents->cells, (size_t)place, &intent)) {
        intent.stage = stage;
        cells_put(&intents->cells, (size_t)place, &intent);
    }
    pthread_mutex_unlock(&intents->lock);
}

void intents_end(struct intents *intents, int place)
{
    if (place < 0)
        return;
    pthread_mutex_lock(&intents->lock);
    cells_clear(&intents->cells, (size_t)place);
    intents->places[place].turn = 0;
    intents->places[place].kept = false;
    pthread_mutex_unlock(&intents->lock);
}

bool intents_get(struct intents *intents, int place, struct intent *ret)
{
    pthread_mutex_lock(&intents->lock);
    bool found = place >= 0 && (size_t)place < intents->count && cells_get(&intents->cells, (size_t)place, ret);
    pthread_mutex_unlock(&intents->lock);
    return found;
}

void intents_keep(struct intents *intents, int place)
{
    pthread_mutex_lock(&intents->lock);
    intents->places[place].kept = true;
    pthread_mutex_unlock(&intents->lock);
}

int intents_find_kept(struct intents *intents, uint64_t unique)
{
    int found = -1;
    pthread_mutex_lock(&intents->lock);
    for (size_t i = 0; i < intents->count && unique != 0; i++)
        if (intents->places[i].kept && intents->places[i].unique == unique)
            found = (int)i;
    pthread_mutex_unlock(&intents->lock);
    return found;
}
