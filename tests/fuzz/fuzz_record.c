/* record: what the store's files hold, once they are opened. */
#include "tests/fuzz/oracle.h"

#include "core/store/record.h"

static bool has_all_three(const struct request_set *set)
{
    return set->ssl_ca.len > 0 && set->ssl_cert.len > 0 && set->ssl_key.len > 0;
}

static void expect_set(const struct request *record)
{
    const struct request_set *set = &record->set, *previous = &record->record.previous;
    bool bundle = record->action == ACTION_IMPORT_CERTIFICATE;
    oracle_require(bundle || record->action == ACTION_IMPORT_MATERIAL, "a record is an import");
    oracle_require(bundle || has_all_three(set), "a set of three files has all three");
    oracle_require(!bundle || set->certificate_pem.len > 0 || set->wallet.len > 0, "a bundle has its text");
    oracle_require(!record_has_previous(record) || has_all_three(previous) || previous->certificate_pem.len > 0 ||
                       previous->wallet.len > 0,
                   "and so has the one before");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request request = {.action = ACTION_NONE};
    struct fault f = {0};
    if (oracle_law(record_parse((struct span){data, size}, &request, &f), &f))
        expect_set(&request);
    request_done(&request);
    return 0;
}
