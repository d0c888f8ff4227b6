/*
 * budget: a limit on the CPU time that validating one document may take.
 *
 * The sender chooses how costly a document is, so each operation is paid for before it runs: decoding, signature
 * checks, paths tried, names compared with name constraints, loading into an endpoint. A step is about a microsecond of
 * CPU time on a server of 2020; each price is defined next to the operation that it pays for. `make price` searches for
 * operations that are not paid for.
 */
#ifndef CERTFS_CORE_BASE_BUDGET_H
#define CERTFS_CORE_BASE_BUDGET_H

#include <stdint.h>

#include "core/base/fault.h"

enum { BUDGET_STEPS = 1000000 };

/* Initialise to {BUDGET_STEPS} for a document from outside. */
struct budget {
    uint64_t left;
};

/* Pays `steps`. Fault: too_costly, at `field`, if fewer are left; the budget is empty afterwards. */
MUST_CHECK int budget_spend(struct budget *budget, uint64_t steps, const char *field, struct fault *f);

#endif
