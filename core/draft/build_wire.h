/*
 * build_wire: the input and the output of judging a set (build.h), between two processes.
 */
#ifndef CERTFS_CORE_DRAFT_BUILD_WIRE_H
#define CERTFS_CORE_DRAFT_BUILD_WIRE_H

#include "core/base/buf.h"
#include "core/draft/build.h"
#include "core/json/frame.h"

/* Bytes: of a file, of a served set, of a result. Canonical PEM is hardly longer than what it was made of. */
enum {
    BUILD_WIRE_FILE_MAX = 2 * FRAME_DOCUMENT_MAX,
    BUILD_WIRE_SERVED_MAX = 2 * BUILD_WIRE_FILE_MAX + 4096,
    BUILD_WIRE_RESULT_MAX = BUF_MAX,
};

/* Appends. Faults: no_memory, too_large. */
MUST_CHECK int build_wire_write_served(const struct build_served *served, int64_t now, struct buf *ret,
                                       struct fault *f);
MUST_CHECK int build_wire_write_result(const struct build_result *result, struct buf *ret, struct fault *f);

/* Reads; the served files are borrowed from the bytes. Fault: judge_failed. */
MUST_CHECK int build_wire_read_served(struct span bytes, struct build_served *ret, int64_t *ret_now, struct fault *f);

/*
 * Reads a result into `ret`, all zero before; release that either way. Every text is printable and every number in its
 * range; the files have exactly the form in which certfs writes them, and are those that such a set has; files of
 * `served` are gone only where that was waived, and its key is kept only if it has one. Their content is not decoded.
 * Faults: judge_failed, no_memory.
 */
MUST_CHECK int build_wire_read_result(struct span bytes, const struct build_served *served, struct build_result *ret,
                                      struct fault *f);

#endif
