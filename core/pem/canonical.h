/*
 * canonical: whether a text has exactly the form in which pem_write writes a block. Nothing is decoded.
 */
#ifndef CERTFS_CORE_PEM_CANONICAL_H
#define CERTFS_CORE_PEM_CANONICAL_H

#include "core/base/buf.h"

/*
 * Returns the number of blocks if the text is nothing but blocks with this label as pem_write writes them, each of at
 * least one byte; else 0. Decoding such a block and writing it again gives the same text.
 */
size_t canonical_count(struct span text, const char *label);

#endif
