/*
 * base64: encodes and decodes base64 (RFC 4648, section 4).
 */
#ifndef CERTFS_CORE_BASE_BASE64_H
#define CERTFS_CORE_BASE_BASE64_H

#include "core/base/buf.h"

/* Appends the encoded bytes, on one line. Faults: too_large, no_memory. */
MUST_CHECK int base64_encode(struct span bytes, struct buf *ret, struct fault *f);

/*
 * Appends the decoded bytes, ignoring blanks and line breaks. Faults: malformed_pem (not base64, or no bytes),
 * too_large, no_memory.
 */
MUST_CHECK int base64_decode(struct span text, struct buf *ret, struct fault *f);

#endif
