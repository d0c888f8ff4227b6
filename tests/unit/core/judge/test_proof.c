#include "core/judge/proof.h"

#include <string.h>

#include <openssl/err.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"

static struct pki pki;

static int load(struct span ca, struct span cert, struct span key, SSL_CTX **ret, struct fault *f)
{
    const struct proof_files files = {.ca = ca, .cert = cert, .key = key};
    int result = proof_load(&files, PKI_NOW, 2, ret, f);
    law_check(result, f, key);
    assert_int_equal(*ret != NULL, result == 0);
    assert_int_equal(ERR_peek_error(), 0);
    return result;
}

/* An endpoint with the test root and chain, and a leaf made to the specification. */
static SSL_CTX *load_leaf(struct pki_spec spec)
{
    CLEANUP(buf_done) struct buf cert = {0}, key = {0};
    struct fault f = {0};
    SSL_CTX *context = NULL;
    spec.name = "leaf";
    spec.key = pki_key(3);
    spec.issuer = pki.root;
    spec.issuer_key = pki.root_key;
    X509 *leaf = pki_certificate(&spec);
    pki_write_certificate(&cert, leaf);
    pki_write_key(&key, spec.key);
    X509_free(leaf);
    assert_int_equal(load(buf_span(&pki.ca), buf_span(&cert), buf_span(&key), &context, &f), 0);
    return context;
}

static int handshake(SSL_CTX *server, SSL_CTX *client, bool verify_server, bool verify_client, struct fault *f)
{
    int results[2];
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        const struct proof_terms policy = {versions[i], verify_server, verify_client};
        fault_clear(f);
        results[i] = proof_handshake(server, client, &policy, f);
        law_check(results[i], f, buf_span(&pki.key));
        assert_int_equal(ERR_peek_error(), 0);
    }
    assert_int_equal(results[0], results[1]);
    return results[0];
}

TEST(a_good_set_shakes_hands_with_itself)
{
    EVP_PKEY *const keys[] = {pki_key(2), pki_rsa_key(), pki_ed25519_key(), pki_rsa_pss_key()};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct pki set;
        struct fault f = {0};
        CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *context = NULL;
        pki_make(&set, keys[i]);
        assert_int_equal(load(buf_span(&set.ca), buf_span(&set.cert), buf_span(&set.key), &context, &f), 0);
        law_expect(handshake(context, context, true, true, &f), &f, REASON_NONE);
        law_expect(handshake(context, context, true, false, &f), &f, REASON_NONE);
        law_expect(handshake(context, context, false, true, &f), &f, REASON_NONE);
        pki_done(&set);
    }
}

TEST(an_invalid_set_does_not_load)
{
    CLEANUP(buf_done) struct buf other_key = {0};
    pki_write_key(&other_key, pki_key(9));
    const struct span ca = buf_span(&pki.ca), cert = buf_span(&pki.cert), key = buf_span(&pki.key);
    const struct span rows[][3] = {
        {ca, cert, buf_span(&other_key)}, {ca, cert, span_of("")}, {ca, key, key},
        {ca, span_of(""), key},           {ca, cert, cert},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        SSL_CTX *context = NULL;
        struct fault f = {0};
        law_expect(load(rows[i][0], rows[i][1], rows[i][2], &context, &f), &f, REASON_HANDSHAKE_FAILED);
    }
}

TEST(a_peer_from_another_ca_is_refused)
{
    CLEANUP(buf_done) struct buf cert = {0}, key = {0};
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *ours = load_leaf((struct pki_spec){.kind = PKI_LEAF});
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *stranger = NULL;
    struct fault f = {0};
    X509 *selfsigned = pki_certificate(&(struct pki_spec){.name = "stranger", .key = pki_key(9)});
    pki_write_certificate(&cert, selfsigned);
    pki_write_key(&key, pki_key(9));
    X509_free(selfsigned);
    assert_int_equal(load(buf_span(&pki.ca), buf_span(&cert), buf_span(&key), &stranger, &f), 0);
    law_expect(handshake(stranger, ours, true, false, &f), &f, REASON_HANDSHAKE_FAILED);
    fault_clear(&f);
    law_expect(handshake(ours, stranger, false, true, &f), &f, REASON_HANDSHAKE_FAILED);
    fault_clear(&f);
    law_expect(handshake(ours, stranger, true, false, &f), &f, REASON_NONE);
}

TEST(the_peer_is_judged_at_the_given_time)
{
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *expired = load_leaf((struct pki_spec){.from = -100, .until = -10});
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *good = load_leaf((struct pki_spec){.from = -10, .until = 10});
    struct fault f = {0};
    law_expect(handshake(good, good, true, true, &f), &f, REASON_NONE);
    law_expect(handshake(expired, good, true, false, &f), &f, REASON_HANDSHAKE_FAILED);
    assert_non_null(strstr(f.message, "expired"));
}

TEST(the_purpose_is_judged_in_each_direction)
{
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *server = load_leaf((struct pki_spec){.purpose = "serverAuth"});
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *client = load_leaf((struct pki_spec){.purpose = "clientAuth"});
    struct fault f = {0};
    law_expect(handshake(server, client, true, true, &f), &f, REASON_NONE);
    law_expect(handshake(client, server, true, false, &f), &f, REASON_HANDSHAKE_FAILED);
    fault_clear(&f);
    law_expect(handshake(client, server, false, true, &f), &f, REASON_HANDSHAKE_FAILED);
}

TEST(an_endpoint_can_be_used_again_after_a_failure)
{
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *expired = load_leaf((struct pki_spec){.from = -100, .until = -10});
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *good = load_leaf((struct pki_spec){.kind = PKI_LEAF});
    for (int i = 0; i < 3; i++) {
        struct fault f = {0};
        law_expect(handshake(expired, good, true, true, &f), &f, REASON_HANDSHAKE_FAILED);
        fault_clear(&f);
        law_expect(handshake(good, good, true, true, &f), &f, REASON_NONE);
    }
}

TEST(a_client_is_tested_independently_of_its_use_as_a_server)
{
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *client = load_leaf((struct pki_spec){.purpose = "clientAuth"});
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *server = load_leaf((struct pki_spec){.purpose = "serverAuth"});
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *stranger = NULL;
    struct fault f = {0};
    law_expect(proof_load_stranger(client, &stranger, &f), &f, REASON_NONE);
    law_expect(handshake(stranger, client, false, true, &f), &f, REASON_NONE);
    law_expect(handshake(stranger, server, false, true, &f), &f, REASON_HANDSHAKE_FAILED);
    fault_clear(&f);
    law_expect(handshake(stranger, client, true, false, &f), &f, REASON_HANDSHAKE_FAILED);
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
