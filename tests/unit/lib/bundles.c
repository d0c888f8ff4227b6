#include "tests/unit/lib/bundles.h"
#include "core/draft/build.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "core/pem/pem.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/wire_judging.h"

void bundle_add_request(struct buf *ret, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    X509_REQ *request = X509_REQ_new();
    assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
    assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509_REQ(bio, request), 1);
    X509_REQ_free(request);
    pki_write_bio(ret, bio);
}

void bundle_add_revocations(struct buf *ret, X509 *issuer, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    X509_CRL *list = X509_CRL_new();
    assert_int_equal(X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer)), 1);
    assert_int_equal(X509_CRL_set1_lastUpdate(list, X509_get0_notBefore(issuer)), 1);
    assert_true(X509_CRL_sign(list, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509_CRL(bio, list), 1);
    X509_CRL_free(list);
    pki_write_bio(ret, bio);
}

void bundle_add_encrypted_key(struct buf *ret, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_256_cbc(), "secret", 6, NULL, NULL), 1);
    pki_write_bio(ret, bio);
}

void bundle_add_public_key(struct buf *ret, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
    pki_write_bio(ret, bio);
}

void bundle_add_parameters(struct buf *ret)
{
    add_text(ret, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n");
}

void bundle_add_corrupt_key(struct buf *ret, EVP_PKEY *key)
{
    struct fault f = {0};
    unsigned char *der = NULL;
    int length = i2d_PrivateKey(key, &der);
    der[20] ^= 1; /* in SEC 1's form the private number stands at 7 to 38 */
    assert_int_equal(pem_write("EC PRIVATE KEY", (struct span){der, (size_t)length}, ret, &f), 0);
    OPENSSL_clear_free(der, (size_t)length);
}

void bundle_of(const struct pki *pki, struct buf *ret)
{
    pki_write_certificate(ret, pki->leaf);
    pki_write_key(ret, pki->leaf_key);
    pki_write_certificate(ret, pki->intermediate);
    pki_write_certificate(ret, pki->root);
}

/* The base64 of the first private key. */
static struct span key_in(struct span text)
{
    static const char begin[] = "PRIVATE KEY-----\n";
    const unsigned char *at = text.len == 0 ? NULL : memmem(text.data, text.len, begin, sizeof(begin) - 1);
    if (at == NULL)
        return (struct span){NULL, 0};
    at += sizeof(begin) - 1;
    const unsigned char *end = memmem(at, text.len - (size_t)(at - text.data), "-----", 5);
    return (struct span){at, end == NULL ? 0 : (size_t)(end - at)};
}

int bundle_build(struct span text, uint32_t accepted, struct material **ret, struct fault *f)
{
    CLEANUP(request_done) struct request request = {.set.accepted = accepted};
    *ret = NULL;
    add_bytes(&request.set.certificate_pem, text);
    int result = material_build_by_wire(&request.set, NULL, PKI_NOW, ret, f);
    law_check(result, f, key_in(text));
    assert_int_equal(*ret != NULL, result == 0);
    assert_int_equal(ERR_peek_error(), 0);
    return result;
}

struct material *bundle_must_build(const struct buf *text)
{
    struct material *material;
    struct fault f = {0};
    law_expect(bundle_build(buf_span(text), 0, &material, &f), &f, REASON_NONE);
    assert_true(material_is_bundle(material));
    return material;
}

void bundle_expect_file(const struct material *material, enum material_file file, const struct buf *expected)
{
    assert_int_equal(material_content(material, file) != NULL, expected != NULL);
    struct span bytes = material_bytes(material, file);
    if (expected == NULL)
        assert_int_equal(bytes.len, 0);
    else if (!span_equal(bytes, buf_span(expected)))
        fail_msg("file %d is\n%.*s", (int)file, (int)bytes.len, (const char *)bytes.data);
}

void bundle_expect_warning(const struct material *material, enum warning warning, const char *part)
{
    struct findings findings;
    size_t count = 0;
    material_findings_at(material, PKI_NOW, &findings);
    for (size_t i = 0; i < findings.warning_count; i++) {
        const char *message = findings.warnings[i].message;
        if (strstr(message, "ssl_") != NULL || strstr(findings.warnings[i].field, "ssl_") != NULL)
            fail_msg("\"%s\" speaks of a field that is not there", message);
        if (findings.warnings[i].warning != warning)
            continue;
        count++;
        if (strstr(message, part) == NULL)
            fail_msg("\"%s\" does not contain \"%s\"", message, part);
    }
    assert_int_equal(count, 1);
}
