#include "core/action/check.h"

#include "core/action/context.h"
#include "core/action/execute.h"
#include "core/action/outcome.h"
#include "core/base/buf.h"
#include "core/draft/build.h"
#include "core/registry/registry.h"
#include "core/request/request.h"
#include "core/set/material.h"
#include "core/set/resource.h"

/* No policy stands in the way of a set that is served already. */
static int check_serve_document(const struct request_context *checking, struct frame *against, struct fault *f)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    CLEANUP(outcome_done) struct outcome unused = {.action = ACTION_NONE};
    CLEANUP(context_done) struct request_context context = *checking;
    context.request = &request;
    if (execute_parse(context.policy, against, &request, f) != 0)
        return -1;
    if (request.action != ACTION_IMPORT_MATERIAL && request.action != ACTION_IMPORT_CERTIFICATE)
        return fault_set(f, REASON_MISSING_FIELD, "", "ssl_ca, ssl_cert and ssl_key are needed to compare with");
    request.set.accepted = UINT32_MAX;
    return execute_parsed(&context, true, &unused, f);
}

static int check_serve_files(const struct request_context *c, const struct request_shown *shown, struct fault *f)
{
    CLEANUP(material_unrefp) struct material *material = NULL;
    char arn[RESOURCE_ARN_SIZE] = "";
    const char *identifier = shown->identifier[0] != '\0' ? shown->identifier : context_identifier(c);
    struct commit unused;
    if (shown->ca.len == 0 && shown->cert.len == 0)
        return 0;
    if (material_of_public(buf_span(&shown->ca), buf_span(&shown->cert), shown->has_key, shown->has_wallet, c->now.wall,
                           &material, f) != 0 ||
        (identifier[0] != '\0' && resource_make_arn(c->policy->region, c->policy->account, arn, f) != 0))
        return -1;
    const struct registry_entry entry = {
        .identifier = identifier, .material = material, .arn = arn, .created = c->now.wall};
    return registry_commit(c->registry, &entry, c->now, &unused, f);
}

/* Serves the set that the document is about as it is served elsewhere. */
static int check_serve_shown(struct request_context *c, request_look *look, void *look_context, struct fault *f)
{
    struct request_shown shown = {.has_key = false};
    struct fault ignored = {.reason = REASON_NONE};
    if (context_find_set(c, true, &ignored) != 0) /* the document is refused for it later */
        return 0;
    int result = look(look_context, context_identifier(c), &shown, f);
    if (result == 0)
        result = check_serve_files(c, &shown, f);
    buf_done(&shown.ca);
    buf_done(&shown.cert);
    return result == 0 ? 0 : fault_at(f, "--against");
}

/* Nothing is stored, and all is judged in this process, since what is parsed may be changed before it is judged. */
static struct policy check_policy(const struct policy *policy)
{
    struct policy here = *policy;
    here.only_judged = true;
    here.judging = NULL;
    return here;
}

int request_check(const struct policy *policy, struct frame *against, struct frame *frame, struct moment now,
                  struct outcome *ret, struct fault *f)
{
    CLEANUP(registry_freep) struct registry *registry = NULL;
    struct policy here = check_policy(policy);
    if (registry_new(&registry, f) != 0)
        return -1;
    const struct request_context context = {.registry = registry, .policy = &here, .now = now};
    if (against != NULL && check_serve_document(&context, against, f) != 0)
        return fault_at(f, "--against");
    return request_execute(registry, &here, frame, now, ret, f);
}

int request_check_beside(const struct policy *policy, request_look *look, void *look_context, struct frame *frame,
                         struct moment now, struct outcome *ret, struct fault *f)
{
    CLEANUP(registry_freep) struct registry *registry = NULL;
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    struct policy here = check_policy(policy);
    *ret = (struct outcome){.action = ACTION_NONE};
    if (registry_new(&registry, f) != 0)
        return -1;
    CLEANUP(context_done)
    struct request_context context = {.registry = registry, .policy = &here, .request = &request, .now = now};
    bool understood = execute_parse(&here, frame, &request, f) == 0;
    ret->action = request.action;
    if (understood && request.action == ACTION_RESTORE_PREVIOUS)
        return fault_set(f, REASON_UNSUPPORTED, "--against",
                         "a mount does not show its previous set, so that RestorePrevious cannot be judged beside it");
    if (understood && check_serve_shown(&context, look, look_context, f) != 0)
        return -1;
    return execute_parsed(&context, understood, ret, f);
}
