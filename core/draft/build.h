/*
 * build: a set of a request as material, through the stages of draft.h.
 *
 * In two halves. The first one, build_judge, decodes what came from outside and holds its key: it can run in another
 * process, for what goes in and what comes out are values without pointers into anything else (build_wire.h). The
 * second one, build_material, decodes nothing.
 */
#ifndef CERTFS_CORE_DRAFT_BUILD_H
#define CERTFS_CORE_DRAFT_BUILD_H

#include "core/about/cert_info.h"
#include "core/about/findings.h"
#include "core/about/lifetimes.h"
#include "core/base/buf.h"
#include "core/request/request.h"
#include "core/set/content.h"
#include "core/set/material.h"

/* The set that is served, as far as judging the next one needs it: never its key. All zero: nothing is served. */
struct build_served {
    bool exists;
    char leaf[CERT_INFO_HEX_SIZE]; /* SHA-256 of its leaf (cert_info.h) if there is a key.pem; else "" */
    unsigned files;                /* material_files */
    bool loss_waived;              /* it took files away, which was accepted */
    bool sound;                    /* no other policy was waived for it, and it has not ended */
    bool for_server, for_client;
    struct span ca, cert; /* of ca.pem and cert.pem; borrowed, may be empty */
};

/* A set that was judged and proved, on its way to a material. All zero at first. Release with build_result_done. */
struct build_result {
    struct cert_info facts;
    struct findings findings;
    struct lifetimes lifetimes;
    bool for_server, for_client;
    bool bundle;    /* material_is_bundle */
    bool keeps_key; /* no key came, and the served leaf is among the certificates: its key stays */
    struct buf files[MATERIAL_FILE_COUNT];
};

void build_result_done(struct build_result *result);

/* Describes what is served (NULL: nothing) at the time `now`; borrows from it. */
void build_describe(const struct material *served, int64_t now, struct build_served *ret);

/*
 * Decodes, repairs, judges at the time `now` (seconds since the epoch), re-encodes and proves a set as it was
 * written; warns of what changes against `served`.
 * Certificates alone that hold the leaf of `served` keep its key.
 * Faults: every reason of fault.h from malformed_pem to loses_files, too_costly, too_large, no_memory.
 */
MUST_CHECK int build_judge(const struct request_set *set, const struct build_served *served, int64_t now,
                           struct build_result *ret, struct fault *f);

/*
 * The material of a result; its files and lifetimes are consumed. `served` (NULL: nothing) is what was described for
 * judging: its key is shared where it is kept. Faults: no_memory; judge_failed (there is no such key).
 */
MUST_CHECK int build_material(struct build_result *result, const struct material *served, struct material **ret,
                              struct fault *f);

/* build_describe, build_judge and build_material. */
MUST_CHECK int material_build(const struct request_set *set, const struct material *served, int64_t now,
                              struct material **ret, struct fault *f);

/*
 * The same for a set that was accepted before and comes from the store: what authenticates and parses is served. A
 * violation of policy at the time `now` is a warning (fails_today), and there is no proof: a tightened library or a
 * wrong clock must not take a database down. Faults: malformed_pem, wrong_block, encrypted_key, key_mismatch,
 * too_large, no_memory.
 */
MUST_CHECK int material_restore(const struct request_set *set, int64_t now, struct material **ret, struct fault *f);

/*
 * A set that is served elsewhere, by its public files: what can be known of it without its key. `has_key`,
 * `has_wallet`: there is a key.pem, a cwallet.sso, whose content is not known here. Such a set is compared with, and
 * never served. Faults: as decode_public.
 */
MUST_CHECK int material_of_public(struct span ca, struct span cert, bool has_key, bool has_wallet, int64_t now,
                                  struct material **ret, struct fault *f);

#endif
