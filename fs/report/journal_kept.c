#include "fs/report/journal_kept.h"

#include <stdio.h>
#include <string.h>

#include "core/base/fault.h"
#include "core/base/text.h"
#include "core/request/action.h"

/* Shared memory may hold anything: copies what is text, to its NUL or to the end. */
static void journal_kept_text(char *ret, size_t size, const char *kept, size_t kept_size)
{
    text_copy(kept, kept_size, ret, size);
    text_make_printable(ret);
}

#define COPY(ret, kept) journal_kept_text(ret, sizeof(ret), kept, sizeof(kept))

/* ---- writing ---- */

static void journal_kept_count(struct kept_journal *kept, enum reason reason, uint64_t count)
{
    size_t place = 0;
    while (place < KEPT_REASONS && kept->counts[place].reason[0] != '\0' &&
           strncmp(kept->counts[place].reason, reason_name(reason), KEPT_NAME_SIZE) != 0)
        place++;
    if (place == KEPT_REASONS)
        return;
    snprintf(kept->counts[place].reason, KEPT_NAME_SIZE, "%s", reason_name(reason));
    kept->counts[place].count = count;
}

static void journal_kept_write_findings(const struct findings *findings, struct kept_journal *ret)
{
    for (size_t i = 0; i < FINDINGS_REPAIRS_MAX; i++) {
        bool there = i < findings->repair_count;
        snprintf(ret->repairs[i].repair, KEPT_NAME_SIZE, "%s", there ? repair_name(findings->repairs[i].repair) : "");
        snprintf(ret->repairs[i].field, KEPT_NAME_SIZE, "%s", there ? findings->repairs[i].field : "");
    }
    for (size_t i = 0; i < FINDINGS_WARNINGS_MAX; i++) {
        bool there = i < findings->warning_count;
        snprintf(ret->warnings[i].warning, KEPT_NAME_SIZE, "%s",
                 there ? warning_name(findings->warnings[i].warning) : "");
        snprintf(ret->warnings[i].field, KEPT_NAME_SIZE, "%s", there ? findings->warnings[i].field : "");
        snprintf(ret->warnings[i].message, KEPT_MESSAGE_SIZE, "%s", there ? findings->warnings[i].message : "");
    }
}

void journal_kept_write(const struct journal_state *state, struct kept_journal *ret)
{
    const struct journal_entry *last = &state->last;
    ret->version = state->version;
    ret->mounted = state->mounted;
    ret->runs_ok = state->runs.ok;
    ret->runs_failed = state->runs.failed;
    ret->time = last->time;
    ret->uid = last->writer.uid;
    ret->pid = last->writer.pid;
    snprintf(ret->action, sizeof(ret->action), "%s", action_name(last->action));
    snprintf(ret->reason, sizeof(ret->reason), "%s", reason_name(last->fault.reason));
    snprintf(ret->field, sizeof(ret->field), "%s", last->fault.field);
    snprintf(ret->message, sizeof(ret->message), "%s", last->fault.message);
    snprintf(ret->sentence, sizeof(ret->sentence), "%s", last->sentence);
    snprintf(ret->report, sizeof(ret->report), "%s", state->report);
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
        journal_kept_count(ret, reason, state->counts[reason]);
    journal_kept_write_findings(&state->findings, ret);
}

/* ---- reading ---- */

/* Names that the program itself wrote are compared as they are. */
static bool journal_kept_names(const char *kept, const char *name)
{
    return strncmp(kept, name, KEPT_NAME_SIZE) == 0;
}

static void journal_kept_read_counts(const struct kept_journal *kept, uint64_t ret[static REASON_COUNT])
{
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
        for (size_t place = 0; place < KEPT_REASONS; place++)
            if (journal_kept_names(kept->counts[place].reason, reason_name(reason)))
                ret[reason] = kept->counts[place].count;
}

static const char *journal_kept_field(const char *kept)
{
    char name[KEPT_NAME_SIZE];
    journal_kept_text(name, sizeof(name), kept, KEPT_NAME_SIZE);
    const char *field = findings_field(name);
    return field == NULL ? "" : field;
}

static void journal_kept_read_findings(const struct kept_journal *kept, struct findings *ret)
{
    char name[KEPT_NAME_SIZE], message[FAULT_MESSAGE_SIZE];
    for (size_t i = 0; i < FINDINGS_REPAIRS_MAX; i++) {
        COPY(name, kept->repairs[i].repair);
        if (repair_find(name) != REPAIR_COUNT)
            findings_add_repair(ret, repair_find(name), journal_kept_field(kept->repairs[i].field));
    }
    for (size_t i = 0; i < FINDINGS_WARNINGS_MAX; i++) {
        COPY(name, kept->warnings[i].warning);
        COPY(message, kept->warnings[i].message);
        if (warning_find(name) != WARNING_COUNT)
            findings_add_warning(ret, warning_find(name), journal_kept_field(kept->warnings[i].field), "%s", message);
    }
}

/* A reason that this version does not know is one all the same: the request was refused. */
static enum reason journal_kept_reason(const struct kept_journal *kept)
{
    char name[KEPT_NAME_SIZE];
    COPY(name, kept->reason);
    bool refused = name[0] != '\0' && strcmp(name, reason_name(REASON_NONE)) != 0;
    enum reason reason = reason_find(name);
    return refused && reason == REASON_NONE ? REASON_UNSUPPORTED : reason;
}

void journal_kept_read(const struct kept_journal *kept, struct journal_state *ret)
{
    char action[KEPT_NAME_SIZE];
    *ret = (struct journal_state){
        .version = kept->version, .mounted = kept->mounted, .runs = {.ok = kept->runs_ok, .failed = kept->runs_failed}};
    COPY(action, kept->action);
    ret->last.time = kept->time;
    ret->last.writer.uid = kept->uid;
    ret->last.writer.pid = kept->pid;
    ret->last.action = action_find(action);
    ret->last.fault.reason = journal_kept_reason(kept);
    COPY(ret->last.fault.field, kept->field);
    COPY(ret->last.fault.message, kept->message);
    COPY(ret->last.sentence, kept->sentence);
    COPY(ret->report, kept->report);
    journal_kept_read_counts(kept, ret->counts);
    journal_kept_read_findings(kept, &ret->findings);
}
