#include "core/request/request_wire.h"

#include <stddef.h>

#include "core/about/tags.h"
#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/base/wire.h"
#include "core/json/json.h"
#include "core/request/members.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A text is never longer than its document, and a number there is at most 2^53 (json.h). */
#define TEXT_MAX FRAME_DOCUMENT_MAX
#define NUMBER_MAX (UINT64_C(1) << 53)

/* clang-format off */
#define TEXT(name, place)   {name, WIRE_UTF8,   offsetof(struct request, place), 0, TEXT_MAX}
#define NUMBER(name, place) {name, WIRE_NUMBER, offsetof(struct request, place), 0, NUMBER_MAX}
static const struct wire_member request_table[] = {
    {"Action",  WIRE_SMALL, offsetof(struct request, action), ACTION_NONE + 1, ACTION_COUNT - 1},
    {"Accept",  WIRE_SMALL, offsetof(struct request, set.accepted), 0, UINT32_MAX},
    {"Replace", WIRE_FLAG,  offsetof(struct request, replace), 0, 0},
    TEXT("CertificateIdentifier", identifier),
    TEXT("KmsKeyId",              kms_key_id),
    TEXT("CertificateArn",        arn),
    TEXT("ResourceArn",           resource_arn),
    NUMBER("MaxRecords",          max_records),
    TEXT("Marker",                marker),
    NUMBER("Record.Format",       record.format),
    NUMBER("Record.Generation",   record.generation),
    NUMBER("Record.Committed",    record.committed),
    NUMBER("Record.Set",          record.set),
    NUMBER("Record.Created",      record.created),
    TEXT("Record.Arn",            record.arn),
};
#undef TEXT
#undef NUMBER

static const struct wire_member tag_table[] = {
    {"Tags.Key",   WIRE_UTF8, offsetof(struct request_tag, key), 0, TEXT_MAX},
    {"Tags.Value", WIRE_UTF8, offsetof(struct request_tag, value), 0, TEXT_MAX},
};

static const struct wire_member filter_table[] = {
    {"Filters.Name", WIRE_UTF8, offsetof(struct request_filter, name), 0, TEXT_MAX},
};

static const struct wire_member text_table[] = {
    {"a text of a list", WIRE_UTF8, 0, 1, TEXT_MAX},
};
/* clang-format on */

/* ---- writing ---- */

static int request_wire_write_texts(const struct json_texts *texts, struct buf *ret, struct fault *f)
{
    if (wire_write_number(texts->count, ret, f) != 0)
        return -1;
    for (size_t i = 0; i < texts->count; i++)
        if (wire_write_bytes(buf_span(&texts->items[i]), ret, f) != 0)
            return -1;
    return 0;
}

static int request_wire_write_tags(const struct request *request, struct buf *ret, struct fault *f)
{
    if (wire_write_number(request->tag_count, ret, f) != 0)
        return -1;
    for (size_t i = 0; i < request->tag_count; i++)
        if (wire_write(tag_table, COUNT(tag_table), &request->tags[i], ret, f) != 0)
            return -1;
    return 0;
}

static int request_wire_write_filters(const struct request *request, struct buf *ret, struct fault *f)
{
    if (wire_write_number(request->filter_count, ret, f) != 0)
        return -1;
    for (size_t i = 0; i < request->filter_count; i++)
        if (wire_write(filter_table, COUNT(filter_table), &request->filters[i], ret, f) != 0 ||
            request_wire_write_texts(&request->filters[i].values, ret, f) != 0)
            return -1;
    return 0;
}

int request_wire_write(const struct request *request, struct buf *ret, struct fault *f)
{
    return wire_write(request_table, COUNT(request_table), request, ret, f) == 0 &&
                   request_wire_write_tags(request, ret, f) == 0 &&
                   request_wire_write_texts(&request->tag_keys, ret, f) == 0 &&
                   request_wire_write_texts(&request->arns, ret, f) == 0 &&
                   request_wire_write_filters(request, ret, f) == 0
               ? 0
               : -1;
}

int request_wire_write_refusal(enum action action, const struct fault *fault, struct buf *ret, struct fault *f)
{
    return wire_write_number(action, ret, f) == 0 ? wire_write_fault(fault, ret, f) : -1;
}

/* ---- reading ---- */

static size_t request_wire_read_count(struct wire_reader *reader, const char *name, size_t max)
{
    return (size_t)wire_read_number(reader, name, max);
}

/* Each entry is counted before it is read, so that it is released if it is wrong. */
static void request_wire_read_texts(struct wire_reader *reader, const char *name, struct json_texts *ret)
{
    size_t count = request_wire_read_count(reader, name, JSON_TEXTS_MAX);
    while (ret->count < count && !wire_is_refused(reader))
        wire_read(reader, text_table, COUNT(text_table), &ret->items[ret->count++]);
}

static void request_wire_read_tags(struct wire_reader *reader, struct request *ret)
{
    size_t count = request_wire_read_count(reader, "the number of Tags", REQUEST_TAGS_MAX);
    while (ret->tag_count < count && !wire_is_refused(reader))
        wire_read(reader, tag_table, COUNT(tag_table), &ret->tags[ret->tag_count++]);
}

static void request_wire_read_filters(struct wire_reader *reader, struct request *ret)
{
    size_t count = request_wire_read_count(reader, "the number of Filters", REQUEST_FILTERS_MAX);
    while (ret->filter_count < count && !wire_is_refused(reader)) {
        struct request_filter *filter = &ret->filters[ret->filter_count++];
        wire_read(reader, filter_table, COUNT(filter_table), filter);
        request_wire_read_texts(reader, "the number of Filters.Values", &filter->values);
    }
}

/* The rules that a document keeps, too. */
static void request_wire_check(struct wire_reader *reader, const struct request *request)
{
    CLEANUP(tags_unrefp) struct tags *unused = NULL;
    struct fault broken = {.reason = REASON_NONE};
    if (wire_is_refused(reader))
        return;
    if (!reason_are_waivable(request->set.accepted))
        wire_refuse(reader, "Accept", "names what cannot be waived");
    else if (members_check(request, NULL, &broken) != 0)
        wire_refuse(reader, broken.field, "is not as its action takes it");
    else if (request_read_tags(request, NULL, &unused, &broken) != 0 && broken.reason != REASON_NO_MEMORY)
        wire_refuse(reader, "Tags", "are none that a resource can have");
}

int request_wire_read(struct span bytes, struct request *ret, struct fault *f)
{
    struct wire_reader reader = {.rest = bytes, .what = "the parsed request", .f = f};
    wire_read(&reader, request_table, COUNT(request_table), ret);
    request_wire_read_tags(&reader, ret);
    request_wire_read_texts(&reader, "the number of TagKeys", &ret->tag_keys);
    request_wire_read_texts(&reader, "the number of ResourceArnList", &ret->arns);
    request_wire_read_filters(&reader, ret);
    request_wire_check(&reader, ret);
    if (wire_end(&reader) == 0)
        return 0;
    ret->action = ACTION_NONE;
    return -1;
}

int request_wire_read_refusal(struct span bytes, enum action *ret, struct fault *f)
{
    struct wire_reader reader = {.rest = bytes, .what = "the refusal", .f = f};
    *ret = (enum action)wire_read_number(&reader, "its action", ACTION_COUNT - 1);
    return wire_is_refused(&reader) ? -1 : wire_read_fault(reader.rest, f);
}
