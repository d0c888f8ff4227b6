/*
 * dms_certificate: a named set as AWS DMS's Certificate object. Public values only, never a private key.
 */
#ifndef CERTFS_CORE_SET_DMS_CERTIFICATE_H
#define CERTFS_CORE_SET_DMS_CERTIFICATE_H

#include "core/base/cleanup.h"
#include "core/json/json.h"
#include "core/set/generation.h"

/* The members of the object, into `object`; its owner is the account of the ARN. Faults: no_memory, too_large. */
MUST_CHECK int dms_certificate_fill(struct json *object, const struct generation *generation, struct fault *f);

/* The object as a text with a final newline. Faults: no_memory, too_large. */
MUST_CHECK int dms_certificate_write(const struct generation *generation, struct buf *ret, struct fault *f);

/*
 * generation_new, and for a named set its description: made once, before it is visible, so that neither its
 * size nor its bytes cost a reader anything. NULL if allocation fails.
 */
struct generation *dms_certificate_generation(uint64_t number, int64_t committed, struct material *material,
                                              struct resource *resource, const char *key_id);

/* How many bytes of PEM the object holds. */
size_t dms_certificate_size(const struct generation *generation);

#endif
