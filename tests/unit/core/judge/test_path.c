#include "core/judge/path.h"

#include <openssl/err.h>

#include "core/x509/cert_list.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"
#include "tests/unit/lib/x509_list.h"

static struct pki pki;

static X509 *root_named(const char *name, EVP_PKEY *key)
{
    return pki_certificate(&(struct pki_spec){.name = name, .key = key, .kind = PKI_CA});
}

TEST(a_path_leads_over_the_chain_to_an_anchor)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(pki.leaf, pki.intermediate, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(pki.root, NULL, NULL);
    struct path path;
    find_path(pki.leaf, chain, anchors, &path);
    assert_true(path.complete);
    assert_false(path.pinned);
    assert_int_equal(path.length, 3);
    assert_ptr_equal(path.certificates[0], pki.leaf);
    assert_ptr_equal(path.certificates[1], pki.intermediate);
    assert_ptr_equal(path.certificates[2], pki.root);
    assert_true(path_contains(&path, pki.root));
    assert_int_equal(ERR_peek_error(), 0);
}

TEST(the_order_of_the_chain_does_not_matter)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(pki.root, pki.intermediate, pki.leaf);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(pki.root, NULL, NULL);
    struct path path;
    find_path(pki.leaf, chain, anchors, &path);
    assert_true(path.complete);
    assert_int_equal(path.length, 3);
}

TEST(intermediates_may_stand_among_the_anchors)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(pki.leaf, NULL, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(pki.intermediate, pki.root, NULL);
    struct path path;
    find_path(pki.leaf, chain, anchors, &path);
    assert_true(path.complete);
    assert_int_equal(path.length, 3);
}

TEST(without_the_intermediate_the_path_is_the_leaf_alone)
{
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(pki.leaf, NULL, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(pki.root, NULL, NULL);
    struct path path;
    find_path(pki.leaf, chain, anchors, &path);
    assert_false(path.complete);
    assert_int_equal(path.length, 1);
}

TEST(without_the_root_the_path_ends_at_the_intermediate)
{
    X509 *other = root_named("Other Root", pki_key(5));
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(pki.leaf, pki.intermediate, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(other, NULL, NULL);
    struct path path;
    find_path(pki.leaf, chain, anchors, &path);
    assert_false(path.complete);
    assert_int_equal(path.length, 2);
    X509_free(other);
}

TEST(a_root_in_the_chain_is_not_an_anchor)
{
    X509 *other = root_named("Other Root", pki_key(5));
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(pki.leaf, pki.intermediate, pki.root);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(other, NULL, NULL);
    struct path path;
    find_path(pki.leaf, chain, anchors, &path);
    assert_false(path.complete);
    X509_free(other);
}

/* The right anchor is found at any position: by signature, not by name. */
TEST(the_right_one_of_several_anchors_with_one_name_is_found)
{
    X509 *a = root_named("Test Root", pki_key(5));
    X509 *b = root_named("Test Root", pki_key(6));
    X509 *const orders[][3] = {{a, b, pki.root}, {a, pki.root, b}, {pki.root, a, b}};
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(pki.leaf, pki.intermediate, NULL);
        CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(orders[i][0], orders[i][1], orders[i][2]);
        struct path path;
        find_path(pki.leaf, chain, anchors, &path);
        assert_true(path.complete);
        assert_ptr_equal(path.certificates[2], pki.root);
    }
    X509_free(a);
    X509_free(b);
}

TEST(a_broken_signature_ends_the_path)
{
    X509 *broken = pki_with_broken_signature(pki.leaf);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(broken, pki.intermediate, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(pki.root, NULL, NULL);
    struct path path;
    find_path(broken, chain, anchors, &path);
    assert_false(path.complete);
    assert_int_equal(path.length, 1);
    assert_int_equal(ERR_peek_error(), 0);
    X509_free(broken);
}

TEST(a_leaf_that_is_its_own_anchor_is_pinned)
{
    X509 *leaf = pki_certificate(&(struct pki_spec){.name = "pinned", .key = pki_key(5)});
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(leaf, NULL, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(pki.root, leaf, NULL);
    struct path path;
    find_path(leaf, chain, anchors, &path);
    assert_true(path.complete);
    assert_true(path.pinned);
    assert_int_equal(path.length, 1);
    assert_true(path_is_root(leaf));
    assert_false(path_is_root(pki.leaf));
    X509_free(leaf);
}

TEST(certificates_that_issue_each_other_come_to_an_end)
{
    X509 *first = root_named("Left", pki_key(5));
    X509 *second = root_named("Right", pki_key(6));
    X509 *left = pki_certificate(&(struct pki_spec){
        .name = "Left", .key = pki_key(5), .issuer = second, .issuer_key = pki_key(6), .kind = PKI_CA});
    X509 *right = pki_certificate(&(struct pki_spec){
        .name = "Right", .key = pki_key(6), .issuer = first, .issuer_key = pki_key(5), .kind = PKI_CA});
    X509 *leaf = pki_certificate(
        &(struct pki_spec){.name = "leaf", .key = pki_key(7), .issuer = left, .issuer_key = pki_key(5)});
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(leaf, left, right);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(pki.root, NULL, NULL);
    struct path path;
    find_path(leaf, chain, anchors, &path);
    assert_false(path.complete);
    assert_int_equal(path.length, 3);
    X509 *const all[] = {first, second, left, right, leaf};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        X509_free(all[i]);
}

/* Twenty CAs with two names and one key, each issued by ten others: millions of paths, limited by the budget. */
TEST(a_tangle_of_one_name_is_searched_within_bounds)
{
    enum { TANGLE = 20 };
    X509 *certificates[TANGLE];
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = sk_X509_new_null();
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(pki.root, NULL, NULL);
    X509 *hub = root_named("Hub", pki_key(5));
    X509 *spoke = root_named("Spoke", pki_key(5));
    for (int i = 0; i < TANGLE; i++) {
        X509 *issuer = i % 2 == 0 ? hub : spoke;
        certificates[i] = pki_certificate(&(struct pki_spec){.name = i % 2 == 0 ? "Spoke" : "Hub",
                                                             .key = pki_key(5),
                                                             .issuer = issuer,
                                                             .issuer_key = pki_key(5),
                                                             .kind = PKI_CA});
        assert_int_equal(X509_add_cert(chain, certificates[i], X509_ADD_FLAG_UP_REF), 1);
    }
    X509 *leaf =
        pki_certificate(&(struct pki_spec){.name = "leaf", .key = pki_key(7), .issuer = hub, .issuer_key = pki_key(5)});
    struct path path;
    struct budget budget = {BUDGET_STEPS / 10};
    struct fault f = {0};
    law_expect(find_path_within(leaf, chain, anchors, &budget, &path, &f), &f, REASON_TOO_COSTLY);
    assert_string_equal(f.field, "ssl_ca");
    assert_int_equal(budget.left, 0);
    X509_free(leaf);
    X509_free(hub);
    X509_free(spoke);
    for (int i = 0; i < TANGLE; i++)
        X509_free(certificates[i]);
}

/* The longest allowed chain still reaches its anchor. */
TEST(a_path_longer_than_the_bound_is_incomplete)
{
    enum { LINKS = PATH_LENGTH_MAX + 4 };
    static X509 *links[LINKS];
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = sk_X509_new_null();
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = list_of(pki.root, NULL, NULL);
    X509 *issuer = pki.root;
    EVP_PKEY *issuer_key = pki.root_key;
    for (int i = 0; i < LINKS; i++) {
        char name[] = "link 00";
        name[5] = (char)('0' + i / 10);
        name[6] = (char)('0' + i % 10);
        links[i] = pki_certificate(&(struct pki_spec){
            .name = name, .key = pki_key(5), .issuer = issuer, .issuer_key = issuer_key, .kind = PKI_CA});
        assert_int_equal(X509_add_cert(chain, links[i], X509_ADD_FLAG_UP_REF), 1);
        issuer = links[i];
        issuer_key = pki_key(5);
        struct path path;
        find_path(links[i], chain, anchors, &path);
        if (i + 2 <= CERTIFICATES_IN_CHAIN_MAX + 1)
            assert_true(path.complete);
        if (i + 2 > PATH_LENGTH_MAX)
            assert_false(path.complete);
        assert_in_range(path.length, 1, PATH_LENGTH_MAX);
    }
    for (int i = 0; i < LINKS; i++)
        X509_free(links[i]);
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
