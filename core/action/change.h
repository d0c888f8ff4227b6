/*
 * change: an action changes its set. Its outcome is complete, and handed to who wants to know what is intended
 * (policy.intend), before anything on disk changes: so it can be answered by another process if this one is killed.
 */
#ifndef CERTFS_CORE_ACTION_CHANGE_H
#define CERTFS_CORE_ACTION_CHANGE_H

#include "core/action/context.h"
#include "core/action/outcome.h"
#include "core/base/cleanup.h"

/* Everything is borrowed. */
struct change {
    const struct request_context *context;
    struct outcome *outcome;
    /* Fills findings, sentence and document of the outcome, whose commit is known. Cannot fail: the commit stands. */
    void (*answer)(const struct change *change);
    const struct material *material; /* for `answer`: of an import */
    size_t tags;                     /* the same: how many there are from then on */
    uint32_t waived;                 /* the same: of a set that is restored */
};

/*
 * Around one call that changes the registry. change_begin asks for the permit of the policy. change_end gets what the
 * call returned, and the commit; on -1 the outcome has nothing of the change. Returns `result`. Faults: the permit's.
 */
MUST_CHECK int change_begin(struct change *change, struct fault *f);
MUST_CHECK int change_end(const struct change *change, int result, const struct commit *commit);

#endif
