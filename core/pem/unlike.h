/*
 * unlike: describes a text without PEM blocks by its shape.
 */
#ifndef CERTFS_CORE_PEM_UNLIKE_H
#define CERTFS_CORE_PEM_UNLIKE_H

#include "core/base/buf.h"

/* Returns the end of the sentence "... is not PEM: "; never freed. */
const char *unlike_pem(struct span text);

#endif
