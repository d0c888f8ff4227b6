/*
 * certificate: a named set as AWS DMS's Certificate object. Public values only, never a private key.
 */
#ifndef CERTFS_CORE_CERTIFICATE_H
#define CERTFS_CORE_CERTIFICATE_H

#include "core/generation.h"
#include "core/json.h"

/* The members of the object, into `object`; `owner` is the account. Faults: no_memory, too_large. */
MUST_CHECK int certificate_fill(struct json *object, const struct generation *generation, const char *owner,
                                struct fault *f);

/* The object as a text with a final newline. Faults: no_memory, too_large. */
MUST_CHECK int certificate_write(const struct generation *generation, const char *owner, struct buf *ret,
                                 struct fault *f);

/* How many bytes of PEM the object holds. */
size_t certificate_size(const struct generation *generation);

#endif
