#include "core/load.h"

#include <stdio.h>
#include <string.h>

#include "core/certificate.h"
#include "core/identifier.h"

struct loading {
    struct vault *vault;
    struct moment now;
    load_report *report;
    void *context;
    struct fault *fault;
};

/* A previous set that cannot be used any more is no reason to do without the current one. */
static struct material *restore_previous(const struct loading *l, const struct request *record)
{
    struct material *material = NULL;
    struct fault f = {.reason = REASON_NONE};
    if (!record_has_previous(record) || material_restore(&record->record.previous, l->now.wall, &material, &f) == 0)
        return material;
    char sentence[FAULT_MESSAGE_SIZE + 64];
    snprintf(sentence, sizeof(sentence), "a previous set cannot be restored any more: %s", f.message);
    l->report(l->context, sentence);
    return NULL;
}

static struct resource *read_resource(const struct request *record)
{
    char identifier[IDENTIFIER_MAX + 1], arn[RESOURCE_ARN_SIZE];
    buf_copy_text(&record->identifier, identifier, sizeof(identifier));
    buf_copy_text(&record->record.arn, arn, sizeof(arn));
    /* The root set has number 0, and nobody else has. */
    uint64_t set = identifier[0] == '\0' ? 0 : record->record.set == 0 ? record->record.generation : record->record.set;
    return resource_new(identifier, set, arn, (int64_t)record->record.created);
}

static int adopt(const struct loading *l, const struct request *record, const char *key_id, struct material *current,
                 struct fault *f)
{
    CLEANUP(tags_unrefp) struct tags *tags = NULL;
    if (request_read_tags(record, NULL, &tags, f) != 0)
        return -1;
    CLEANUP(material_unrefp) struct material *previous = restore_previous(l, record);
    CLEANUP(resource_unrefp) struct resource *resource = read_resource(record);
    CLEANUP(generation_unrefp)
    struct generation *generation =
        resource == NULL ? NULL
                         : certificate_generation(record->record.generation, (int64_t)record->record.committed, current,
                                                  resource, key_id);
    return generation == NULL ? fault_no_memory(f) : vault_adopt(l->vault, generation, previous, tags, f);
}

static int load_record(const struct loading *l, const struct request *record, const char *key_id, struct fault *f)
{
    CLEANUP(material_unrefp) struct material *current = NULL;
    if (material_restore(&record->set, l->now.wall, &current, f) != 0)
        return -1;
    return adopt(l, record, key_id, current, f);
}

static bool is_fatal(const char *name, const struct fault *fault)
{
    char root[STORE_NAME_SIZE];
    store_name("", root);
    return fault->reason == REASON_NO_MEMORY || (fault->reason == REASON_KEY_NOT_ACCESSIBLE && strcmp(name, root) == 0);
}

static int visit_record(void *context, const char *name, struct request *record, const char *key_id,
                        const struct fault *fault)
{
    const struct loading *l = context;
    struct fault f = {.reason = REASON_NONE};
    if (fault != NULL)
        f = *fault;
    else if (load_record(l, record, key_id, &f) == 0)
        return 0;
    if (is_fatal(name, &f)) {
        *l->fault = f;
        return -1;
    }
    char sentence[FAULT_MESSAGE_SIZE + 64];
    snprintf(sentence, sizeof(sentence), "record %.12s... is not served: %s", name, f.message);
    l->report(l->context, sentence);
    return 0;
}

int load_vault(struct vault *vault, struct archive *archive, struct moment now, load_report *report, void *context,
               struct fault *f)
{
    struct loading loading = {.vault = vault, .now = now, .report = report, .context = context, .fault = f};
    uint64_t mark;
    if (archive_each(archive, visit_record, &loading, f) != 0 || archive_mark(archive, &mark, f) != 0)
        return -1;
    vault_attach(vault, archive, mark);
    return 0;
}
