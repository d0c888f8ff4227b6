/*
 * request_wire: a request that another process has parsed.
 *
 * It has all that executing it needs, and nothing of its sets but what they accept: no certificate and no key.
 */
#ifndef CERTFS_CORE_REQUEST_REQUEST_WIRE_H
#define CERTFS_CORE_REQUEST_REQUEST_WIRE_H

#include "core/base/buf.h"
#include "core/json/frame.h"
#include "core/request/request.h"

enum { REQUEST_WIRE_MAX = FRAME_DOCUMENT_MAX + 65536 }; /* bytes, of a request or of a refusal */

/* Appends a request that request_parse returned. Faults: no_memory, too_large. */
MUST_CHECK int request_wire_write(const struct request *request, struct buf *ret, struct fault *f);

/*
 * Reads it into `ret`, all zero before; release that either way. Each member is one that request_parse can return, in
 * number, length and characters, and the action takes it. On -1 the action is ACTION_NONE. Faults: judge_failed,
 * no_memory.
 */
MUST_CHECK int request_wire_read(struct span bytes, struct request *ret, struct fault *f);

/* The fault of request_parse, and the action as far as it was understood. Faults: no_memory, too_large. */
MUST_CHECK int request_wire_write_refusal(enum action action, const struct fault *fault, struct buf *ret,
                                          struct fault *f);

/* Fills `f` with the fault that was written, or judge_failed. Returns -1. */
int request_wire_read_refusal(struct span bytes, enum action *ret, struct fault *f);

#endif
