/*
 * records: where the sealed records of a store are: in a directory (dir_store.h), or in a vault (vault.h), in memory.
 *
 * The functions are those of dir_store.h under the same names, with the same faults. A vault stands nowhere, is on no
 * device, and nothing is put aside in it: a record that it holds opens.
 */
#ifndef CERTFS_CORE_STORE_RECORDS_H
#define CERTFS_CORE_STORE_RECORDS_H

#include "core/base/buf.h"
#include "core/base/stamp.h"
#include "core/store/dir_store.h"
#include "core/store/mark.h"

struct vault;

/* One of both, the other is NULL; the directory is owned, the vault borrowed. */
struct records {
    struct dir_store *dir;
    struct vault *vault;
};

struct records records_of_directory(struct dir_store *dir);
struct records records_of_vault(struct vault *vault);
void records_done(struct records *records);

MUST_CHECK int records_settle(const struct records *records, struct fault *f);
bool records_are_in_place(const struct records *records);

/* `aside`: a record of that name stays, under another name. */
MUST_CHECK int records_put(const struct records *records, const char *name, struct span record, uint64_t number,
                           bool aside, struct fault *f);
MUST_CHECK int records_remove(const struct records *records, const char *name, enum store_removed *ret,
                              struct fault *f);
bool records_have(const struct records *records, const char *name);
MUST_CHECK int records_have_any(const struct records *records, const char *name, bool *ret, struct fault *f);
MUST_CHECK int records_stamp(const struct records *records, const char *name, struct stamp *ret, struct fault *f);
MUST_CHECK int records_get(const struct records *records, const char *name, struct buf *ret, struct fault *f);

typedef int records_visit(void *context, const char *name);
MUST_CHECK int records_each(const struct records *records, records_visit *visit, void *context, struct fault *f);

struct mark records_mark(const struct records *records);
MUST_CHECK int records_raise_mark(const struct records *records, uint64_t number, struct fault *f);

#endif
