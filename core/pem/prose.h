/*
 * prose: reads the text between PEM blocks line by line, to find the next block and damaged boundaries.
 *
 * A line is a boundary by its shape: dashes, BEGIN or END, a label. The same words inside a line are prose, and so is
 * everything after #, ; or two slashes, including whole blocks. A text may have lost its line breaks (blanks or the
 * characters \n replace them), so a block may also begin inside a line if a body follows.
 */
#ifndef CERTFS_CORE_PEM_PROSE_H
#define CERTFS_CORE_PEM_PROSE_H

#include "core/base/buf.h"

enum separator {
    NO_SEPARATOR,
    LINE_FEED,
    CARRIAGE_RETURN, /* alone or followed by a line feed */
    ESCAPED_BREAK,   /* backslashes followed by n, r or a line break */
    BLANK,
    BYTE_ORDER_MARK,
};

/* Returns the separator at the start of `text` and its length (1 if there is none). */
enum separator separator_at(struct span text, size_t *ret_length);

/* True for a base64 character, including padding. */
bool is_base64(unsigned char byte);

enum prose { PROSE_ONLY, PROSE_THEN_BLOCK, PROSE_BROKEN };

/*
 * Classifies the text outside of blocks at the start of `text`, up to -----BEGIN of the next block or the end, and
 * returns its length. PROSE_BROKEN: a boundary lost a dash, its line or its other half; the length is not set.
 * `line_end` caches the end of the last line: set it to NULL for the first call for a field and pass it on to the next.
 */
enum prose prose_read(struct span text, const unsigned char **line_end, size_t *ret_length);

#endif
