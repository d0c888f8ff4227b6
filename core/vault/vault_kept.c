#include "core/vault/vault_kept.h"

#include <string.h>

#include "core/store/archive.h"
#include "core/store/kek.h"
#include "core/vault/vault_state.h"

int vault_check_record(struct vault *vault, uint64_t number, bool *ret_opened, struct fault *f)
{
    struct set *set = sets_find_number(&vault->sets, number);
    struct stamp stamp;
    *ret_opened = false;
    if (vault->archive == NULL || set == NULL || set->current == NULL)
        return 0;
    bool found = archive_stamp(vault->archive, set->identifier, &stamp);
    if (found && stamp_equal(&stamp, &set->stored))
        return 0;
    set->stored = (struct stamp){.inode = 0};
    if (!found)
        return fault_set(f, REASON_NOT_FOUND, "", "the record is missing");
    *ret_opened = true;
    if (archive_verify(vault->archive, set->current, set->tags, f) != 0)
        return -1;
    set->stored = stamp;
    return 0;
}

bool vault_uses_key(const struct vault *vault, const char *key_id, const struct set *but)
{
    char file[KEK_ID_MAX + 1], other[KEK_ID_MAX + 1];
    kek_file_name(key_id, file);
    for (size_t i = 0; i < vault->sets.count; i++) {
        const struct set *set = vault->sets.by_number[i];
        if (set == but || set->current == NULL)
            continue;
        kek_file_name(set->current->key_id, other);
        if (strcmp(file, other) == 0)
            return true;
    }
    return false;
}

struct checking {
    const struct vault *vault;
    vault_key_visit *visit;
    void *context;
};

static bool is_used(void *context, const char *key_id)
{
    return vault_uses_key(((const struct checking *)context)->vault, key_id, NULL);
}

static void visit_key(void *context, const char *key_id, const struct fault *fault)
{
    const struct checking *checking = context;
    checking->visit(checking->context, key_id, fault);
}

void vault_check_keys(struct vault *vault, vault_key_visit *visit, void *context)
{
    struct checking checking = {.vault = vault, .visit = visit, .context = context};
    if (vault->archive != NULL)
        archive_check_keys(vault->archive, is_used, visit_key, &checking);
}
