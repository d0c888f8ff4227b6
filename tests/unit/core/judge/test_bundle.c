#include "core/judge/bundle.h"

#include <string.h>

#include <openssl/err.h>

#include "core/x509/cert_list.h"
#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/parser.h"

static struct pki pki;

/* The result of reading. */
struct read {
    struct given given;
    EVP_PKEY *key;
    X509 *leaf;
    struct findings findings;
    struct fault fault;
};

static void read_done(struct read *read)
{
    given_done(&read->given);
    EVP_PKEY_free(read->key);
}

static int parse(struct span text, struct read *ret)
{
    int result = bundle_parse(text, &(struct budget){BUDGET_STEPS}, &ret->given, &ret->key, &ret->leaf, &ret->findings,
                              &ret->fault);
    law_check(result, &ret->fault, (struct span){pki.key.data + 30, pki.key.len - 60});
    assert_int_equal(ERR_peek_error(), 0);
    return result;
}

static void must_parse(const struct buf *text, struct read *ret)
{
    if (parse(buf_span(text), ret) != 0)
        fail_msg("%s: %s", reason_name(ret->fault.reason), ret->fault.message);
}

/* The list must hold these certificates in this order. */
static void expect_list(STACK_OF(X509) *list, X509 *const *items, int count)
{
    assert_int_equal(sk_X509_num(list), count);
    for (int i = 0; i < count; i++)
        assert_int_equal(X509_cmp(sk_X509_value(list, i), items[i]), 0);
}

#define EXPECT_LIST(list, ...)                                                                                         \
    expect_list(list, (X509 *const[]){__VA_ARGS__}, (int)COUNT_OF(((X509 *const[]){__VA_ARGS__})))

static void expect_no_findings(const struct read *read)
{
    assert_int_equal(read->findings.repair_count, 0);
    assert_int_equal(read->findings.warning_count, 0);
}

TEST(without_a_key_all_certificates_are_anchors)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(read_done) struct read read = {.key = NULL};
    pki_write_certificate(&text, pki.leaf);
    pki_write_certificate(&text, pki.root);
    pki_write_certificate(&text, pki.intermediate);
    must_parse(&text, &read);
    assert_null(read.key);
    assert_null(read.leaf);
    EXPECT_LIST(read.given.anchors, pki.leaf, pki.root, pki.intermediate);
    EXPECT_LIST(read.given.bundle, pki.leaf, pki.root, pki.intermediate);
    assert_int_equal(sk_X509_num(read.given.chain), 0);
    expect_no_findings(&read);
}

/* The key as block `place` among the three certificates in the order leaf, intermediate, root. */
static void write_with_key_at(int place, struct buf *ret)
{
    X509 *const certificates[] = {pki.leaf, pki.intermediate, pki.root};
    for (int i = 0; i <= 3; i++) {
        if (i == place)
            pki_write_key(ret, pki.leaf_key);
        if (i < 3)
            pki_write_certificate(ret, certificates[i]);
    }
}

TEST(the_key_may_be_anywhere_among_them)
{
    for (int place = 0; place <= 3; place++) {
        CLEANUP(buf_done) struct buf text = {0};
        CLEANUP(read_done) struct read read = {.key = NULL};
        write_with_key_at(place, &text);
        must_parse(&text, &read);
        assert_int_equal(EVP_PKEY_eq(read.key, pki.leaf_key), 1);
        assert_int_equal(X509_cmp(read.leaf, pki.leaf), 0);
        EXPECT_LIST(read.given.chain, pki.leaf, pki.intermediate);
        EXPECT_LIST(read.given.anchors, pki.root);
        EXPECT_LIST(read.given.bundle, pki.leaf, pki.intermediate, pki.root);
        expect_no_findings(&read);
    }
}

TEST(the_leaf_is_found_by_its_key_at_any_position)
{
    X509 *const orders[][3] = {
        {pki.root, pki.intermediate, pki.leaf},
        {pki.intermediate, pki.leaf, pki.root},
        {pki.root, pki.leaf, pki.intermediate},
    };
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        CLEANUP(read_done) struct read read = {.key = NULL};
        pki_write_key(&text, pki.leaf_key);
        for (size_t at = 0; at < 3; at++)
            pki_write_certificate(&text, orders[i][at]);
        must_parse(&text, &read);
        assert_int_equal(X509_cmp(read.leaf, pki.leaf), 0);
        assert_true(cert_list_contain(read.given.chain, read.leaf));
        EXPECT_LIST(read.given.anchors, pki.root);
        assert_int_equal(sk_X509_num(read.given.chain), 2);
    }
}

TEST(a_self_signed_leaf_is_its_own_anchor)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(read_done) struct read read = {.key = NULL};
    X509 *alone = pki_certificate(&(struct pki_spec){.name = "alone", .key = pki_key(9)});
    pki_write_certificate(&text, alone);
    pki_write_key(&text, pki_key(9));
    must_parse(&text, &read);
    EXPECT_LIST(read.given.chain, alone);
    EXPECT_LIST(read.given.anchors, alone);
    X509_free(alone);
}

/* A CA's own key may be served with its certificate if that certificate comes first. */
TEST(a_root_with_its_own_key_is_a_leaf_where_it_comes_first)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(read_done) struct read read = {.key = NULL};
    pki_write_certificate(&text, pki.root);
    pki_write_key(&text, pki.root_key);
    must_parse(&text, &read);
    assert_int_equal(X509_cmp(read.leaf, pki.root), 0);
}

TEST(the_leaf_is_the_certificate_of_the_key_that_is_not_a_ca)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(read_done) struct read read = {.key = NULL};
    X509 *ca = pki_certificate(&(struct pki_spec){.name = "CA with the same key",
                                                  .key = pki.leaf_key,
                                                  .issuer = pki.root,
                                                  .issuer_key = pki.root_key,
                                                  .kind = PKI_CA});
    pki_write_certificate(&text, ca);
    bundle_of(&pki, &text);
    must_parse(&text, &read);
    assert_int_equal(X509_cmp(read.leaf, pki.leaf), 0);
    X509_free(ca);
}

TEST(a_key_with_its_certificate_alone_has_no_anchor)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(read_done) struct read read = {.key = NULL};
    pki_write_certificate(&text, pki.leaf);
    pki_write_key(&text, pki.leaf_key);
    must_parse(&text, &read);
    EXPECT_LIST(read.given.chain, pki.leaf);
    assert_int_equal(sk_X509_num(read.given.anchors), 0);
}

TEST(duplicates_are_dropped_and_reported)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(read_done) struct read read = {.key = NULL};
    bundle_of(&pki, &text);
    pki_write_certificate(&text, pki.leaf);
    pki_write_certificate(&text, pki.root);
    must_parse(&text, &read);
    EXPECT_LIST(read.given.bundle, pki.leaf, pki.intermediate, pki.root);
    EXPECT_LIST(read.given.anchors, pki.root);
    assert_int_equal(read.findings.repair_count, 1);
    assert_int_equal(read.findings.repairs[0].repair, REPAIR_DUPLICATE_CERTIFICATE);
    assert_string_equal(read.findings.repairs[0].field, "CertificatePem");
}

TEST(parameters_before_the_key_are_dropped_and_reported)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(read_done) struct read read = {.key = NULL};
    bundle_add_parameters(&text);
    bundle_of(&pki, &text);
    must_parse(&text, &read);
    assert_int_equal(X509_cmp(read.leaf, pki.leaf), 0);
    assert_int_equal(read.findings.repair_count, 1);
    assert_int_equal(read.findings.repairs[0].repair, REPAIR_EC_PARAMETERS);
}

TEST(every_kind_of_key_is_found_in_every_form)
{
    EVP_PKEY *const keys[] = {pki_key(2), pki_rsa_key(), pki_ed25519_key(), pki_rsa_pss_key()};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        CLEANUP(read_done) struct read read = {.key = NULL};
        X509 *alone = pki_certificate(&(struct pki_spec){.name = "alone", .key = keys[i]});
        pki_write_certificate(&text, alone);
        if (i < 2)
            pki_write_traditional_key(&text, keys[i]);
        else
            pki_write_key(&text, keys[i]);
        must_parse(&text, &read);
        assert_int_equal(X509_cmp(read.leaf, alone), 0);
        X509_free(alone);
    }
}

static void take_mutant(struct span mutant, void *context)
{
    size_t *taken = context;
    CLEANUP(read_done) struct read read = {.key = NULL};
    if (parse(mutant, &read) != 0)
        return;
    ++*taken;
    assert_int_equal(read.key != NULL, read.leaf != NULL);
    assert_true(sk_X509_num(read.given.bundle) > 0);
    assert_true(sk_X509_num(read.given.chain) + sk_X509_num(read.given.anchors) >= sk_X509_num(read.given.bundle));
}

TEST(every_mutant_keeps_the_law)
{
    CLEANUP(buf_done) struct buf text = {0};
    size_t taken = 0;
    bundle_of(&pki, &text);
    size_t count = mutate_each(buf_span(&text), 5, take_mutant, &taken);
    assert_in_range(taken, 1, count / 2);
}

TEST(failed_allocations_leak_nothing)
{
    CLEANUP(buf_done) struct buf text = {0};
    size_t taken = 0;
    bundle_of(&pki, &text);
    take_mutant(buf_span(&text), &taken);
    assert_true(parser_fail_each(buf_span(&text), take_mutant, &taken) > 20);
}

static void before_all(void)
{
    start_core();
    pki_make(&pki, pki_key(2));
}

static void after_all(void)
{
    pki_done(&pki);
}

ALL_TESTS(before_all, after_all);
