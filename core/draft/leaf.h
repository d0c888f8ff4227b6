/*
 * leaf: of several certificates of one key, the one that is served.
 */
#ifndef CERTFS_CORE_DRAFT_LEAF_H
#define CERTFS_CORE_DRAFT_LEAF_H

#include "core/base/cleanup.h"
#include "core/draft/decode.h"
#include "core/judge/choice.h"

/*
 * Chooses among the certificates that belong to the key of `in` (of its leaf, where no key came), where there are
 * others of the kind (a CA, or none) of its leaf. In the order of the list, the first that is usable stays, unless
 * another one has the same subject and alternative names, no fewer uses and a better path (choice.h): above all one
 * that ends later. Where none is usable, the one that comes furthest. It becomes the leaf; its path and what is wrong
 * with that are returned. Faults: as choice_make, too_large.
 */
MUST_CHECK int leaf_choose(struct decoded *in, const struct choice_terms *terms, struct choice *ret, struct fault *f);

#endif
