#include "core/action/answer.h"

#include <stdio.h>

#include "core/about/findings.h"
#include "core/base/buf.h"
#include "core/json/json.h"
#include "core/request/request.h"

int answer_add_repairs(struct json *object, const struct findings *findings)
{
    int failed = 0;
    struct json *list = json_add_list(object, "repairs");
    for (size_t i = 0; i < findings->repair_count; i++) {
        struct json *item = json_append_object(list);
        failed |= json_add_text(item, "name", repair_name(findings->repairs[i].repair));
        failed |= json_add_text(item, "field", findings->repairs[i].field);
    }
    return list == NULL ? -1 : failed;
}

int answer_add_warnings(struct json *object, const struct findings *findings)
{
    int failed = 0;
    struct json *list = json_add_list(object, "warnings");
    for (size_t i = 0; i < findings->warning_count; i++) {
        struct json *item = json_append_object(list);
        failed |= json_add_text(item, "name", warning_name(findings->warnings[i].warning));
        failed |= json_add_text(item, "field", findings->warnings[i].field);
        failed |= json_add_text(item, "message", findings->warnings[i].message);
    }
    return list == NULL ? -1 : failed;
}

int answer_add_waived(struct json *object, uint32_t waived)
{
    int failed = 0;
    struct json *list = json_add_list(object, "waived");
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
        if ((waived >> reason & 1) != 0)
            failed |= json_append_text(list, reason_name(reason));
    return list == NULL ? -1 : failed;
}

static int answer_write_line(const struct json *object, int failed, struct buf *ret, struct fault *f)
{
    if (failed != 0)
        return fault_no_memory(f);
    if (json_write(object, ret, f) != 0)
        return -1;
    return buf_append_text(ret, "\n", f);
}

/* Members that AWS's answers do not have; present only if there is something to report. */
static int answer_add_findings(struct json *document, const struct findings *findings)
{
    int failed = 0;
    if (findings->repair_count > 0)
        failed |= answer_add_repairs(document, findings);
    if (findings->warning_count > 0)
        failed |= answer_add_warnings(document, findings);
    if (findings->waived != 0)
        failed |= answer_add_waived(document, findings->waived);
    return failed;
}

/* If allocating the document failed, the answer has the findings alone: the commit stands. */
static int answer_write_document(const struct outcome *outcome, struct buf *ret, struct fault *f)
{
    CLEANUP(json_freep) struct json *spare = outcome->document == NULL ? json_new() : NULL;
    struct json *document = spare != NULL ? spare : outcome->document;
    return answer_write_line(document, document == NULL ? -1 : answer_add_findings(document, &outcome->findings), ret,
                             f);
}

int answer_write_outcome(const struct outcome *outcome, struct buf *ret, struct fault *f)
{
    if (action_is_dms(outcome->action))
        return answer_write_document(outcome, ret, f);
    CLEANUP(json_freep) struct json *object = json_new();
    int failed = json_add_text(object, "result", "ok");
    failed |= json_add_flag(object, "changed", outcome->commit.changed);
    failed |= json_add_number(object, "generation", outcome->commit.generation);
    failed |= answer_add_repairs(object, &outcome->findings);
    failed |= answer_add_warnings(object, &outcome->findings);
    failed |= answer_add_waived(object, outcome->findings.waived);
    return answer_write_line(object, failed, ret, f);
}

static int answer_write_dms_fault(const struct fault *refusal, const struct outcome *outcome, struct buf *ret,
                                  struct fault *f)
{
    CLEANUP(json_freep) struct json *object = json_new();
    int failed = json_add_text(object, "__type", reason_wire_name(refusal->reason));
    failed |= json_add_text(object, "message", refusal->message);
    failed |= json_add_text(object, "reason", reason_name(refusal->reason));
    if (refusal->reason == REASON_EXISTS && outcome->resource != NULL)
        failed |= json_add_text(object, "resourceArn", outcome->resource->arn);
    return answer_write_line(object, failed, ret, f);
}

int answer_write_fault(const struct fault *refusal, const struct outcome *outcome, struct buf *ret, struct fault *f)
{
    if (outcome != NULL && action_is_dms(outcome->action))
        return answer_write_dms_fault(refusal, outcome, ret, f);
    CLEANUP(json_freep) struct json *object = json_new();
    int failed = json_add_text(object, "result", "refused");
    failed |= json_add_text(object, "fault", reason_wire_name(refusal->reason));
    failed |= json_add_text(object, "reason", reason_name(refusal->reason));
    failed |= json_add_text(object, "field", refusal->field);
    failed |= json_add_text(object, "message", refusal->message);
    return answer_write_line(object, failed, ret, f);
}

/* ---- for people ---- */

/* "2 warnings:", "1 repair:" */
static int answer_append_count(struct buf *ret, size_t count, const char *what, struct fault *f)
{
    char text[48];
    snprintf(text, sizeof(text), "%zu %s%s:\n", count, what, count == 1 ? "" : "s");
    return count == 0 ? 0 : buf_append_text(ret, text, f);
}

static int answer_append_line(struct buf *ret, const char *what, const char *of, const char *field, struct fault *f)
{
    char text[FAULT_MESSAGE_SIZE + FAULT_FIELD_SIZE];
    snprintf(text, sizeof(text), "  %s%s%s\n", what, field[0] == '\0' ? "" : of, field);
    return buf_append_text(ret, text, f);
}

int answer_write_findings(const struct findings *findings, struct buf *ret, struct fault *f)
{
    int failed = answer_append_count(ret, findings->warning_count, "warning", f);
    for (size_t i = 0; i < findings->warning_count && failed == 0; i++)
        failed = answer_append_line(ret, findings->warnings[i].message, "", "", f);
    if (failed == 0)
        failed = answer_append_count(ret, findings->repair_count, "repair", f);
    for (size_t i = 0; i < findings->repair_count && failed == 0; i++)
        failed =
            answer_append_line(ret, repair_name(findings->repairs[i].repair), " of ", findings->repairs[i].field, f);
    return failed;
}
