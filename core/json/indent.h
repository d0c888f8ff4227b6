/*
 * indent: formats compact JSON for reading: one member or element per line, two blanks per level.
 */
#ifndef CERTFS_CORE_JSON_INDENT_H
#define CERTFS_CORE_JSON_INDENT_H

#include "core/base/buf.h"

/*
 * Appends a valid document, as json_write makes it, to `ret`; empty objects and lists stay on one line. Faults:
 * no_memory, too_large.
 */
MUST_CHECK int indent_json(struct span compact, struct buf *ret, struct fault *f);

#endif
