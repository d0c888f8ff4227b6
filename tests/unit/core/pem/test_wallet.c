#include "core/pem/wallet.h"

#include <string.h>

#include <openssl/err.h>

#include "core/pem/pbe.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/parser.h"
#include "tests/unit/lib/wallets.h"

static struct pki pki;

/* The law holds whether the wallet opens or not. */
static int open_bytes(struct span bytes, struct pem *ret, struct fault *f)
{
    *f = (struct fault){0};
    *ret = (struct pem){0};
    int result = wallet_read(bytes, &(struct budget){BUDGET_STEPS}, ret, f);
    law_check(result, f, bytes.len < 64 ? (struct span){NULL, 0} : (struct span){bytes.data + 16, bytes.len - 16});
    assert_int_equal(ERR_peek_error(), 0);
    return result;
}

/* True if the blocks are these certificates, in this order, and this key. */
static bool holds(const struct pem *pem, X509 *const certificates[], const EVP_PKEY *key)
{
    size_t next = 0, keys = 0;
    for (size_t i = 0; i < pem->count; i++) {
        const unsigned char *der = pem->blocks[i].der.data;
        if (strcmp(pem->blocks[i].label, "PRIVATE KEY") == 0) {
            EVP_PKEY *found = d2i_AutoPrivateKey(NULL, &der, (long)pem->blocks[i].der.len);
            keys += found != NULL && key != NULL && EVP_PKEY_eq(found, key) == 1;
            EVP_PKEY_free(found);
            continue;
        }
        X509 *found = d2i_X509(NULL, &der, (long)pem->blocks[i].der.len);
        bool same = found != NULL && certificates[next] != NULL && X509_cmp(found, certificates[next]) == 0;
        X509_free(found);
        if (!same)
            return false;
        next++;
    }
    return certificates[next] == NULL && keys == (key == NULL ? 0 : 1);
}

static void expect_opens(const struct wallet_spec *spec)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    CLEANUP(pem_done) struct pem pem = {0};
    struct fault f;
    wallet_make(spec, &bytes);
    if (open_bytes(buf_span(&bytes), &pem, &f) != 0)
        fail_msg("type %c, %s: %s", spec->type, spec->des ? "DES" : "AES", f.message);
    assert_true(holds(&pem, spec->certificates, spec->key));
}

static void expect_refused(struct span bytes, enum reason reason, const char *part)
{
    CLEANUP(pem_done) struct pem pem = {0};
    struct fault f;
    law_expect(open_bytes(bytes, &pem, &f), &f, reason);
    if (strstr(f.message, part) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", f.message, part);
    assert_string_equal(f.field, "CertificateWallet");
}

TEST(every_type_body_and_algorithm_is_opened)
{
    static const int algorithms[] = {NID_aes_128_cbc, NID_aes_192_cbc, NID_aes_256_cbc, NID_des_ede3_cbc,
                                     NID_pbe_WithSHA1And3_Key_TripleDES_CBC};
    const EVP_MD *const macs[] = {EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512()};
    struct wallet_spec spec = wallet_of(&pki);
    for (unsigned i = 0; i < 8 * COUNT_OF(algorithms); i++) {
        spec.type = (i & 1) == 0 ? '6' : '7';
        spec.des = (i & 2) != 0;
        spec.shrouded = (i & 4) != 0;
        spec.nid = algorithms[i / 8];
        spec.mac = macs[i % COUNT_OF(macs)];
        expect_opens(&spec);
    }
    spec.iterations = 10000;
    expect_opens(&spec);
    spec.password = "0123456789abcdef";
    expect_opens(&spec);
}

TEST(every_kind_of_key_is_opened)
{
    EVP_PKEY *const keys[] = {pki_key(5), pki_rsa_key(), pki_rsa_pss_key(), pki_ed25519_key()};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct pki_spec leaf = {.name = "a", .key = keys[i]};
        X509 *certificate = pki_certificate(&leaf);
        struct wallet_spec spec = {.key = keys[i], .certificates = {certificate}, .shrouded = i % 2 == 0};
        expect_opens(&spec);
        X509_free(certificate);
    }
}

TEST(certificates_alone_are_opened_and_duplicates_are_kept)
{
    struct wallet_spec spec = {.certificates = {pki.root, pki.intermediate, pki.root}};
    expect_opens(&spec);
}

TEST(secrets_are_ignored)
{
    struct wallet_spec spec = wallet_of(&pki);
    spec.secret = true;
    expect_opens(&spec);
    CLEANUP(buf_done) struct buf bytes = {0};
    const struct wallet_spec alone = {.secret = true};
    wallet_make(&alone, &bytes);
    expect_refused(buf_span(&bytes), REASON_WRONG_BLOCK, "holds no certificate");
}

/* ---- refusals ---- */

TEST(host_bound_old_and_unknown_wallets_are_unsupported)
{
    static const struct {
        size_t at;
        unsigned char byte;
        const char *part;
    } rows[] = {
        {3, '8', "orapki wallet create"}, {7, 5, "10g"},
        {7, 7, "unknown type"},           {3, '9', "unknown type"},
        {12, 5, "unknown format"},        {11, 0x22, "unknown format"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) struct buf bytes = {0};
        struct wallet_spec spec = wallet_of(&pki);
        wallet_make(&spec, &bytes);
        bytes.data[rows[i].at] = rows[i].byte;
        expect_refused(buf_span(&bytes), REASON_UNSUPPORTED, rows[i].part);
    }
}

TEST(common_mistakes_have_their_own_messages)
{
    CLEANUP(buf_done) struct buf bytes = {0}, text = {0}, pem = {0};
    struct wallet_spec spec = wallet_of(&pki);
    wallet_make(&spec, &bytes);
    wallet_text(buf_span(&bytes), &text);
    pki_write_certificate(&pem, pki.leaf);
    expect_refused(buf_span(&text), REASON_MALFORMED_PEM, "base64 twice");
    expect_refused(buf_span(&pem), REASON_MALFORMED_PEM, "PEM in place");
    expect_refused((struct span){bytes.data + 45, bytes.len - 45}, REASON_MALFORMED_PEM, "ewallet.p12");
    unsigned char *der = NULL;
    int length = i2d_X509(pki.leaf, &der);
    assert_true(length > 0);
    expect_refused((struct span){der, (size_t)length}, REASON_MALFORMED_PEM, "certificate (DER)");
    OPENSSL_free(der);
    static const struct {
        const char *bytes, *part;
    } rows[] = {
        {"/etc/oracle/cwallet.sso\n", "text in place"},
        {"\xFE\xED\xFE\xED\x01", "JKS"},
        {"\xCE\xCE\xCE\xCE\x01", "JCEKS"},
        {"PK\x03\x04\x14", "zip"},
        {"\x1F\x8B\x08", "gzip"},
        {"\xC2\xA1\xC3\xB8N6", "UTF-8"},
        {"\xEF\xBF\xBD\xEF\xBF\xBDN6", "which destroys it"},
        {"\x01\x02\x03\x04\xff\xfe", "does not begin"},
        {"\xA1\xF8", "does not begin"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect_refused(span_of(rows[i].bytes), REASON_MALFORMED_PEM, rows[i].part);
}

/* BER allows indefinite lengths; no wallet is known to use them. */
TEST(a_pkcs12_that_is_not_der_is_refused)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    struct wallet_spec spec = wallet_of(&pki);
    wallet_make(&spec, &bytes);
    bytes.data[46] = 0x80;
    expect_refused(buf_span(&bytes), REASON_MALFORMED_PEM, "BER with indefinite lengths");
    bytes.data[45] = 0x31;
    expect_refused(buf_span(&bytes), REASON_MALFORMED_PEM, "no PKCS#12 in it");
}

TEST(a_wallet_without_mac_is_refused)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    struct wallet_spec spec = wallet_of(&pki);
    spec.no_mac = true;
    wallet_make(&spec, &bytes);
    expect_refused(buf_span(&bytes), REASON_MALFORMED_PEM, "no MAC");
}

TEST(a_truncated_wallet_is_refused)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    struct wallet_spec spec = wallet_of(&pki);
    wallet_make(&spec, &bytes);
    for (size_t length = 3; length < bytes.len; length++)
        expect_refused((struct span){bytes.data, length}, REASON_MALFORMED_PEM,
                       length <= 45 ? "ends within" : "ends too early");
    add_text(&bytes, "x");
    expect_refused(buf_span(&bytes), REASON_MALFORMED_PEM, "trailing bytes");
}

/* Flips one bit of each byte, and all bits. Each mutant is refused or serves the same certificates. */
TEST(no_flipped_bit_gives_another_certificate)
{
    for (int kind = 0; kind < 4; kind++) {
        CLEANUP(buf_done) struct buf bytes = {0};
        struct wallet_spec spec = {.key = pki.leaf_key, .certificates = {pki.leaf}, .iterations = 1};
        spec.des = (kind & 1) != 0;
        spec.shrouded = (kind & 2) != 0;
        spec.nid = kind == 1 ? NID_pbe_WithSHA1And3_Key_TripleDES_CBC : 0;
        wallet_make(&spec, &bytes);
        for (size_t i = 0; i < 2 * bytes.len; i++) {
            CLEANUP(pem_done) struct pem pem = {0};
            struct fault f;
            unsigned char flip = (unsigned char)(i % 2 == 0 ? 1U << i / 2 % 8 : 0xFF);
            bytes.data[i / 2] ^= flip;
            if (open_bytes(buf_span(&bytes), &pem, &f) == 0 && !holds(&pem, spec.certificates, spec.key))
                fail_msg("byte %zu of kind %d makes another wallet", i / 2, kind);
            bytes.data[i / 2] ^= flip;
        }
    }
}

TEST(a_wallet_that_costs_too_much_is_not_opened)
{
    CLEANUP(buf_done) struct buf bytes = {0}, costly = {0};
    struct wallet_spec spec = wallet_of(&pki);
    wallet_make(&spec, &bytes);
    /* The MAC's iterations are the last value, INTEGER 16. */
    assert_int_equal(bytes.data[bytes.len - 1], 16);
    bytes.data[bytes.len - 1] = 0;
    expect_refused(buf_span(&bytes), REASON_MALFORMED_PEM, "0 iterations");
    spec.iterations = PBE_ITERATIONS_MAX / 2 + 1; /* for the MAC, and again after it */
    wallet_make(&spec, &costly);
    expect_refused(buf_span(&costly), REASON_TOO_COSTLY, "up to 500000");
}

/* Wallets within their own limits are paid for too; without a budget they are trusted. */
TEST(the_cost_of_a_wallet_is_charged_to_the_budget)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    CLEANUP(pem_done) struct pem pem = {0}, none = {0}, again = {0};
    struct wallet_spec spec = wallet_of(&pki);
    struct budget budget = {BUDGET_STEPS}, small = {100000};
    struct fault f = {0};
    spec.iterations = 100000;
    wallet_make(&spec, &bytes);
    law_expect(wallet_read(buf_span(&bytes), &budget, &pem, &f), &f, REASON_NONE);
    assert_in_range(BUDGET_STEPS - budget.left, 150000, 160000);
    law_expect(wallet_read(buf_span(&bytes), &small, &none, &f), &f, REASON_TOO_COSTLY);
    assert_int_equal(none.count, 0);
    f = (struct fault){0};
    law_expect(wallet_read(buf_span(&bytes), NULL, &again, &f), &f, REASON_NONE);
}

TEST(rc2_is_named_with_a_remedy)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    static const unsigned char triple_des[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x01, 0x03};
    struct wallet_spec spec = {.certificates = {pki.leaf}, .nid = NID_pbe_WithSHA1And3_Key_TripleDES_CBC};
    wallet_make(&spec, &bytes);
    unsigned char *oid = memmem(bytes.data, bytes.len, triple_des, sizeof(triple_des));
    assert_non_null(oid);
    oid[sizeof(triple_des) - 1] = 6;
    expect_refused(buf_span(&bytes), REASON_MALFORMED_PEM, "MAC does not match");
    wallet_seal_again(&bytes);
    expect_refused(buf_span(&bytes), REASON_UNSUPPORTED, "RC2");
}

/* ---- memory ---- */

static void attempt(void *context)
{
    const struct buf *bytes = context;
    CLEANUP(pem_done) struct pem pem = {0};
    struct fault f;
    (void)open_bytes(buf_span(bytes), &pem, &f);
}

TEST(each_failed_allocation_is_survived)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    struct wallet_spec spec = wallet_of(&pki);
    spec.shrouded = true;
    wallet_make(&spec, &bytes);
    attempt(&bytes); /* OpenSSL's lazy initialisation is done */
    assert_true(alloc_fail_each(attempt, &bytes) > 10);
}

TEST(no_piece_of_password_or_key_is_left_in_memory)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    struct wallet_spec spec = wallet_of(&pki);
    spec.shrouded = true;
    spec.password = "0123456789abcdef";
    wallet_make(&spec, &bytes);
    unsigned char *der = NULL;
    int length = i2d_PrivateKey(pki.leaf_key, &der);
    assert_true(length > 0);
    const struct span secrets[] = {span_of("0123456789abcdef"), {der + length - 20, 16}};
    for (size_t i = 0; i < COUNT_OF(secrets); i++) {
        expect_wiped(secrets[i], attempt, &bytes);
    }
    OPENSSL_clear_free(der, (size_t)length);
}

static void make(void)
{
    start_core();
    pki_make(&pki, pki_key(3));
}

static void done(void)
{
    pki_done(&pki);
}

ALL_TESTS(make, done);
