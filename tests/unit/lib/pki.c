#include "tests/unit/lib/pki.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "tests/unit/lib/harness.h"

static EVP_PKEY *ec_keys[PKI_KEYS_MAX];
static EVP_PKEY *rsa_key, *small_rsa_key, *rsa_pss_key, *ed25519_key;

static EVP_PKEY *kept(EVP_PKEY *key)
{
    assert_non_null(key);
    return key;
}

EVP_PKEY *pki_key(int number)
{
    assert_in_range(number, 0, PKI_KEYS_MAX - 1);
    if (ec_keys[number] == NULL)
        ec_keys[number] = kept(EVP_EC_gen("P-256"));
    return ec_keys[number];
}

EVP_PKEY *pki_rsa_key(void)
{
    if (rsa_key == NULL)
        rsa_key = kept(EVP_RSA_gen(2048));
    return rsa_key;
}

EVP_PKEY *pki_small_rsa_key(void)
{
    if (small_rsa_key == NULL)
        small_rsa_key = kept(EVP_RSA_gen(1024));
    return small_rsa_key;
}

EVP_PKEY *pki_rsa_pss_key(void)
{
    if (rsa_pss_key == NULL) {
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
        assert_int_equal(EVP_PKEY_keygen_init(context), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048), 1);
        assert_int_equal(EVP_PKEY_generate(context, &rsa_pss_key), 1);
        EVP_PKEY_CTX_free(context);
    }
    return rsa_pss_key;
}

EVP_PKEY *pki_ed25519_key(void)
{
    if (ed25519_key == NULL)
        ed25519_key = kept(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
    return ed25519_key;
}

static void add_extra(X509 *certificate, X509 *issuer, const char *name, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf(NULL, &context, name, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    add_extra(certificate, issuer, OBJ_nid2sn(nid), value);
}

static void add_extensions(X509 *certificate, const struct pki_spec *spec)
{
    X509 *issuer = spec->issuer == NULL ? certificate : spec->issuer;
    if (spec->kind == PKI_LEAF)
        add_extension(certificate, issuer, NID_basic_constraints, "CA:FALSE");
    if (spec->kind == PKI_CA) {
        add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    }
    if (spec->purpose != NULL)
        add_extension(certificate, issuer, NID_ext_key_usage, spec->purpose);
    if (!spec->no_key_identifiers) {
        add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
        if (X509_get0_subject_key_id(issuer) != NULL)
            add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
    }
    for (size_t i = 0; i + 1 < PKI_EXTRA_MAX && spec->extra[i] != NULL; i += 2)
        add_extra(certificate, issuer, spec->extra[i], spec->extra[i + 1]);
}

static void set_names(X509 *certificate, const struct pki_spec *spec)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    assert_int_equal(
        X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)spec->name, -1, -1, 0),
        1);
    assert_int_equal(
        X509_set_issuer_name(certificate, spec->issuer == NULL ? name : X509_get_subject_name(spec->issuer)), 1);
}

static void set_times(X509 *certificate, const struct pki_spec *spec)
{
    bool standard = spec->from == 0 && spec->until == 0;
    int64_t from = standard ? -PKI_DAY : spec->from;
    int64_t until = standard ? 365 * (int64_t)PKI_DAY : spec->until;
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)(PKI_NOW + from)));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(PKI_NOW + until)));
}

static const EVP_MD *digest_for(const struct pki_spec *spec, EVP_PKEY *signer)
{
    if (spec->digest != NULL)
        return spec->digest;
    return EVP_PKEY_is_a(signer, "ED25519") ? NULL : EVP_sha256();
}

/* Read back from its bytes: an X509 that was put together by hand keeps what OpenSSL cached before it was signed. */
static X509 *read_back(X509 *certificate)
{
    unsigned char *der = NULL;
    int length = i2d_X509(certificate, &der);
    const unsigned char *at = der;
    X509 *same = d2i_X509(NULL, &at, length);
    assert_non_null(same);
    OPENSSL_free(der);
    X509_free(certificate);
    ERR_clear_error();
    return same;
}

X509 *pki_certificate(const struct pki_spec *spec)
{
    static long next_serial = 4096;
    X509 *certificate = X509_new();
    EVP_PKEY *signer = spec->issuer == NULL ? spec->key : spec->issuer_key;
    assert_non_null(certificate);
    assert_int_equal(X509_set_version(certificate, spec->kind == PKI_VERSION_1 ? X509_VERSION_1 : X509_VERSION_3), 1);
    assert_int_equal(
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), spec->serial == 0 ? next_serial++ : spec->serial), 1);
    set_names(certificate, spec);
    set_times(certificate, spec);
    assert_int_equal(X509_set_pubkey(certificate, spec->key), 1);
    if (spec->kind != PKI_VERSION_1)
        add_extensions(certificate, spec);
    assert_true(X509_sign(certificate, signer, digest_for(spec, signer)) > 0);
    return read_back(certificate);
}

X509 *pki_with_broken_signature(const X509 *certificate)
{
    unsigned char *der = NULL;
    int length = i2d_X509(certificate, &der);
    assert_true(length > 0);
    der[length - 1] ^= 1; /* the signature is the last thing in a certificate */
    const unsigned char *at = der;
    X509 *broken = d2i_X509(NULL, &at, length);
    assert_non_null(broken);
    OPENSSL_free(der);
    return broken;
}

void pki_write_bio(struct buf *ret, BIO *bio)
{
    char *data = NULL;
    long length = BIO_get_mem_data(bio, &data);
    add_bytes(ret, (struct span){(unsigned char *)data, (size_t)length});
    BIO_free(bio);
}

void pki_write_certificate(struct buf *ret, const X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
    pki_write_bio(ret, bio);
}

void pki_write_key(struct buf *ret, const EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    pki_write_bio(ret, bio);
}

void pki_write_traditional_key(struct buf *ret, const EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    pki_write_bio(ret, bio);
}

void pki_make(struct pki *pki, EVP_PKEY *leaf_key)
{
    *pki = (struct pki){.root_key = pki_key(0), .intermediate_key = pki_key(1), .leaf_key = leaf_key};
    pki->root = pki_certificate(&(struct pki_spec){.name = "Test Root", .key = pki->root_key, .kind = PKI_CA});
    pki->intermediate = pki_certificate(&(struct pki_spec){.name = "Test Intermediate",
                                                           .key = pki->intermediate_key,
                                                           .issuer = pki->root,
                                                           .issuer_key = pki->root_key,
                                                           .kind = PKI_CA});
    pki->leaf = pki_certificate(&(struct pki_spec){
        .name = "db.example.com", .key = leaf_key, .issuer = pki->intermediate, .issuer_key = pki->intermediate_key});
    pki_write_certificate(&pki->ca, pki->root);
    pki_write_certificate(&pki->cert, pki->leaf);
    pki_write_certificate(&pki->cert, pki->intermediate);
    pki_write_key(&pki->key, leaf_key);
}

void pki_done(struct pki *pki)
{
    X509_free(pki->root);
    X509_free(pki->intermediate);
    X509_free(pki->leaf);
    buf_done(&pki->ca);
    buf_done(&pki->cert);
    buf_done(&pki->key);
    *pki = (struct pki){0};
}

void pki_write_member(struct buf *ret, const char *name, struct span value)
{
    add_text(ret, "\"");
    add_text(ret, name);
    add_text(ret, "\":\"");
    add_escaped(ret, value);
    add_text(ret, "\"");
}

void pki_write_document(struct buf *ret, struct span ca, struct span cert, struct span key)
{
    add_text(ret, "{");
    pki_write_member(ret, "ssl_ca", ca);
    add_text(ret, ",");
    pki_write_member(ret, "ssl_cert", cert);
    add_text(ret, ",");
    pki_write_member(ret, "ssl_key", key);
    add_text(ret, "}");
}

/* The shared keys are not leaks. */
__attribute__((destructor)) static void release_keys(void)
{
    for (int i = 0; i < PKI_KEYS_MAX; i++)
        EVP_PKEY_free(ec_keys[i]);
    EVP_PKEY_free(rsa_key);
    EVP_PKEY_free(small_rsa_key);
    EVP_PKEY_free(rsa_pss_key);
    EVP_PKEY_free(ed25519_key);
}
