/*
 * load_retired: serves generations that another process had replaced, under their numbers, as it did. Behind
 * registry_load, and before there is a second thread. One that does not open is not served.
 */
#ifndef CERTFS_CORE_REGISTRY_LOAD_RETIRED_H
#define CERTFS_CORE_REGISTRY_LOAD_RETIRED_H

#include "core/registry/registry.h"

enum { LOAD_RETIRED_MAX = 64 };

/* Those that were replaced less than REGISTRY_RETIRED_SECONDS ago; the newest LOAD_RETIRED_MAX of them. */
void registry_load_retired(struct registry *registry, struct moment now);

/*
 * A reference of the generation of this number, as registry_find; if that has none it is loaded, however long ago it
 * was replaced: from then on it is found, but not listed, until registry_expire lets it go. NULL: it is not kept.
 */
struct generation *registry_revive(struct registry *registry, uint64_t number);

#endif
