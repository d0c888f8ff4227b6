#include "core/action/context.h"

#include <stdio.h>
#include <string.h>

#include "core/draft/build.h"
#include "core/store/kek.h"

void outcome_done(struct outcome *outcome)
{
    json_freep(&outcome->document);
}

/* ---- the set ---- */

struct generation *context_find_arn(const struct request_context *context, struct span arn)
{
    struct generation *generation = registry_next(context->registry, 0);
    while (generation != NULL && !span_equal(span_of(generation->resource->arn), arn)) {
        uint64_t set = generation->resource->set;
        generation_unref(generation);
        generation = registry_next(context->registry, set);
    }
    return generation;
}

static int context_find_by_arn(struct request_context *c, const struct buf *arn, const char *field, struct fault *f)
{
    CLEANUP(generation_unrefp) struct generation *generation = context_find_arn(c, buf_span(arn));
    if (generation == NULL)
        return fault_set(f, REASON_NOT_FOUND, field, "there is no certificate with the ARN in %s", field);
    snprintf(c->identifier, sizeof(c->identifier), "%s", generation->resource->identifier);
    return 0;
}

/*
 * `import/` is a narrow door: the server behind it speaks for whoever may call a procedure. Its set is the one that the
 * terms name, whatever the document says; execute.c has put its name into c->identifier.
 */
static int context_find_behind_door(struct request_context *c, struct fault *f)
{
    enum action action = c->request->action;
    const char *only = c->policy->only_set;
    const struct buf *written = &c->request->identifier;
    char name[IDENTIFIER_MAX + 1];
    bool asks = action == ACTION_DESCRIBE_CERTIFICATES && c->request->filter_count == 0;
    if (c->policy->only_import && action != ACTION_IMPORT_MATERIAL)
        return fault_set(f, REASON_UNSUPPORTED, "Action", "only %s is taken here", action_name(ACTION_IMPORT_MATERIAL));
    if (action != ACTION_IMPORT_MATERIAL && action != ACTION_REMOVE_MATERIAL && !asks)
        return fault_set(f, REASON_UNSUPPORTED, "Action", "only %s and %s are taken here",
                         action_name(ACTION_IMPORT_MATERIAL), action_name(ACTION_REMOVE_MATERIAL));
    buf_copy_text(written, name, sizeof(name));
    if (written->len > IDENTIFIER_MAX || (written->len > 0 && !identifier_same(name, only)))
        return fault_set(f, REASON_UNSUPPORTED, "CertificateIdentifier", "only the set that sql_import= names is here");
    return 0;
}

/* As it was written first: two names that differ in case alone are one. */
static void context_keep_spelling(struct request_context *c)
{
    CLEANUP(generation_unrefp) struct generation *served = registry_current(c->registry, c->identifier);
    if (served != NULL)
        snprintf(c->identifier, sizeof(c->identifier), "%s", served->resource->identifier);
}

int context_permit(const struct request_context *context, struct fault *f)
{
    const struct policy *policy = context->policy;
    return policy->permit == NULL ? 0 : policy->permit(policy->permit_context, f);
}

int context_find_set(struct request_context *c, struct fault *f)
{
    const struct request *request = c->request;
    if (c->policy->only_set != NULL)
        return context_find_behind_door(c, f);
    if (request->arn.len > 0)
        return context_find_by_arn(c, &request->arn, "CertificateArn", f);
    if (request->resource_arn.len > 0)
        return context_find_by_arn(c, &request->resource_arn, "ResourceArn", f);
    if (request->identifier.len == 0)
        return 0;
    if (identifier_check(buf_span(&request->identifier), "CertificateIdentifier", f) != 0)
        return -1;
    buf_copy_text(&request->identifier, c->identifier, sizeof(c->identifier));
    context_keep_spelling(c);
    return 0;
}

/* ---- committing ---- */

/* Of anchors alone none may hold any more. */
static void context_end_text(const struct material *material, int64_t now, char *ret, size_t size)
{
    const struct set_end end = material_end(material, now);
    char date[LIFETIMES_DATE_SIZE];
    lifetimes_date(end.until, date);
    if (end.of[0] == '\0')
        snprintf(ret, size, "none of it is valid today");
    else
        snprintf(ret, size, "valid until %.10s", date);
}

const char *context_called(const struct request_context *c, size_t limit, const char *otherwise)
{
    return strlen(c->identifier) <= limit ? c->identifier : otherwise;
}

enum { SUBJECT_MIN = 16 };

void context_describe(const struct request_context *c, struct outcome *o, const char *verb,
                      const struct material *material)
{
    char until[32], number[40] = "", start[IDENTIFIER_MAX + 96], subject[CERT_INFO_NAME_SIZE] = "";
    context_end_text(material, c->now.wall, until, sizeof(until));
    if (!c->policy->only_judged) /* whose numbers are nobody's */
        snprintf(number, sizeof(number), " generation %llu", (unsigned long long)o->commit.generation);
    /* The identifier is whole or left out; the subject has what remains, or is left out. */
    size_t taken = strlen(verb) + strlen(" ") + strlen(number) + strlen(", ") + strlen(until);
    const char *called = context_called(c, sizeof(o->sentence) - 1 - taken, "that set");
    int used = snprintf(start, sizeof(start), "%s%s%s%s", verb, called[0] == '\0' ? "" : " ", called, number);
    int room = (int)sizeof(o->sentence) - used - (int)strlen(until) - (int)strlen(": , ");
    size_t size = room < SUBJECT_MIN ? 1 : (size_t)room < sizeof(subject) ? (size_t)room : sizeof(subject);
    const char *whole = material_facts(material)->subject;
    if (size > 1)
        snprintf(subject, size, "%s", whole);
    if (size > 1 && strlen(whole) >= size)
        text_cut(subject, size);
    int length = snprintf(o->sentence, sizeof(o->sentence), "%s%s%s, %s", start, size > 1 ? ": " : "", subject, until);
    if (length >= (int)sizeof(o->sentence))
        text_cut(o->sentence, sizeof(o->sentence));
}

void context_warn_missing(struct outcome *o, const char *what)
{
    if (o->commit.record_missing)
        findings_add_warning(&o->findings, WARNING_RECORD_MISSING, "",
                             "the record of this set was missing in STORE: %s", what);
}

/* NULL for a request that names no key. */
static int context_read_key_id(const struct request *request, char text[static KEK_ID_MAX + 1], const char **ret,
                               struct fault *f)
{
    const struct buf *given = &request->kms_key_id;
    buf_copy_text(given, text, KEK_ID_MAX + 1);
    *ret = given->len == 0 ? NULL : text;
    if (given->len > 0 && (given->len > KEK_ID_MAX || !kek_is_id(text)))
        return fault_set(f, REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId",
                         "a key is named by 1 to 255 of A-Z a-z 0-9 . _ : / -, not beginning with . / or :");
    return 0;
}

/* Both sentences begin as AWS's do. What stands behind `import/` is replaced without a word, as Aurora does it. */
static int context_check_room(const struct request_context *c, const struct generation *served, struct outcome *o,
                              struct fault *f)
{
    bool named = c->identifier[0] != '\0';
    if (!named || served == NULL || c->request->replace || c->policy->only_set != NULL)
        return 0;
    snprintf(o->arn, sizeof(o->arn), "%s", served->resource->arn);
    return fault_set(f, REASON_EXISTS, "CertificateIdentifier",
                     "The resource you are attempting to create already exists. \"Replace\": true replaces it");
}

static int context_check_quota(const struct request_context *c, const struct generation *served, struct fault *f)
{
    if (c->identifier[0] == '\0' || served != NULL || registry_count(c->registry) < c->policy->quota)
        return 0;
    return fault_set(f, REASON_QUOTA, "CertificateIdentifier",
                     "The quota for this resource quota has been exceeded. It is %zu certificates here (quota=)",
                     c->policy->quota);
}

/* This looks at every set, so it is asked for a record's ARN alone: one import must cost what any other costs. */
static bool context_is_taken(const struct request_context *c, const char *arn)
{
    CLEANUP(generation_unrefp) struct generation *owner = context_find_arn(c, span_of(arn));
    return owner != NULL;
}

/* A record from another host brings ARN and date along; everything else gets new ones. */
static int context_choose_arn(const struct request_context *c, char ret[static RESOURCE_ARN_SIZE], struct fault *f)
{
    buf_copy_text(&c->request->record.arn, ret, RESOURCE_ARN_SIZE);
    if (c->identifier[0] == '\0') {
        ret[0] = '\0';
        return 0;
    }
    if (resource_is_arn(ret) && !context_is_taken(c, ret))
        return 0;
    return resource_make_arn(c->policy->region, c->policy->account, ret, f);
}

/* Who reads DMS's answers can have no later one. */
static int context_check_created(const struct request_context *c, struct fault *f)
{
    if (c->request->record.created <= RESOURCE_CREATED_MAX)
        return 0;
    return fault_set(f, REASON_WRONG_TYPE, "Record.Created",
                     "seconds since 1970 before the year 10000 are expected, at most 253402300799");
}

static int context_commit_material(const struct request_context *c, const struct generation *served, const char *key_id,
                                   struct material *material, struct outcome *o, struct fault *f)
{
    CLEANUP(tags_unrefp) struct tags *tags = NULL;
    CLEANUP(tags_unrefp)
    struct tags *old = served == NULL ? NULL : registry_tags(c->registry, served->resource->set);
    char arn[RESOURCE_ARN_SIZE];
    if (request_read_tags(c->request, old, &tags, f) != 0 || context_choose_arn(c, arn, f) != 0)
        return -1;
    const uint64_t created = c->request->record.created;
    const struct registry_entry entry = {.identifier = c->identifier,
                                         .key_id = key_id,
                                         .material = material,
                                         .tags = tags,
                                         .arn = arn,
                                         .created = created != 0 ? (int64_t)created : c->now.wall};
    return context_permit(c, f) != 0 ? -1 : registry_commit(c->registry, &entry, c->now, &o->commit, f);
}

static const char *context_verb_of(const struct request_context *c, const struct outcome *o)
{
    if (c->policy->only_judged)
        return o->commit.changed ? "would be imported" : "would change nothing";
    return o->commit.changed ? "imported" : "unchanged, still";
}

int context_commit(const struct request_context *c, struct outcome *o, struct fault *f)
{
    CLEANUP(material_unrefp) struct material *material = NULL;
    CLEANUP(generation_unrefp) struct generation *served = registry_current(c->registry, c->identifier);
    char text[KEK_ID_MAX + 1];
    const char *key_id;
    if (context_check_created(c, f) != 0 || context_check_room(c, served, o, f) != 0 ||
        context_check_quota(c, served, f) != 0 || context_read_key_id(c->request, text, &key_id, f) != 0)
        return -1;
    /* A record from another host names that host's key; here it is as good as any request. */
    bool foreign = c->request->record.format != 0 && key_id != NULL && !registry_has_key(c->registry, key_id);
    if (foreign || c->policy->only_judged)
        key_id = NULL;
    if (material_build(&c->request->set, served == NULL ? NULL : served->material, c->now.wall, &material, f) != 0)
        return -1;
    if (context_commit_material(c, served, key_id, material, o, f) != 0)
        return -1;
    material_findings_at(material, c->now.wall, &o->findings);
    context_warn_missing(o, "it is written again");
    context_describe(c, o, context_verb_of(c, o), material);
    return 0;
}
