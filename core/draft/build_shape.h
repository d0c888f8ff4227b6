/*
 * build_shape: whether the parts of a result of judging, each in order by itself, make a set together.
 */
#ifndef CERTFS_CORE_DRAFT_BUILD_SHAPE_H
#define CERTFS_CORE_DRAFT_BUILD_SHAPE_H

#include "core/base/wire.h"
#include "core/draft/build.h"

/*
 * Refuses a result, as build_wire_read_result promises. The files are looked at and not decoded, so that a result that
 * passes can be stored and served, and is right if its judge was.
 */
void build_shape_check(struct wire_reader *reader, const struct build_result *result,
                       const struct build_served *served);

#endif
