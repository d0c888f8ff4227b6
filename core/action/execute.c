#include "core/action/execute.h"

#include <stdio.h>

#include "core/action/dms.h"
#include "core/action/rds.h"
#include "core/draft/build.h"

const struct policy policy_default = {.region = "us-east-1", .account = "000000000000", .quota = 100};

typedef int action(const struct request_context *context, struct outcome *o, struct fault *f);

static action *const actions[ACTION_COUNT] = {
    [ACTION_IMPORT_MATERIAL] = rds_import,
    [ACTION_REMOVE_MATERIAL] = rds_remove,
    [ACTION_RESTORE_PREVIOUS] = rds_restore_previous,
    [ACTION_IMPORT_CERTIFICATE] = dms_import,
    [ACTION_DESCRIBE_CERTIFICATES] = dms_describe,
    [ACTION_DELETE_CERTIFICATE] = dms_delete,
    [ACTION_ADD_TAGS] = dms_add_tags,
    [ACTION_LIST_TAGS] = dms_list_tags,
    [ACTION_REMOVE_TAGS] = dms_remove_tags,
};

/* What describes the one set of `import/` lists nothing. */
static action *execute_find_action(const struct request_context *context)
{
    bool asks = context->policy->only_set != NULL && context->request->action == ACTION_DESCRIBE_CERTIFICATES;
    return asks ? rds_describe : actions[context->request->action];
}

static void execute_note_leaf(const struct request_context *context, char ret[CERT_INFO_HEX_SIZE])
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(context->registry, context->identifier);
    snprintf(ret, CERT_INFO_HEX_SIZE, "%s", current == NULL ? "" : material_facts(current->material)->sha256);
}

/* The one set of `import/` is known before the document is. */
static int execute_find_set(struct request_context *context, int understood, struct fault *f)
{
    const char *only = context->policy->only_set;
    if (only != NULL)
        snprintf(context->identifier, sizeof(context->identifier), "%s", only);
    return understood == 0 ? context_find_set(context, f) : -1;
}

static int execute_carry_out(struct request_context *context, int understood, struct outcome *ret, struct fault *f)
{
    int result = execute_find_set(context, understood, f);
    ret->about_set =
        context->policy->only_set != NULL || (result == 0 && context->request->action != ACTION_DESCRIBE_CERTIFICATES);
    snprintf(ret->identifier, sizeof(ret->identifier), "%s", context->identifier);
    if (ret->about_set)
        execute_note_leaf(context, ret->old_sha256);
    if (result == 0)
        result = execute_find_action(context)(context, ret, f);
    if (ret->about_set)
        execute_note_leaf(context, ret->new_sha256);
    if (result != 0)
        fault_name_field(f);
    return result;
}

/* Reads the document and wipes it. */
static int execute_read_document(struct frame *frame, struct request *ret, struct fault *f)
{
    int understood = request_parse(frame, ret, f);
    frame_done(frame);
    return understood;
}

int request_execute(struct registry *registry, const struct policy *policy, struct frame *frame, struct moment now,
                    struct outcome *ret, struct fault *f)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    struct request_context context = {.registry = registry, .policy = policy, .request = &request, .now = now};
    *ret = (struct outcome){.action = ACTION_NONE};
    int understood = execute_read_document(frame, &request, f);
    ret->action = request.action;
    return execute_carry_out(&context, understood, ret, f);
}

/* The set that is served already: no policy stands in its way. */
static int execute_serve_against(struct registry *registry, const struct policy *policy, struct frame *against,
                                 struct moment now, struct fault *f)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    CLEANUP(outcome_done) struct outcome unused = {.action = ACTION_NONE};
    struct request_context context = {.registry = registry, .policy = policy, .request = &request, .now = now};
    if (execute_read_document(against, &request, f) != 0)
        return -1;
    if (request.action != ACTION_IMPORT_MATERIAL && request.action != ACTION_IMPORT_CERTIFICATE)
        return fault_set(f, REASON_MISSING_FIELD, "", "ssl_ca, ssl_cert and ssl_key are needed to compare with");
    request.set.accepted = UINT32_MAX;
    return execute_carry_out(&context, 0, &unused, f);
}

int request_check(const struct policy *policy, struct frame *against, struct frame *frame, struct moment now,
                  struct outcome *ret, struct fault *f)
{
    CLEANUP(registry_freep) struct registry *registry = NULL;
    struct policy judging = *policy;
    judging.only_judged = true;
    if (registry_new(&registry, f) != 0)
        return -1;
    if (against != NULL && execute_serve_against(registry, &judging, against, now, f) != 0)
        return fault_at(f, "--against");
    return request_execute(registry, &judging, frame, now, ret, f);
}

static int execute_serve_shown(const struct request_context *context, const struct request_shown *shown,
                               struct fault *f)
{
    CLEANUP(material_unrefp) struct material *material = NULL;
    char arn[RESOURCE_ARN_SIZE] = "";
    struct commit unused;
    if (shown->ca.len == 0 && shown->cert.len == 0)
        return 0;
    if (material_of_public(buf_span(&shown->ca), buf_span(&shown->cert), shown->has_key, shown->has_wallet,
                           context->now.wall, &material, f) != 0 ||
        (context->identifier[0] != '\0' &&
         resource_make_arn(context->policy->region, context->policy->account, arn, f) != 0))
        return -1;
    const struct registry_entry entry = {
        .identifier = context->identifier, .material = material, .arn = arn, .created = context->now.wall};
    return registry_commit(context->registry, &entry, context->now, &unused, f);
}

/* What the document is about is served first, as it is elsewhere. */
static int execute_show(struct request_context *context, request_look *look, void *caller, struct fault *f)
{
    struct request_shown shown = {.has_key = false};
    struct fault ignored = {.reason = REASON_NONE};
    if (context_find_set(context, &ignored) != 0) /* it will be refused for that */
        return 0;
    int result = look(caller, context->identifier, &shown, f);
    if (result == 0)
        result = execute_serve_shown(context, &shown, f);
    buf_done(&shown.ca);
    buf_done(&shown.cert);
    return result == 0 ? 0 : fault_at(f, "--against");
}

int request_check_beside(const struct policy *policy, request_look *look, void *caller, struct frame *frame,
                         struct moment now, struct outcome *ret, struct fault *f)
{
    CLEANUP(registry_freep) struct registry *registry = NULL;
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    struct policy judging = *policy;
    struct request_context context = {.policy = &judging, .request = &request, .now = now};
    judging.only_judged = true;
    *ret = (struct outcome){.action = ACTION_NONE};
    if (registry_new(&registry, f) != 0)
        return -1;
    context.registry = registry;
    int understood = execute_read_document(frame, &request, f);
    ret->action = request.action;
    if (understood == 0 && execute_show(&context, look, caller, f) != 0)
        return -1;
    return execute_carry_out(&context, understood, ret, f);
}
