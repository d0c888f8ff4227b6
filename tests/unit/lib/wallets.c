#include "tests/unit/lib/wallets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pkcs12.h>

#include "tests/unit/lib/harness.h"

static const char default_password[] = "\x01\n\r\x7f\x1b\"\\pass word";

static void encrypt(const EVP_CIPHER *cipher, bool padded, const unsigned char *key, const unsigned char *iv,
                    const unsigned char *text, unsigned char *ret, int expected)
{
    int first = 0, rest = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    assert_non_null(context);
    assert_int_equal(EVP_EncryptInit_ex(context, cipher, NULL, key, iv), 1);
    EVP_CIPHER_CTX_set_padding(context, padded);
    assert_int_equal(EVP_EncryptUpdate(context, ret, &first, text, 16), 1);
    assert_int_equal(EVP_EncryptFinal_ex(context, ret + first, &rest), 1);
    assert_int_equal(first + rest, expected);
    EVP_CIPHER_CTX_free(context);
}

static void write_aes_body(const unsigned char *password, struct buf *ret)
{
    static const unsigned char iv[] = {0xC0, 0x34, 0xD8, 0x31, 0x1C, 0x02, 0xCE, 0xF8,
                                       0x51, 0xF0, 0x14, 0x4B, 0x81, 0xED, 0x4B, 0xF2};
    unsigned char body[33] = {6};
    for (unsigned char i = 0; i < 16; i++)
        body[1 + i] = (unsigned char)(i * 7 + 3);
    encrypt(EVP_aes_128_cbc(), false, body + 1, iv, password, body + 17, 16);
    add_bytes(ret, (struct span){body, sizeof(body)});
}

static void write_des_body(const unsigned char *password, struct buf *ret)
{
    static const unsigned char iv[8];
    unsigned char key[24], text[24];
    char body[66] = "5";
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (unsigned char)(i % 8 * 31 + 5);
    encrypt(EVP_des_ede3_cbc(), true, key, iv, password, text, sizeof(text));
    for (size_t i = 0; i < 8; i++)
        snprintf(body + 1 + 2 * i, 3, "%02x", key[i]);
    for (size_t i = 0; i < sizeof(text); i++)
        snprintf(body + 17 + 2 * i, 3, i % 2 == 0 ? "%02x" : "%02X", text[i]);
    add_text(ret, body);
}

/* As Oracle stores a password, but for its value. From DER, since PKCS12_add_secret loses memory. */
static void add_secret(STACK_OF(PKCS12_SAFEBAG) **bags)
{
    static const char der[] = "\x30\x32\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x0A\x01\x05\xA0\x23\x30\x21\x06\x0A"
                              "\x2A\x86\x48\x86\xF7\x0D\x01\x10\x0C\x0C\xA0\x13\x04\x11" WALLET_SECRET;
    const unsigned char *start = (const unsigned char *)der;
    PKCS12_SAFEBAG *bag = d2i_PKCS12_SAFEBAG(NULL, &start, sizeof(der) - 1);
    assert_non_null(bag);
    if (*bags == NULL)
        *bags = sk_PKCS12_SAFEBAG_new_null();
    assert_true(sk_PKCS12_SAFEBAG_push(*bags, bag) > 0);
}

static PKCS12 *make_pfx(const struct wallet_spec *spec, const char *password)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL, *open = NULL;
    STACK_OF(PKCS7) *safes = NULL;
    int iterations = spec->iterations == 0 ? 16 : spec->iterations;
    int nid = spec->nid == 0 ? NID_aes_256_cbc : spec->nid;
    if (spec->key != NULL && spec->shrouded)
        assert_non_null(PKCS12_add_key(&open, spec->key, 0, iterations, nid, password));
    if (spec->key != NULL && !spec->shrouded)
        assert_non_null(PKCS12_add_key(&bags, spec->key, 0, 0, -1, NULL));
    for (size_t i = 0; i < COUNT_OF(spec->certificates) && spec->certificates[i] != NULL; i++)
        assert_non_null(PKCS12_add_cert(&bags, spec->certificates[i]));
    if (spec->secret)
        add_secret(&bags);
    if (bags == NULL)
        bags = sk_PKCS12_SAFEBAG_new_null();
    assert_int_equal(PKCS12_add_safe(&safes, bags, nid, iterations, password), 1);
    if (open != NULL)
        assert_int_equal(PKCS12_add_safe(&safes, open, -1, 0, NULL), 1);
    PKCS12 *pfx = PKCS12_add_safes(safes, 0);
    assert_non_null(pfx);
    const EVP_MD *mac = spec->mac == NULL ? EVP_sha1() : spec->mac;
    assert_true(spec->no_mac || PKCS12_set_mac(pfx, password, 16, NULL, 0, iterations, mac) == 1);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    sk_PKCS12_SAFEBAG_pop_free(open, PKCS12_SAFEBAG_free);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return pfx;
}

struct wallet_spec wallet_of(const struct pki *pki)
{
    return (struct wallet_spec){.key = pki->leaf_key, .certificates = {pki->leaf, pki->intermediate, pki->root}};
}

void wallet_make(const struct wallet_spec *spec, struct buf *ret)
{
    const char *password = spec->password == NULL ? default_password : spec->password;
    unsigned char head[] = {0xA1, 0xF8, 0x4E, '6', 0, 0, 0, 6, 0, 0, 0, 0x21}, *der = NULL;
    assert_int_equal(strlen(password), 16);
    head[3] = spec->type == 0 ? '6' : (unsigned char)spec->type;
    head[11] = spec->des ? 0x41 : 0x21;
    add_bytes(ret, (struct span){head, sizeof(head)});
    if (spec->des)
        write_des_body((const unsigned char *)password, ret);
    else
        write_aes_body((const unsigned char *)password, ret);
    PKCS12 *pfx = make_pfx(spec, password);
    int length = i2d_PKCS12(pfx, &der);
    assert_true(length > 0);
    add_bytes(ret, (struct span){der, (size_t)length});
    OPENSSL_free(der);
    PKCS12_free(pfx);
}

void wallet_seal_again(struct buf *bytes)
{
    enum { START = 45 };
    const unsigned char *der = bytes->data + START;
    PKCS12 *pfx = d2i_PKCS12(NULL, &der, (long)(bytes->len - START));
    assert_non_null(pfx);
    assert_int_equal(PKCS12_set_mac(pfx, default_password, 16, NULL, 0, 16, EVP_sha1()), 1);
    unsigned char *made = NULL;
    int length = i2d_PKCS12(pfx, &made);
    assert_true(length > 0);
    bytes->len = START;
    add_bytes(bytes, (struct span){made, (size_t)length});
    OPENSSL_free(made);
    PKCS12_free(pfx);
}

void wallet_text(struct span bytes, struct buf *ret)
{
    size_t size = (bytes.len + 2) / 3 * 4 + 1;
    char *text = malloc(size);
    assert_non_null(text);
    EVP_EncodeBlock((unsigned char *)text, bytes.data, (int)bytes.len);
    add_text(ret, text);
    free(text);
}
