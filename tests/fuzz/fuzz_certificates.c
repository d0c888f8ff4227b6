/* certificates: what was read can be written, read again and written the same; its facts can be printed. */
#include "tests/fuzz/oracle.h"

#include <openssl/err.h>

#include "core/x509/cert_inspect.h"
#include "core/x509/cert_list.h"

static void expect_printable(const char *text)
{
    for (; *text != '\0'; text++)
        oracle_require(*text >= ' ' && *text <= '~', "facts can be printed");
}

static void expect_facts(X509 *certificate)
{
    struct cert_info facts;
    cert_inspect(certificate, &facts);
    const char *const texts[] = {
        facts.subject, facts.issuer, facts.serial, facts.key_algorithm, facts.signature_algorithm, facts.sha256};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        expect_printable(texts[i]);
}

static STACK_OF(X509) *read_list(struct span text)
{
    STACK_OF(X509) *list = NULL;
    struct findings findings = {.repair_count = 0};
    struct fault f = {0};
    bool taken =
        oracle_law(cert_list_parse(text, "ssl_ca", 0, &(struct budget){BUDGET_STEPS}, &list, &findings, &f), &f);
    oracle_require((list != NULL) == taken, "there is a list exactly when there is no fault");
    oracle_require(ERR_peek_error() == 0, "the error queue is empty");
    return list;
}

static void write_list(STACK_OF(X509) *list, struct buf *ret)
{
    struct fault f = {0};
    for (int i = 0; i < sk_X509_num(list); i++) {
        expect_facts(sk_X509_value(list, i));
        oracle_require(oracle_law(cert_list_write(sk_X509_value(list, i), ret, &f), &f), "it can be written");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf once = {0}, twice = {0};
    STACK_OF(X509) *list = read_list((struct span){data, size}), *again = NULL;
    if (list != NULL) {
        write_list(list, &once);
        again = read_list(buf_span(&once));
        oracle_require(again != NULL, "what is written can be read");
        write_list(again, &twice);
        oracle_require(span_equal(buf_span(&once), buf_span(&twice)), "what is written stays as it is");
    }
    ossl_stack_freep(&list);
    ossl_stack_freep(&again);
    buf_done(&once);
    buf_done(&twice);
    return 0;
}
