#include "core/judge/arrange.h"

#include <string.h>

#include <openssl/err.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"
#include "tests/unit/lib/x509_list.h"

static struct pki pki;

/* Arranges both lists around the path from the leaf. */
static void arrange(struct given *given, X509 *leaf, struct findings *findings)
{
    struct path path;
    struct fault f = {0};
    find_path(leaf, given->chain, given->anchors, &path);
    law_expect(arrange_chain(given, &path, findings, &f), &f, REASON_NONE);
    law_expect(arrange_anchors(given, &path, PKI_NOW, findings, &f), &f, REASON_NONE);
    assert_int_equal(ERR_peek_error(), 0);
}

static void expect_list(STACK_OF(X509) *list, X509 *a, X509 *b, X509 *c)
{
    X509 *const items[] = {a, b, c};
    int count = 0;
    for (size_t i = 0; i < COUNT_OF(items) && items[i] != NULL; i++, count++)
        assert_ptr_equal(sk_X509_value(list, count), items[i]);
    assert_int_equal(sk_X509_num(list), count);
}

TEST(the_leaf_is_the_certificate_of_the_key)
{
    CLEANUP(given_done)
    struct given given = {.chain = list_of(pki.root, pki.intermediate, pki.leaf),
                          .anchors = list_of(pki.root, NULL, NULL)};
    struct fault f = {0};
    X509 *leaf;
    law_expect(arrange_find_leaf(&given, pki.leaf_key, &leaf, &f), &f, REASON_NONE);
    assert_ptr_equal(leaf, pki.leaf);
}

TEST(the_leaf_is_the_certificate_of_the_key_that_is_not_a_ca)
{
    X509 *ca = pki_certificate(&(struct pki_spec){.name = "CA with the same key",
                                                  .key = pki.leaf_key,
                                                  .issuer = pki.root,
                                                  .issuer_key = pki.root_key,
                                                  .kind = PKI_CA});
    CLEANUP(given_done)
    struct given given = {.chain = list_of(ca, pki.leaf, NULL), .anchors = list_of(pki.root, NULL, NULL)};
    struct fault f = {0};
    X509 *leaf;
    law_expect(arrange_find_leaf(&given, pki.leaf_key, &leaf, &f), &f, REASON_NONE);
    assert_ptr_equal(leaf, pki.leaf);
    X509_free(ca);
}

TEST(a_key_of_nothing_is_a_mismatch)
{
    CLEANUP(given_done)
    struct given given = {.chain = list_of(pki.leaf, NULL, NULL), .anchors = list_of(pki.root, NULL, NULL)};
    EVP_PKEY *const keys[] = {pki_key(9), pki_rsa_key(), pki_ed25519_key()};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct fault f = {0};
        X509 *leaf = NULL;
        law_expect(arrange_find_leaf(&given, keys[i], &leaf, &f), &f, REASON_KEY_MISMATCH);
        assert_string_equal(f.field, "ssl_key");
        assert_non_null(strstr(f.message, "certificate 1 of ssl_cert (CN=db.example.com)"));
        assert_int_equal(ERR_peek_error(), 0);
    }
}

TEST(the_key_of_the_ca_is_named_in_the_message)
{
    CLEANUP(given_done)
    struct given given = {.chain = list_of(pki.leaf, NULL, NULL), .anchors = list_of(pki.root, NULL, NULL)};
    struct fault f = {0};
    X509 *leaf = NULL;
    law_expect(arrange_find_leaf(&given, pki.root_key, &leaf, &f), &f, REASON_KEY_MISMATCH);
    assert_non_null(strstr(f.message, "ssl_ca"));
}

TEST(a_chain_in_order_stays_as_it_is)
{
    CLEANUP(given_done)
    struct given given = {.chain = list_of(pki.leaf, pki.intermediate, NULL), .anchors = list_of(pki.root, NULL, NULL)};
    struct findings findings = {0};
    arrange(&given, pki.leaf, &findings);
    expect_list(given.chain, pki.leaf, pki.intermediate, NULL);
    expect_list(given.anchors, pki.root, NULL, NULL);
    assert_int_equal(findings.repair_count, 0);
}

TEST(a_chain_in_the_wrong_order_is_reordered)
{
    CLEANUP(given_done)
    struct given given = {.chain = list_of(pki.intermediate, pki.leaf, NULL), .anchors = list_of(pki.root, NULL, NULL)};
    struct findings findings = {0};
    arrange(&given, pki.leaf, &findings);
    expect_list(given.chain, pki.leaf, pki.intermediate, NULL);
    assert_int_equal(findings.repair_count, 1);
    assert_int_equal(findings.repairs[0].repair, REPAIR_CHAIN_ORDER);
}

TEST(the_root_is_removed_from_the_chain)
{
    CLEANUP(given_done)
    struct given given = {.chain = list_of(pki.leaf, pki.intermediate, pki.root),
                          .anchors = list_of(pki.root, NULL, NULL)};
    struct findings findings = {0};
    arrange(&given, pki.leaf, &findings);
    expect_list(given.chain, pki.leaf, pki.intermediate, NULL);
    assert_int_equal(findings.repair_count, 1);
    assert_int_equal(findings.repairs[0].repair, REPAIR_ROOT_IN_CHAIN);
}

TEST(certificates_off_the_path_come_last)
{
    X509 *other = pki_certificate(&(struct pki_spec){
        .name = "Other", .key = pki_key(9), .issuer = pki.root, .issuer_key = pki.root_key, .kind = PKI_CA});
    CLEANUP(given_done)
    struct given given = {.chain = list_of(other, pki.leaf, pki.intermediate),
                          .anchors = list_of(pki.root, NULL, NULL)};
    struct findings findings = {0};
    arrange(&given, pki.leaf, &findings);
    expect_list(given.chain, pki.leaf, pki.intermediate, other);
    X509_free(other);
}

TEST(a_pinned_leaf_stays_in_the_chain)
{
    X509 *leaf = pki_certificate(&(struct pki_spec){.name = "pinned", .key = pki_key(9)});
    CLEANUP(given_done) struct given given = {.chain = list_of(leaf, NULL, NULL), .anchors = list_of(leaf, NULL, NULL)};
    struct findings findings = {0};
    arrange(&given, leaf, &findings);
    expect_list(given.chain, leaf, NULL, NULL);
    expect_list(given.anchors, leaf, NULL, NULL);
    assert_int_equal(findings.repair_count, 0);
    X509_free(leaf);
}

TEST(an_anchor_hidden_by_another_of_its_name_is_put_before_it)
{
    X509 *old = pki_certificate(
        &(struct pki_spec){.name = "One CA", .key = pki_key(9), .kind = PKI_CA, .no_key_identifiers = true});
    X509 *new = pki_certificate(
        &(struct pki_spec){.name = "One CA", .key = pki_key(10), .kind = PKI_CA, .no_key_identifiers = true});
    X509 *leaf = pki_certificate(&(struct pki_spec){
        .name = "leaf", .key = pki_key(3), .issuer = new, .issuer_key = pki_key(10), .no_key_identifiers = true});
    CLEANUP(given_done)
    struct given given = {.chain = list_of(leaf, NULL, NULL), .anchors = list_of(pki.root, old, new)};
    struct findings findings = {0};
    arrange(&given, leaf, &findings);
    expect_list(given.anchors, pki.root, new, old);
    assert_int_equal(findings.repair_count, 1);
    assert_int_equal(findings.repairs[0].repair, REPAIR_ANCHOR_ORDER);
    X509_free(old);
    X509_free(new);
    X509_free(leaf);
}

/* Each list has an object of its own of the certificate that stands in both. */
TEST(an_intermediate_in_both_lists_is_in_order)
{
    X509 *again = X509_dup(pki.intermediate);
    CLEANUP(given_done)
    struct given given = {.chain = list_of(pki.leaf, pki.intermediate, NULL),
                          .anchors = list_of(again, pki.root, NULL)};
    struct findings findings = {0};
    arrange(&given, pki.leaf, &findings);
    assert_int_equal(findings.repair_count, 0);
    X509_free(again);
}

/*
 * Three certificates have the same name and key, and only the middle one may issue; OpenSSL uses the first that fits.
 */
TEST(a_path_works_if_some_order_makes_openssl_build_it)
{
    X509 *old = pki_certificate(&(struct pki_spec){.name = "One CA", .key = pki_key(9), .kind = PKI_CA});
    X509 *new = pki_certificate(&(struct pki_spec){.name = "One CA", .key = pki_key(9), .kind = PKI_CA});
    X509 *past = pki_certificate(
        &(struct pki_spec){.name = "One CA", .key = pki_key(9), .kind = PKI_CA, .from = -2000, .until = -1000});
    X509 *leaf =
        pki_certificate(&(struct pki_spec){.name = "leaf", .key = pki_key(3), .issuer = new, .issuer_key = pki_key(9)});
    CLEANUP(given_done)
    struct given given = {.chain = list_of(leaf, NULL, NULL), .anchors = list_of(old, new, past)};
    X509 *const anchors[] = {old, new, past};
    for (size_t i = 0; i < COUNT_OF(anchors); i++) {
        const struct path path = {.certificates = {leaf, anchors[i]}, .length = 2, .complete = true};
        struct fault f = {0};
        struct arrange_conflict conflict;
        law_expect(arrange_find_conflict(&given, &path, PKI_NOW, &conflict, &f), &f, REASON_NONE);
        assert_int_equal(conflict.exists, anchors[i] == past);
        assert_ptr_equal(conflict.taken, conflict.exists ? old : NULL);
        assert_ptr_equal(conflict.wanted, conflict.exists ? past : NULL);
    }
    X509 *const all[] = {old, new, past, leaf};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        X509_free(all[i]);
}

TEST(anchors_that_hide_nothing_keep_their_order)
{
    X509 *other = pki_certificate(&(struct pki_spec){.name = "Test Root", .key = pki_key(9), .kind = PKI_CA});
    CLEANUP(given_done)
    struct given given = {.chain = list_of(pki.leaf, pki.intermediate, NULL),
                          .anchors = list_of(other, pki.root, NULL)};
    struct findings findings = {0};
    arrange(&given, pki.leaf, &findings);
    expect_list(given.anchors, other, pki.root, NULL);
    assert_int_equal(findings.repair_count, 0);
    X509_free(other);
}

static void before_all(void)
{
    pki_make(&pki, pki_key(2));
}

static void after_all(void)
{
    pki_done(&pki);
}

ALL_TESTS(before_all, after_all);
