/*
 * review: warnings about an accepted set.
 */
#ifndef CERTFS_CORE_JUDGE_REVIEW_H
#define CERTFS_CORE_JUDGE_REVIEW_H

#include "core/about/findings.h"
#include "core/judge/judge.h"

/*
 * Adds the warnings that do not depend on time: pinning, a CA as leaf, one direction, certificates off the path. The
 * others are in lifetimes.h.
 */
void review_set(const struct path *path, const struct given *given, const struct verdict *verdict, int64_t now,
                struct findings *findings);

/* The same for a set that consists of trust anchors only. */
void review_anchors_alone(const struct given *given, struct findings *findings);

/* Warns if the served set works in a direction in which the next one does not. */
void review_lost_direction(bool served_for_server, bool served_for_client, const struct verdict *next,
                           struct findings *findings);

#endif
