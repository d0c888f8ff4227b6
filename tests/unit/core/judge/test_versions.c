/*
 * Both TLS versions in each direction: a warning if only one works, a refusal if neither does.
 */
#include "core/judge/versions.h"

#include <string.h>

#include <openssl/err.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"

static struct pki pki;

/* Tests a leaf made to the specification for the wanted roles with `steps` steps; a signature costs one. */
static int prove(struct pki_spec spec, bool for_server, bool for_client, uint64_t steps, struct findings *ret,
                 struct fault *f)
{
    CLEANUP(buf_done) struct buf cert = {0}, key = {0};
    CLEANUP(ossl_x509_freep) X509 *leaf = NULL;
    spec.name = "leaf";
    spec.issuer = pki.root;
    spec.issuer_key = pki.root_key;
    leaf = pki_certificate(&spec);
    pki_write_certificate(&cert, leaf);
    pki_write_key(&key, spec.key);
    const struct versions_terms policy = {.files = {buf_span(&pki.ca), buf_span(&cert), buf_span(&key)},
                                          .leaf = leaf,
                                          .now = PKI_NOW,
                                          .level = 2,
                                          .for_server = for_server,
                                          .for_client = for_client,
                                          .price = 1,
                                          .field = "ssl_cert"};
    *ret = (struct findings){0};
    int result = versions_prove(&policy, &(struct budget){steps}, ret, f);
    law_check(result, f, buf_span(&key));
    assert_int_equal(ERR_peek_error(), 0);
    return result;
}

/* It must pass with this warning only; "" for none. */
static void expect(struct pki_spec spec, bool for_server, bool for_client, const char *message)
{
    struct findings findings;
    struct fault f = {0};
    law_expect(prove(spec, for_server, for_client, 100, &findings, &f), &f, REASON_NONE);
    assert_int_equal(findings.warning_count, message[0] != '\0');
    if (message[0] == '\0')
        return;
    assert_int_equal(findings.warnings[0].warning, WARNING_ONE_TLS_VERSION);
    assert_string_equal(findings.warnings[0].message, message);
}

TEST(a_good_set_works_in_both)
{
    EVP_PKEY *const keys[] = {pki_key(3), pki_rsa_key(), pki_ed25519_key(), pki_rsa_pss_key()};
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        for (int parts = 0; parts < 4; parts++) {
            expect((struct pki_spec){.key = keys[i]}, (parts & 1) != 0, (parts & 2) != 0, "");
            expect((struct pki_spec){.key = keys[i], .extra = {"keyUsage", "critical,digitalSignature"}},
                   (parts & 1) != 0, (parts & 2) != 0, "");
        }
}

/* Only the server role fails: a client signs with it in both versions. */
TEST(an_ec_key_that_may_not_sign_is_of_no_use_to_a_server_of_tls_1_2)
{
    static const char *const usages[] = {"keyAgreement", "critical,keyAgreement", "keyAgreement,keyEncipherment"};
    static const char server[] = "the certificate does not work in TLS 1.2, as a server it works in TLS 1.3 only: its "
                                 "keyUsage lacks digitalSignature";
    static const char client[] =
        "its keyUsage lacks digitalSignature: TLS 1.3 demands it, strict peers (Java) refuse it";
    assert_true(sizeof(server) <= FAULT_MESSAGE_SIZE);
    for (size_t i = 0; i < COUNT_OF(usages); i++) {
        const struct pki_spec spec = {.key = pki_key(3), .extra = {"keyUsage", usages[i]}};
        expect(spec, true, true, server);
        expect(spec, true, false, server);
        expect(spec, false, true, client);
    }
}

TEST(an_rsa_key_that_may_not_sign_has_a_warning_about_strict_peers)
{
    static const char message[] =
        "its keyUsage lacks digitalSignature: TLS 1.3 demands it, strict peers (Java) refuse it";
    expect((struct pki_spec){.key = pki_rsa_key(), .extra = {"keyUsage", "keyEncipherment"}}, true, false, message);
    expect((struct pki_spec){.key = pki_ed25519_key(), .extra = {"keyUsage", "keyAgreement"}}, false, true, message);
}

TEST(a_set_that_works_in_neither_version_is_refused)
{
    struct findings findings;
    struct fault f = {0};
    const struct pki_spec client = {.key = pki_key(3), .purpose = "clientAuth"};
    law_expect(prove(client, true, true, 100, &findings, &f), &f, REASON_HANDSHAKE_FAILED);
    assert_non_null(strstr(f.message, "unsuitable certificate purpose"));
    fault_clear(&f);
    law_expect(prove(client, true, false, 100, &findings, &f), &f, REASON_HANDSHAKE_FAILED);
    expect(client, false, true, "");
    const struct pki_spec expired = {.key = pki_key(3), .from = -100, .until = -10};
    fault_clear(&f);
    law_expect(prove(expired, false, true, 100, &findings, &f), &f, REASON_HANDSHAKE_FAILED);
    assert_non_null(strstr(f.message, "expired"));
}

/* Four signatures for both roles, three if four are too expensive; less is refused. */
TEST(signatures_are_paid_for)
{
    static const struct {
        bool server, client;
        uint64_t enough;
    } rows[] = {{true, true, 3}, {true, false, 2}, {false, true, 2}, {false, false, 2}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (uint64_t steps = 0; steps <= 5; steps++) {
            struct findings findings;
            struct fault f = {0};
            int result =
                prove((struct pki_spec){.key = pki_key(3)}, rows[i].server, rows[i].client, steps, &findings, &f);
            law_expect(result, &f, steps >= rows[i].enough ? REASON_NONE : REASON_TOO_COSTLY);
            assert_int_equal(findings.warning_count, 0);
        }
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
