/*
 * leaf: of several certificates of one key, the one that is served.
 */
#ifndef CERTFS_CORE_DRAFT_LEAF_H
#define CERTFS_CORE_DRAFT_LEAF_H

#include "core/draft/decode.h"
#include "core/judge/choice.h"

/*
 * Chooses among the certificates that belong to the key of `in`, where there are others of the kind (a CA, or none) of
 * its leaf: one with a good path to a CA first, then one that is trusted itself, then any; the one that lasts longest
 * among equals. It becomes the leaf; its path and what is wrong with that are returned. Faults: as choice_make,
 * too_large.
 */
MUST_CHECK int leaf_choose(struct decoded *in, const struct choice_terms *terms, struct path *ret_path,
                           struct verdict *ret, struct fault *f);

#endif
