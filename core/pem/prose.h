/*
 * prose: reads the text between PEM blocks line by line, to find the next block and what is left of damaged ones.
 *
 * Everything after #, ; or two slashes is prose, including whole blocks; for other lines boundary.h decides. A text may
 * have lost its line breaks (blanks or the characters \n replace them), so a block may also begin inside a line if a
 * body follows.
 */
#ifndef CERTFS_CORE_PEM_PROSE_H
#define CERTFS_CORE_PEM_PROSE_H

#include "core/base/buf.h"
#include "core/pem/boundary.h"

/*
 * Reads the text outside of blocks at the start of `text`, up to -----BEGIN of the next block or the end, and returns
 * its length. If there is damage, the length is that of the text before its line.
 * `line_end` caches the end of the last line: set it to NULL for the first call for a field and pass it on to the next.
 */
enum damage prose_read(struct span text, const unsigned char **line_end, size_t *ret_length);

#endif
