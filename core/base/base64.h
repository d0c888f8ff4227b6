/*
 * base64: bytes as text and back (RFC 4648, section 4).
 */
#ifndef CERTFS_CORE_BASE_BASE64_H
#define CERTFS_CORE_BASE_BASE64_H

#include "core/base/buf.h"

/* Appends the text of the bytes, on one line. Faults: too_large, no_memory. */
MUST_CHECK int base64_encode(struct span bytes, struct buf *ret, struct fault *f);

/*
 * Appends the bytes that a text stands for; blanks and line breaks in it do not count. Faults: malformed_pem for what
 * is not base64, or no byte; too_large, no_memory.
 */
MUST_CHECK int base64_decode(struct span text, struct buf *ret, struct fault *f);

#endif
