/*
 * unlike: what a text is that should be PEM and has no block, as far as its shape tells.
 */
#ifndef CERTFS_CORE_PEM_UNLIKE_H
#define CERTFS_CORE_PEM_UNLIKE_H

#include "core/base/buf.h"

/* The end of the sentence "... is not PEM: "; lives for ever. */
const char *unlike_pem(struct span text);

#endif
