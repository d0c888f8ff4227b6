#include "core/action/set_import.h"

#include "core/about/tags.h"
#include "core/action/change.h"
#include "core/action/dms.h"
#include "core/action/judging.h"
#include "core/base/buf.h"
#include "core/draft/build.h"
#include "core/registry/registry.h"
#include "core/request/request.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "core/set/resource.h"
#include "core/store/kek.h"

/* ---- building ---- */

/* Clients of DMS cannot read a later date. */
static int set_import_check_created(const struct request_context *c, struct fault *f)
{
    if (c->request->record.created <= RESOURCE_CREATED_MAX)
        return 0;
    return fault_set(f, REASON_WRONG_TYPE, "Record.Created",
                     "seconds since 1970 before the year 10000 are expected, at most 253402300799");
}

/* Both sentences begin as AWS's do. The set of import/ is replaced without "Replace", as Aurora does it. */
static int set_import_check_name(const struct request_context *c, struct fault *f)
{
    bool served = c->served.current != NULL;
    if (context_identifier(c)[0] == '\0')
        return 0;
    if (served && !c->request->replace && c->policy->only_set == NULL)
        return fault_set(f, REASON_EXISTS, "CertificateIdentifier",
                         "The resource you are attempting to create already exists. \"Replace\": true replaces it");
    if (!served && registry_count(c->registry) >= c->policy->quota)
        return fault_set(f, REASON_QUOTA, "CertificateIdentifier",
                         "The quota for this resource quota has been exceeded. It is %zu certificates here (quota=)",
                         c->policy->quota);
    return 0;
}

static int set_import_check_key(const struct request_context *c, struct fault *f)
{
    const struct buf *given = &c->request->kms_key_id;
    char text[KEK_ID_MAX + 1];
    buf_copy_text(given, text, sizeof(text));
    if (given->len > 0 && (given->len > KEK_ID_MAX || !kek_is_id(text)))
        return fault_set(f, REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId",
                         "a key is named by 1 to 255 of A-Z a-z 0-9 . _ : / -, not beginning with . / or :");
    return 0;
}

int set_import_build(const struct request_context *c, struct material **ret, struct fault *f)
{
    if (set_import_check_created(c, f) != 0 || set_import_check_name(c, f) != 0 || set_import_check_key(c, f) != 0)
        return -1;
    const struct judging *judging = policy_judging(c->policy);
    const struct material *material = c->served.current == NULL ? NULL : c->served.current->material;
    CLEANUP(build_result_done) struct build_result result = {.keeps_key = false};
    struct build_served served;
    build_describe(material, c->now.wall, &served);
    if (judging->judge(judging->context, c->request, &served, c->now.wall, &result, f) != 0)
        return -1;
    return build_material(&result, material, ret, f);
}

/* ---- committing ---- */

/* NULL: the default key. A record from another host names a key of that host; here it is as good as any request. */
static const char *set_import_key(const struct request_context *c, char text[static KEK_ID_MAX + 1])
{
    buf_copy_text(&c->request->kms_key_id, text, KEK_ID_MAX + 1);
    bool foreign = c->request->record.format != 0 && !registry_has_key(c->registry, text);
    return text[0] == '\0' || foreign || c->policy->only_judged ? NULL : text;
}

/* O(n) over all sets, so only for an ARN that comes with a record: any other import costs the same. */
static bool set_import_is_taken(const struct request_context *c, const char *arn)
{
    CLEANUP(generation_unrefp) struct generation *owner = context_find_arn(c, span_of(arn));
    return owner != NULL;
}

/* A record from another host brings ARN and date along; everything else gets new ones. */
static int set_import_choose_arn(const struct request_context *c, char ret[static RESOURCE_ARN_SIZE], struct fault *f)
{
    buf_copy_text(&c->request->record.arn, ret, RESOURCE_ARN_SIZE);
    if (context_identifier(c)[0] == '\0') {
        ret[0] = '\0';
        return 0;
    }
    if (resource_is_arn(ret) && !set_import_is_taken(c, ret))
        return 0;
    return resource_make_arn(c->policy->region, c->policy->account, ret, f);
}

/* ---- answering ---- */

static void set_import_answer(const struct change *change)
{
    const struct request_context *c = change->context;
    struct outcome *o = change->outcome;
    bool judged = c->policy->only_judged, changed = o->commit.changed;
    const char *verb = judged    ? (changed ? "would be imported" : "would change nothing")
                       : changed ? "imported"
                                 : "unchanged, still";
    material_findings_at(change->material, c->now.wall, &o->findings);
    outcome_warn_missing(o, "it is written again");
    outcome_describe(o, c, verb, o->commit.current);
    if (action_is_dms(c->request->action))
        dms_answer(o->commit.current, o);
}

int set_import_commit(const struct request_context *c, struct material *material, struct outcome *o, struct fault *f)
{
    CLEANUP(tags_unrefp) struct tags *tags = NULL;
    struct change change = {.context = c, .outcome = o, .answer = set_import_answer, .material = material};
    struct commit commit;
    char arn[RESOURCE_ARN_SIZE], key[KEK_ID_MAX + 1];
    if (request_read_tags(c->request, c->served.tags, &tags, f) != 0 || set_import_choose_arn(c, arn, f) != 0)
        return -1;
    const uint64_t created = c->request->record.created;
    const struct registry_entry entry = {.identifier = context_identifier(c),
                                         .key_id = set_import_key(c, key),
                                         .material = material,
                                         .tags = tags,
                                         .arn = arn,
                                         .created = created != 0 ? (int64_t)created : c->now.wall};
    if (change_begin(&change, f) != 0)
        return -1;
    return change_end(&change, registry_commit(c->registry, &entry, c->now, &commit, f), &commit);
}
