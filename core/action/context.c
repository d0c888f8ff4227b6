#include "core/action/context.h"

#include <string.h>

#include "core/about/identifier.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/set/generation.h"
#include "core/set/resource.h"

void context_done(struct request_context *context)
{
    resource_unref(context->resource);
    context->resource = NULL;
    served_done(&context->served);
}

const char *context_identifier(const struct request_context *context)
{
    return context->resource == NULL ? "" : context->resource->identifier;
}

const char *context_called(const struct request_context *context, size_t limit, const char *otherwise)
{
    return text_whole(context_identifier(context), limit, otherwise);
}

const struct judging *policy_judging(const struct policy *policy)
{
    return policy->judging == NULL ? &judging_here : policy->judging;
}

int context_permit(const struct request_context *context, struct fault *f)
{
    const struct policy *policy = context->policy;
    return policy->permit == NULL ? 0 : policy->permit(policy->permit_context, f);
}

/* Two names that differ in case alone are one, and keep the spelling of the first. */
static int context_look_up(struct request_context *c, const char *identifier, struct fault *f)
{
    context_done(c);
    registry_look(c->registry, identifier, &c->served);
    const struct generation *current = c->served.current;
    c->resource = current != NULL ? resource_ref(current->resource) : resource_new(identifier, 0, "", 0);
    return c->resource != NULL ? 0 : fault_no_memory(f);
}

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
    return context_look_up(c, generation->resource->identifier, f);
}

static int context_find_by_name(struct request_context *c, const struct buf *written, struct fault *f)
{
    char identifier[IDENTIFIER_MAX + 1];
    if (identifier_check(buf_span(written), "CertificateIdentifier", f) != 0)
        return -1;
    buf_copy_text(written, identifier, sizeof(identifier));
    return context_look_up(c, identifier, f);
}

/* Requests of import/ are restricted: any SQL user with EXECUTE on a procedure can send them. */
static int context_check_import(const struct request_context *c, struct fault *f)
{
    enum action action = c->request->action;
    const struct buf *written = &c->request->identifier;
    char name[IDENTIFIER_MAX + 1];
    bool asks = action == ACTION_DESCRIBE_CERTIFICATES && c->request->filter_count == 0;
    if (c->policy->only_import && action != ACTION_IMPORT_MATERIAL)
        return fault_set(f, REASON_UNSUPPORTED, "Action", "only %s is taken here", action_name(ACTION_IMPORT_MATERIAL));
    if (action != ACTION_IMPORT_MATERIAL && action != ACTION_REMOVE_MATERIAL && !asks)
        return fault_set(f, REASON_UNSUPPORTED, "Action", "only %s and %s are taken here",
                         action_name(ACTION_IMPORT_MATERIAL), action_name(ACTION_REMOVE_MATERIAL));
    buf_copy_text(written, name, sizeof(name));
    if (written->len > IDENTIFIER_MAX || (written->len > 0 && !identifier_same(name, c->policy->only_set)))
        return fault_set(f, REASON_UNSUPPORTED, "CertificateIdentifier", "only the set that sql_import= names is here");
    return 0;
}

int context_find_set(struct request_context *c, bool understood, struct fault *f)
{
    const struct request *request = c->request;
    if (c->policy->only_set != NULL) {
        if (context_look_up(c, c->policy->only_set, f) != 0)
            return -1;
        return understood ? context_check_import(c, f) : 0;
    }
    if (!understood || request->action == ACTION_DESCRIBE_CERTIFICATES)
        return 0;
    if (request->arn.len > 0)
        return context_find_by_arn(c, &request->arn, "CertificateArn", f);
    if (request->resource_arn.len > 0)
        return context_find_by_arn(c, &request->resource_arn, "ResourceArn", f);
    if (request->identifier.len > 0)
        return context_find_by_name(c, &request->identifier, f);
    if (request->arns.count > 0) /* ResourceArnList: about several sets */
        return 0;
    return context_look_up(c, "", f);
}
