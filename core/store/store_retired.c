/* The records of generations that were replaced: as they were sealed, in the vault, whatever the kind of the store. */
#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/store/dir_store.h"
#include "core/store/records.h"
#include "core/store/store.h"
#include "core/store/store_state.h"
#include "core/store/vault.h"

void store_retire(struct store *store, const char *identifier, uint64_t number, int64_t since)
{
    CLEANUP(buf_done) struct buf sealed = {0};
    struct vault_retired retired = {.number = number, .since = since};
    struct fault ignored = {.reason = REASON_NONE};
    if (store->vault == NULL)
        return;
    store_name(identifier, retired.name);
    if (records_get(&store->records, retired.name, &sealed, &ignored) == 0)
        (void)!vault_retire(store->vault, &retired, buf_span(&sealed), &ignored);
}

size_t store_list_retired(struct store *store, uint64_t after, struct vault_retired ret[static VAULT_LISTED])
{
    return store->vault == NULL ? 0 : vault_list_retired(store->vault, after, ret);
}

int store_visit_retired(struct store *store, uint64_t number, store_visit *visit, void *context)
{
    CLEANUP(buf_done) struct buf sealed = {0};
    CLEANUP(store_opened_done) struct store_opened opened = {.key_id = ""};
    struct fault fault = {.reason = REASON_NONE};
    char name[DIR_STORE_NAME_SIZE] = "";
    bool good = vault_get_retired(store->vault, number, &sealed, &fault) == 0 &&
                store_open_sealed(store, buf_span(&sealed), &opened, &fault) == 0;
    if (good && opened.record.generation != number)
        good = fault_set(&fault, REASON_STORE_FAILED, "", "the record is that of another generation") == 0;
    return visit(context, name, &opened, good ? NULL : &fault);
}

size_t store_sweep(struct store *store, store_use *is_used, void *context)
{
    struct vault_retired listed[VAULT_LISTED];
    uint64_t after = 0;
    size_t count, left = 0;
    while ((count = store_list_retired(store, after, listed)) > 0) {
        for (size_t i = 0; i < count; i++) {
            if (is_used(context, listed[i].number))
                left++;
            else
                vault_drop_retired(store->vault, listed[i].number);
        }
        after = listed[count - 1].number;
    }
    return left;
}
