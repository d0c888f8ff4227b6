/*
 * draft: a set on its way from text to material: decoded, judged, put in order, written anew, proved.
 *
 * The steps in the order in which build_judge takes them. Release with draft_done.
 */
#ifndef CERTFS_CORE_DRAFT_DRAFT_H
#define CERTFS_CORE_DRAFT_DRAFT_H

#include "core/about/cert_info.h"
#include "core/about/lifetimes.h"
#include "core/base/budget.h"
#include "core/base/buf.h"
#include "core/draft/decode.h"
#include "core/judge/judge.h"
#include "core/judge/path.h"
#include "core/judge/trust.h"
#include "core/request/request.h"
#include "core/set/content.h"

/* The served set, as far as judging the new one needs it. All zero: none is served. */
struct draft_before {
    const char *leaf; /* SHA-256 of the leaf whose key may stay (cert_info.h); NULL for none */
    unsigned files;   /* LOSS_ bits (loss.h) */
    bool loss_waived; /* it took files away, which was accepted */
};

/* All zero at first, but for `before`. */
struct draft {
    struct draft_before before;
    bool keeps_key; /* no key came, and the leaf is the one that is served: so is its key */
    struct decoded in;
    struct path path;
    struct verdict verdict;
    struct buf files[MATERIAL_FILE_COUNT];
    struct cert_info facts;
    struct lifetimes lifetimes;
    struct findings findings;
    struct budget budget;
};

void draft_done(struct draft *draft);

/*
 * Decodes the set and judges it at the time `now`, as build_judge has it. The leaf is the certificate that belongs
 * to the key. Faults: as build_judge, but for handshake_failed.
 */
MUST_CHECK int draft_judge(const struct request_set *set, int64_t now, struct draft *d, struct fault *f);

/* The same for a set that was judged before: violations are warnings today. Faults: as material_restore. */
MUST_CHECK int draft_judge_leniently(const struct request_set *set, int64_t now, struct draft *d, struct fault *f);

/*
 * The same for a set of which its public files are there; these become the draft's, as they are. Its present
 * violations were waived. Faults: as decode_public; no_memory, too_large.
 */
MUST_CHECK int draft_judge_public(struct span ca, struct span cert, int64_t now, struct draft *d, struct fault *f);

/* Puts the certificates in order and writes the files. Faults: no_memory, too_large. */
MUST_CHECK int draft_encode(struct draft *d, int64_t now, struct fault *f);

/* Whether files of the served set would be gone, which may be waived. Fault: loses_files. */
MUST_CHECK int draft_check_loss(const struct request_set *set, struct draft *d, struct fault *f);

/* Shakes hands with the files. Faults: handshake_failed, too_costly, no_memory. */
MUST_CHECK int draft_prove(struct draft *d, int64_t now, struct fault *f);

/* The set that is served, of which nothing but its public files is needed. Those may be empty. */
struct draft_served {
    struct trust_served trust;
    bool sound; /* no policy was waived for it, and it has not ended */
};

/* Warns of changes for peers, and if the budget does not suffice to compare. */
void draft_compare(struct draft *d, const struct draft_served *served, int64_t now);

/* When its certificates hold. Places are those in the files. Fault: no_memory. */
MUST_CHECK int draft_collect_lifetimes(struct draft *d, struct fault *f);

#endif
