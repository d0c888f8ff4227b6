#include "fs/report/status.h"

#include <stdio.h>
#include <time.h>

#include "core/about/cert_info.h"
#include "core/about/findings.h"
#include "core/about/identifier.h"
#include "core/about/lifetimes.h"
#include "core/action/answer.h"
#include "core/base/buf.h"
#include "core/json/indent.h"
#include "core/json/json.h"
#include "core/request/request.h"
#include "core/set/content.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "fs/host/clock.h"
#include "fs/report/readers.h"
#include "fs/report/restarts.h"

enum { NOTED_MAX = 32, ENDING_MAX = 32 };

int64_t status_now(const struct status_source *source)
{
    return source->clock == NULL ? (int64_t)time(NULL) : source->clock();
}

int status_write_last(const struct status_source *source, struct buf *ret, struct fault *f)
{
    struct journal_entry last = journal_last(source->journal);
    const char *sentence = last.fault.reason == REASON_NONE ? last.sentence : last.fault.message;
    if (last.time == 0)
        sentence = "there was no request yet";
    const struct findings findings = journal_findings(source->journal);
    if (buf_append_text(ret, sentence, f) != 0 || buf_append_text(ret, "\n", f) != 0)
        return -1;
    return answer_write_findings(&findings, ret, f);
}

static int status_add_last_request(struct json *status, const struct status_source *source)
{
    struct journal_entry last = journal_last(source->journal);
    if (last.time == 0)
        return json_add_null(status, "last_request");
    const struct findings findings = journal_findings(source->journal);
    bool refused = last.fault.reason != REASON_NONE;
    struct json *request = json_add_object(status, "last_request");
    int failed = json_add_number(request, "time", (uint64_t)last.time);
    failed |= json_add_text(request, "action", action_name(last.action));
    failed |= json_add_text(request, "result", refused ? "refused" : "ok");
    failed |= json_add_text(request, "fault", refused ? reason_wire_name(last.fault.reason) : "");
    failed |= json_add_text(request, "reason", refused ? reason_name(last.fault.reason) : "");
    failed |= json_add_text(request, "field", last.fault.field);
    failed |= json_add_text(request, "message", refused ? last.fault.message : last.sentence);
    failed |= answer_add_repairs(request, &findings);
    failed |= answer_add_warnings(request, &findings);
    failed |= json_add_number(request, "uid", last.writer.uid);
    failed |= json_add_number(request, "pid", (uint64_t)last.writer.pid);
    return failed;
}

static int status_add_end(struct json *object, const struct set_end *end)
{
    int failed = json_add_date(object, "valid_until", end->until);
    return failed | json_add_text(object, "valid_until_of", end->of[0] == '\0' ? "nothing in it is valid" : end->of);
}

static int status_add_findings(struct json *object, const struct findings *findings)
{
    int failed = answer_add_warnings(object, findings);
    return failed | answer_add_waived(object, findings->waived);
}

static int status_add_material(struct json *status, const struct generation *current, int64_t now)
{
    if (current == NULL)
        return json_add_null(status, "material");
    const struct cert_info *facts = material_facts(current->material);
    const struct set_end end = material_end(current->material, now);
    struct findings findings;
    material_findings_at(current->material, now, &findings);
    struct json *material = json_add_object(status, "material");
    int failed = json_add_text(material, "subject", facts->subject);
    failed |= json_add_text(material, "issuer", facts->issuer);
    failed |= json_add_text(material, "serial", facts->serial);
    failed |= json_add_date(material, "not_before", facts->not_before);
    failed |= json_add_date(material, "not_after", facts->not_after);
    failed |= status_add_end(material, &end);
    failed |= json_add_text(material, "key_algorithm", facts->key_algorithm);
    failed |= json_add_number(material, "key_bits", (uint64_t)facts->key_bits);
    failed |= json_add_text(material, "signature_algorithm", facts->signature_algorithm);
    failed |= json_add_text(material, "sha256", facts->sha256);
    failed |= status_add_findings(material, &findings);
    return failed;
}

static int status_add_reader(struct json *list, const struct status_source *source, const struct audit_reader *reader)
{
    CLEANUP(generation_unrefp)
    struct generation *current = registry_current_of(source->registry, reader->resource->set);
    struct json *object = json_append_object(list);
    int failed = json_add_number(object, "pid", (uint64_t)reader->pid);
    failed |= json_add_number(object, "uid", reader->uid);
    failed |= json_add_text(object, "program", reader->program);
    failed |= json_add_text(object, "set", journal_set_name(reader->resource->identifier));
    failed |= json_add_number(object, "generation", reader->generation);
    failed |= json_add_flag(object, "current", current != NULL && reader->generation == current->number);
    return failed;
}

static int status_add_readers(struct json *status, const struct status_source *source)
{
    static struct audit_reader readers[AUDIT_READERS_MAX]; /* too large for the stack; only one thread renders */
    size_t count = audit_readers(source->audit, readers);
    struct json *list = json_add_list(status, "readers");
    int failed = list == NULL ? -1 : 0;
    for (size_t i = 0; i < count; i++)
        failed |= status_add_reader(list, source, &readers[i]);
    readers_done(readers, count);
    return failed;
}

static uint64_t status_seconds_since(int64_t milliseconds)
{
    int64_t passed = clock_ms(CLOCK_MONOTONIC) - milliseconds;
    return passed < 0 ? 0 : (uint64_t)passed / 1000;
}

static int status_add_document(struct json *list, const struct inflight_document *document)
{
    struct json *object = json_append_object(list);
    int failed = json_add_text(object, "file", document->import ? "import" : "control");
    failed |= json_add_number(object, "uid", document->uid);
    failed |= json_add_number(object, "pid", (uint64_t)document->pid);
    failed |= json_add_number(object, "age", status_seconds_since(document->begun));
    failed |= json_add_number(object, "idle", status_seconds_since(document->moved));
    failed |= json_add_number(object, "bytes", document->bytes);
    failed |= json_add_flag(object, "complete", document->complete);
    return failed;
}

static int status_add_inflight(struct json *status, const struct status_source *source)
{
    struct inflight_document documents[INFLIGHT_MAX];
    size_t count = source->inflight == NULL ? 0 : inflight_list(source->inflight, documents);
    struct json *list = json_add_list(status, "in_flight");
    int failed = list == NULL ? -1 : 0;
    for (size_t i = 0; i < count; i++)
        failed |= status_add_document(list, &documents[i]);
    return failed;
}

/* Adds a set with warnings or waived reasons, at most NOTED_MAX. */
static int status_add_noted(struct json *list, const struct generation *generation, int64_t now, size_t *noted)
{
    struct findings findings;
    material_findings_at(generation->material, now, &findings);
    if ((findings.warning_count == 0 && findings.waived == 0) || (*noted)++ >= NOTED_MAX)
        return 0;
    struct json *object = json_append_object(list);
    int failed = json_add_text(object, "identifier", generation->resource->identifier);
    return failed | status_add_findings(object, &findings);
}

/* The earliest end of a named set, and of its leaf or, for trust anchors alone, of the set. */
struct first_end {
    int64_t valid_until, not_after;
    char identifier[IDENTIFIER_MAX + 1];
};

static void status_note_end(struct first_end *first, const struct generation *generation, int64_t until)
{
    const struct material *material = generation->material;
    bool has_leaf = material_content(material, MATERIAL_CERT) != NULL;
    int64_t not_after = has_leaf ? material_facts(material)->not_after : until;
    first->not_after = not_after < first->not_after ? not_after : first->not_after;
    if (until >= first->valid_until)
        return;
    first->valid_until = until;
    snprintf(first->identifier, sizeof(first->identifier), "%s", generation->resource->identifier);
}

static int status_add_first_end(struct json *certificates, const struct first_end *first, size_t count)
{
    if (count == 0)
        return json_add_null(certificates, "not_after") | json_add_null(certificates, "valid_until");
    int failed = json_add_date(certificates, "not_after", first->not_after);
    failed |= json_add_date(certificates, "valid_until", first->valid_until);
    return failed | json_add_text(certificates, "valid_until_of", first->identifier);
}

/* The sets that end first, in order. */
struct ending_sets {
    struct generation *list[ENDING_MAX];
    int64_t until[ENDING_MAX];
    size_t count;
};

/* Keeps a reference to the generation if it is among them. */
static void status_note_ending(struct ending_sets *ending, struct generation *generation, int64_t until)
{
    size_t at = ending->count;
    while (at > 0 && ending->until[at - 1] > until)
        at--;
    if (at == ENDING_MAX)
        return;
    if (ending->count == ENDING_MAX)
        generation_unref(ending->list[--ending->count]);
    for (size_t i = ending->count++; i > at; i--) {
        ending->list[i] = ending->list[i - 1];
        ending->until[i] = ending->until[i - 1];
    }
    ending->list[at] = generation_ref(generation);
    ending->until[at] = until;
}

/* Also drops the references. */
static int status_add_ending(struct json *certificates, struct ending_sets *ending)
{
    struct json *list = json_add_list(certificates, "sets");
    int failed = list == NULL ? -1 : 0;
    for (size_t i = 0; i < ending->count; i++) {
        const struct cert_info *facts = material_facts(ending->list[i]->material);
        struct json *set = json_append_object(list);
        failed |= json_add_text(set, "identifier", ending->list[i]->resource->identifier);
        failed |= json_add_text(set, "subject", facts->subject);
        failed |= json_add_number(set, "generation", ending->list[i]->number);
        failed |= json_add_date(set, "not_after", facts->not_after);
        failed |= json_add_date(set, "valid_until", ending->until[i]);
        generation_unref(ending->list[i]);
    }
    return failed;
}

/* The number of named sets, the earliest end, the sets with warnings, and those that end first. */
static int status_add_certificates(struct json *status, struct registry *registry, int64_t now)
{
    struct json *certificates = json_add_object(status, "certificates");
    struct json *list = json_add_list(certificates, "noted");
    struct first_end first = {.valid_until = INT64_MAX, .not_after = INT64_MAX};
    struct ending_sets ending = {.count = 0};
    size_t count = 0, noted = 0;
    int failed = list == NULL ? -1 : 0;
    struct generation *generation;
    for (uint64_t set = 0; (generation = registry_next(registry, set)) != NULL; generation_unref(generation)) {
        set = generation->resource->set;
        count++;
        int64_t until = material_end(generation->material, now).until;
        status_note_end(&first, generation, until);
        status_note_ending(&ending, generation, until);
        failed |= status_add_noted(list, generation, now, &noted);
    }
    failed |= json_add_number(certificates, "count", count);
    failed |= status_add_first_end(certificates, &first, count);
    return failed | status_add_ending(certificates, &ending);
}

static int status_add_on_change(struct json *status, const struct status_source *source)
{
    char report[JOURNAL_REPORT_SIZE];
    journal_report(source->journal, report);
    return report[0] == '\0' ? json_add_null(status, "on_change") : json_add_text(status, "on_change", report);
}

static int status_append_sentence(void *list, const char *sentence)
{
    return json_append_text(list, sentence);
}

static int status_add_problems(struct json *status, const struct status_source *source)
{
    struct json *problems = json_add_list(status, "problems"), *remarks = json_add_list(status, "remarks");
    if (problems == NULL || remarks == NULL)
        return -1;
    int failed = problems_visit(source->problems, PROBLEM_TO_MEND, status_append_sentence, problems);
    failed |= problems_visit(source->problems, PROBLEM_REMARK, status_append_sentence, remarks);
    return failed;
}

int status_write(const struct status_source *source, struct buf *ret, struct fault *f)
{
    CLEANUP(json_freep) struct json *status = json_new();
    CLEANUP(generation_unrefp) struct generation *current = registry_current(source->registry, "");
    const int64_t now = status_now(source);
    int failed = json_add_text(status, "version", CERTFS_VERSION);
    failed |= json_add_text(status, "store", source->store);
    failed |= json_add_number(status, "generation", registry_number(source->registry));
    failed |= status_add_last_request(status, source);
    failed |= status_add_material(status, current, now);
    failed |= status_add_certificates(status, source->registry, now);
    failed |= status_add_readers(status, source);
    failed |= status_add_inflight(status, source);
    failed |= status_add_on_change(status, source);
    failed |= restarts_add(status, &source->ends);
    failed |= status_add_problems(status, source);
    if (failed != 0)
        return fault_no_memory(f);
    CLEANUP(buf_done) struct buf compact = {0};
    if (json_write(status, &compact, f) != 0 || indent_json(buf_span(&compact), ret, f) != 0)
        return -1;
    return buf_append_text(ret, "\n", f);
}
