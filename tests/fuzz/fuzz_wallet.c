/*
 * wallet: CertificateWallet, by the first byte of the input. 'w': the bytes of a wallet. 'b': their base64. 'a', 's':
 * the parts, or the bags, of a wallet whose MAC is made to fit, since no mutant has one.
 */
#include "tests/fuzz/oracle.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pkcs12.h>

#include "core/base/base64.h"
#include "core/judge/wallet_set.h"
#include "core/pem/wallet.h"
#include "core/x509/cert_list.h"

/* An AES body as make_body writes it: 16 bytes, of which one is a line feed. */
static const char password[] = "0123456789abcde\n";

static void make_body(struct buf *ret)
{
    static const unsigned char head[] = {0xA1, 0xF8, 0x4E, '6', 0, 0, 0, 6, 0, 0, 0, 0x21, 6};
    static const unsigned char key[16] = {1}, iv[] = {0xC0, 0x34, 0xD8, 0x31, 0x1C, 0x02, 0xCE, 0xF8,
                                                      0x51, 0xF0, 0x14, 0x4B, 0x81, 0xED, 0x4B, 0xF2};
    unsigned char cipher[16];
    int length = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    oracle_require(context != NULL && EVP_EncryptInit_ex(context, EVP_aes_128_cbc(), NULL, key, iv) == 1 &&
                       EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
                       EVP_EncryptUpdate(context, cipher, &length, (const unsigned char *)password, 16) == 1,
                   "the body can be made");
    EVP_CIPHER_CTX_free(context);
    oracle_append(ret, (struct span){head, sizeof(head)});
    oracle_append(ret, (struct span){key, sizeof(key)});
    oracle_append(ret, (struct span){cipher, sizeof(cipher)});
}

/* An element with a length of four bytes is no DER where it is short, so the lengths are as short as can be. */
static void add_element(unsigned char tag, struct span content, struct buf *ret)
{
    unsigned char head[6] = {tag};
    size_t used = 1;
    if (content.len >= 0x80) {
        size_t count = content.len > 0xFFFF ? 3 : content.len > 0xFF ? 2 : 1;
        head[used++] = (unsigned char)(0x80 | count);
        while (count-- > 0)
            head[used++] = (unsigned char)(content.len >> 8 * count);
    } else {
        head[used++] = (unsigned char)content.len;
    }
    oracle_append(ret, (struct span){head, used});
    oracle_append(ret, content);
}

/* As one open part. */
static void wrap_bags(struct span bags, struct buf *ret)
{
    static const unsigned char oid[] = {6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01};
    struct buf octets = {0}, explicit = {0}, safe = {0};
    add_element(0x04, bags, &octets);
    add_element(0xA0, buf_span(&octets), &explicit);
    oracle_append(&safe, (struct span){oid, sizeof(oid)});
    oracle_append(&safe, buf_span(&explicit));
    buf_done(&octets);
    add_element(0x30, buf_span(&safe), &octets);
    add_element(0x30, buf_span(&octets), ret);
    buf_done(&octets);
    buf_done(&explicit);
    buf_done(&safe);
}

/* A PFX of these parts, with HMAC-SHA1 after one iteration. */
static void seal(struct span parts, struct buf *ret)
{
    static const unsigned char version[] = {2, 1, 3}, oid[] = {6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 1},
                               algorithm[] = {0x30, 9, 6, 5, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 5, 0};
    unsigned char salt[] = {'s', 'a', 'l', 't'}, key[20], mac[20];
    struct buf octets = {0}, info = {0}, pfx = {0}, digest = {0}, data = {0};
    oracle_require(
        PKCS12_key_gen_utf8(password, 16, salt, sizeof(salt), PKCS12_MAC_ID, 1, sizeof(key), key, EVP_sha1()) == 1 &&
            HMAC(EVP_sha1(), key, sizeof(key), parts.data, parts.len, mac, NULL) != NULL,
        "a MAC can be made");
    add_element(0x04, parts, &octets);
    oracle_append(&info, (struct span){oid, sizeof(oid)});
    add_element(0xA0, buf_span(&octets), &info);
    oracle_append(&digest, (struct span){algorithm, sizeof(algorithm)});
    add_element(0x04, (struct span){mac, sizeof(mac)}, &digest);
    add_element(0x30, buf_span(&digest), &data);
    add_element(0x04, (struct span){salt, sizeof(salt)}, &data);
    oracle_append(&pfx, (struct span){version, sizeof(version)});
    add_element(0x30, buf_span(&info), &pfx);
    add_element(0x30, buf_span(&data), &pfx);
    add_element(0x30, buf_span(&pfx), ret);
    buf_done(&octets);
    buf_done(&info);
    buf_done(&pfx);
    buf_done(&digest);
    buf_done(&data);
}

static void expect_sense(const struct given *given, const EVP_PKEY *key, const X509 *leaf)
{
    oracle_require(sk_X509_num(given->bundle) > 0, "there is a certificate");
    oracle_require((key != NULL) == (leaf != NULL), "there is a leaf exactly when there is a key");
    oracle_require(leaf == NULL || sk_X509_value(given->chain, 0) == leaf, "the chain begins with the leaf");
    oracle_require(leaf != NULL || sk_X509_num(given->chain) == 0, "without a key there is no chain");
    oracle_require(sk_X509_num(given->chain) <= CERTIFICATES_IN_CHAIN_MAX, "the chain is bounded");
    for (int i = 0; i < sk_X509_num(given->bundle); i++) {
        X509 *certificate = sk_X509_value(given->bundle, i);
        bool anchor = cert_list_contain(given->anchors, certificate);
        bool chain = cert_list_contain(given->chain, certificate);
        oracle_require(anchor != chain || certificate == leaf, "each stands in one list, the leaf in both maybe");
        oracle_require(anchor || chain, "none is lost");
    }
}

static void read_set(const struct pem *blocks, struct budget *budget)
{
    struct given given = {.wallet = false};
    EVP_PKEY *key = NULL;
    X509 *leaf = NULL;
    struct findings findings = {.repair_count = 0};
    struct fault f = {0};
    if (oracle_law(wallet_set_read(blocks, budget, &given, &key, &leaf, &findings, &f), &f))
        expect_sense(&given, key, leaf);
    oracle_require(ERR_peek_error() == 0, "the error queue is empty");
    given_done(&given);
    EVP_PKEY_free(key);
}

/* The part of the wallet that is in clear is not made up; and nothing is a block but certificates and keys. */
static void open_wallet(struct span bytes)
{
    struct pem blocks = {0};
    struct budget budget = {BUDGET_STEPS};
    struct fault f = {0};
    bool opened = oracle_law(wallet_read(bytes, &budget, &blocks, &f), &f);
    oracle_require(ERR_peek_error() == 0, "the error queue is empty");
    for (size_t i = 0; i < blocks.count; i++)
        oracle_require(strcmp(blocks.blocks[i].label, "CERTIFICATE") == 0 ||
                           strcmp(blocks.blocks[i].label, "PRIVATE KEY") == 0,
                       "a block is a certificate or a key");
    if (opened)
        read_set(&blocks, &budget);
    pem_done(&blocks);
}

static void open_sealed(struct span parts)
{
    struct buf wallet = {0};
    make_body(&wallet);
    seal(parts, &wallet);
    open_wallet(buf_span(&wallet));
    buf_done(&wallet);
}

static void decode(struct span text)
{
    struct buf bytes = {0}, again = {0}, same = {0};
    struct fault f = {0};
    if (oracle_law(wallet_decode(text, &bytes, &f), &f)) {
        oracle_require(oracle_law(base64_encode(buf_span(&bytes), &again, &f), &f), "it can be encoded");
        oracle_require(oracle_law(wallet_decode(buf_span(&again), &same, &f), &f), "and decoded");
        oracle_require(span_equal(buf_span(&bytes), buf_span(&same)), "to the same bytes");
    }
    buf_done(&bytes);
    buf_done(&again);
    buf_done(&same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf parts = {0};
    if (size == 0)
        return 0;
    const struct span rest = {data + 1, size - 1};
    switch (data[0]) {
    case 'w':
        open_wallet(rest);
        break;
    case 'b':
        decode(rest);
        break;
    case 'a':
        open_sealed(rest);
        break;
    case 's':
        wrap_bags(rest, &parts);
        open_sealed(buf_span(&parts));
        break;
    default:
        break;
    }
    buf_done(&parts);
    return 0;
}
