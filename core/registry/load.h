/*
 * load: serves what the store holds.
 */
#ifndef CERTFS_CORE_REGISTRY_LOAD_H
#define CERTFS_CORE_REGISTRY_LOAD_H

#include "core/base/buf.h"
#include "core/registry/registry.h"
#include "core/store/store.h"

/*
 * Judges a set of a record anew, or its previous one: `record` is the record's text. For records without the
 * results of judging (restore.h). Faults: its own.
 */
typedef int load_judge(struct span record, bool previous, int64_t now, struct material **ret, struct fault *f);

/*
 * Called with one sentence, and the name of the file in the store that it is about: once another one stands there, or
 * none, the sentence no longer holds. "" if it is about no file.
 */
typedef void load_report(void *context, const char *name, const char *sentence);

/*
 * Fills an empty registry from the store, which is the registry's from then on; on -1 it is still the caller's.
 * A record that authenticates and parses is served, whatever policy refuses today. One that does not open stays
 * in its file, is reported and never stops the others; but a root set that does not open, for whatever reason, fails
 * the whole: mysqld must not start without its files because of a key that was not mounted yet or is another one. The
 * path of such a fault begins with the name of the record's file.
 * Faults: any of kek_load, seal_open, record_parse and the judge; store_failed, no_memory.
 */
MUST_CHECK int registry_load(struct registry *registry, struct store *store, struct moment now, load_judge *judge,
                             load_report *report, void *context, struct fault *f);

#endif
