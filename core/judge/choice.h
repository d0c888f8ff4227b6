/*
 * choice: of all paths from the leaf to an anchor, the one that is served.
 *
 * Any path will do: first the one that OpenSSL builds from the lists as they were given, then every other one, best
 * first. Chooses, among those without fault that OpenSSL builds after reordering the lists (arrange.h), the one that
 * ends last, unless it loses a use that the first of them has.
 */
#ifndef CERTFS_CORE_JUDGE_CHOICE_H
#define CERTFS_CORE_JUDGE_CHOICE_H

#include "core/base/cleanup.h"
#include "core/judge/judge.h"
#include "core/judge/path.h"

/* `accepted`: the waived reasons, bit 1 << reason. The budget is borrowed. */
struct choice_terms {
    int64_t now;
    uint32_t accepted;
    struct budget *budget;
};

/* How far a path comes, the best last. */
enum standing {
    STANDING_NONE,
    STANDING_INCOMPLETE,
    STANDING_UNBUILT,  /* no order of the lists makes OpenSSL build it, so that it is of no use */
    STANDING_COMPLETE, /* with violations that are not accepted */
    STANDING_ACCEPTED, /* all its violations are */
    STANDING_CLEAN,
};

/* A path and what it is worth. It borrows the certificates. */
struct choice {
    struct path path;
    struct verdict verdict;
    enum standing standing;
    int64_t until; /* the earliest end on the path */
};

/*
 * Chooses and judges. Where no path is without fault, the first one of which all violations are `accepted`,
 * else the one that came furthest: a complete one before an incomplete one, then the fewest violations. One that
 * OpenSSL does not build has the violation untrusted_chain, which names the certificate that OpenSSL takes instead.
 * The search for a longer one, after one without fault is found, is bounded and never fails. Faults: too_costly,
 * no_memory; what is wrong with the chosen path is the verdict.
 */
MUST_CHECK int choice_make(X509 *leaf, const struct given *given, const struct choice_terms *terms, struct choice *ret,
                           struct fault *f);

/* The best of several paths of one leaf, or of several leaves of one key. All zero: nothing was entered. */
struct contest {
    struct choice best;
    struct choice first; /* the first usable one */
};

/*
 * Enters a choice, which wins if it is better: by its standing; one to a CA, then one that is pinned; fewer violations;
 * the later end of the path, then of its leaf; more uses. It cannot win if the first usable one has another subject or
 * other names, or is good for what it is not (a TLS server, a client, signatures).
 */
void choice_enter(struct contest *contest, const struct choice *choice);

#endif
