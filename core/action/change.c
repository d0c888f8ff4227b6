#include "core/action/change.h"

#include "core/base/fault.h"
#include "core/registry/registry.h"

static void change_answer(const struct change *change, const struct commit *commit)
{
    struct outcome *o = change->outcome;
    o->commit = *commit;
    change->answer(change);
    outcome_note(o, change->context);
}

static void change_intend(void *context, const struct commit *commit)
{
    const struct change *change = context;
    const struct policy *policy = change->context->policy;
    change_answer(change, commit);
    if (policy->intend != NULL)
        policy->intend(policy->intend_context, change->outcome);
}

int change_begin(struct change *change, struct fault *f)
{
    if (context_permit(change->context, f) != 0)
        return -1;
    registry_call_before(change->context->registry, change_intend, change);
    return 0;
}

int change_end(const struct change *change, int result, const struct commit *commit)
{
    struct outcome *o = change->outcome;
    bool intended = o->sentence[0] != '\0';
    registry_call_before(change->context->registry, NULL, NULL);
    if (result == 0 && !intended)
        change_answer(change, commit);
    if (result == 0)
        o->commit = *commit;
    else
        outcome_forget(o);
    return result;
}
