#include "core/review.h"

#include <string.h>

#include <openssl/err.h>

#include "tests/unit/harness.h"
#include "tests/unit/lists.h"
#include "tests/unit/pki.h"

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
    struct fault f = {0};
    *ret = (struct findings){0};
    find_path(leaf, chain, anchors, &path);
    law_expect(judge_path(&path, &given, PKI_NOW, &(struct budget){BUDGET_STEPS}, &verdict, &f), &f, REASON_NONE);
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

static void a_good_set_has_no_warning(void **state)
{
    (void)state;
    struct findings findings;
    review(pki.leaf, pki.intermediate, pki.root, NULL, &findings);
    assert_int_equal(findings.warning_count, 0);
}

static void one_direction_only_is_warned_about(void **state)
{
    (void)state;
    static const char *const purposes[][2] = {{"serverAuth", "server only"}, {"clientAuth", "client only"}};
    for (size_t i = 0; i < COUNT_OF(purposes); i++) {
        struct findings findings;
        X509 *leaf = leaf_of((struct pki_spec){.purpose = purposes[i][0]});
        review(leaf, NULL, pki.root, NULL, &findings);
        assert_true(has_warning(&findings, WARNING_ONE_DIRECTION, purposes[i][1]));
        X509_free(leaf);
    }
}

static void a_third_of_the_lifetime_is_the_limit(void **state)
{
    (void)state;
    static const struct {
        int64_t from, until;
        bool warned;
    } rows[] = {
        {-60 * PKI_DAY, 30 * PKI_DAY, false},
        {-61 * PKI_DAY, 29 * PKI_DAY, true},
        {-90 * PKI_DAY, 3600, true},
        {-PKI_DAY, 365 * PKI_DAY, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct findings findings;
        X509 *leaf = leaf_of((struct pki_spec){.from = rows[i].from, .until = rows[i].until});
        review(leaf, NULL, pki.root, NULL, &findings);
        assert_int_equal(has_warning(&findings, WARNING_SHORT_LIFETIME, "days left"), rows[i].warned);
        X509_free(leaf);
    }
}

static void pinning_is_warned_about(void **state)
{
    (void)state;
    struct findings findings;
    X509 *leaf = pki_certificate(&(struct pki_spec){.name = "pinned", .key = pki_key(3)});
    review(leaf, NULL, leaf, NULL, &findings);
    assert_true(has_warning(&findings, WARNING_PINNING, "itself"));
    X509_free(leaf);
}

static void a_ca_as_leaf_is_warned_about(void **state)
{
    (void)state;
    struct findings findings;
    review(pki.intermediate, NULL, pki.root, NULL, &findings);
    assert_true(has_warning(&findings, WARNING_CA_AS_LEAF, "CA's own"));
}

static void bad_anchors_off_the_path_are_counted(void **state)
{
    (void)state;
    const struct {
        struct pki_spec spec;
        const char *message;
    } rows[] = {
        {{.name = "x", .key = pki_key(5), .kind = PKI_CA, .from = -100, .until = -10}, "expired"},
        {{.name = "x", .key = pki_small_rsa_key(), .kind = PKI_CA}, "weak"},
        {{.name = "x", .key = pki_key(5)}, "no CA"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct findings findings;
        X509 *bad = pki_certificate(&rows[i].spec);
        review(pki.leaf, pki.intermediate, bad, pki.root, &findings);
        assert_true(has_warning(&findings, WARNING_OFF_PATH, rows[i].message));
        X509_free(bad);
    }
}

static void a_root_signed_with_sha_1_is_no_reason_to_warn(void **state)
{
    (void)state;
    struct findings findings;
    X509 *old =
        pki_certificate(&(struct pki_spec){.name = "x", .key = pki_key(5), .kind = PKI_CA, .digest = EVP_sha1()});
    review(pki.leaf, pki.intermediate, old, pki.root, &findings);
    assert_int_equal(findings.warning_count, 0);
    X509_free(old);
}

static void a_stray_certificate_in_the_chain_is_warned_about(void **state)
{
    (void)state;
    struct findings findings;
    X509 *leaf = leaf_of((struct pki_spec){.kind = PKI_LEAF});
    review(leaf, pki.intermediate, pki.root, NULL, &findings);
    assert_true(has_warning(&findings, WARNING_OFF_PATH, "not on the path"));
    X509_free(leaf);
}

/* What is told about replacing `old` by `new`. */
static void change(const struct pki *old, const struct pki *new, struct findings *ret)
{
    const struct review_side served = {.files = {buf_span(&old->ca), buf_span(&old->cert), buf_span(&old->key)},
                                       .for_server = true,
                                       .for_client = true,
                                       .strict = true};
    const struct review_side next = {.files = {buf_span(&new->ca), buf_span(&new->cert), buf_span(&new->key)},
                                     .for_server = true,
                                     .for_client = true,
                                     .strict = true};
    *ret = (struct findings){0};
    review_change(&served, &next, PKI_NOW, ret);
    assert_int_equal(ERR_peek_error(), 0);
}

/* A set below a root of its own, which joins `shared` in ca where that is not NULL. */
static void make_other(struct pki *set, X509 *shared)
{
    *set = (struct pki){.root_key = pki_key(8), .leaf_key = pki_key(9)};
    set->root = pki_certificate(&(struct pki_spec){.name = "Other Root", .key = set->root_key, .kind = PKI_CA});
    set->leaf = pki_certificate(
        &(struct pki_spec){.name = "leaf", .key = set->leaf_key, .issuer = set->root, .issuer_key = set->root_key});
    pki_write_certificate(&set->ca, set->root);
    if (shared != NULL)
        pki_write_certificate(&set->ca, shared);
    pki_write_certificate(&set->cert, set->leaf);
    pki_write_key(&set->key, set->leaf_key);
}

static void a_change_of_the_ca_breaks_trust(void **state)
{
    (void)state;
    struct pki other, both;
    struct findings findings;
    make_other(&other, NULL);
    change(&pki, &other, &findings);
    assert_true(has_warning(&findings, WARNING_TRUST_BREAK, "fail each other"));
    make_other(&both, pki.root);
    change(&pki, &both, &findings);
    assert_true(has_warning(&findings, WARNING_TRUST_BREAK, "fail each other"));
    change(&other, &both, &findings);
    assert_int_equal(findings.warning_count, 0);
    pki_done(&other);
    pki_done(&both);
}

static void another_leaf_below_the_same_ca_breaks_nothing(void **state)
{
    (void)state;
    struct pki next;
    struct findings findings;
    pki_make(&next, pki_key(4));
    change(&pki, &next, &findings);
    assert_int_equal(findings.warning_count, 0);
    pki_done(&next);
}

static void a_direction_that_is_lost_is_warned_about(void **state)
{
    (void)state;
    const struct review_side both = {.for_server = true, .for_client = true};
    const struct review_side server = {.for_server = true}, client = {.for_client = true};
    struct findings findings = {0}, none = {0};
    review_change(&both, &server, PKI_NOW, &findings);
    assert_true(has_warning(&findings, WARNING_LOST_DIRECTION, "client"));
    review_change(&both, &client, PKI_NOW, &findings);
    assert_true(has_warning(&findings, WARNING_LOST_DIRECTION, "server"));
    review_change(&server, &both, PKI_NOW, &none);
    assert_int_equal(none.warning_count, 0);
}

int main(void)
{
    pki_make(&pki, pki_key(2));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_set_has_no_warning),
        cmocka_unit_test(one_direction_only_is_warned_about),
        cmocka_unit_test(a_third_of_the_lifetime_is_the_limit),
        cmocka_unit_test(pinning_is_warned_about),
        cmocka_unit_test(a_ca_as_leaf_is_warned_about),
        cmocka_unit_test(bad_anchors_off_the_path_are_counted),
        cmocka_unit_test(a_root_signed_with_sha_1_is_no_reason_to_warn),
        cmocka_unit_test(a_stray_certificate_in_the_chain_is_warned_about),
        cmocka_unit_test(a_change_of_the_ca_breaks_trust),
        cmocka_unit_test(another_leaf_below_the_same_ca_breaks_nothing),
        cmocka_unit_test(a_direction_that_is_lost_is_warned_about),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_done(&pki);
    return failed;
}
