/*
 * build_results: sets of every form, and what judging them gives.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_BUILD_RESULTS_H
#define CERTFS_TESTS_UNIT_LIB_BUILD_RESULTS_H

#include "core/draft/build_wire.h"
#include "core/set/material.h"

/* Fills an empty set. */
typedef void results_filler(struct request_set *set);

results_filler results_fill_fields;  /* ssl_ca, ssl_cert and ssl_key */
results_filler results_fill_untidy;  /* the same, with repairs; an RSA key */
results_filler results_fill_pinned;  /* the same, with a warning: the leaf is its own anchor */
results_filler results_fill_bundle;  /* CertificatePem with a key */
results_filler results_fill_anchors; /* without one: two trust anchors. A loss of files is waived */
results_filler results_fill_kept;    /* without one: the certificates of results_old, whose key stays */
results_filler results_fill_wallet;  /* CertificateWallet */

/* All of these. */
enum { RESULTS_FILLERS = 7 };
extern results_filler *const results_fillers[RESULTS_FILLERS];

/* The set that is served: that of results_fill_fields. The caller releases it. */
struct material *results_old(void);

/* Judges a set at PKI_NOW where `old` is served (NULL: nothing); describes that, too. */
void results_judge(results_filler *fill, const struct material *old, struct build_served *served,
                   struct build_result *ret);

/* build_wire_write_result, which has to succeed. */
void results_write(const struct build_result *result, struct buf *ret);

/* Before and after all tests; also start_core. */
void results_before(void);
void results_after(void);

#endif
