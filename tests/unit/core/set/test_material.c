#include "core/draft/build.h"
#include "core/set/material.h"

#include <string.h>

#include <openssl/err.h>

#include "core/x509/ossl_x509.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/pki.h"
#include "tests/unit/lib/wire_judging.h"

static struct pki pki;    /* with an RSA leaf */
static struct pki ec_pki; /* with an EC leaf */

/* Builds from these fields; `accepted` as in struct request_set. */
static int build(struct span ca, struct span cert, struct span key, uint32_t accepted, struct material **ret,
                 struct fault *f)
{
    CLEANUP(request_done) struct request request = {.set.accepted = accepted};
    struct fault none = {0};
    *ret = NULL;
    assert_int_equal(buf_append(&request.set.ssl_ca, ca, &none), 0);
    assert_int_equal(buf_append(&request.set.ssl_cert, cert, &none), 0);
    assert_int_equal(buf_append(&request.set.ssl_key, key, &none), 0);
    int result = material_build_by_wire(&request.set, NULL, PKI_NOW, ret, f);
    law_check(result, f, (struct span){ec_pki.key.data + 30, ec_pki.key.len - 60});
    assert_int_equal(*ret != NULL, result == 0);
    assert_int_equal(ERR_peek_error(), 0);
    return result;
}

static struct material *build_good(const struct pki *from)
{
    struct material *material;
    struct fault f = {0};
    law_expect(build(buf_span(&from->ca), buf_span(&from->cert), buf_span(&from->key), 0, &material, &f), &f,
               REASON_NONE);
    return material;
}

static void expect_file(const struct material *material, enum material_file file, const struct buf *expected)
{
    struct span bytes;
    assert_int_equal(content_borrow(material_content(material, file), &bytes), 0);
    if (!span_equal(bytes, buf_span(expected)))
        fail_msg("file %d is\n%.*s", (int)file, (int)bytes.len, (const char *)bytes.data);
    content_return(material_content(material, file));
}

TEST(a_good_set_is_served_as_it_is_written_by_openssl)
{
    CLEANUP(material_unrefp) struct material *material = build_good(&pki);
    CLEANUP(buf_done) struct buf key = {0};
    pki_write_traditional_key(&key, pki.leaf_key);
    expect_file(material, MATERIAL_CA, &pki.ca);
    expect_file(material, MATERIAL_CERT, &pki.cert);
    expect_file(material, MATERIAL_KEY, &key);
    assert_string_equal(material_facts(material)->subject, "CN=db.example.com");
    assert_int_equal(material_findings(material)->waived, 0);
    assert_int_equal(material_findings(material)->repair_count, 0);
}

TEST(every_kind_of_key_can_be_served)
{
    EVP_PKEY *const keys[] = {pki_key(2), pki_rsa_key(), pki_ed25519_key(), pki_rsa_pss_key()};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct pki set;
        pki_make(&set, keys[i]);
        struct material *material = build_good(&set);
        material_unref(material);
        pki_done(&set);
    }
}

TEST(the_order_of_the_chain_is_repaired_and_reported)
{
    CLEANUP(buf_done) struct buf cert = {0};
    struct fault f = {0};
    struct material *material;
    pki_write_certificate(&cert, ec_pki.root);
    pki_write_certificate(&cert, ec_pki.intermediate);
    pki_write_certificate(&cert, ec_pki.leaf);
    assert_int_equal(build(buf_span(&ec_pki.ca), buf_span(&cert), buf_span(&ec_pki.key), 0, &material, &f), 0);
    expect_file(material, MATERIAL_CERT, &ec_pki.cert);
    assert_int_equal(material_findings(material)->repair_count, 2);
    material_unref(material);
}

/* A self-made leaf below our root, as fields of a request. */
static int build_leaf(struct pki_spec spec, uint32_t accepted, struct material **ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf cert = {0}, key = {0};
    spec.name = "leaf";
    spec.key = spec.key == NULL ? pki_key(3) : spec.key;
    spec.issuer = ec_pki.root;
    spec.issuer_key = ec_pki.root_key;
    X509 *leaf = pki_certificate(&spec);
    pki_write_certificate(&cert, leaf);
    pki_write_key(&key, spec.key);
    X509_free(leaf);
    return build(buf_span(&ec_pki.ca), buf_span(&cert), buf_span(&key), accepted, ret, f);
}

TEST(policy_refuses_and_can_be_waived_by_name_only)
{
    const struct {
        struct pki_spec spec;
        enum reason reason;
    } rows[] = {
        {{.from = -100, .until = -10}, REASON_EXPIRED},     {{.from = 100, .until = 1000}, REASON_NOT_YET_VALID},
        {{.key = pki_small_rsa_key()}, REASON_WEAK_KEY},    {{.digest = EVP_sha1()}, REASON_WEAK_SIGNATURE},
        {{.purpose = "codeSigning"}, REASON_WRONG_PURPOSE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct material *material;
        struct fault f = {0};
        law_expect(build_leaf(rows[i].spec, 0, &material, &f), &f, rows[i].reason);
        fault_clear(&f);
        law_expect(build_leaf(rows[i].spec, ~(UINT32_C(1) << rows[i].reason), &material, &f), &f, rows[i].reason);
        fault_clear(&f);
        law_expect(build_leaf(rows[i].spec, UINT32_C(1) << rows[i].reason, &material, &f), &f, REASON_NONE);
        assert_int_equal(material_findings(material)->waived, UINT32_C(1) << rows[i].reason);
        material_unref(material);
    }
}

TEST(a_waiver_that_was_not_needed_is_not_noted)
{
    struct material *material;
    struct fault f = {0};
    law_expect(build_leaf((struct pki_spec){.kind = PKI_LEAF}, UINT32_C(1) << REASON_EXPIRED, &material, &f), &f,
               REASON_NONE);
    assert_int_equal(material_findings(material)->waived, 0);
    material_unref(material);
}

TEST(fields_that_are_not_what_they_should_be_are_refused)
{
    const struct span ca = buf_span(&ec_pki.ca), cert = buf_span(&ec_pki.cert), key = buf_span(&ec_pki.key);
    CLEANUP(buf_done) struct buf other_key = {0};
    pki_write_key(&other_key, pki_key(9));
    const struct {
        struct span ca, cert, key;
        enum reason reason;
        const char *field;
    } rows[] = {
        {span_of("x"), cert, key, REASON_MALFORMED_PEM, "ssl_ca"},
        {ca, span_of("x"), key, REASON_MALFORMED_PEM, "ssl_cert"},
        {ca, cert, span_of("x"), REASON_MALFORMED_PEM, "ssl_key"},
        {key, cert, key, REASON_WRONG_BLOCK, "ssl_ca"},
        {ca, key, cert, REASON_WRONG_BLOCK, "ssl_cert"},
        {ca, cert, cert, REASON_WRONG_BLOCK, "ssl_key"},
        {ca, cert, buf_span(&other_key), REASON_KEY_MISMATCH, "ssl_key"},
        {ca, ca, key, REASON_KEY_MISMATCH, "ssl_cert"},
        {buf_span(&pki.cert), cert, key, REASON_UNTRUSTED_CHAIN, "ssl_cert"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct material *material;
        struct fault f = {0};
        law_expect(build(rows[i].ca, rows[i].cert, rows[i].key, 0, &material, &f), &f, rows[i].reason);
        assert_string_equal(f.field, rows[i].field);
    }
}

/* Everything about this set is right, but TLS has no use for its curve: only the handshake shows it. */
TEST(a_set_that_cannot_shake_hands_is_refused)
{
    EVP_PKEY *key = EVP_EC_gen("secp256k1");
    struct material *material;
    struct fault f = {0};
    assert_non_null(key);
    law_expect(build_leaf((struct pki_spec){.key = key}, 0, &material, &f), &f, REASON_HANDSHAKE_FAILED);
    EVP_PKEY_free(key);
}

TEST(equality_is_of_bytes_and_waivers)
{
    CLEANUP(material_unrefp) struct material *a = build_good(&pki);
    CLEANUP(material_unrefp) struct material *same = build_good(&pki);
    CLEANUP(material_unrefp) struct material *other = build_good(&ec_pki);
    assert_true(material_equal(a, a));
    assert_true(material_equal(a, same));
    assert_false(material_equal(a, other));
}

TEST(a_revoked_set_equals_nothing_and_cannot_be_read)
{
    CLEANUP(material_unrefp) struct material *a = build_good(&ec_pki);
    CLEANUP(material_unrefp) struct material *same = build_good(&ec_pki);
    struct content *key = content_ref(material_content(a, MATERIAL_KEY));
    struct span bytes;
    material_revoke(a);
    assert_int_equal(content_borrow(key, &bytes), -1);
    assert_false(material_equal(a, same));
    assert_false(material_equal(same, a));
    content_unref(key);
}

TEST(a_reference_keeps_the_set)
{
    struct material *material = build_good(&ec_pki);
    assert_ptr_equal(material_ref(material), material);
    material_unref(material);
    expect_file(material, MATERIAL_CERT, &ec_pki.cert);
    material_unref(material);
    material_unref(NULL);
}

/* The pieces of an RSA key, as they stand in its DER and, for limbs, the other way round. */
static size_t pieces_of(EVP_PKEY *key, unsigned char pieces[][16], size_t max)
{
    static const char *const names[] = {
        "d", "rsa-factor1", "rsa-factor2", "rsa-exponent1", "rsa-exponent2", "rsa-coefficient1"};
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        BIGNUM *number = NULL;
        unsigned char bytes[512];
        assert_int_equal(EVP_PKEY_get_bn_param(key, names[i], &number), 1);
        int length = BN_bn2bin(number, bytes);
        BN_clear_free(number);
        for (int at = 0; at + 16 <= length && count + 2 <= max; at += 16) {
            memcpy(pieces[count++], bytes + at, 16);
            for (int j = 0; j < 16; j++)
                pieces[count][j] = bytes[at + 15 - j];
            count++;
        }
        OPENSSL_cleanse(bytes, sizeof(bytes));
    }
    return count;
}

TEST(no_piece_of_the_key_is_left_in_released_memory)
{
    static unsigned char pieces[200][16];
    size_t count = pieces_of(pki.leaf_key, pieces, COUNT_OF(pieces));
    assert_in_range(count, 90, 200);
    for (size_t i = 0; i < count; i += 7) {
        struct fault f = {0};
        struct material *material;
        alloc_watch((struct span){pieces[i], 16});
        int result = build(buf_span(&pki.ca), buf_span(&pki.cert), buf_span(&pki.key), 0, &material, &f);
        material_unref(material);
        assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
        assert_int_equal(result, 0);
    }
    OPENSSL_cleanse(pieces, sizeof(pieces));
}

struct mutation {
    size_t field;
    size_t taken;
};

static void take_mutant(struct span mutant, void *context)
{
    struct mutation *mutation = context;
    struct span fields[] = {buf_span(&ec_pki.ca), buf_span(&ec_pki.cert), buf_span(&ec_pki.key)};
    fields[mutation->field] = mutant;
    struct material *material;
    struct fault f = {0};
    if (build(fields[0], fields[1], fields[2], 0, &material, &f) == 0)
        mutation->taken++;
    material_unref(material);
}

/* Some mutants are the same set with other blanks; those are taken, and all others refused by the law. */
TEST(every_mutant_keeps_the_law)
{
    static const size_t strides[] = {11, 23, 3};
    for (size_t field = 0; field < 3; field++) {
        struct mutation mutation = {.field = field};
        const struct buf *const samples[] = {&ec_pki.ca, &ec_pki.cert, &ec_pki.key};
        size_t count = mutate_each(buf_span(samples[field]), strides[field], take_mutant, &mutation);
        assert_in_range(mutation.taken, 1, count / 2);
    }
}

static void attempt(void *context)
{
    (void)context;
    struct material *material = NULL;
    struct fault f = {0};
    CLEANUP(request_done) struct request request = {.action = ACTION_IMPORT_MATERIAL};
    if (buf_append(&request.set.ssl_ca, buf_span(&ec_pki.ca), &f) != 0 ||
        buf_append(&request.set.ssl_cert, buf_span(&ec_pki.cert), &f) != 0 ||
        buf_append(&request.set.ssl_key, buf_span(&ec_pki.key), &f) != 0)
        return;
    int result = material_build_by_wire(&request.set, NULL, PKI_NOW, &material, &f);
    law_check(result, &f, (struct span){NULL, 0});
    assert_int_equal(material != NULL, result == 0);
    material_unref(material);
    ERR_clear_error();
}

/* OpenSSL allocates through our allocator too, so each of its allocations fails once as well; some it can do without.
 */
TEST(failed_allocations_anywhere_keep_the_law)
{
    size_t step = 101, needed = 0;
    for (size_t nth = 1; needed == 0; nth += step) {
        alloc_fail(nth);
        attempt(NULL);
        if (!alloc_has_failed())
            needed = nth;
        alloc_fail(0);
        assert_in_range(nth, 1, 1000000);
    }
    assert_true(needed > 100);
}

static void before_all(void)
{
    start_core();
    pki_make(&pki, pki_rsa_key());
    pki_make(&ec_pki, pki_key(2));
}

static void after_all(void)
{
    pki_done(&pki);
    pki_done(&ec_pki);
}

ALL_TESTS(before_all, after_all);
