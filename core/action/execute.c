/*
 * A document becomes files in five steps:
 *
 *   1. parse   bytes -> request                judging.h: core/json, core/request
 *   2. find    request -> the set              context.c, core/registry
 *   3. build   request -> material             set_import.c; judging.h: core/draft: decoded, judged, proved
 *   4. commit  material -> generation          set_import.c, core/registry: on disk first (core/store), visible second
 *   5. answer  generation -> outcome           set_import.c, change.c: before 4 changes the disk; answer.c writes it
 *
 * Imports take all five, of the root set and of named sets alike. The other actions take the first two, and then their
 * own way. The calls of judging.h may lead to another process.
 */
#include "core/action/execute.h"

#include <stdio.h>

#include "core/action/dms.h"
#include "core/action/judging.h"
#include "core/action/rds.h"
#include "core/action/set_import.h"
#include "core/base/fault.h"
#include "core/json/frame.h"
#include "core/registry/registry.h"
#include "core/request/request.h"
#include "core/set/material.h"

const struct policy policy_default = {.region = "us-east-1", .account = "000000000000", .quota = 100};

typedef int action_fn(const struct request_context *context, struct outcome *o, struct fault *f);

/* Whether the one set of import/ is served, or a list of certificates. */
static int execute_describe(const struct request_context *c, struct outcome *o, struct fault *f)
{
    return c->policy->only_set != NULL ? rds_describe(c, o, f) : dms_describe(c, o, f);
}

/* Steps 3 to 5. */
static int execute_import(const struct request_context *c, struct outcome *o, struct fault *f)
{
    CLEANUP(material_unrefp) struct material *material = NULL;
    return set_import_build(c, &material, f) == 0 ? set_import_commit(c, material, o, f) : -1;
}

static action_fn *const execute_actions[ACTION_COUNT] = {
    [ACTION_IMPORT_MATERIAL] = execute_import,
    [ACTION_IMPORT_CERTIFICATE] = execute_import,
    [ACTION_REMOVE_MATERIAL] = rds_remove,
    [ACTION_RESTORE_PREVIOUS] = rds_restore_previous,
    [ACTION_DESCRIBE_CERTIFICATES] = execute_describe,
    [ACTION_DELETE_CERTIFICATE] = dms_delete,
    [ACTION_ADD_TAGS] = dms_add_tags,
    [ACTION_LIST_TAGS] = dms_list_tags,
    [ACTION_REMOVE_TAGS] = dms_remove_tags,
};

int execute_parse(const struct policy *policy, struct frame *frame, struct request *ret, struct fault *f)
{
    const struct judging *judging = policy_judging(policy);
    int result = judging->parse(judging->context, frame, ret, f);
    frame_done(frame);
    return result;
}

int request_execute(struct registry *registry, const struct policy *policy, struct frame *frame, struct moment now,
                    struct outcome *ret, struct fault *f)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    CLEANUP(context_done)
    struct request_context context = {.registry = registry, .policy = policy, .request = &request, .now = now};
    *ret = (struct outcome){.action = ACTION_NONE};
    bool understood = execute_parse(policy, frame, &request, f) == 0; /* 1 */
    int result = execute_parsed(&context, understood, ret, f);
    policy_judging(policy)->end(policy_judging(policy)->context);
    return result;
}

int execute_parsed(struct request_context *c, bool understood, struct outcome *ret, struct fault *f)
{
    ret->action = c->request->action;
    int result = context_find_set(c, understood, f); /* 2 */
    if (!understood)
        result = -1;
    else if (result == 0)
        result = execute_actions[ret->action](c, ret, f);
    outcome_note(ret, c);
    if (result != 0)
        fault_name_field(f);
    return result;
}
