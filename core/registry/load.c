#include "core/registry/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/about/identifier.h"
#include "core/about/tags.h"
#include "core/base/buf.h"
#include "core/set/dms_certificate.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "core/set/resource.h"
#include "core/store/dir_store.h"
#include "core/store/kek.h"
#include "core/store/mark.h"
#include "core/store/record.h"
#include "core/store/record_read.h"

/*
 * Numbers in records are kept up to the mark or to this one, whichever is higher: far more than will ever be given.
 * A record with a higher number gets a new one.
 */
#define PLAUSIBLE (UINT64_C(1) << 48)

/*
 * Without a mark, the numbers of records that do not open are not known. An older certfs leaves a store so, or with a
 * number that only removals raised. It counted changes from 1 and never came this far.
 */
enum { LEAP = 1000000 };

/* A generation from disk, before the registry has it. */
struct loaded {
    STAILQ_ENTRY(loaded) next;
    struct generation *generation;
    struct material *previous;
    struct tags *tags;
    bool is_whole; /* all that the record holds is here, so it can be written again */
};

STAILQ_HEAD(loaded_list, loaded);

struct loading {
    struct registry *registry;
    struct store *store;
    struct moment now;
    load_judge *judge;
    load_report *report;
    void *context;
    struct fault *fault;
    uint64_t highest;           /* number that is taken from a record */
    bool unopened;              /* a record did not open, so its number is not known */
    struct loaded_list renewed; /* those that need a new number, which is known when all are read */
};

static void load_loaded_freep(struct loaded **loaded)
{
    struct loaded *l = *loaded;
    if (l == NULL)
        return;
    generation_unref(l->generation);
    material_unref(l->previous);
    tags_unref(l->tags);
    free(l);
}

static void load_loading_done(struct loading *l)
{
    struct loaded *loaded;
    while ((loaded = STAILQ_FIRST(&l->renewed)) != NULL) {
        STAILQ_REMOVE_HEAD(&l->renewed, next);
        load_loaded_freep(&loaded);
    }
}

static void load_report_set(const struct loading *l, const char *identifier, const char *what, const struct fault *why)
{
    char sentence[FAULT_MESSAGE_SIZE + IDENTIFIER_MAX + 128];
    snprintf(sentence, sizeof(sentence), "the %s%s %s: %s", identifier[0] == '\0' ? "root set" : "set ", identifier,
             what, why->message);
    char name[DIR_STORE_NAME_SIZE];
    store_name(identifier, name);
    l->report(l->context, name, sentence);
}

/* A record of an older certfs holds no result of judging. */
static int load_material(const struct loading *l, const struct store_opened *opened, bool previous,
                         struct material **ret, struct fault *f)
{
    if (record_material(previous ? &opened->record.previous : &opened->record.set, ret, f) != 0)
        return -1;
    return *ret != NULL ? 0 : l->judge(buf_span(&opened->text), previous, l->now.wall, ret, f);
}

/* The current set is served even if its previous one can no longer be restored. */
static struct material *load_previous(const struct loading *l, const char *identifier,
                                      const struct store_opened *opened)
{
    struct material *material = NULL;
    struct fault f = {.reason = REASON_NONE};
    if (!record_has_previous(&opened->record) || load_material(l, opened, true, &material, &f) == 0)
        return material;
    load_report_set(l, identifier, "cannot be restored to its previous state", &f);
    return NULL;
}

static struct resource *load_resource(const struct record_text *record)
{
    char identifier[IDENTIFIER_MAX + 1], arn[RESOURCE_ARN_SIZE];
    buf_copy_text(&record->identifier, identifier, sizeof(identifier));
    buf_copy_text(&record->arn, arn, sizeof(arn));
    /* The root set has number 0, and no other set has. */
    uint64_t set = identifier[0] == '\0' ? 0 : record->number == 0 ? record->generation : record->number;
    uint64_t created = record->created;
    return resource_new(identifier, set, arn, created > RESOURCE_CREATED_MAX ? RESOURCE_CREATED_MAX : (int64_t)created);
}

static struct loaded *load_loaded_new(const struct loading *l, const struct store_opened *opened,
                                      struct material *current)
{
    const struct record_text *record = &opened->record;
    CLEANUP(resource_unrefp) struct resource *resource = load_resource(record);
    CLEANUP(load_loaded_freep) struct loaded *loaded = calloc(1, sizeof(*loaded));
    if (resource == NULL || loaded == NULL)
        return NULL;
    loaded->generation =
        dms_certificate_generation(record->generation, (int64_t)record->committed, current, resource, opened->key_id);
    loaded->previous = load_previous(l, resource->identifier, opened);
    loaded->is_whole = loaded->previous != NULL || !record_has_previous(record);
    return loaded->generation == NULL ? NULL : TAKE(loaded);
}

/* Whether a record may keep its numbers: only a name may collide. 0 is no generation's. */
static bool load_keeps_numbers(const struct loading *l, const struct generation *generation)
{
    uint64_t number = generation->number, set = generation->resource->set;
    return number != 0 && number <= l->highest && set <= l->highest && !registry_has_numbers(l->registry, number, set);
}

static int load_record(struct loading *l, const struct store_opened *opened, struct fault *f)
{
    CLEANUP(material_unrefp) struct material *current = NULL;
    CLEANUP(tags_unrefp) struct tags *tags = NULL;
    if (load_material(l, opened, false, &current, f) != 0 || record_tags(&opened->record, &tags, f) != 0)
        return -1;
    CLEANUP(load_loaded_freep) struct loaded *loaded = load_loaded_new(l, opened, current);
    if (loaded == NULL)
        return fault_no_memory(f);
    loaded->tags = TAKE(tags);
    if (load_keeps_numbers(l, loaded->generation))
        return registry_adopt(l->registry, loaded->generation, loaded->previous, loaded->tags, f);
    struct loaded *renewed = TAKE(loaded);
    STAILQ_INSERT_TAIL(&l->renewed, renewed, next);
    return 0;
}

/* A number of a record that is not served is given all the same. */
static void load_count_numbers(struct loading *l, const struct record_text *record)
{
    if (record->generation <= l->highest)
        registry_skip(l->registry, record->generation);
    if (record->number <= l->highest)
        registry_skip(l->registry, record->number);
}

/* The remedy depends on whether the key is missing, and names it if the fault has no space for its identifier. */
static void load_report_record(const struct loading *l, const char *name, const char *key_id, const struct fault *why)
{
    char sentence[FAULT_MESSAGE_SIZE + KEK_ID_MAX + 256];
    bool missing = why->reason == REASON_KEY_NOT_ACCESSIBLE;
    bool named = !missing || strstr(why->message, key_id) != NULL;
    snprintf(sentence, sizeof(sentence),
             "record %s is not served: %s; put %s%s%s back and restart, or import its set again (the name is the "
             "SHA-256 of its identifier in lower case: printf %%s id | sha256sum)",
             name, why->message, missing ? "its key" : "the key that sealed it or a good copy", named ? "" : " ",
             named ? "" : key_id);
    l->report(l->context, name, sentence);
}

static int load_visit_record(void *context, const char *name, const struct store_opened *opened,
                             const struct fault *fault)
{
    struct loading *l = context;
    struct fault f = {.reason = REASON_NONE};
    if (fault != NULL) {
        f = *fault;
        l->unopened = true;
    } else {
        load_count_numbers(l, &opened->record);
        if (load_record(l, opened, &f) == 0)
            return 0;
    }
    if (f.reason == REASON_NO_MEMORY || store_is_root(name)) {
        *l->fault = f;
        return f.reason == REASON_NO_MEMORY ? -1 : fault_at(l->fault, name);
    }
    load_report_record(l, name, opened->key_id, &f);
    return 0;
}

/* ---- new numbers, when all given ones are known ---- */

/* Under the next number; the set keeps its own unless another set has it. */
static struct generation *load_renumber(const struct loading *l, const struct generation *old)
{
    const struct resource *resource = old->resource;
    uint64_t number = registry_number(l->registry) + 1, set = resource->set;
    bool named = resource->identifier[0] != '\0';
    if (named && (set == 0 || set > l->highest || registry_has_numbers(l->registry, number, set)))
        set = number;
    CLEANUP(resource_unrefp)
    struct resource *renumbered = resource_new(resource->identifier, set, resource->arn, resource->created);
    return renumbered == NULL
               ? NULL
               : dms_certificate_generation(number, old->committed, old->material, renumbered, old->key_id);
}

/* Served also where that cannot be written: then the next start gives it another number again. */
static void load_write_again(const struct loading *l, const struct loaded *loaded)
{
    const struct generation *generation = loaded->generation;
    const struct record record = {.generation = generation, .previous = loaded->previous, .tags = loaded->tags};
    struct fault f = {.reason = REASON_NONE};
    if (loaded->is_whole && store_put(l->store, &record, 0, &f) != 0)
        load_report_set(l, generation->resource->identifier, "has a new number that cannot be stored", &f);
}

static int load_renew(const struct loading *l, struct loaded *loaded, struct fault *f)
{
    struct generation *renumbered = load_renumber(l, loaded->generation);
    if (renumbered == NULL)
        return fault_no_memory(f);
    generation_unref(loaded->generation);
    loaded->generation = renumbered;
    if (registry_adopt(l->registry, renumbered, loaded->previous, loaded->tags, f) == 0)
        load_write_again(l, loaded);
    else if (f->reason == REASON_NO_MEMORY)
        return -1;
    else
        load_report_set(l, renumbered->resource->identifier, "is not served", f);
    return 0;
}

static int load_renew_all(struct loading *l, struct fault *f)
{
    struct loaded *loaded;
    STAILQ_FOREACH(loaded, &l->renewed, next)
    if (load_renew(l, loaded, f) != 0)
        return -1;
    return 0;
}

/* Whether numbers may have been given that are in neither the mark nor a record. */
static bool load_misses_numbers(const struct loading *l, const struct mark *mark)
{
    if (mark->number == 0)
        return l->unopened || mark->unreadable;
    return l->unopened && (mark->is_old || mark->unreadable);
}

/* Best effort: a store that cannot be written is reported at the next change, which also raises the mark. */
static void load_mark_numbers(const struct loading *l, const struct mark *mark)
{
    struct fault ignored = {.reason = REASON_NONE};
    registry_skip(l->registry, mark->number);
    if (load_misses_numbers(l, mark))
        registry_skip(l->registry, registry_number(l->registry) + LEAP);
    (void)!store_raise_mark(l->store, registry_number(l->registry), &ignored);
    char sentence[FAULT_MESSAGE_SIZE + MARK_NAME_SIZE];
    snprintf(sentence, sizeof(sentence),
             "a file %s in STORE holds no number; numbers go on from %" PRIu64 ", remove it",
             mark->name[0] == '\0' ? "generation.*" : mark->name, registry_number(l->registry));
    if (mark->unreadable)
        l->report(l->context, mark->name, sentence);
}

int registry_load(struct registry *registry, struct store *store, struct moment now, load_judge *judge,
                  load_report *report, void *context, struct fault *f)
{
    const struct mark mark = store_mark(store);
    CLEANUP(load_loading_done)
    struct loading loading = {.registry = registry,
                              .store = store,
                              .now = now,
                              .judge = judge,
                              .report = report,
                              .context = context,
                              .fault = f,
                              .highest = mark.number > PLAUSIBLE ? mark.number : PLAUSIBLE,
                              .renewed = STAILQ_HEAD_INITIALIZER(loading.renewed)};
    if (store_each(store, load_visit_record, &loading, f) != 0)
        return -1;
    load_mark_numbers(&loading, &mark);
    if (load_renew_all(&loading, f) != 0)
        return -1;
    registry_attach(registry, store);
    return 0;
}
