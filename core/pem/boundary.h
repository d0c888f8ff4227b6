/*
 * boundary: decides by its shape whether a line outside of blocks is prose, or what is left of a block.
 */
#ifndef CERTFS_CORE_PEM_BOUNDARY_H
#define CERTFS_CORE_PEM_BOUNDARY_H

#include "core/base/buf.h"

enum damage {
    DAMAGE_NONE,
    DAMAGE_BOUNDARY, /* a BEGIN or END line lost a dash, its line or its other half */
    DAMAGE_DRESS,    /* the lines of a block have something else than blanks around them */
    DAMAGE_BARE,     /* base64 without a BEGIN line */
};

/* Decides what `line` is; `after` is the text that follows it. The cost is that of this line and the next. */
enum damage boundary_damage(struct span line, struct span after);

/* True if the line has dashes that are not hyphens. */
bool boundary_has_other_dashes(struct span line);

/* True if a line that starts with -----BEGIN and a blank is a heading, since neither a label nor base64 follows. */
bool boundary_is_heading(struct span line, struct span after);

#endif
