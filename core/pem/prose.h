/*
 * prose: the text between PEM blocks, line by line: where the next block begins, and whether a line is a boundary that
 * lost something.
 *
 * A line is a boundary by its shape: dashes, BEGIN or END, a label. The same words within a line are prose, and so is
 * all that stands behind a #, a ; or two slashes, whole blocks included. A text may have lost its line breaks (blanks
 * or the characters \n stand for them), so a block may begin within a line too: what follows tells.
 */
#ifndef CERTFS_CORE_PEM_PROSE_H
#define CERTFS_CORE_PEM_PROSE_H

#include "core/base/buf.h"

enum separator {
    NO_SEPARATOR,
    LINE_FEED,
    CARRIAGE_RETURN, /* alone or before a line feed */
    ESCAPED_BREAK,   /* backslashes before n, r or a line break */
    BLANK,
    BYTE_ORDER_MARK,
};

/* The separator at the start of `text` and how long it is (1 where there is none). */
enum separator separator_at(struct span text, size_t *ret_length);

/* Whether it is a character of a body, padding among them. */
bool is_base64(unsigned char byte);

enum prose { PROSE_ONLY, PROSE_THEN_BLOCK, PROSE_BROKEN };

/*
 * What stands at the start of `text`, outside of blocks, up to -----BEGIN of the next one or to the end, and how long
 * it is. PROSE_BROKEN: there is a boundary that lost a dash, its line or its other half; the length is not set.
 * `line_end` is kept between the calls for one field, each with what the one before left: NULL at first, then the end
 * of the line that was read last.
 */
enum prose prose_read(struct span text, const unsigned char **line_end, size_t *ret_length);

#endif
