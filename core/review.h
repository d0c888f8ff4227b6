/*
 * review: what an operator should know about a set that is taken all the same.
 */
#ifndef CERTFS_CORE_REVIEW_H
#define CERTFS_CORE_REVIEW_H

#include "core/findings.h"
#include "core/judge.h"
#include "core/proof.h"

/* Warnings about the set by itself: pinning, a CA as leaf, one direction, short lifetime, certificates off the path. */
void review_set(const struct path *path, const struct given *given, const struct verdict *verdict, int64_t now,
                struct findings *findings);

/* The one about a certificate's lifetime. Returns whether there was something to warn of. */
bool review_lifetime_text(const char *place, int64_t from, int64_t until, int64_t now, struct findings *findings);

/* The same where there is nothing but trust anchors. */
void review_anchors_alone(const struct given *given, int64_t now, struct findings *findings);

/* A set as its successor or predecessor sees it. */
struct review_side {
    struct proof_files files;
    bool for_server, for_client;
    bool strict; /* no policy reason was waived */
};

/*
 * Warnings about replacing `served` by `next`: a direction that is lost, and trust that breaks: the two are let
 * shake hands both ways, since peers change one after the other.
 */
void review_change(const struct review_side *served, const struct review_side *next, int64_t now,
                   struct findings *findings);

#endif
