#include "core/vault/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "core/about/identifier.h"
#include "core/draft/restore.h"
#include "core/set/certificate.h"

/*
 * A number in a record is taken up to the mark or this one, whichever is higher: below both there is room for more
 * numbers than will ever be given. What is beyond gets a new number.
 */
#define PLAUSIBLE (UINT64_C(1) << 48)

/*
 * Without a mark, the numbers of records that do not open are not known. An older certfs leaves a store so, or with a
 * number that only removals raised. It counted changes from 1, so this many further on nobody has been.
 */
enum { LEAP = 1000000 };

/* A generation from disk, before the vault has it. */
struct loaded {
    STAILQ_ENTRY(loaded) next;
    struct generation *generation;
    struct material *previous;
    struct tags *tags;
    bool is_whole; /* all that the record holds is here, so it can be written again */
};

STAILQ_HEAD(loaded_list, loaded);

struct loading {
    struct vault *vault;
    struct archive *archive;
    struct moment now;
    load_report *report;
    void *context;
    struct fault *fault;
    uint64_t highest;           /* number that is taken from a record */
    bool unopened;              /* a record did not open, so its number is not known */
    struct loaded_list renewed; /* those that need a new number, which is known when all are read */
};

static void loaded_freep(struct loaded **loaded)
{
    struct loaded *l = *loaded;
    if (l == NULL)
        return;
    generation_unref(l->generation);
    material_unref(l->previous);
    tags_unref(l->tags);
    free(l);
}

static void loading_done(struct loading *l)
{
    struct loaded *loaded;
    while ((loaded = STAILQ_FIRST(&l->renewed)) != NULL) {
        STAILQ_REMOVE_HEAD(&l->renewed, next);
        loaded_freep(&loaded);
    }
}

static void report_set(const struct loading *l, const char *identifier, const char *what, const struct fault *why)
{
    char sentence[FAULT_MESSAGE_SIZE + 128];
    snprintf(sentence, sizeof(sentence), "the %s%.40s %s: %s", identifier[0] == '\0' ? "root set" : "set ", identifier,
             what, why->message);
    char name[STORE_NAME_SIZE];
    archive_name(identifier, name);
    l->report(l->context, name, sentence);
}

/* A previous set that cannot be used any more is no reason to do without the current one. */
static struct material *restore_previous(const struct loading *l, const char *identifier, const struct request *record)
{
    struct material *material = NULL;
    struct fault f = {.reason = REASON_NONE};
    if (!record_has_previous(record) ||
        restore_set(&record->record.previous, &record->record.previous_found, l->now.wall, &material, &f) == 0)
        return material;
    report_set(l, identifier, "cannot be restored to its previous state", &f);
    return NULL;
}

static struct resource *read_resource(const struct request *record)
{
    char identifier[IDENTIFIER_MAX + 1], arn[RESOURCE_ARN_SIZE];
    buf_copy_text(&record->identifier, identifier, sizeof(identifier));
    buf_copy_text(&record->record.arn, arn, sizeof(arn));
    /* The root set has number 0, and nobody else has. */
    uint64_t set = identifier[0] == '\0' ? 0 : record->record.set == 0 ? record->record.generation : record->record.set;
    uint64_t created = record->record.created;
    return resource_new(identifier, set, arn, created > RESOURCE_CREATED_MAX ? RESOURCE_CREATED_MAX : (int64_t)created);
}

static struct loaded *loaded_new(const struct loading *l, const struct request *record, const char *key_id,
                                 struct material *current)
{
    CLEANUP(resource_unrefp) struct resource *resource = read_resource(record);
    CLEANUP(loaded_freep) struct loaded *loaded = calloc(1, sizeof(*loaded));
    if (resource == NULL || loaded == NULL)
        return NULL;
    const struct request_record *part = &record->record;
    loaded->generation = certificate_generation(part->generation, (int64_t)part->committed, current, resource, key_id);
    loaded->previous = restore_previous(l, resource->identifier, record);
    loaded->is_whole = loaded->previous != NULL || !record_has_previous(record);
    return loaded->generation == NULL ? NULL : TAKE(loaded);
}

/* Whether a record may keep its numbers: only a name may collide. 0 is no generation's. */
static bool keeps_numbers(const struct loading *l, const struct generation *generation)
{
    uint64_t number = generation->number, set = generation->resource->set;
    return number != 0 && number <= l->highest && set <= l->highest && !vault_has_numbers(l->vault, number, set);
}

static int load_record(struct loading *l, const struct request *record, const char *key_id, struct fault *f)
{
    CLEANUP(material_unrefp) struct material *current = NULL;
    CLEANUP(tags_unrefp) struct tags *tags = NULL;
    if (restore_set(&record->set, &record->record.found, l->now.wall, &current, f) != 0 ||
        request_read_tags(record, NULL, &tags, f) != 0)
        return -1;
    CLEANUP(loaded_freep) struct loaded *loaded = loaded_new(l, record, key_id, current);
    if (loaded == NULL)
        return fault_no_memory(f);
    loaded->tags = TAKE(tags);
    if (keeps_numbers(l, loaded->generation))
        return vault_adopt(l->vault, loaded->generation, loaded->previous, loaded->tags, f);
    struct loaded *renewed = TAKE(loaded);
    STAILQ_INSERT_TAIL(&l->renewed, renewed, next);
    return 0;
}

/* A number of a record that is not served is given all the same. */
static void count_numbers(struct loading *l, const struct request *record)
{
    if (record->record.generation <= l->highest)
        vault_skip(l->vault, record->record.generation);
    if (record->record.set <= l->highest)
        vault_skip(l->vault, record->record.set);
}

/* What to do depends on whether its key is there. */
static void report_record(const struct loading *l, const char *name, const struct fault *why)
{
    char sentence[FAULT_MESSAGE_SIZE + 256];
    bool missing = why->reason == REASON_KEY_NOT_ACCESSIBLE;
    snprintf(sentence, sizeof(sentence),
             "record %s is not served: %s; put %s back and restart, or import its set again (the name is the SHA-256 "
             "of its identifier in lower case: printf %%s id | sha256sum)",
             name, why->message, missing ? "its key" : "the key that sealed it or a good copy");
    l->report(l->context, name, sentence);
}

static int visit_record(void *context, const char *name, struct request *record, const char *key_id,
                        const struct fault *fault)
{
    struct loading *l = context;
    struct fault f = {.reason = REASON_NONE};
    if (fault != NULL) {
        f = *fault;
        l->unopened = true;
    } else {
        count_numbers(l, record);
        if (load_record(l, record, key_id, &f) == 0)
            return 0;
    }
    if (f.reason == REASON_NO_MEMORY || archive_is_root(name)) {
        *l->fault = f;
        return f.reason == REASON_NO_MEMORY ? -1 : fault_at(l->fault, name);
    }
    report_record(l, name, &f);
    return 0;
}

/* ---- new numbers, when all given ones are known ---- */

/* Under the next number; the set keeps its own if nobody else has it. */
static struct generation *renumber(const struct loading *l, const struct generation *old)
{
    const struct resource *resource = old->resource;
    uint64_t number = vault_number(l->vault) + 1, set = resource->set;
    bool named = resource->identifier[0] != '\0';
    if (named && (set == 0 || set > l->highest || vault_has_numbers(l->vault, number, set)))
        set = number;
    CLEANUP(resource_unrefp)
    struct resource *renumbered = resource_new(resource->identifier, set, resource->arn, resource->created);
    return renumbered == NULL ? NULL
                              : certificate_generation(number, old->committed, old->material, renumbered, old->key_id);
}

/* Served also where that cannot be written: then the next start gives it another number again. */
static void write_again(const struct loading *l, const struct loaded *loaded)
{
    const struct generation *generation = loaded->generation;
    const struct record record = {.generation = generation, .previous = loaded->previous, .tags = loaded->tags};
    struct fault f = {.reason = REASON_NONE};
    if (loaded->is_whole && archive_put(l->archive, &record, 0, &f) != 0)
        report_set(l, generation->resource->identifier, "has a new number that cannot be stored", &f);
}

static int renew(const struct loading *l, struct loaded *loaded, struct fault *f)
{
    struct generation *renumbered = renumber(l, loaded->generation);
    if (renumbered == NULL)
        return fault_no_memory(f);
    generation_unref(loaded->generation);
    loaded->generation = renumbered;
    if (vault_adopt(l->vault, renumbered, loaded->previous, loaded->tags, f) == 0)
        write_again(l, loaded);
    else if (f->reason == REASON_NO_MEMORY)
        return -1;
    else
        report_set(l, renumbered->resource->identifier, "is not served", f);
    return 0;
}

static int renew_all(struct loading *l, struct fault *f)
{
    struct loaded *loaded;
    STAILQ_FOREACH(loaded, &l->renewed, next)
    if (renew(l, loaded, f) != 0)
        return -1;
    return 0;
}

/* Whether numbers may have been given that neither the mark nor a record tells. */
static bool misses_numbers(const struct loading *l, const struct mark *mark)
{
    if (mark->number == 0)
        return l->unopened || mark->unreadable;
    return l->unopened && (mark->is_old || mark->unreadable);
}

/* A store that cannot be written is reported by whoever writes; its numbers are in the mark from the next change on. */
static void mark_numbers(const struct loading *l, const struct mark *mark)
{
    struct fault ignored = {.reason = REASON_NONE};
    vault_skip(l->vault, mark->number);
    if (misses_numbers(l, mark))
        vault_skip(l->vault, vault_number(l->vault) + LEAP);
    (void)!archive_raise_mark(l->archive, vault_number(l->vault), &ignored);
    char sentence[FAULT_MESSAGE_SIZE + MARK_NAME_SIZE];
    snprintf(sentence, sizeof(sentence),
             "a file %s in STORE holds no number; numbers go on from %" PRIu64 ", remove it",
             mark->name[0] == '\0' ? "generation.*" : mark->name, vault_number(l->vault));
    if (mark->unreadable)
        l->report(l->context, mark->name, sentence);
}

int load_vault(struct vault *vault, struct archive *archive, struct moment now, load_report *report, void *context,
               struct fault *f)
{
    const struct mark mark = archive_mark(archive);
    CLEANUP(loading_done)
    struct loading loading = {.vault = vault,
                              .archive = archive,
                              .now = now,
                              .report = report,
                              .context = context,
                              .fault = f,
                              .highest = mark.number > PLAUSIBLE ? mark.number : PLAUSIBLE,
                              .renewed = STAILQ_HEAD_INITIALIZER(loading.renewed)};
    if (archive_each(archive, visit_record, &loading, f) != 0)
        return -1;
    mark_numbers(&loading, &mark);
    if (renew_all(&loading, f) != 0)
        return -1;
    vault_attach(vault, archive);
    return 0;
}
