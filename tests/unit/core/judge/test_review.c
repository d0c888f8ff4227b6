#include "core/judge/review.h"

#include <string.h>

#include <openssl/err.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"
#include "tests/unit/lib/x509_list.h"

static struct pki pki;

static bool has_warning(const struct findings *findings, enum warning warning, const char *message)
{
    for (size_t i = 0; i < findings->warning_count; i++) {
        assert_true(strlen(findings->warnings[i].message) < FAULT_MESSAGE_SIZE);
        if (findings->warnings[i].warning == warning && strstr(findings->warnings[i].message, message) != NULL)
            return true;
    }
    return false;
}

/* Reviews the set of a leaf, another certificate of the chain and two anchors. */
static void review(X509 *leaf, X509 *other, X509 *anchor, X509 *second_anchor, struct findings *ret)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(leaf, other, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(anchor, second_anchor, NULL);
    const struct given given = {.chain = chain, .anchors = anchors};
    struct path path;
    struct verdict verdict;
    *ret = (struct findings){0};
    judge_given(leaf, &given, &path, &verdict);
    review_set(&path, &given, &verdict, PKI_NOW, ret);
    assert_int_equal(ERR_peek_error(), 0);
}

static X509 *leaf_of(struct pki_spec spec)
{
    spec.name = "leaf";
    spec.key = pki_key(3);
    spec.issuer = pki.root;
    spec.issuer_key = pki.root_key;
    return pki_certificate(&spec);
}

TEST(a_good_set_has_no_warning)
{
    struct findings findings;
    review(pki.leaf, pki.intermediate, pki.root, NULL, &findings);
    assert_int_equal(findings.warning_count, 0);
}

/* The new root in ssl_cert and the old one in ssl_ca: one of both places was forgotten. */
TEST(a_root_in_ssl_cert_that_ssl_ca_lacks_is_named)
{
    X509 *root = pki_certificate(&(struct pki_spec){.name = "New", .key = pki_key(8), .kind = PKI_CA});
    struct findings findings;
    X509 *leaf = leaf_of((struct pki_spec){.kind = PKI_LEAF});
    review(leaf, root, pki.root, NULL, &findings);
    assert_int_equal(findings.warning_count, 1);
    assert_true(has_warning(&findings, WARNING_OFF_PATH,
                            "certificate 2 of ssl_cert (CN=New) is a root that is not in ssl_ca; if it is the new"));
    review(leaf, root, pki.root, root, &findings);
    assert_int_equal(findings.warning_count, 0);
    X509_free(root);
    X509_free(leaf);
}

TEST(an_anchor_that_was_sent_as_well_has_its_number_in_ssl_ca)
{
    X509 *expired = pki_certificate(
        &(struct pki_spec){.name = "Old", .key = pki_key(8), .kind = PKI_CA, .from = -2 * PKI_DAY, .until = -PKI_DAY});
    struct findings findings;
    X509 *leaf = leaf_of((struct pki_spec){.kind = PKI_LEAF});
    review(leaf, expired, expired, pki.root, &findings);
    assert_true(
        has_warning(&findings, WARNING_OFF_PATH, "certificate 1 of ssl_ca (CN=Old) is expired; off the path, 1"));
    X509_free(expired);
    X509_free(leaf);
}

TEST(one_direction_only_is_warned_about)
{
    static const char *const purposes[][2] = {{"serverAuth", "server only"}, {"clientAuth", "client only"}};
    for (size_t i = 0; i < COUNT_OF(purposes); i++) {
        struct findings findings;
        X509 *leaf = leaf_of((struct pki_spec){.purpose = purposes[i][0]});
        review(leaf, NULL, pki.root, NULL, &findings);
        assert_true(has_warning(&findings, WARNING_ONE_DIRECTION, purposes[i][1]));
        X509_free(leaf);
    }
}

TEST(pinning_is_warned_about)
{
    struct findings findings;
    X509 *leaf = pki_certificate(&(struct pki_spec){.name = "pinned", .key = pki_key(3)});
    review(leaf, NULL, leaf, NULL, &findings);
    assert_true(has_warning(&findings, WARNING_PINNING, "itself"));
    X509_free(leaf);
}

TEST(a_ca_as_leaf_is_warned_about)
{
    struct findings findings;
    review(pki.intermediate, NULL, pki.root, NULL, &findings);
    assert_true(has_warning(&findings, WARNING_CA_AS_LEAF, "is a CA: anyone"));
}

TEST(bad_anchors_off_the_path_are_counted)
{
    const struct {
        struct pki_spec spec;
        const char *message;
    } rows[] = {
        {{.name = "x", .key = pki_key(5), .kind = PKI_CA, .from = -100, .until = -10}, "expired"},
        {{.name = "x", .key = pki_small_rsa_key(), .kind = PKI_CA}, "weak"},
        {{.name = "x", .key = pki_key(5)}, "not a CA"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct findings findings;
        X509 *bad = pki_certificate(&rows[i].spec);
        review(pki.leaf, pki.intermediate, bad, pki.root, &findings);
        assert_true(has_warning(&findings, WARNING_OFF_PATH, rows[i].message));
        X509_free(bad);
    }
}

TEST(a_root_signed_with_sha_1_has_no_warning)
{
    struct findings findings;
    X509 *old =
        pki_certificate(&(struct pki_spec){.name = "x", .key = pki_key(5), .kind = PKI_CA, .digest = EVP_sha1()});
    review(pki.leaf, pki.intermediate, old, pki.root, &findings);
    assert_int_equal(findings.warning_count, 0);
    X509_free(old);
}

TEST(a_stray_certificate_in_the_chain_is_warned_about)
{
    struct findings findings;
    X509 *leaf = leaf_of((struct pki_spec){.kind = PKI_LEAF});
    review(leaf, pki.intermediate, pki.root, NULL, &findings);
    assert_true(has_warning(&findings, WARNING_OFF_PATH, "not on the path"));
    X509_free(leaf);
}

TEST(a_direction_that_is_lost_is_warned_about)
{
    const struct verdict both = {.for_server = true, .for_client = true};
    const struct verdict server = {.for_server = true}, client = {.for_client = true};
    struct findings findings = {0}, none = {0};
    review_lost_direction(true, true, &server, &findings);
    assert_true(has_warning(&findings, WARNING_LOST_DIRECTION, "client"));
    review_lost_direction(true, true, &client, &findings);
    assert_true(has_warning(&findings, WARNING_LOST_DIRECTION, "server"));
    review_lost_direction(true, false, &both, &none);
    assert_int_equal(none.warning_count, 0);
}

/* For anchors alone each kind is counted, with the messages of a set without a path. */
TEST(anchors_alone_are_counted_by_kind)
{
    X509 *weak = pki_certificate(&(struct pki_spec){.name = "weak", .key = pki_small_rsa_key(), .kind = PKI_CA});
    X509 *leaf = pki_certificate(&(struct pki_spec){.name = "leaf", .key = pki_key(5)});
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(pki.root, weak, leaf);
    const struct given given = {.anchors = anchors, .bundle = anchors};
    struct findings findings = {0};
    review_anchors_alone(&given, &findings);
    assert_int_equal(findings.warning_count, 2);
    assert_true(has_warning(&findings, WARNING_WEAK_ANCHORS, "1 of 3 certificates is weak: certificate 2 of Cert"));
    assert_true(has_warning(&findings, WARNING_WEAK_ANCHORS, "1 of 3 certificates is not a CA: certificate 3 of Cert"));
    X509_free(weak);
    X509_free(leaf);
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
