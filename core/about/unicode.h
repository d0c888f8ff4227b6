/*
 * unicode: UTF-8 decoding and character categories.
 *
 * The categories come from unicode_table.h, since C's <wctype.h> depends on the host, counts combining marks as
 * letters, and omits no-break spaces and most numbers.
 */
#ifndef CERTFS_CORE_ABOUT_UNICODE_H
#define CERTFS_CORE_ABOUT_UNICODE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

/*
 * Takes the first character off `rest`. Returns -1, and `rest` is as it was, where it does not begin with a character
 * in UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing past U+10FFFF. An empty span has none.
 */
MUST_CHECK int unicode_next(struct span *rest, uint32_t *ret);

/* True if the general category is one of L*, Z* and N*: \p{L}, \p{Z} and \p{N} of regular expressions. */
bool unicode_is_letter_separator_or_number(uint32_t code_point);

#endif
