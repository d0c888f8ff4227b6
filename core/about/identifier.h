/*
 * identifier: certificate identifiers, by the rules of AWS DMS.
 *
 * 1 to 255 ASCII letters, digits and hyphens; a letter first, no hyphen last, no two hyphens in a row. The spelling is
 * kept, but identifiers that differ in case only name the same certificate. A valid identifier is a safe file name: it
 * has no slash, dot or blank.
 */
#ifndef CERTFS_CORE_ABOUT_IDENTIFIER_H
#define CERTFS_CORE_ABOUT_IDENTIFIER_H

#include <stdbool.h>

#include "core/base/buf.h"

enum { IDENTIFIER_MAX = 255 };

/* True if the text is a valid identifier. */
bool identifier_is_valid(const char *text);

/*
 * The same check with a message about the first flaw: the position, from 1, and the kind of character, never the
 * character itself. Fault: wrong_type.
 */
MUST_CHECK int identifier_check(struct span text, const char *field, struct fault *f);

/* True if both name the same certificate: equal except for the case of ASCII letters, in any locale. */
bool identifier_same(const char *a, const char *b);

#endif
