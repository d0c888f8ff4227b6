#include "core/store/records.h"

#include "core/base/fault.h"
#include "core/store/vault.h"

struct records_kind {
    int (*settle)(const struct records *records, struct fault *f);
    bool (*are_in_place)(const struct records *records);
    int (*put)(const struct records *records, const char *name, struct span record, uint64_t number, bool aside,
               struct fault *f);
    int (*remove)(const struct records *records, const char *name, enum store_removed *ret, struct fault *f);
    bool (*have)(const struct records *records, const char *name);
    int (*have_any)(const struct records *records, const char *name, bool *ret, struct fault *f);
    int (*stamp)(const struct records *records, const char *name, struct stamp *ret, struct fault *f);
    int (*get)(const struct records *records, const char *name, struct buf *ret, struct fault *f);
    int (*each)(const struct records *records, records_visit *visit, void *context, struct fault *f);
    struct mark (*mark)(const struct records *records);
    int (*raise_mark)(const struct records *records, uint64_t number, struct fault *f);
};

/* ---- in a directory ---- */

static int records_settle_directory(const struct records *records, struct fault *f)
{
    return dir_store_settle(records->dir, f);
}

static bool records_are_in_directory(const struct records *records)
{
    return dir_store_is_in_place(records->dir);
}

static int records_put_file(const struct records *records, const char *name, struct span record, uint64_t number,
                            bool aside, struct fault *f)
{
    return aside ? dir_store_put_aside(records->dir, name, record, number, f)
                 : dir_store_put(records->dir, name, record, number, f);
}

static int records_remove_file(const struct records *records, const char *name, enum store_removed *ret,
                               struct fault *f)
{
    return dir_store_remove(records->dir, name, ret, f);
}

static bool records_have_file(const struct records *records, const char *name)
{
    return dir_store_has(records->dir, name);
}

static int records_have_any_file(const struct records *records, const char *name, bool *ret, struct fault *f)
{
    return dir_store_has_any(records->dir, name, ret, f);
}

static int records_stamp_file(const struct records *records, const char *name, struct stamp *ret, struct fault *f)
{
    return dir_store_stamp(records->dir, name, ret, f);
}

static int records_get_file(const struct records *records, const char *name, struct buf *ret, struct fault *f)
{
    return dir_store_get(records->dir, name, ret, f);
}

static int records_each_file(const struct records *records, records_visit *visit, void *context, struct fault *f)
{
    return dir_store_each(records->dir, visit, context, f);
}

static struct mark records_mark_file(const struct records *records)
{
    return dir_store_mark(records->dir);
}

static int records_raise_mark_file(const struct records *records, uint64_t number, struct fault *f)
{
    return dir_store_raise_mark(records->dir, number, f);
}

static const struct records_kind in_directory = {
    .settle = records_settle_directory,
    .are_in_place = records_are_in_directory,
    .put = records_put_file,
    .remove = records_remove_file,
    .have = records_have_file,
    .have_any = records_have_any_file,
    .stamp = records_stamp_file,
    .get = records_get_file,
    .each = records_each_file,
    .mark = records_mark_file,
    .raise_mark = records_raise_mark_file,
};

/* ---- in a vault ---- */

static int records_settle_vault(const struct records *records, struct fault *f)
{
    (void)records;
    (void)f;
    return 0;
}

static bool records_are_in_vault(const struct records *records)
{
    (void)records;
    return true;
}

static int records_put_sealed(const struct records *records, const char *name, struct span record, uint64_t number,
                              bool aside, struct fault *f)
{
    (void)aside;
    return vault_put(records->vault, name, record, number, f);
}

static int records_remove_sealed(const struct records *records, const char *name, enum store_removed *ret,
                                 struct fault *f)
{
    (void)f;
    *ret = vault_remove(records->vault, name) ? DIR_STORE_REMOVED_RECORD : DIR_STORE_REMOVED_NOTHING;
    return 0;
}

static bool records_have_sealed(const struct records *records, const char *name)
{
    return vault_has(records->vault, name);
}

static int records_have_any_sealed(const struct records *records, const char *name, bool *ret, struct fault *f)
{
    (void)f;
    *ret = vault_has(records->vault, name);
    return 0;
}

static int records_stamp_sealed(const struct records *records, const char *name, struct stamp *ret, struct fault *f)
{
    return vault_stamp(records->vault, name, ret, f);
}

static int records_get_sealed(const struct records *records, const char *name, struct buf *ret, struct fault *f)
{
    return vault_get(records->vault, name, ret, f);
}

static int records_each_sealed(const struct records *records, records_visit *visit, void *context, struct fault *f)
{
    return vault_each(records->vault, visit, context, f);
}

static struct mark records_mark_sealed(const struct records *records)
{
    return (struct mark){.number = vault_mark(records->vault)};
}

static int records_raise_mark_sealed(const struct records *records, uint64_t number, struct fault *f)
{
    return vault_raise_mark(records->vault, number, f);
}

static const struct records_kind in_vault = {
    .settle = records_settle_vault,
    .are_in_place = records_are_in_vault,
    .put = records_put_sealed,
    .remove = records_remove_sealed,
    .have = records_have_sealed,
    .have_any = records_have_any_sealed,
    .stamp = records_stamp_sealed,
    .get = records_get_sealed,
    .each = records_each_sealed,
    .mark = records_mark_sealed,
    .raise_mark = records_raise_mark_sealed,
};

/* ---- either ---- */

struct records records_of_directory(struct dir_store *dir)
{
    return (struct records){.kind = &in_directory, .dir = dir};
}

struct records records_of_vault(struct vault *vault)
{
    return (struct records){.kind = &in_vault, .vault = vault};
}

void records_done(struct records *records)
{
    dir_store_freep(&records->dir);
}

int records_settle(const struct records *records, struct fault *f)
{
    return records->kind->settle(records, f);
}

bool records_are_in_place(const struct records *records)
{
    return records->kind->are_in_place(records);
}

int records_put(const struct records *records, const char *name, struct span record, uint64_t number, bool aside,
                struct fault *f)
{
    return records->kind->put(records, name, record, number, aside, f);
}

int records_remove(const struct records *records, const char *name, enum store_removed *ret, struct fault *f)
{
    return records->kind->remove(records, name, ret, f);
}

bool records_have(const struct records *records, const char *name)
{
    return records->kind->have(records, name);
}

int records_have_any(const struct records *records, const char *name, bool *ret, struct fault *f)
{
    return records->kind->have_any(records, name, ret, f);
}

int records_stamp(const struct records *records, const char *name, struct stamp *ret, struct fault *f)
{
    return records->kind->stamp(records, name, ret, f);
}

int records_get(const struct records *records, const char *name, struct buf *ret, struct fault *f)
{
    return records->kind->get(records, name, ret, f);
}

int records_each(const struct records *records, records_visit *visit, void *context, struct fault *f)
{
    return records->kind->each(records, visit, context, f);
}

struct mark records_mark(const struct records *records)
{
    return records->kind->mark(records);
}

int records_raise_mark(const struct records *records, uint64_t number, struct fault *f)
{
    return records->kind->raise_mark(records, number, f);
}
