#include "core/judge/strict.h"

#include <string.h>

#include <openssl/err.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"
#include "tests/unit/lib/x509_list.h"

static struct pki pki;

static void review_path(const struct path *path, struct findings *ret)
{
    const size_t last = path->length - 1;
    CLEANUP(ossl_stack_freep)
    STACK_OF(X509) *chain = list_of(path->certificates[0], last > 1 ? path->certificates[1] : NULL, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(path->certificates[last], NULL, NULL);
    const struct given given = {.chain = chain, .anchors = anchors};
    *ret = (struct findings){0};
    strict_review(path, &given, PKI_NOW, ret);
    assert_int_equal(ERR_peek_error(), 0);
}

/* Reviews the path from the leaf to its issuer, or to itself. */
static void review(X509 *leaf, X509 *anchor, struct findings *ret)
{
    const struct path path = {
        .certificates = {leaf, anchor}, .length = leaf == anchor ? 1 : 2, .complete = true, .pinned = leaf == anchor};
    review_path(&path, ret);
}

TEST(certificates_that_conform_to_rfc_5280_have_no_warning)
{
    struct findings findings;
    review(pki.intermediate, pki.root, &findings);
    assert_int_equal(findings.warning_count, 0);
}

TEST(a_path_with_a_certificate_between_leaf_and_anchor_is_reviewed_as_a_whole)
{
    const struct path path = {.certificates = {pki.leaf, pki.intermediate, pki.root}, .length = 3, .complete = true};
    struct findings findings;
    review_path(&path, &findings);
    assert_int_equal(findings.warning_count, 0);
}

/* A certificate of ssl_ca that is no root is on the path too, though one of its key stands behind it. */
TEST(an_intermediate_in_ssl_ca_is_reviewed_as_well)
{
    X509 *lax = pki_certificate(&(struct pki_spec){.name = "lax",
                                                   .key = pki_key(4),
                                                   .issuer = pki.root,
                                                   .issuer_key = pki.root_key,
                                                   .kind = PKI_NO_CONSTRAINTS,
                                                   .extra = {"basicConstraints", "CA:TRUE"}});
    X509 *leaf =
        pki_certificate(&(struct pki_spec){.name = "leaf", .key = pki_key(5), .issuer = lax, .issuer_key = pki_key(4)});
    X509 *namesake = pki_certificate(&(struct pki_spec){.name = "lax", .key = pki_key(4), .kind = PKI_CA});
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(leaf, NULL, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(lax, namesake, pki.root);
    const struct given given = {.chain = chain, .anchors = anchors};
    const struct path path = {.certificates = {leaf, lax, namesake}, .length = 3, .complete = true};
    struct findings findings = {0};
    strict_review(&path, &given, PKI_NOW, &findings);
    assert_int_equal(findings.warning_count, 1);
    X509 *const all[] = {lax, leaf, namesake};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        X509_free(all[i]);
}

TEST(each_certificate_that_strict_peers_refuse_is_named_with_the_reason)
{
    const struct {
        struct pki_spec ca, leaf;
        const char *field, *message;
    } rows[] = {
        {{.kind = PKI_NO_CONSTRAINTS, .extra = {"basicConstraints", "critical,CA:TRUE"}},
         {.kind = PKI_LEAF},
         "ssl_ca",
         "certificate 1 of ssl_ca lacks keyUsage"},
        {{.kind = PKI_NO_CONSTRAINTS, .extra = {"basicConstraints", "CA:TRUE", "keyUsage", "keyCertSign"}},
         {.kind = PKI_LEAF},
         "ssl_ca",
         "certificate 1 of ssl_ca has basicConstraints uncritical"},
        {{.kind = PKI_CA}, {.no_key_identifiers = true}, "ssl_cert", "lacks authorityKeyIdentifier"},
        /* The first of several is named. */
        {{.kind = PKI_NO_CONSTRAINTS, .extra = {"basicConstraints", "CA:TRUE", "keyUsage", "keyCertSign"}},
         {.no_key_identifiers = true},
         "ssl_cert",
         "certificate 1 of ssl_cert lacks authorityKeyIdentifier"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct pki_spec of_ca = rows[i].ca, of_leaf = rows[i].leaf;
        of_ca.name = "ca";
        of_ca.key = pki_key(4);
        X509 *ca = pki_certificate(&of_ca);
        of_leaf.name = "leaf";
        of_leaf.key = pki_key(5);
        of_leaf.issuer = ca;
        of_leaf.issuer_key = pki_key(4);
        X509 *leaf = pki_certificate(&of_leaf);
        struct findings findings;
        review(leaf, ca, &findings);
        assert_int_equal(findings.warning_count, 1);
        assert_int_equal(findings.warnings[0].warning, WARNING_STRICT_PEERS);
        if (strstr(findings.warnings[0].message, rows[i].message) == NULL)
            fail_msg("row %zu: %s", i, findings.warnings[0].message);
        assert_string_equal(findings.warnings[0].field, rows[i].field);
        assert_non_null(strstr(findings.warnings[0].message, "reissue it"));
        X509_free(leaf);
        X509_free(ca);
    }
}

static void before_all(void)
{
    pki_make(&pki, pki_key(3));
}

static void after_all(void)
{
    pki_done(&pki);
}

ALL_TESTS(before_all, after_all);
