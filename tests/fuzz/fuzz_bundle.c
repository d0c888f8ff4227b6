/* bundle: CertificatePem. Nothing is lost between leaf, chain and anchors; what was split can be joined and split
 * again.
 */
#include "tests/fuzz/oracle.h"

#include <openssl/err.h>

#include "core/judge/bundle.h"
#include "core/x509/cert_list.h"
#include "core/x509/private_key.h"

struct parts {
    struct given given;
    EVP_PKEY *key;
    X509 *leaf;
};

static void parts_done(struct parts *parts)
{
    given_done(&parts->given);
    EVP_PKEY_free(parts->key);
}

static bool parse(struct span text, struct parts *ret)
{
    struct findings findings = {.repair_count = 0};
    struct fault f = {0};
    bool taken = oracle_law(
        bundle_parse(text, &(struct budget){BUDGET_STEPS}, &ret->given, &ret->key, &ret->leaf, &findings, &f), &f);
    oracle_require(ERR_peek_error() == 0, "the error queue is empty");
    return taken;
}

static void expect_sense(const struct parts *parts)
{
    const struct given *given = &parts->given;
    oracle_require(sk_X509_num(given->bundle) > 0, "there is a certificate");
    oracle_require((parts->key != NULL) == (parts->leaf != NULL), "there is a leaf exactly when there is a key");
    oracle_require(parts->leaf == NULL || cert_list_contain(given->chain, parts->leaf), "the leaf is in the chain");
    oracle_require(parts->key != NULL || sk_X509_num(given->chain) == 0, "without a key there is no chain");
    oracle_require(sk_X509_num(given->chain) <= CERTIFICATES_IN_CHAIN_MAX, "the chain is bounded");
    for (int i = 0; i < sk_X509_num(given->bundle); i++) {
        X509 *certificate = sk_X509_value(given->bundle, i);
        bool anchor = cert_list_contain(given->anchors, certificate);
        bool chain = cert_list_contain(given->chain, certificate);
        oracle_require(anchor != chain || certificate == parts->leaf,
                       "each stands in one list, the leaf in both maybe");
        oracle_require(anchor || chain, "none is lost");
    }
}

static void write_list(const STACK_OF(X509) *list, struct buf *ret)
{
    struct fault f = {0};
    for (int i = 0; i < sk_X509_num(list); i++)
        oracle_require(oracle_law(cert_list_write(sk_X509_value(list, i), ret, &f), &f), "it can be written");
}

static void expect_same(const struct parts *a, const struct parts *b)
{
    oracle_require(sk_X509_num(a->given.anchors) == sk_X509_num(b->given.anchors) &&
                       sk_X509_num(a->given.chain) == sk_X509_num(b->given.chain),
                   "joined and split again the lists are as long");
    for (int i = 0; i < sk_X509_num(a->given.anchors); i++)
        oracle_require(X509_cmp(sk_X509_value(a->given.anchors, i), sk_X509_value(b->given.anchors, i)) == 0,
                       "the anchors keep their order");
    for (int i = 0; i < sk_X509_num(a->given.chain); i++)
        oracle_require(cert_list_contain(b->given.chain, sk_X509_value(a->given.chain, i)), "the chain is the same");
    oracle_require(a->leaf == NULL || X509_cmp(a->leaf, b->leaf) == 0, "the leaf is the same");
}

/* As record.c does it. Some keys that can be read cannot be written; they match no certificate. */
static void join_and_split(const struct parts *parts)
{
    struct buf text = {0};
    struct fault f = {0};
    struct parts again = {.key = NULL};
    const struct given *given = &parts->given;
    bool pinned = parts->leaf != NULL && cert_list_contain(given->anchors, parts->leaf);
    write_list(pinned ? given->anchors : given->chain, &text);
    if (parts->key == NULL || oracle_law(private_key_write(parts->key, &text, &f), &f)) {
        write_list(pinned ? given->chain : given->anchors, &text);
        oracle_require(parse(buf_span(&text), &again), "what is joined can be split");
        expect_same(parts, &again);
    }
    ERR_clear_error();
    parts_done(&again);
    buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct parts parts = {.key = NULL};
    if (parse((struct span){data, size}, &parts)) {
        expect_sense(&parts);
        join_and_split(&parts);
    }
    parts_done(&parts);
    return 0;
}
