/*
 * choice: of all paths from the leaf to an anchor, the one that will do.
 *
 * Any path will do: first the one that OpenSSL builds from the lists as they were given, then every other one, best
 * first, until one has nothing wrong with it and is what OpenSSL builds once the lists are put in order (arrange.h).
 */
#ifndef CERTFS_CORE_JUDGE_CHOICE_H
#define CERTFS_CORE_JUDGE_CHOICE_H

#include "core/judge/judge.h"

/* `accepted`: the waived reasons, bit 1 << reason. The budget is borrowed. */
struct choice_terms {
    int64_t now;
    uint32_t accepted;
    struct budget *budget;
};

/*
 * Chooses and judges. Where no path is without fault, the first one of which all violations are `accepted`,
 * else the one that came furthest: a complete one before an incomplete one, then the fewest violations.
 * Faults: too_costly, no_memory; what is wrong with the chosen path is the verdict.
 */
MUST_CHECK int choice_make(X509 *leaf, const struct given *given, const struct choice_terms *terms,
                           struct path *ret_path, struct verdict *ret, struct fault *f);

#endif
