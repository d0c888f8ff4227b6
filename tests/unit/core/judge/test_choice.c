/* choice: the path that is served. */
#include "core/judge/choice.h"

#include <string.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"
#include "tests/unit/lib/x509_list.h"

static struct pki pki;

static X509 *ca_until(int days)
{
    return pki_certificate(
        &(struct pki_spec){.name = "One CA", .key = pki_key(9), .kind = PKI_CA, .until = (int64_t)days * PKI_DAY});
}

static X509 *leaf_of(X509 *issuer, EVP_PKEY *issuer_key)
{
    return pki_certificate(&(struct pki_spec){
        .name = "leaf", .key = pki_key(3), .issuer = issuer, .issuer_key = issuer_key, .no_key_identifiers = true});
}

static void choose(X509 *leaf, const struct given *given, struct budget *budget, struct choice *ret)
{
    struct fault f = {.reason = REASON_NONE};
    const struct choice_terms terms = {.now = PKI_NOW, .budget = budget};
    law_expect(choice_make(leaf, given, &terms, ret, &f), &f, REASON_NONE);
}

static void release(X509 *const *certificates, size_t count)
{
    for (size_t i = 0; i < count; i++)
        X509_free(certificates[i]);
}

/* A CA renewed with its key: the old one and the new one are both the issuer, in whatever order they stand. */
TEST(the_good_path_that_ends_last_is_chosen)
{
    X509 *old = ca_until(5), *new = ca_until(300), *leaf = leaf_of(new, pki_key(9));
    X509 *const orders[][2] = {{old, new}, {new, old}};
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        CLEANUP(given_done)
        struct given given = {.chain = list_of(leaf, NULL, NULL),
                              .anchors = list_of(orders[i][0], orders[i][1], pki.root)};
        struct budget budget = {BUDGET_STEPS};
        struct choice choice;
        choose(leaf, &given, &budget, &choice);
        assert_int_equal(choice.standing, STANDING_CLEAN);
        assert_ptr_equal(choice.path.certificates[1], new);
        assert_int_equal(choice.until, PKI_NOW + 300L * PKI_DAY);
        assert_true(budget.left > BUDGET_STEPS / 2);
    }
    release((X509 *const[]){old, new, leaf}, 3);
}

TEST(a_longer_path_that_loses_a_use_is_not_chosen)
{
    X509 *old = ca_until(5), *leaf = leaf_of(old, pki_key(9));
    X509 *new = pki_certificate(
        &(struct pki_spec){.name = "One CA", .key = pki_key(9), .kind = PKI_CA, .purpose = "clientAuth"});
    CLEANUP(given_done)
    struct given given = {.chain = list_of(leaf, NULL, NULL), .anchors = list_of(old, new, NULL)};
    struct budget budget = {BUDGET_STEPS};
    struct choice choice;
    choose(leaf, &given, &budget, &choice);
    assert_ptr_equal(choice.path.certificates[1], old);
    release((X509 *const[]){old, new, leaf}, 3);
}

/* The handshakes and the comparison with the served set are paid for after the choice. */
TEST(the_choice_leaves_the_budget_that_it_has_not_spent)
{
    CLEANUP(given_done)
    struct given given = {.chain = list_of(pki.leaf, pki.intermediate, NULL), .anchors = list_of(pki.root, NULL, NULL)};
    struct budget budget = {BUDGET_STEPS};
    struct choice choice;
    choose(pki.leaf, &given, &budget, &choice);
    assert_int_equal(choice.standing, STANDING_CLEAN);
    assert_true(budget.left > BUDGET_STEPS / 2);
}

/* The budget after the first path does not pay for the search for a longer one; nothing is lost by it. */
TEST(a_good_path_is_not_lost_to_the_costs_of_a_longer_one)
{
    X509 *old = ca_until(5), *new = ca_until(300), *leaf = leaf_of(new, pki_key(9));
    CLEANUP(given_done)
    struct given given = {.chain = list_of(leaf, NULL, NULL), .anchors = list_of(old, NULL, NULL)};
    struct budget alone = {BUDGET_STEPS};
    struct choice choice;
    choose(leaf, &given, &alone, &choice);
    assert_ptr_equal(choice.path.certificates[1], old);
    uint64_t spent = BUDGET_STEPS - alone.left;
    given_done(&given);
    given = (struct given){.chain = list_of(leaf, NULL, NULL), .anchors = list_of(old, new, NULL)};
    for (uint64_t more = 0; more < spent; more += spent / 8 + 1) {
        struct budget budget = {spent + more};
        choose(leaf, &given, &budget, &choice);
        assert_int_equal(choice.standing, STANDING_CLEAN);
    }
    release((X509 *const[]){old, new, leaf}, 3);
}

/* A root of the intermediate's name in ssl_ca is what OpenSSL takes, wherever it stands. */
TEST(the_certificate_that_hides_the_path_from_openssl_is_named)
{
    X509 *middle = pki_certificate(&(struct pki_spec){
        .name = "Int", .key = pki_key(9), .issuer = pki.root, .issuer_key = pki.root_key, .kind = PKI_CA});
    X509 *namesake = pki_certificate(&(struct pki_spec){.name = "Int", .key = pki_key(10), .kind = PKI_CA});
    X509 *leaf = leaf_of(middle, pki_key(9));
    CLEANUP(given_done)
    struct given given = {.chain = list_of(leaf, middle, NULL), .anchors = list_of(pki.root, namesake, NULL)};
    struct budget budget = {BUDGET_STEPS};
    struct choice choice;
    choose(leaf, &given, &budget, &choice);
    assert_int_equal(choice.standing, STANDING_UNBUILT);
    assert_int_equal(choice.verdict.count, 1);
    assert_int_equal(choice.verdict.violations[0].reason, REASON_UNTRUSTED_CHAIN);
    assert_string_equal(choice.verdict.violations[0].field, "ssl_ca");
    assert_string_equal(choice.verdict.violations[0].message,
                        "certificate 2 of ssl_ca (CN=Int) hides certificate 2 of ssl_cert from OpenSSL; "
                        "put that into ssl_ca");
    given_done(&given);
    given = (struct given){.chain = list_of(leaf, NULL, NULL), .anchors = list_of(pki.root, namesake, middle)};
    choose(leaf, &given, &budget, &choice);
    assert_int_equal(choice.standing, STANDING_CLEAN);
    release((X509 *const[]){middle, namesake, leaf}, 3);
}

static void setup(void)
{
    pki_make(&pki, pki_key(3));
}

static void teardown(void)
{
    pki_done(&pki);
}

ALL_TESTS(setup, teardown);
