/*
 * wire_judging: documents parsed and judged as if by another process: nothing but bytes goes there and comes back.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_WIRE_JUDGING_H
#define CERTFS_TESTS_UNIT_LIB_WIRE_JUDGING_H

#include "core/action/judging.h"

/* For a policy. One document at a time; each has to end. */
extern const struct judging judging_by_wire;

/* As build_judge, and as material_build. */
int build_judge_by_wire(const struct request_set *set, const struct build_served *served, int64_t now,
                        struct build_result *ret, struct fault *f);
int material_build_by_wire(const struct request_set *set, const struct material *served, int64_t now,
                           struct material **ret, struct fault *f);

#endif
