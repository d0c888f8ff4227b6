/*
 * A set and its successor accept each other or not, decided by their certificates alone.
 */
#include "core/judge/trust.h"

#include <string.h>

#include <openssl/err.h>

#include "core/x509/cert_list.h"

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"
#include "tests/unit/lib/x509_list.h"

static struct pki pki;

/* Returns the warning about replacing `old` by `new`, "" if there is none. */
static const char *change(const struct pki *old, const struct pki *new, bool for_server, bool for_client,
                          uint64_t steps)
{
    static struct findings findings;
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *chain = list_of(new->leaf, new->intermediate, NULL);
    CLEANUP(ossl_stack_freep) STACK_OF(X509) *anchors = NULL;
    struct fault f = {0};
    const struct trust_served served = {buf_span(&old->ca), buf_span(&old->cert), for_server, for_client};
    findings = (struct findings){0};
    law_expect(cert_list_parse(buf_span(&new->ca), "ssl_ca", 0, NULL, &anchors, &findings, &f), &f, REASON_NONE);
    const struct trust_side next = {chain, anchors, for_server, for_client};
    trust_review(&served, &next, PKI_NOW, &(struct budget){steps}, &findings);
    assert_int_equal(ERR_peek_error(), 0);
    assert_true(findings.warning_count <= 1);
    if (findings.warning_count == 0)
        return "";
    assert_int_equal(findings.warnings[0].warning, WARNING_TRUST_BREAK);
    return findings.warnings[0].message;
}

/* A set below its own root, to which `shared` is added in ca unless it is NULL. It has no key. */
static void make_other(struct pki *set, X509 *shared, const char *purpose)
{
    *set = (struct pki){.root_key = pki_key(8), .leaf_key = pki_key(9)};
    set->root = pki_certificate(&(struct pki_spec){.name = "Other Root", .key = set->root_key, .kind = PKI_CA});
    set->leaf = pki_certificate(&(struct pki_spec){
        .name = "leaf", .key = set->leaf_key, .issuer = set->root, .issuer_key = set->root_key, .purpose = purpose});
    pki_write_certificate(&set->ca, set->root);
    if (shared != NULL)
        pki_write_certificate(&set->ca, shared);
    pki_write_certificate(&set->cert, set->leaf);
}

TEST(a_change_of_the_ca_breaks_trust)
{
    struct pki other, both;
    make_other(&other, NULL, NULL);
    make_other(&both, pki.root, NULL);
    assert_non_null(strstr(change(&pki, &other, true, true, BUDGET_STEPS), "reject each other"));
    assert_non_null(strstr(change(&other, &pki, true, true, BUDGET_STEPS), "reject each other"));
    /* The new leaf is not trusted by peers that are still on the old set; the old one is. */
    assert_string_equal(
        change(&pki, &both, true, true, BUDGET_STEPS),
        "peers on the served set reject this one: import the served certificate with old and new CA first");
    assert_string_equal(change(&both, &pki, true, true, BUDGET_STEPS),
                        "peers on this set reject the served one: import old and new CA together first");
    assert_string_equal(change(&other, &both, true, true, BUDGET_STEPS), "");
    pki_done(&other);
    pki_done(&both);
}

TEST(another_leaf_below_the_same_ca_breaks_nothing)
{
    struct pki next;
    pki_make(&next, pki_key(4));
    assert_string_equal(change(&pki, &next, true, true, BUDGET_STEPS), "");
    pki_done(&next);
}

TEST(both_purposes_count_as_far_as_the_leaf_has_them)
{
    struct pki server, client;
    make_other(&server, NULL, "serverAuth");
    make_other(&client, NULL, "clientAuth");
    assert_string_equal(change(&server, &server, true, false, BUDGET_STEPS), "");
    assert_non_null(strstr(change(&server, &server, true, true, BUDGET_STEPS), "reject each other"));
    assert_string_equal(change(&client, &client, false, true, BUDGET_STEPS), "");
    assert_non_null(strstr(change(&client, &client, true, false, BUDGET_STEPS), "reject each other"));
    pki_done(&server);
    pki_done(&client);
}

/* A set is not refused for the price of a warning: the warning reports that it was not checked. */
TEST(a_check_beyond_the_budget_is_reported)
{
    bool afforded = false;
    size_t refused = 0;
    for (uint64_t steps = 1; !afforded; steps += steps / 2 + 1) {
        const char *message = change(&pki, &pki, true, true, steps);
        afforded = message[0] == '\0';
        refused += strstr(message, "takes too much work") != NULL;
        assert_true(afforded || strstr(message, "takes too much work") != NULL);
        assert_true(steps < BUDGET_STEPS);
    }
    assert_true(refused > 5);
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
