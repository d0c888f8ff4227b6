#include "core/set/dms_certificate.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"

static struct pki pki;

/* The object of this material, read by cJSON. */
static cJSON *describe(struct material *material, const char *key_id)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(resource_unrefp) struct resource *resource = resource_new("Replica-1", 7, set_arn(), PKI_NOW + 3);
    CLEANUP(generation_unrefp)
    struct generation *generation = generation_new(9, PKI_NOW + 8, material, resource, key_id);
    struct fault f = {0};
    law_expect(dms_certificate_write(generation, &text, &f), &f, REASON_NONE);
    assert_int_equal(text.data[text.len - 1], '\n');
    cJSON *object = cJSON_ParseWithLength((char *)text.data, text.len);
    assert_non_null(object);
    return object;
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    assert_non_null(text);
    return text;
}

static void expect_date(const cJSON *object, const char *name, int64_t seconds)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    assert_true(cJSON_IsNumber(value));
    assert_true(cJSON_GetNumberValue(value) == (double)seconds);
}

/* The names of the members, in their order. */
static void expect_members(const cJSON *object, const char *const *names)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        assert_non_null(*names);
        assert_string_equal(member->string, *names);
        names++;
    }
    assert_null(*names);
}

TEST(every_member_is_filled_in_dmss_order)
{
    static const char *const names[] = {"CertificateIdentifier",
                                        "CertificateCreationDate",
                                        "CertificatePem",
                                        "CertificateArn",
                                        "CertificateOwner",
                                        "ValidFromDate",
                                        "ValidToDate",
                                        "SigningAlgorithm",
                                        "KeyLength",
                                        "KmsKeyId",
                                        NULL};
    CLEANUP(material_unrefp) struct material *material = set_material(&pki);
    cJSON *object = describe(material, "alias/x");
    expect_members(object, names);
    assert_string_equal(text_of(object, "CertificateIdentifier"), "Replica-1");
    assert_string_equal(text_of(object, "CertificateArn"), set_arn());
    assert_string_equal(text_of(object, "CertificateOwner"), "000000000000");
    assert_string_equal(text_of(object, "SigningAlgorithm"), "SHA256withECDSA");
    assert_string_equal(text_of(object, "KmsKeyId"), "alias/x");
    expect_date(object, "CertificateCreationDate", PKI_NOW + 3);
    expect_date(object, "ValidFromDate", PKI_NOW - PKI_DAY);
    expect_date(object, "ValidToDate", PKI_NOW + 365 * (int64_t)PKI_DAY);
    assert_true(cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, "KeyLength")) == 256);
    cJSON_Delete(object);
}

TEST(without_a_store_there_is_no_key_to_name)
{
    CLEANUP(material_unrefp) struct material *material = set_material(&pki);
    cJSON *object = describe(material, "");
    assert_false(cJSON_HasObjectItem(object, "KmsKeyId"));
    cJSON_Delete(object);
}

static void expect_pem(struct material *material, const struct buf *a, const struct buf *b)
{
    CLEANUP(buf_done) struct buf expected = {0};
    add_bytes(&expected, buf_span(a));
    if (b != NULL)
        add_bytes(&expected, buf_span(b));
    add_bytes(&expected, (struct span){(const unsigned char *)"", 1});
    cJSON *object = describe(material, "");
    assert_string_equal(text_of(object, "CertificatePem"), (const char *)expected.data);
    cJSON_Delete(object);
}

TEST(the_pem_is_leaf_chain_and_anchors)
{
    CLEANUP(material_unrefp) struct material *whole = set_material(&pki);
    CLEANUP(buf_done) struct buf bare = {0};
    expect_pem(whole, &pki.cert, &pki.ca);
    CLEANUP(material_unrefp) struct material *anchors = bundle_must_build(&pki.ca);
    expect_pem(anchors, &pki.ca, NULL);
    add_bytes(&bare, buf_span(&pki.cert));
    add_bytes(&bare, buf_span(&pki.key));
    CLEANUP(material_unrefp) struct material *unanchored = bundle_must_build(&bare);
    expect_pem(unanchored, &pki.cert, NULL);
}

TEST(a_leaf_that_is_its_own_anchor_is_reported_once)
{
    CLEANUP(buf_done) struct buf text = {0}, cert = {0};
    X509 *alone = pki_certificate(&(struct pki_spec){.name = "alone", .key = pki_key(9)});
    pki_write_certificate(&cert, alone);
    add_bytes(&text, buf_span(&cert));
    pki_write_key(&text, pki_key(9));
    CLEANUP(material_unrefp) struct material *material = bundle_must_build(&text);
    expect_pem(material, &cert, NULL);
    X509_free(alone);
}

/* Named as keytool does; the RSA-PSS signature names no digest. */
TEST(algorithms_have_their_java_names)
{
    const struct {
        EVP_PKEY *key;
        const EVP_MD *digest;
        const char *name;
        int bits;
    } rows[] = {
        {pki_rsa_key(), EVP_sha256(), "SHA256withRSA", 2048},  {pki_rsa_key(), EVP_sha384(), "SHA384withRSA", 2048},
        {pki_rsa_key(), EVP_sha512(), "SHA512withRSA", 2048},  {pki_rsa_key(), EVP_sha1(), "SHA1withRSA", 2048},
        {pki_key(2), EVP_sha256(), "SHA256withECDSA", 256},    {pki_key(2), EVP_sha384(), "SHA384withECDSA", 256},
        {pki_rsa_pss_key(), EVP_sha256(), "RSASSA-PSS", 2048}, {pki_ed25519_key(), NULL, "Ed25519", 256},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        X509 *root = pki_certificate(
            &(struct pki_spec){.name = "root", .key = rows[i].key, .digest = rows[i].digest, .kind = PKI_CA});
        pki_write_certificate(&text, root);
        CLEANUP(material_unrefp) struct material *material = bundle_must_build(&text);
        cJSON *object = describe(material, "");
        assert_string_equal(text_of(object, "SigningAlgorithm"), rows[i].name);
        assert_true(cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, "KeyLength")) == rows[i].bits);
        cJSON_Delete(object);
        X509_free(root);
    }
}

/* Trust anchors that expired long ago, or never will, are taken as they are. */
TEST(dates_before_1970_and_after_2038_are_written)
{
    static const int64_t rows[][2] = {
        {-631152000 /* 1950 */, -1}, {-1, 0}, {0, 2147483648}, {2147483648, 4102444800 /* 2100 */}, {0, 253402300799}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        X509 *root = pki_certificate(&(struct pki_spec){.name = "root",
                                                        .key = pki_key(9),
                                                        .kind = PKI_CA,
                                                        .from = rows[i][0] - PKI_NOW,
                                                        .until = rows[i][1] - PKI_NOW});
        pki_write_certificate(&text, root);
        CLEANUP(material_unrefp) struct material *material = bundle_must_build(&text);
        cJSON *object = describe(material, "");
        expect_date(object, "ValidFromDate", rows[i][0]);
        expect_date(object, "ValidToDate", rows[i][1]);
        cJSON_Delete(object);
        X509_free(root);
    }
}

/* The private number in base64, at each of the three places within a group of characters where it can begin. */
static size_t pieces_of_key(struct span text, const EVP_PKEY *key)
{
    size_t found = 0;
    BIGNUM *number = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(key, "priv", &number), 1);
    for (int shift = 0; shift < 3; shift++) {
        unsigned char bytes[40] = {0}, base64[80];
        int length = BN_bn2bin(number, bytes + shift);
        int encoded = EVP_EncodeBlock(base64, bytes, length + shift);
        for (int at = 4; at + 8 <= encoded - 4; at++)
            found += span_has(text, (struct span){base64 + at, 8});
    }
    BN_clear_free(number);
    return found;
}

TEST(no_byte_of_the_key_is_written)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(material_unrefp) struct material *material = set_material(&pki);
    CLEANUP(generation_unrefp) struct generation *generation = set_generation(3, "Set-1", material);
    struct fault f = {0};
    law_expect(dms_certificate_write(generation, &text, &f), &f, REASON_NONE);
    assert_false(span_has(buf_span(&text), span_of("PRIVATE")));
    assert_in_range(pieces_of_key(buf_span(&pki.key), pki.leaf_key), 10, 100);
    assert_int_equal(pieces_of_key(buf_span(&text), pki.leaf_key), 0);
}

TEST(its_size_bounds_the_pem_in_it)
{
    CLEANUP(material_unrefp) struct material *whole = set_material(&pki);
    CLEANUP(material_unrefp) struct material *anchors = bundle_must_build(&pki.ca);
    CLEANUP(generation_unrefp) struct generation *first = set_generation(1, "Set-1", whole);
    CLEANUP(generation_unrefp) struct generation *second = set_generation(2, "b", anchors);
    assert_int_equal(dms_certificate_size(first), pki.cert.len + pki.ca.len);
    assert_int_equal(dms_certificate_size(second), pki.ca.len);
}

/* The FUSE thread may ask while the importer revokes; public values stay, what is gone is gone. */
TEST(the_pem_of_a_revoked_set_is_empty)
{
    CLEANUP(material_unrefp) struct material *material = set_material(&pki);
    material_revoke(material);
    cJSON *object = describe(material, "");
    assert_string_equal(text_of(object, "CertificatePem"), "");
    assert_string_equal(text_of(object, "CertificateIdentifier"), "Replica-1");
    cJSON_Delete(object);
}

static void attempt(void *context)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    int result = dms_certificate_write(context, &text, &f);
    law_check(result, &f, (struct span){NULL, 0});
    if (result == 0)
        assert_int_equal(text.data[text.len - 1], '\n');
}

/* The content of certificate.json is made with the generation; a set without a name has none. */
TEST(a_generation_of_a_named_set_comes_with_its_description)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(material_unrefp) struct material *material = set_material(&pki);
    CLEANUP(resource_unrefp) struct resource *resource = resource_new("Replica-1", 7, set_arn(), PKI_NOW);
    CLEANUP(resource_unrefp) struct resource *root = resource_new("", 0, "", PKI_NOW);
    CLEANUP(generation_unrefp)
    struct generation *named = dms_certificate_generation(9, PKI_NOW, material, resource, "k");
    CLEANUP(generation_unrefp) struct generation *unnamed = dms_certificate_generation(9, PKI_NOW, material, root, "k");
    struct fault f = {0};
    assert_int_equal(dms_certificate_write(named, &text, &f), 0);
    assert_true(span_equal(content_peek(named->description), buf_span(&text)));
    assert_null(unnamed->description);
}

static void attempt_generation(void *context)
{
    CLEANUP(resource_unrefp) struct resource *resource = resource_new("Replica-1", 7, set_arn(), PKI_NOW);
    struct generation *made = resource == NULL ? NULL : dms_certificate_generation(9, PKI_NOW, context, resource, "");
    assert_true(made == NULL || made->description != NULL);
    generation_unref(made);
}

TEST(failed_allocations_leak_nothing)
{
    CLEANUP(material_unrefp) struct material *material = set_material(&pki);
    CLEANUP(generation_unrefp) struct generation *generation = set_generation(1, "Set-1", material);
    assert_true(alloc_fail_each(attempt, generation) > 10);
    assert_true(alloc_fail_each(attempt_generation, material) > 10);
}

static void before_all(void)
{
    start_core();
    pki_make(&pki, pki_key(2));
}

static void after_all(void)
{
    pki_done(&pki);
}

ALL_TESTS(before_all, after_all);
