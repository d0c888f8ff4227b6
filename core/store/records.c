#include "core/store/records.h"

#include "core/store/vault.h"

struct records records_of_directory(struct dir_store *dir)
{
    return (struct records){.dir = dir};
}

struct records records_of_vault(struct vault *vault)
{
    return (struct records){.vault = vault};
}

void records_done(struct records *records)
{
    dir_store_freep(&records->dir);
}

int records_settle(const struct records *records, struct fault *f)
{
    return records->dir == NULL ? 0 : dir_store_settle(records->dir, f);
}

bool records_are_in_place(const struct records *records)
{
    return records->dir == NULL || dir_store_is_in_place(records->dir);
}

int records_put(const struct records *records, const char *name, struct span record, uint64_t number, bool aside,
                struct fault *f)
{
    if (records->dir == NULL)
        return vault_put(records->vault, name, record, number, f);
    return aside ? dir_store_put_aside(records->dir, name, record, number, f)
                 : dir_store_put(records->dir, name, record, number, f);
}

int records_remove(const struct records *records, const char *name, enum store_removed *ret, struct fault *f)
{
    if (records->dir != NULL)
        return dir_store_remove(records->dir, name, ret, f);
    *ret = vault_remove(records->vault, name) ? DIR_STORE_REMOVED_RECORD : DIR_STORE_REMOVED_NOTHING;
    return 0;
}

bool records_have(const struct records *records, const char *name)
{
    return records->dir != NULL ? dir_store_has(records->dir, name) : vault_has(records->vault, name);
}

int records_have_any(const struct records *records, const char *name, bool *ret, struct fault *f)
{
    if (records->dir != NULL)
        return dir_store_has_any(records->dir, name, ret, f);
    *ret = vault_has(records->vault, name);
    return 0;
}

int records_stamp(const struct records *records, const char *name, struct stamp *ret, struct fault *f)
{
    return records->dir != NULL ? dir_store_stamp(records->dir, name, ret, f)
                                : vault_stamp(records->vault, name, ret, f);
}

int records_get(const struct records *records, const char *name, struct buf *ret, struct fault *f)
{
    return records->dir != NULL ? dir_store_get(records->dir, name, ret, f) : vault_get(records->vault, name, ret, f);
}

int records_each(const struct records *records, records_visit *visit, void *context, struct fault *f)
{
    return records->dir != NULL ? dir_store_each(records->dir, visit, context, f)
                                : vault_each(records->vault, visit, context, f);
}

struct mark records_mark(const struct records *records)
{
    return records->dir != NULL ? dir_store_mark(records->dir) : (struct mark){.number = vault_mark(records->vault)};
}

int records_raise_mark(const struct records *records, uint64_t number, struct fault *f)
{
    return records->dir != NULL ? dir_store_raise_mark(records->dir, number, f)
                                : vault_raise_mark(records->vault, number, f);
}
