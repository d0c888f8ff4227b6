/* key: what was read can be written, read again and written the same. */
#include "tests/fuzz/oracle.h"

#include <openssl/err.h>

#include "core/x509/pair.h"
#include "core/x509/private_key.h"

static EVP_PKEY *read_key(struct span text)
{
    EVP_PKEY *key = NULL;
    struct findings findings = {.repair_count = 0};
    struct fault f = {0};
    bool taken =
        oracle_law(private_key_parse(text, "ssl_key", &(struct budget){BUDGET_STEPS}, &key, &findings, &f), &f);
    oracle_require((key != NULL) == taken, "there is a key exactly when there is no fault");
    oracle_require(ERR_peek_error() == 0, "the error queue is empty");
    return key;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf once = {0}, twice = {0};
    struct fault f = {0};
    EVP_PKEY *key = read_key((struct span){data, size}), *again = NULL;
    /* Some keys that can be read cannot be written, such as one with a broken public half. They match no certificate.
     */
    if (key != NULL && oracle_law(private_key_write(key, &once, &f), &f)) {
        (void)private_key_weakness(key);
        (void)pair_trouble(key);
        again = read_key(buf_span(&once));
        oracle_require(again != NULL, "what is written can be read");
        oracle_require(oracle_law(private_key_write(again, &twice, &f), &f),
                       "what was written once can be written again");
        oracle_require(span_equal(buf_span(&once), buf_span(&twice)), "what is written stays as it is");
    }
    oracle_require(ERR_peek_error() == 0, "the error queue is empty");
    EVP_PKEY_free(key);
    EVP_PKEY_free(again);
    buf_done(&once);
    buf_done(&twice);
    return 0;
}
