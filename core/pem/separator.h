/*
 * separator: what stands between the lines of PEM: line breaks, blanks, and the characters \n or \t that one escape too
 * many leaves.
 */
#ifndef CERTFS_CORE_PEM_SEPARATOR_H
#define CERTFS_CORE_PEM_SEPARATOR_H

#include "core/base/buf.h"

enum separator {
    NO_SEPARATOR,
    LINE_FEED,
    CARRIAGE_RETURN, /* alone or followed by a line feed */
    ESCAPED_BREAK,   /* backslashes followed by n, r or a line break */
    BLANK,           /* or backslashes followed by t */
    BYTE_ORDER_MARK,
};

/* Returns the separator at the start of `text` and its length (1 if there is none). */
enum separator separator_at(struct span text, size_t *ret_length);

/* Skips blanks and byte order marks. */
struct span separator_skip_blanks(struct span text);

/* Skips separators of every kind. */
struct span separator_skip(struct span text);

/* Returns the first line, without its break. */
struct span separator_line(struct span text);

/* Returns the number of lines that begin in the text after its first one. */
size_t separator_count_lines(struct span text);

#endif
