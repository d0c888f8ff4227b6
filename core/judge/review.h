/*
 * review: what an operator should know about a set that is taken all the same.
 */
#ifndef CERTFS_CORE_JUDGE_REVIEW_H
#define CERTFS_CORE_JUDGE_REVIEW_H

#include "core/about/findings.h"
#include "core/judge/judge.h"

/*
 * Warnings about the set by itself: pinning, a CA as leaf, one direction, certificates off the path. What the
 * time makes of it is told by lifetimes.h.
 */
void review_set(const struct path *path, const struct given *given, const struct verdict *verdict, int64_t now,
                struct findings *findings);

/* The same where there is nothing but trust anchors. */
void review_anchors_alone(const struct given *given, struct findings *findings);

/* A direction that the served set had and the next one has not. */
void review_lost_direction(bool served_for_server, bool served_for_client, const struct verdict *next,
                           struct findings *findings);

#endif
