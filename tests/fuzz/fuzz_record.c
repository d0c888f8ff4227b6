/* record: what the store's files hold, once they are opened. */
#include "tests/fuzz/oracle.h"

#include "core/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request request = {.action = ACTION_NONE}, previous = {.action = ACTION_NONE};
    struct fault f = {0};
    if (oracle_law(record_parse((struct span){data, size}, &request, &f), &f)) {
        oracle_require(request.action == ACTION_IMPORT_MATERIAL, "a record is an import");
        oracle_require(request.ssl_ca.len > 0 && request.ssl_cert.len > 0 && request.ssl_key.len > 0,
                       "a set has all three files");
        if (record_take_previous(&request, &previous))
            oracle_require(previous.action == ACTION_IMPORT_MATERIAL && previous.ssl_key.len > 0,
                           "and so is the one before");
    }
    request_done(&request);
    request_done(&previous);
    return 0;
}
