#include "core/draft/build.h"
#include "core/pem/outline.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>

#include "core/set/material.h"
#include "core/x509/private_key.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/pki.h"
#include "tests/unit/lib/wire_judging.h"

#define BYTES(text) ((struct span){(const unsigned char *)(text), sizeof(text) - 1})

static struct pki pki;

/* Appends one element. */
static void wrap(struct buf *ret, unsigned char tag, struct span content)
{
    unsigned char header[5] = {tag};
    size_t size = 1;
    unsigned bytes = content.len < 0x80 ? 0 : content.len < 0x100 ? 1 : content.len < 0x10000 ? 2 : 3;
    if (bytes > 0)
        header[size++] = (unsigned char)(0x80 | bytes);
    for (unsigned i = bytes == 0 ? 1 : bytes; i-- > 0;)
        header[size++] = (unsigned char)(content.len >> 8 * i);
    add_bytes(ret, (struct span){header, size});
    add_bytes(ret, content);
}

/* Appends a positive INTEGER of `bits` bits. */
static void add_integer(struct buf *ret, size_t bits)
{
    CLEANUP(buf_done) struct buf number = {0};
    struct fault f = {0};
    size_t length = bits / 8 + 1;
    assert_int_equal(buf_reserve(&number, length, &f), 0);
    memset(number.data, 0x5A, length);
    number.data[0] = 0;
    number.data[bits % 8 == 0 ? 1 : 0] = (unsigned char)(bits % 8 == 0 ? 0x80 : 1 << (bits % 8 - 1));
    number.len = length;
    wrap(ret, 0x02, buf_span(&number));
}

/* Makes a SubjectPublicKeyInfo of an arbitrary RSA key. */
static void write_rsa_info(struct buf *ret, size_t bits, size_t exponent_bits)
{
    CLEANUP(buf_done) struct buf numbers = {0}, key = {0}, inside = {0};
    add_integer(&numbers, bits);
    add_integer(&numbers, exponent_bits);
    add_bytes(&key, BYTES("\0"));
    wrap(&key, 0x30, buf_span(&numbers));
    add_bytes(&inside, BYTES("\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00"));
    wrap(&inside, 0x03, buf_span(&key));
    wrap(ret, 0x30, buf_span(&inside));
}

static struct outline outline_of(const X509 *certificate)
{
    struct outline outline;
    unsigned char *der = NULL;
    int length = i2d_X509(certificate, &der);
    assert_true(outline_certificate((struct span){der, (size_t)length}, &outline));
    OPENSSL_free(der);
    return outline;
}

TEST(every_key_is_recognised_in_its_certificate_and_its_private_form)
{
    const struct {
        EVP_PKEY *key;
        size_t bits;
        enum outline_algorithm algorithm;
        enum outline_form form;
    } rows[] = {
        {pki_rsa_key(), 2048, OUTLINE_RSA, OUTLINE_PKCS1},
        {pki_small_rsa_key(), 1024, OUTLINE_RSA, OUTLINE_PKCS1},
        {pki_rsa_pss_key(), 2048, OUTLINE_RSA_PSS, OUTLINE_PKCS8},
        {pki_key(0), 256, OUTLINE_EC, OUTLINE_SEC1},
        {pki_ed25519_key(), 0, OUTLINE_ED25519, OUTLINE_PKCS8},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        X509 *certificate = pki_certificate(&(struct pki_spec){.name = "a", .key = rows[i].key});
        struct outline outline = outline_of(certificate);
        X509_free(certificate);
        assert_int_equal(outline.algorithm, rows[i].algorithm);
        assert_int_equal(outline.bits, rows[i].bits);
        assert_int_equal(outline.exponent_bits, rows[i].bits > 256 ? 17 : 0);
        assert_false(outline.explicit_curve || outline.compressed || outline.oversized);
        assert_null(outline_excess(&outline));
        unsigned char *der = NULL;
        int length = i2d_PrivateKey(rows[i].key, &der);
        enum outline_form form;
        assert_true(outline_private_key((struct span){der, (size_t)length}, &outline, &form));
        OPENSSL_clear_free(der, (size_t)length);
        assert_int_equal(outline.algorithm, rows[i].algorithm);
        assert_int_equal(outline.bits, rows[i].bits);
        assert_int_equal(form, rows[i].form);
        assert_null(outline_excess(&outline));
    }
}

TEST(sizes_beyond_the_limits_are_reported)
{
    const struct {
        size_t bits, exponent_bits;
        const char *excess;
    } rows[] = {
        {2048, 2, NULL},
        {16384, 17, NULL},
        {16384, 256, NULL},
        {16385, 17, "over 16384 bits"},
        {4000000, 17, "over 16384 bits"},
        {2048, 257, "exponent over 256 bits"},
        {2048, 4000000, "exponent over 256 bits"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) struct buf info = {0};
        struct outline outline;
        write_rsa_info(&info, rows[i].bits, rows[i].exponent_bits);
        assert_true(outline_public_key(buf_span(&info), &outline));
        assert_int_equal(outline.bits, rows[i].bits);
        assert_int_equal(outline.exponent_bits, rows[i].exponent_bits);
        assert_int_equal(outline_excess(&outline) == NULL, rows[i].excess == NULL);
        if (rows[i].excess != NULL)
            assert_non_null(strstr(outline_excess(&outline), rows[i].excess));
    }
}

/* PKCS#8 and OpenSSL's own form of a DSA key, PKCS#8 of SM2, of X25519 and of an unknown algorithm. */
TEST(other_algorithms_are_named)
{
    const struct {
        struct span key;
        const char *name;
    } rows[] = {
        {BYTES(
             "\x30\x1C\x02\x01\x00\x30\x12\x06\x07\x2A\x86\x48\xCE\x38\x04\x01\x30\x07\x02\x01\x17\x02\x02\x00\xBB\x04"
             "\x03\x02\x01\x05"),
         "DSA"},
        {BYTES("\x30\x12\x02\x01\x00\x02\x01\x17\x02\x01\x0B\x02\x01\x02\x02\x01\x03\x02\x01\x04"), "DSA"},
        {BYTES(
             "\x30\x2A\x02\x01\x00\x30\x13\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x08\x2A\x81\x1C\xCF\x55\x01\x82\x2D"
             "\x04\x10\x30\x0E\x02\x01\x01\x04\x09\x01\x02\x03\x04\x05\x06\x07\x08\x09"),
         "SM2"},
        {BYTES("\x30\x0E\x02\x01\x00\x30\x05\x06\x03\x2B\x65\x6E\x04\x02\x04\x00"), "X25519"},
        {BYTES("\x30\x0C\x02\x01\x00\x30\x05\x06\x03\x2A\x03\x04\x04\x00"), "an unknown"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct outline outline;
        enum outline_form form;
        assert_true(outline_private_key(rows[i].key, &outline, &form));
        assert_int_equal(outline.algorithm, OUTLINE_OTHER);
        assert_string_equal(outline.name, rows[i].name);
    }
}

static EVP_PKEY *ec_key(const char *encoding)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    char group[] = "P-256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, (char *)(uintptr_t)encoding, 0),
        OSSL_PARAM_construct_end(),
    };
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_params(context, parameters), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

TEST(explicit_curves_and_compressed_points_are_reported)
{
    EVP_PKEY *explicit = ec_key("explicit"), *compressed = ec_key("named_curve");
    assert_int_equal(
        EVP_PKEY_set_utf8_string_param(compressed, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed"), 1);
    X509 *certificate = pki_certificate(&(struct pki_spec){.name = "explicit", .key = explicit});
    struct outline outline = outline_of(certificate);
    assert_true(outline.explicit_curve);
    assert_non_null(strstr(outline_excess(&outline), "explicit"));
    X509_free(certificate);
    certificate = pki_certificate(&(struct pki_spec){.name = "compressed", .key = compressed});
    outline = outline_of(certificate);
    assert_true(outline.compressed);
    assert_int_equal(outline.bits, 256);
    assert_null(outline_excess(&outline));
    X509_free(certificate);
    EVP_PKEY_free(explicit);
    EVP_PKEY_free(compressed);
}

/* A set accepted by an earlier version is served, even if it would be refused now. */
TEST(a_key_with_an_explicit_curve_is_refused_and_yet_restored)
{
    CLEANUP(material_unrefp) struct material *material = NULL;
    EVP_PKEY *explicit = ec_key("explicit");
    struct request_set set = {.accepted = UINT32_C(1) << REASON_WEAK_KEY};
    X509 *certificate = pki_certificate(&(struct pki_spec){.name = "explicit", .key = explicit});
    struct fault f = {0};
    pki_write_certificate(&set.ssl_ca, certificate);
    pki_write_certificate(&set.ssl_cert, certificate);
    pki_write_key(&set.ssl_key, explicit);
    law_expect(material_build_by_wire(&set, NULL, PKI_NOW, &material, &f), &f, REASON_UNSUPPORTED);
    assert_string_equal(f.field, "ssl_ca");
    fault_clear(&f);
    law_expect(material_restore(&set, PKI_NOW, &material, &f), &f, REASON_NONE);
    X509_free(certificate);
    EVP_PKEY_free(explicit);
    buf_done(&set.ssl_ca);
    buf_done(&set.ssl_cert);
    buf_done(&set.ssl_key);
}

TEST(numbers_that_are_too_long_for_their_modulus_are_reported)
{
    CLEANUP(buf_done) struct buf numbers = {0}, key = {0};
    struct outline outline;
    enum outline_form form;
    add_bytes(&numbers, BYTES("\x02\x01\x00"));
    for (int i = 0; i < 8; i++)
        add_integer(&numbers, i == 1 ? 17 : i == 5 ? 500000 : 2048);
    wrap(&key, 0x30, buf_span(&numbers));
    assert_true(outline_private_key(buf_span(&key), &outline, &form));
    assert_true(outline.oversized);
    assert_non_null(strstr(outline_excess(&outline), "too long"));
}

/* OpenSSL decodes no mutant as another kind of key than the outline reported. */
static void take_private(struct span mutant, void *context)
{
    struct outline outline = {.algorithm = OUTLINE_OTHER};
    enum outline_form form;
    size_t used;
    (void)context;
    bool told = outline_private_key(mutant, &outline, &form);
    CLEANUP(ossl_key_freep) EVP_PKEY *key = private_key_decode(mutant, &used);
    if (key == NULL)
        return;
    assert_true(told);
    assert_int_equal(EVP_PKEY_is_a(key, "EC") == 1, outline.algorithm == OUTLINE_EC);
    assert_int_equal(EVP_PKEY_is_a(key, "RSA") == 1, outline.algorithm == OUTLINE_RSA);
    if (outline.algorithm == OUTLINE_RSA)
        assert_int_equal(EVP_PKEY_get_bits(key), outline.bits);
}

TEST(no_mutant_of_a_key_contradicts_its_outline)
{
    EVP_PKEY *const keys[] = {pki_key(0), pki_small_rsa_key(), pki_ed25519_key()};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        unsigned char *der = NULL;
        int length = i2d_PrivateKey(keys[i], &der);
        (void)mutate_each((struct span){der, (size_t)length}, 3, take_private, NULL);
        OPENSSL_clear_free(der, (size_t)length);
    }
}

static void take_certificate(struct span mutant, void *context)
{
    struct outline outline;
    const unsigned char *end = mutant.data;
    (void)context;
    if (!outline_certificate(mutant, &outline))
        return;
    CLEANUP(ossl_x509_freep) X509 *certificate = d2i_X509(NULL, &end, (long)mutant.len);
    EVP_PKEY *key = certificate == NULL ? NULL : X509_get0_pubkey(certificate);
    if (key != NULL)
        assert_int_equal(EVP_PKEY_is_a(key, "EC") == 1, outline.algorithm == OUTLINE_EC);
    ossl_clear_errors();
}

TEST(no_mutant_of_a_certificate_contradicts_its_outline)
{
    unsigned char *der = NULL;
    int length = i2d_X509(pki.leaf, &der);
    (void)mutate_each((struct span){der, (size_t)length}, 2, take_certificate, NULL);
    OPENSSL_free(der);
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
