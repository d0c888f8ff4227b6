/*
 * damage: the sentences for what is left of a block outside of blocks.
 */
#ifndef CERTFS_CORE_PEM_DAMAGE_H
#define CERTFS_CORE_PEM_DAMAGE_H

#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/pem/boundary.h"

struct damage_place {
    const char *field; /* lives for ever */
    size_t block;      /* the number of the next one */
};

/* Sets malformed_pem for the damage in the line at `offset` of a field's text; returns -1. */
int damage_refuse(enum damage damage, struct span text, size_t offset, const struct damage_place *place,
                  struct fault *f);

#endif
