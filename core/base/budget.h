/*
 * budget: what judging one document may cost, whatever its sender puts into it.
 *
 * Whatever has a cost that the sender chooses is paid for before it is done, in steps: decoding, signature checks,
 * paths that are tried, comparisons of names with name constraints, loading into an endpoint. A step is about a
 * microsecond of CPU time on a server of 2020; prices stand beside what they pay for. `make price` looks for what is
 * not paid for.
 */
#ifndef CERTFS_CORE_BASE_BUDGET_H
#define CERTFS_CORE_BASE_BUDGET_H

#include <stdint.h>

#include "core/base/fault.h"

enum { BUDGET_STEPS = 1000000 };

/* {BUDGET_STEPS} for a document from outside. */
struct budget {
    uint64_t left;
};

/* Pays. Fault: too_costly, at `field`, where `steps` are not left; nothing is then. */
MUST_CHECK int budget_spend(struct budget *budget, uint64_t steps, const char *field, struct fault *f);

#endif
