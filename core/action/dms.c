#include "core/action/dms.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/about/identifier.h"
#include "core/about/tags.h"
#include "core/action/change.h"
#include "core/base/buf.h"
#include "core/json/json.h"
#include "core/registry/registry.h"
#include "core/request/request.h"
#include "core/set/dms_certificate.h"
#include "core/set/generation.h"
#include "core/set/resource.h"

enum { ANSWER_MAX = 1024 * 1024 }; /* bytes of PEM in one page of certificates */

/* Whether any of the texts is this one. */
static bool dms_any_equal(const struct json_texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->count; i++)
        if (span_equal(buf_span(&texts->items[i]), span_of(text)))
            return true;
    return false;
}

/* ---- certificates ---- */

/* {"Certificate": {...}} */
static int dms_answer_certificate(const struct generation *generation, struct outcome *o, struct fault *f)
{
    CLEANUP(json_freep) struct json *document = json_new();
    struct json *certificate = json_add_object(document, "Certificate");
    if (dms_certificate_fill(certificate, generation, f) != 0)
        return -1;
    o->document = TAKE(document);
    return 0;
}

/* The commit stands even if allocating the answer fails; the client then reads an empty answer. */
void dms_answer(const struct generation *generation, struct outcome *o)
{
    struct fault ignored = {.reason = REASON_NONE};
    (void)dms_answer_certificate(generation, o, &ignored);
}

static void dms_answer_deleted(const struct change *change)
{
    struct outcome *o = change->outcome;
    outcome_warn_missing(o, "if it was moved away, keep it out of STORE");
    snprintf(o->sentence, sizeof(o->sentence), "deleted %s", context_called(change->context, 112, "that set"));
}

int dms_delete(const struct request_context *c, struct outcome *o, struct fault *f)
{
    struct change change = {.context = c, .outcome = o, .answer = dms_answer_deleted};
    struct commit commit;
    if (dms_answer_certificate(c->served.current, o, f) != 0 || change_begin(&change, f) != 0)
        return -1;
    return change_end(&change, registry_remove(c->registry, context_identifier(c), &commit, f), &commit);
}

/* ---- listing ---- */

static bool dms_is_filter(const struct request_filter *filter, const char *name)
{
    return span_equal(buf_span(&filter->name), span_of(name));
}

/* The AWS CLI's skeleton leaves a filter with neither name nor values. */
static bool dms_is_empty(const struct request_filter *filter)
{
    return filter->name.len == 0 && filter->values.count == 0;
}

static bool dms_has_filter(const struct request *request)
{
    for (size_t i = 0; i < request->filter_count; i++)
        if (!dms_is_empty(&request->filters[i]))
            return true;
    return false;
}

static int dms_check_filter(const struct request_filter *filter, struct fault *f)
{
    if (dms_is_empty(filter))
        return 0;
    if (!dms_is_filter(filter, "certificate-id") && !dms_is_filter(filter, "certificate-arn"))
        return fault_set(f, REASON_WRONG_TYPE, "Name", "a filter is named certificate-id or certificate-arn");
    if (filter->values.count == 0)
        return fault_set(f, REASON_MISSING_FIELD, "Values", "a filter needs at least one value");
    return 0;
}

static int dms_check_filters(const struct request *request, struct fault *f)
{
    char place[48];
    for (size_t i = 0; i < request->filter_count; i++) {
        snprintf(place, sizeof(place), "Filters[%zu]", i);
        if (dms_check_filter(&request->filters[i], f) != 0)
            return fault_at(f, place);
    }
    return 0;
}

static bool dms_any_same(const struct json_texts *texts, const char *identifier)
{
    char text[IDENTIFIER_MAX + 1];
    for (size_t i = 0; i < texts->count; i++) {
        const struct buf *item = &texts->items[i];
        snprintf(text, sizeof(text), "%.*s", (int)(item->len < sizeof(text) ? item->len : 0), (const char *)item->data);
        if (identifier_same(text, identifier))
            return true;
    }
    return false;
}

static bool dms_passes(const struct request *request, const struct resource *resource)
{
    for (size_t i = 0; i < request->filter_count; i++) {
        const struct request_filter *filter = &request->filters[i];
        if (dms_is_empty(filter))
            continue;
        if (dms_is_filter(filter, "certificate-id") ? !dms_any_same(&filter->values, resource->identifier)
                                                    : !dms_any_equal(&filter->values, resource->arn))
            return false;
    }
    return true;
}

/* The marker is the number of the last set of the page before. */
static int dms_read_marker(const struct request_context *c, uint64_t *ret, struct fault *f)
{
    char text[24] = "";
    const struct buf *marker = &c->request->marker;
    if (marker->len > 0 && marker->len < sizeof(text))
        memcpy(text, marker->data, marker->len);
    *ret = strtoull(text, NULL, 10);
    bool number = marker->len <= 16 && strspn(text, "0123456789") == marker->len;
    if (marker->len > 0 && (!number || *ret == 0 || *ret > registry_number(c->registry)))
        return fault_set(f, REASON_WRONG_TYPE, "Marker", "the marker is none that DescribeCertificates gave out");
    return 0;
}

static int dms_read_limit(const struct request *request, size_t *ret, struct fault *f)
{
    uint64_t wanted = request->max_records == 0 ? DMS_RECORDS_DEFAULT : request->max_records;
    *ret = wanted <= DMS_RECORDS_MAX ? (size_t)wanted : 0;
    if (*ret > 0)
        return 0;
    return fault_set(f, REASON_WRONG_TYPE, "MaxRecords", "MaxRecords is a whole number from 1 to %d", DMS_RECORDS_MAX);
}

/* The next set behind `after` that passes; the caller releases it. */
static struct generation *dms_next_passing(const struct request_context *c, uint64_t after)
{
    struct generation *generation = registry_next(c->registry, after);
    while (generation != NULL && !dms_passes(c->request, generation->resource)) {
        after = generation->resource->set;
        generation_unref(generation);
        generation = registry_next(c->registry, after);
    }
    return generation;
}

/* One page, and a marker if there is more. */
static int dms_list_page(const struct request_context *c, uint64_t after, size_t limit, struct json *document,
                         size_t *ret_count, struct fault *f)
{
    struct json *list = json_add_list(document, "Certificates");
    size_t bytes = 0;
    for (*ret_count = 0;; (*ret_count)++) {
        CLEANUP(generation_unrefp) struct generation *generation = dms_next_passing(c, after);
        if (generation == NULL)
            return list == NULL ? fault_no_memory(f) : 0;
        bytes += dms_certificate_size(generation);
        if (*ret_count == limit || (*ret_count > 0 && bytes > ANSWER_MAX)) {
            char marker[24];
            snprintf(marker, sizeof(marker), "%" PRIu64, after);
            return json_add_text(document, "Marker", marker) == 0 ? 0 : fault_no_memory(f);
        }
        if (dms_certificate_fill(json_append_object(list), generation, f) != 0)
            return -1;
        after = generation->resource->set;
    }
}

int dms_describe(const struct request_context *c, struct outcome *o, struct fault *f)
{
    CLEANUP(json_freep) struct json *document = json_new();
    uint64_t after;
    size_t limit, count;
    if (dms_check_filters(c->request, f) != 0 || dms_read_marker(c, &after, f) != 0 ||
        dms_read_limit(c->request, &limit, f) != 0 || dms_list_page(c, after, limit, document, &count, f) != 0)
        return -1;
    if (count == 0 && c->request->marker.len == 0 && dms_has_filter(c->request))
        return fault_set(f, REASON_NOT_FOUND, "Filters", "no certificate passes the filters");
    snprintf(o->sentence, sizeof(o->sentence), "%zu certificates listed", count);
    o->document = TAKE(document);
    return 0;
}

/* ---- tags ---- */

static void dms_answer_tagged(const struct change *change)
{
    struct outcome *o = change->outcome;
    outcome_warn_missing(o, "it is written again");
    snprintf(o->sentence, sizeof(o->sentence), "%s has %zu tags", context_called(change->context, 100, "that set"),
             change->tags);
}

/* Allocates the answer first, so that nothing is changed if that fails. */
static int dms_retag(const struct request_context *c, struct tags *tags, struct outcome *o, struct fault *f)
{
    struct change change = {.context = c, .outcome = o, .answer = dms_answer_tagged, .tags = tags_count(tags)};
    struct commit commit;
    o->document = json_new();
    if (o->document == NULL)
        return fault_no_memory(f);
    if (change_begin(&change, f) != 0)
        return -1;
    return change_end(&change, registry_retag(c->registry, context_identifier(c), tags, &commit, f), &commit);
}

int dms_add_tags(const struct request_context *c, struct outcome *o, struct fault *f)
{
    CLEANUP(tags_unrefp) struct tags *tags = NULL;
    if (request_read_tags(c->request, c->served.tags, &tags, f) != 0)
        return -1;
    return dms_retag(c, tags, o, f);
}

int dms_remove_tags(const struct request_context *c, struct outcome *o, struct fault *f)
{
    CLEANUP(tags_unrefp) struct tags *tags = NULL;
    const struct json_texts *keys = &c->request->tag_keys;
    struct span spans[JSON_TEXTS_MAX];
    for (size_t i = 0; i < keys->count; i++)
        spans[i] = buf_span(&keys->items[i]);
    if (tags_remove(c->served.tags, spans, keys->count, &tags, f) != 0)
        return -1;
    return dms_retag(c, tags, o, f);
}

static int dms_list_tags_of(const struct request_context *c, struct span arn, const char *field, struct json *list,
                            struct fault *f)
{
    CLEANUP(generation_unrefp) struct generation *generation = context_find_arn(c, arn);
    if (generation == NULL)
        return fault_set(f, REASON_NOT_FOUND, field, "there is no certificate with the ARN in %s", field);
    CLEANUP(tags_unrefp) struct tags *tags = registry_tags(c->registry, generation->resource->set);
    int failed = 0;
    for (size_t i = 0; i < tags_count(tags); i++) {
        struct json *item = json_append_object(list);
        failed |= json_add_text(item, "Key", tags_at(tags, i)->key);
        failed |= json_add_text(item, "Value", tags_at(tags, i)->value);
        failed |= json_add_text(item, "ResourceArn", generation->resource->arn);
    }
    return failed == 0 ? 0 : fault_no_memory(f);
}

int dms_list_tags(const struct request_context *c, struct outcome *o, struct fault *f)
{
    CLEANUP(json_freep) struct json *document = json_new();
    struct json *list = json_add_list(document, "TagList");
    const struct request *request = c->request;
    if (list == NULL)
        return fault_no_memory(f);
    if (request->resource_arn.len > 0 &&
        dms_list_tags_of(c, buf_span(&request->resource_arn), "ResourceArn", list, f) != 0)
        return -1;
    for (size_t i = 0; i < request->arns.count; i++)
        if (dms_list_tags_of(c, buf_span(&request->arns.items[i]), "ResourceArnList", list, f) != 0)
            return -1;
    snprintf(o->sentence, sizeof(o->sentence), "tags listed");
    o->document = TAKE(document);
    return 0;
}
