#include "core/pem/wallet.h"

#include <ctype.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/base/base64.h"
#include "core/base/buf.h"
#include "core/base/ossl.h"
#include "core/pem/der.h"
#include "core/pem/outline.h"
#include "core/pem/pbe.h"
#include "core/pem/pfx.h"

enum {
    TYPE_AUTO_LOGIN = '6',
    TYPE_AUTO_LOGIN_ONLY = '7',
    TYPE_LOCAL = '8',
    HEAD_SIZE = 12,
    VERSION_10G = 5,
    VERSION = 6, /* since 11g */
    BODY_AES = 6,
    BODY_DES = '5',
    AES_KEY_SIZE = 16,
    AES_BODY_SIZE = 1 + AES_KEY_SIZE + 16,
    DES_KEY_SIZE = 8,
    DES_CIPHER_SIZE = 24,
    DES_BODY_SIZE = 1 + 2 * DES_KEY_SIZE + 2 * DES_CIPHER_SIZE,
};

static const char field[] = "CertificateWallet";
static const unsigned char magic[WALLET_BEGIN_SIZE] = {0xA1, 0xF8, 0x4E};
static const unsigned char aes_iv[] = {0xC0, 0x34, 0xD8, 0x31, 0x1C, 0x02, 0xCE, 0xF8,
                                       0x51, 0xF0, 0x14, 0x4B, 0x81, 0xED, 0x4B, 0xF2};

static int wallet_refuse(const char *sentence, struct fault *f)
{
    return fault_set(f, REASON_MALFORMED_PEM, field, "%s", sentence);
}

int wallet_decode(struct span text, struct buf *ret, struct fault *f)
{
    if (span_holds(text, "-----BEGIN"))
        return wallet_refuse("CertificateWallet holds PEM; CertificatePem is for that, or give cwallet.sso in base64",
                             f);
    /* They are valid base64 too, so hexadecimal digits are recognised by the wallet's magic. */
    if (span_starts_with(text, "a1f84e") || span_starts_with(text, "A1F84E"))
        return wallet_refuse(
            "CertificateWallet holds hexadecimal digits; give the bytes in base64 (base64 -w0 cwallet.sso)", f);
    if (base64_decode(text, ret, f) == 0)
        return 0;
    if (f->reason != REASON_MALFORMED_PEM)
        return -1;
    fault_clear(f);
    return wallet_refuse("CertificateWallet is not base64; give the bytes of cwallet.sso in base64 (base64 -w0)", f);
}

bool wallet_begins(struct span bytes)
{
    return bytes.len >= sizeof(magic) && memcmp(bytes.data, magic, sizeof(magic)) == 0;
}

/* ---- what is no wallet ---- */

static bool wallet_is_text(struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.data[i] > '~' || (bytes.data[i] < ' ' && !isspace(bytes.data[i])))
            return false;
    return true;
}

static bool wallet_is_certificate(struct span bytes)
{
    struct outline outline;
    return outline_certificate(bytes, &outline);
}

static bool wallet_holds_pem(struct span bytes)
{
    return span_holds(bytes, "-----BEGIN");
}

static bool wallet_is_sequence(struct span bytes)
{
    return bytes.len > 1 && bytes.data[0] == DER_SEQUENCE && bytes.data[1] >= 0x80;
}

/* Common mistakes, recognised by the first bytes or by a function. */
static const struct {
    const char *begin; /* NULL: use `is` */
    bool (*is)(struct span bytes);
    const char *sentence;
} others[] = {
    {"ofhO", NULL, "the wallet is base64 twice; give cwallet.sso encoded once (AWS CLI: fileb://cwallet.sso)"},
    {"\xC2\xA1\xC3\xB8N", NULL, "the wallet was converted to UTF-8, as if it were text; give the bytes of cwallet.sso"},
    {"\xEF\xBF\xBD", NULL, "the wallet was read as text, which destroys it; give the bytes of cwallet.sso"},
    {"\xFE\xED\xFE\xED", NULL, "a Java keystore (JKS) in place of a wallet; orapki wallet jks_to_pkcs12 converts it"},
    {"\xCE\xCE\xCE\xCE", NULL, "a Java keystore (JCEKS) in place of a wallet; cwallet.sso is needed"},
    {"PK\x03\x04", NULL, "a zip file in place of a wallet; unpack it and give the cwallet.sso in it"},
    {"\x1F\x8B", NULL, "a gzip file in place of a wallet; unpack it and give the cwallet.sso in it"},
    {NULL, wallet_holds_pem, "PEM in place of a wallet; give it as CertificatePem, or the file cwallet.sso"},
    {NULL, wallet_is_certificate, "a certificate (DER) in place of a wallet; give it in PEM, as CertificatePem"},
    {NULL, wallet_is_sequence,
     "a PKCS#12 file (ewallet.p12?) in place of a wallet; the cwallet.sso next to it is needed"},
    {NULL, wallet_is_text, "text in place of a wallet; the bytes of the file cwallet.sso are needed"},
};

static int wallet_refuse_other(struct span bytes, struct fault *f)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (others[i].begin == NULL ? others[i].is(bytes) : span_starts_with(bytes, others[i].begin))
            return wallet_refuse(others[i].sentence, f);
    return wallet_refuse("this is not an Oracle wallet: it does not begin like cwallet.sso (A1 F8 4E)", f);
}

static uint32_t wallet_number_at(struct span bytes, size_t at)
{
    const unsigned char *byte = bytes.data + at;
    return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

/* Returns the offset of the PFX. */
static int wallet_check_head(struct span bytes, size_t *ret, struct fault *f)
{
    if (!wallet_begins(bytes))
        return wallet_refuse_other(bytes, f);
    if (bytes.len <= HEAD_SIZE)
        return wallet_refuse("the wallet ends within its first bytes; copy the file again, as binary", f);
    uint32_t version = wallet_number_at(bytes, 4), size = wallet_number_at(bytes, 8);
    unsigned char type = bytes.data[3], body = bytes.data[HEAD_SIZE];
    if (version == VERSION_10G)
        return fault_set(f, REASON_UNSUPPORTED, field,
                         "the wallet is Oracle 10g's; open and save it with orapki of 11g or later");
    if (version != VERSION || (type != TYPE_AUTO_LOGIN && type != TYPE_AUTO_LOGIN_ONLY && type != TYPE_LOCAL))
        return fault_set(f, REASON_UNSUPPORTED, field, "the wallet is of an unknown type or version");
    if (type == TYPE_LOCAL)
        return fault_set(
            f, REASON_UNSUPPORTED, field,
            "the wallet opens on its own host only: orapki wallet create -wallet DIR -auto_login makes a portable one");
    if ((body != BODY_AES || size != AES_BODY_SIZE) && (body != BODY_DES || size != DES_BODY_SIZE))
        return fault_set(f, REASON_UNSUPPORTED, field, "the wallet stores its password in an unknown format");
    if (bytes.len <= HEAD_SIZE + size)
        return wallet_refuse("the wallet ends within its first bytes; copy the file again, as binary", f);
    *ret = HEAD_SIZE + size;
    return 0;
}

/* ---- the password ---- */

static bool wallet_decrypt(const EVP_CIPHER *cipher, bool padded, const unsigned char *key, const unsigned char *iv,
                           struct span text, unsigned char ret[static PBE_PASSWORD_MAX], size_t *ret_length)
{
    int first = 0, rest = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool done = context != NULL && EVP_DecryptInit_ex(context, cipher, NULL, key, iv) == 1 &&
                EVP_CIPHER_CTX_set_padding(context, padded) == 1 &&
                EVP_DecryptUpdate(context, ret, &first, text.data, (int)text.len) == 1 &&
                EVP_DecryptFinal_ex(context, ret + first, &rest) == 1;
    EVP_CIPHER_CTX_free(context);
    ossl_clear_errors();
    *ret_length = done ? (size_t)(first + rest) : 0;
    return done && *ret_length > 0;
}

static bool wallet_decrypt_aes(const unsigned char *body, unsigned char ret[static PBE_PASSWORD_MAX],
                               size_t *ret_length)
{
    const struct span text = {body + 1 + AES_KEY_SIZE, AES_BODY_SIZE - 1 - AES_KEY_SIZE};
    return wallet_decrypt(EVP_aes_128_cbc(), false, body + 1, aes_iv, text, ret, ret_length);
}

/* OpenSSL's default provider has no single DES; 3DES with the same key three times is equivalent. */
static bool wallet_decrypt_des(const unsigned char *body, unsigned char ret[static PBE_PASSWORD_MAX],
                               size_t *ret_length)
{
    static const unsigned char iv[DES_KEY_SIZE];
    unsigned char key[3 * DES_KEY_SIZE], text[DES_CIPHER_SIZE];
    if (!span_unhex((struct span){body + 1, 2 * DES_KEY_SIZE}, key) ||
        !span_unhex((struct span){body + 1 + 2 * DES_KEY_SIZE, 2 * DES_CIPHER_SIZE}, text))
        return false;
    memcpy(key + DES_KEY_SIZE, key, DES_KEY_SIZE);
    memcpy(key + 2 * DES_KEY_SIZE, key, DES_KEY_SIZE);
    bool done = wallet_decrypt(EVP_des_ede3_cbc(), true, key, iv, (struct span){text, sizeof(text)}, ret, ret_length);
    buf_wipe(key, sizeof(key));
    return done;
}

static bool wallet_has_certificate(const struct pem *pem)
{
    for (size_t i = 0; i < pem->count; i++)
        if (strcmp(pem->blocks[i].label, "CERTIFICATE") == 0)
            return true;
    return false;
}

int wallet_read(struct span bytes, struct budget *budget, struct pem *ret, struct fault *f)
{
    unsigned char password[PBE_PASSWORD_MAX];
    size_t start = 0, length = 0;
    if (wallet_check_head(bytes, &start, f) != 0)
        return -1;
    const unsigned char *body = bytes.data + HEAD_SIZE;
    bool found =
        body[0] == BODY_AES ? wallet_decrypt_aes(body, password, &length) : wallet_decrypt_des(body, password, &length);
    const struct pbe pbe = {.password = {password, length}, .field = field, .budget = budget};
    int result = found ? pfx_read((struct span){bytes.data + start, bytes.len - start}, &pbe, ret, f)
                       : wallet_refuse("the wallet is damaged: its password cannot be read", f);
    buf_wipe(password, sizeof(password));
    if (result == 0 && !wallet_has_certificate(ret))
        return fault_set(f, REASON_WRONG_BLOCK, field, "the wallet holds no certificate");
    return result;
}
