#include "core/judge/judge.h"

#include <string.h>

#include <openssl/err.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"
#include "tests/unit/lib/x509_list.h"

static struct pki pki;

/* Judges the path from the leaf; `other` may be NULL. */
static void judge(X509 *leaf, X509 *other, X509 *anchor, struct verdict *ret)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(leaf, other, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(anchor, NULL, NULL);
    const struct given given = {.chain = chain, .anchors = anchors};
    struct path path;
    judge_given(leaf, &given, &path, ret);
    for (size_t i = 0; i < ret->count; i++)
        law_check(-1, &ret->violations[i], (struct span){NULL, 0});
    assert_int_equal(ERR_peek_error(), 0);
}

static void expect_violation(const struct verdict *verdict, enum reason reason, const char *field, const char *message)
{
    if (verdict->count != 1 || verdict->violations[0].reason != reason)
        fail_msg("%s was expected; %zu violations came, the first is %s: %s", reason_name(reason), verdict->count,
                 verdict->count == 0 ? "none" : reason_name(verdict->violations[0].reason),
                 verdict->count == 0 ? "" : verdict->violations[0].message);
    assert_string_equal(verdict->violations[0].field, field);
    if (strstr(verdict->violations[0].message, message) == NULL)
        fail_msg("\"%s\" does not contain %s", verdict->violations[0].message, message);
}

/* A leaf made to this specification below the test root breaks exactly this rule. */
static void expect_leaf_violation(struct pki_spec spec, enum reason reason, const char *message)
{
    spec.name = spec.name == NULL ? "leaf" : spec.name;
    spec.key = spec.key == NULL ? pki_key(3) : spec.key;
    spec.issuer = pki.root;
    spec.issuer_key = pki.root_key;
    X509 *leaf = pki_certificate(&spec);
    struct verdict verdict;
    judge(leaf, NULL, pki.root, &verdict);
    if (reason == REASON_NONE)
        assert_int_equal(verdict.count, 0);
    else
        expect_violation(&verdict, reason, "ssl_cert", message);
    X509_free(leaf);
}

TEST(a_good_path_breaks_no_rule)
{
    struct verdict verdict;
    judge(pki.leaf, pki.intermediate, pki.root, &verdict);
    assert_int_equal(verdict.count, 0);
    assert_true(verdict.for_server);
    assert_true(verdict.for_client);
}

TEST(time_is_judged_at_the_given_moment)
{
    expect_leaf_violation((struct pki_spec){.from = -2, .until = 2}, REASON_NONE, NULL);
    expect_leaf_violation((struct pki_spec){.from = -100, .until = -1}, REASON_EXPIRED, "expired 2026-09-21 14:13 UTC");
    expect_leaf_violation((struct pki_spec){.from = 60, .until = 3600}, REASON_NOT_YET_VALID,
                          "valid from 2026-09-21 14:14 UTC; it is 2026-09-21 14:13 UTC");
}

TEST(weak_keys_and_signatures_are_named)
{
    expect_leaf_violation((struct pki_spec){.key = pki_small_rsa_key()}, REASON_WEAK_KEY, "under 2048 bits");
    expect_leaf_violation((struct pki_spec){.digest = EVP_sha1()}, REASON_WEAK_SIGNATURE, "is signed with SHA-1");
    expect_leaf_violation((struct pki_spec){.digest = EVP_sha512()}, REASON_NONE, NULL);
}

TEST(the_purpose_decides_what_the_path_is_good_for)
{
    static const struct {
        const char *purpose;
        bool server, client;
    } rows[] = {
        {NULL, true, true},
        {"serverAuth,clientAuth", true, true},
        {"serverAuth", true, false},
        {"clientAuth", false, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        X509 *leaf = pki_certificate(&(struct pki_spec){.name = "leaf",
                                                        .key = pki_key(3),
                                                        .issuer = pki.root,
                                                        .issuer_key = pki.root_key,
                                                        .purpose = rows[i].purpose});
        struct verdict verdict;
        judge(leaf, NULL, pki.root, &verdict);
        assert_int_equal(verdict.count, 0);
        assert_int_equal(verdict.for_server, rows[i].server);
        assert_int_equal(verdict.for_client, rows[i].client);
        X509_free(leaf);
    }
    expect_leaf_violation((struct pki_spec){.purpose = "codeSigning"}, REASON_WRONG_PURPOSE, "serves no TLS");
}

TEST(an_issuer_that_is_not_a_ca_is_refused)
{
    static const enum pki_kind kinds[] = {PKI_LEAF, PKI_NO_CONSTRAINTS};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        X509 *root = pki_certificate(&(struct pki_spec){.name = "Root", .key = pki_key(5), .kind = kinds[i]});
        X509 *leaf = pki_certificate(
            &(struct pki_spec){.name = "leaf", .key = pki_key(3), .issuer = root, .issuer_key = pki_key(5)});
        struct verdict verdict;
        judge(leaf, NULL, root, &verdict);
        expect_violation(&verdict, REASON_NOT_A_CA, "ssl_ca", "certificate 1 of ssl_ca (CN=Root) is not a CA");
        X509_free(root);
        X509_free(leaf);
    }
}

TEST(an_intermediate_that_is_not_a_ca_is_refused)
{
    X509 *middle = pki_certificate(
        &(struct pki_spec){.name = "Middle", .key = pki_key(5), .issuer = pki.root, .issuer_key = pki.root_key});
    X509 *leaf = pki_certificate(
        &(struct pki_spec){.name = "leaf", .key = pki_key(3), .issuer = middle, .issuer_key = pki_key(5)});
    struct verdict verdict;
    judge(leaf, middle, pki.root, &verdict);
    expect_violation(&verdict, REASON_NOT_A_CA, "ssl_cert", "certificate 2 of ssl_cert (CN=Middle)");
    X509_free(middle);
    X509_free(leaf);
}

TEST(a_version_1_root_counts_as_a_ca)
{
    X509 *root = pki_certificate(&(struct pki_spec){.name = "Old Root", .key = pki_key(5), .kind = PKI_VERSION_1});
    X509 *leaf = pki_certificate(&(struct pki_spec){
        .name = "leaf", .key = pki_key(3), .issuer = root, .issuer_key = pki_key(5), .kind = PKI_VERSION_1});
    struct verdict verdict;
    judge(leaf, NULL, root, &verdict);
    assert_int_equal(verdict.count, 0);
    X509_free(root);
    X509_free(leaf);
}

TEST(the_anchors_own_signature_is_not_judged)
{
    X509 *weak = pki_certificate(
        &(struct pki_spec){.name = "SHA-1 Root", .key = pki_key(5), .kind = PKI_CA, .digest = EVP_sha1()});
    X509 *broken = pki_with_broken_signature(weak);
    X509 *leaf = pki_certificate(
        &(struct pki_spec){.name = "leaf", .key = pki_key(3), .issuer = weak, .issuer_key = pki_key(5)});
    struct verdict verdict;
    judge(leaf, NULL, weak, &verdict);
    assert_int_equal(verdict.count, 0);
    judge(leaf, NULL, broken, &verdict);
    assert_int_equal(verdict.count, 0);
    X509_free(weak);
    X509_free(broken);
    X509_free(leaf);
}

TEST(an_expired_anchor_is_on_the_path)
{
    X509 *root = pki_certificate(
        &(struct pki_spec){.name = "Root", .key = pki_key(5), .kind = PKI_CA, .from = -1000, .until = -10});
    X509 *leaf = pki_certificate(
        &(struct pki_spec){.name = "leaf", .key = pki_key(3), .issuer = root, .issuer_key = pki_key(5)});
    struct verdict verdict;
    judge(leaf, NULL, root, &verdict);
    expect_violation(&verdict, REASON_EXPIRED, "ssl_ca", "certificate 1 of ssl_ca (CN=Root) expired");
    X509_free(root);
    X509_free(leaf);
}

TEST(certificates_off_the_path_are_not_judged)
{
    X509 *expired = pki_certificate(
        &(struct pki_spec){.name = "Expired Root", .key = pki_key(5), .kind = PKI_CA, .from = -1000, .until = -10});
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(pki.leaf, pki.intermediate, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(expired, pki.root, NULL);
    const struct given given = {.chain = chain, .anchors = anchors};
    struct path path;
    struct verdict verdict;
    judge_given(pki.leaf, &given, &path, &verdict);
    assert_int_equal(verdict.count, 0);
    X509_free(expired);
}

/* The leaf names no key, so the root may have issued it too; both are in ssl_ca. */
TEST(an_intermediate_of_its_roots_name_is_on_the_path)
{
    X509 *root = pki_certificate(&(struct pki_spec){.name = "CA", .key = pki_key(5), .kind = PKI_CA});
    X509 *below = pki_certificate(
        &(struct pki_spec){.name = "CA", .key = pki_key(6), .issuer = root, .issuer_key = pki_key(5), .kind = PKI_CA});
    X509 *leaf = pki_certificate(&(struct pki_spec){
        .name = "leaf", .key = pki_key(3), .issuer = below, .issuer_key = pki_key(6), .no_key_identifiers = true});
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(leaf, NULL, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(below, root, NULL);
    const struct given given = {.chain = chain, .anchors = anchors};
    struct path path;
    struct verdict verdict;
    judge_given(leaf, &given, &path, &verdict);
    assert_int_equal(path.length, 3);
    assert_int_equal(verdict.count, 0);
    X509_free(root);
    X509_free(below);
    X509_free(leaf);
}

TEST(a_path_without_an_anchor_is_untrusted)
{
    X509 *other = pki_certificate(&(struct pki_spec){.name = "Other", .key = pki_key(5), .kind = PKI_CA});
    X509 *same_name = pki_certificate(&(struct pki_spec){.name = "Test Root", .key = pki_key(5), .kind = PKI_CA});
    X509 *selfsigned = pki_certificate(&(struct pki_spec){.name = "self", .key = pki_key(3)});
    struct verdict verdict;
    judge(pki.leaf, pki.intermediate, other, &verdict);
    expect_violation(&verdict, REASON_UNTRUSTED_CHAIN, "ssl_cert",
                     "was issued by CN=Test Root, missing in ssl_cert (intermediate) or ssl_ca (root)");
    judge(pki.leaf, NULL, pki.intermediate, &verdict);
    expect_violation(&verdict, REASON_UNTRUSTED_CHAIN, "ssl_ca",
                     "is an intermediate of CN=Test Root, missing in ssl_ca");
    judge(pki.leaf, pki.intermediate, same_name, &verdict);
    expect_violation(&verdict, REASON_UNTRUSTED_CHAIN, "ssl_cert", "is not signed by the CA of its issuer's name");
    judge(selfsigned, NULL, other, &verdict);
    assert_int_equal(verdict.violations[0].reason, REASON_UNTRUSTED_CHAIN);
    assert_non_null(strstr(verdict.violations[0].message, "is self-signed and not in ssl_ca"));
    X509_free(other);
    X509_free(same_name);
    X509_free(selfsigned);
}

TEST(a_pinned_leaf_needs_no_ca)
{
    X509 *leaf = pki_certificate(&(struct pki_spec){.name = "pinned", .key = pki_key(3)});
    struct verdict verdict;
    judge(leaf, NULL, leaf, &verdict);
    assert_int_equal(verdict.count, 0);
    assert_true(verdict.for_server);
    X509_free(leaf);
}

TEST(a_leaf_with_the_name_of_its_ca_is_reported)
{
    X509 *root = pki_certificate(
        &(struct pki_spec){.name = "MySQL", .key = pki_key(5), .kind = PKI_CA, .no_key_identifiers = true});
    X509 *leaf = pki_certificate(&(struct pki_spec){
        .name = "MySQL", .key = pki_key(3), .issuer = root, .issuer_key = pki_key(5), .no_key_identifiers = true});
    struct verdict verdict;
    judge(leaf, NULL, root, &verdict);
    expect_violation(&verdict, REASON_SAME_NAME, "ssl_cert", "has the name of its CA");
    X509_free(root);
    X509_free(leaf);
}

TEST(every_broken_rule_is_reported_once)
{
    X509 *leaf = pki_certificate(&(struct pki_spec){.name = "leaf",
                                                    .key = pki_small_rsa_key(),
                                                    .issuer = pki.root,
                                                    .issuer_key = pki.root_key,
                                                    .digest = EVP_sha1(),
                                                    .purpose = "codeSigning",
                                                    .from = -100,
                                                    .until = -10});
    struct verdict verdict;
    judge(leaf, NULL, pki.root, &verdict);
    static const enum reason expected[] = {REASON_WEAK_KEY, REASON_WEAK_SIGNATURE, REASON_EXPIRED,
                                           REASON_WRONG_PURPOSE};
    assert_int_equal(verdict.count, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        size_t times = 0;
        for (size_t j = 0; j < verdict.count; j++)
            times += verdict.violations[j].reason == expected[i];
        assert_int_equal(times, 1);
    }
    X509_free(leaf);
}

TEST(long_and_strange_names_stay_within_the_sentence)
{
    char name[65];
    memset(name, '\x01', 64);
    name[64] = '\0';
    expect_leaf_violation((struct pki_spec){.name = name, .from = -100, .until = -10}, REASON_EXPIRED,
                          "...) expired 2026");
}

static void setup(void)
{
    pki_make(&pki, pki_key(2));
}

static void teardown(void)
{
    pki_done(&pki);
}

ALL_TESTS(setup, teardown);
