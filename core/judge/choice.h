/*
 * choice: chooses one of all paths from the leaf to an anchor.
 *
 * Starts with the path that OpenSSL builds from the lists as given, then tries every other one, best first, until one
 * has no violations and is built by OpenSSL after reordering the lists (arrange.h).
 */
#ifndef CERTFS_CORE_JUDGE_CHOICE_H
#define CERTFS_CORE_JUDGE_CHOICE_H

#include "core/judge/judge.h"

/* `accepted`: the waived reasons, bits 1 << reason. Borrows the budget. */
struct choice_terms {
    int64_t now;
    uint32_t accepted;
    struct budget *budget;
};

/*
 * Chooses a path and judges it. If no path is free of violations, chooses the first one whose violations are all
 * `accepted`, else a complete path before an incomplete one and then the one with the fewest violations. Faults:
 * too_costly, no_memory; violations of the chosen path are in the verdict.
 */
MUST_CHECK int choice_make(X509 *leaf, const struct given *given, const struct choice_terms *terms,
                           struct path *ret_path, struct verdict *ret, struct fault *f);

#endif
