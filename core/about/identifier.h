/*
 * identifier: certificate identifiers, by the rules of AWS DMS.
 *
 * 1 to 255 ASCII letters, digits and hyphens; a letter first, no hyphen last, no two hyphens together. An identifier
 * is kept as it was written, but two that differ in the case of letters alone name the same certificate. A valid one
 * is also a harmless file name: it has no slash, no dot and no blank.
 */
#ifndef CERTFS_CORE_ABOUT_IDENTIFIER_H
#define CERTFS_CORE_ABOUT_IDENTIFIER_H

#include <stdbool.h>

#include "core/base/buf.h"

enum { IDENTIFIER_MAX = 255 };

/* Whether the text is an identifier. */
bool identifier_is_valid(const char *text);

/*
 * The verdict of identifier_is_valid with what is wrong in one sentence, the first flaw from the left: at which
 * position and what kind of character, never which one. Positions count from 1. Fault: wrong_type.
 */
MUST_CHECK int identifier_check(struct span text, const char *field, struct fault *f);

/* Whether both name the same certificate: equal but for the case of ASCII letters, whatever the locale. */
bool identifier_same(const char *a, const char *b);

#endif
