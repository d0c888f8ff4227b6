#include "tests/unit/bundles.h"

#include <openssl/pem.h>

#include "tests/unit/harness.h"

static void append_bio(struct buf *ret, BIO *bio)
{
    char *data = NULL;
    long length = BIO_get_mem_data(bio, &data);
    add_bytes(ret, (struct span){(unsigned char *)data, (size_t)length});
    BIO_free(bio);
}

void bundle_add_request(struct buf *ret, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    X509_REQ *request = X509_REQ_new();
    assert_int_equal(X509_REQ_set_pubkey(request, key), 1);
    assert_true(X509_REQ_sign(request, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509_REQ(bio, request), 1);
    X509_REQ_free(request);
    append_bio(ret, bio);
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
    append_bio(ret, bio);
}

void bundle_add_encrypted_key(struct buf *ret, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_256_cbc(), "secret", 6, NULL, NULL), 1);
    append_bio(ret, bio);
}

void bundle_add_public_key(struct buf *ret, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
    append_bio(ret, bio);
}

void bundle_add_parameters(struct buf *ret)
{
    add_text(ret, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n");
}

void bundle_of(const struct pki *pki, struct buf *ret)
{
    pki_write_certificate(ret, pki->leaf);
    pki_write_key(ret, pki->leaf_key);
    pki_write_certificate(ret, pki->intermediate);
    pki_write_certificate(ret, pki->root);
}
