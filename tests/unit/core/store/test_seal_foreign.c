/* seal: what OpenSSL alone would open, and we do not, because it is not what we write. */
#include "core/store/seal.h"

#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>

#include "core/x509/ossl_x509.h"
#include "tests/unit/lib/harness.h"

enum { TAG_SIZE = 16, HEADERS = 3 };

static const unsigned char key[KEK_SIZE] = {1, 2, 3};
static const unsigned char other_key[KEK_SIZE] = {1, 2, 4};
static const char id[] = "certfs";
static char text[400]; /* so long that the lengths around it have two bytes */

struct recipe {
    const EVP_CIPHER *cipher;
    size_t key_size; /* 16, 24 or 32: the wrap goes with it */
    bool second;     /* one recipient more, with another key */
    bool dated;      /* the key's identifier has a date */
    bool streamed;   /* indefinite lengths */
    bool enveloped;  /* EnvelopedData, which is not authenticated */
    bool detached;   /* without the text */
};

static void add_recipient(CMS_ContentInfo *cms, const unsigned char *with, size_t size, bool dated)
{
    ASN1_GENERALIZEDTIME *date = dated ? ASN1_GENERALIZEDTIME_set(NULL, 1790000000) : NULL;
    assert_non_null(CMS_add0_recipient_key(cms, NID_undef, OPENSSL_memdup(with, size), size,
                                           OPENSSL_memdup(id, strlen(id)), strlen(id), date, NULL, NULL));
}

static void make(const struct recipe *recipe, struct buf *ret)
{
    unsigned flags = CMS_BINARY | (recipe->streamed ? CMS_STREAM : 0U);
    CLEANUP(ossl_bio_freep) BIO *input = BIO_new_mem_buf(text, sizeof(text));
    CLEANUP(ossl_bio_freep) BIO *output = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms =
        recipe->enveloped ? CMS_EnvelopedData_create(recipe->cipher) : CMS_AuthEnvelopedData_create(recipe->cipher);
    char *der = NULL;
    assert_non_null(cms);
    add_recipient(cms, key, recipe->key_size, recipe->dated);
    if (recipe->second)
        add_recipient(cms, other_key, recipe->key_size, false);
    assert_int_equal(CMS_set_detached(cms, recipe->detached), 1);
    if (!recipe->streamed)
        assert_int_equal(CMS_final(cms, input, NULL, flags), 1);
    assert_int_equal(i2d_CMS_bio_stream(output, cms, input, (int)flags), 1);
    long length = BIO_get_mem_data(output, &der);
    add_bytes(ret, (struct span){(unsigned char *)der, (size_t)length});
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
}

/* Whether OpenSSL by itself opens it with the key. */
static bool opens_with_openssl(struct span sealed, size_t key_size)
{
    const unsigned char *der = sealed.data;
    unsigned char own_key[KEK_SIZE];
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &der, (long)sealed.len);
    CLEANUP(ossl_bio_freep) BIO *output = BIO_new(BIO_s_mem());
    char *found = NULL;
    memcpy(own_key, key, sizeof(key));
    bool opened = cms != NULL && CMS_decrypt_set1_key(cms, own_key, key_size, NULL, 0) == 1 &&
                  CMS_decrypt(cms, NULL, NULL, NULL, output, 0) == 1;
    opened = opened && BIO_get_mem_data(output, &found) == sizeof(text) && memcmp(found, text, sizeof(text)) == 0;
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return opened;
}

static int open_ours(struct span sealed, struct buf *ret)
{
    struct fault f = {0};
    int result = seal_open(sealed, (struct span){key, KEK_SIZE}, id, ret, &f);
    law_check(result, &f, (struct span){(const unsigned char *)text, sizeof(text)});
    assert_true(result == 0 || (f.reason == REASON_STORE_FAILED && ret->len == 0));
    assert_int_equal(ERR_peek_error(), 0);
    return result;
}

static void expect_refused(const struct recipe *recipe)
{
    CLEANUP(buf_done) struct buf sealed = {0}, opened = {0};
    make(recipe, &sealed);
    assert_true(recipe->detached || opens_with_openssl(buf_span(&sealed), recipe->key_size));
    assert_int_equal(open_ours(buf_span(&sealed), &opened), -1);
}

TEST(made_by_hand_as_we_make_it_it_opens)
{
    CLEANUP(buf_done) struct buf sealed = {0}, opened = {0};
    make(&(struct recipe){.cipher = EVP_aes_256_gcm(), .key_size = 32}, &sealed);
    assert_int_equal(open_ours(buf_span(&sealed), &opened), 0);
    assert_true(span_equal(buf_span(&opened), (struct span){(unsigned char *)text, sizeof(text)}));
}

TEST(another_cipher_is_refused)
{
    expect_refused(&(struct recipe){.cipher = EVP_aes_128_gcm(), .key_size = 32});
    expect_refused(&(struct recipe){.cipher = EVP_aes_192_gcm(), .key_size = 32});
}

TEST(an_unauthenticated_text_is_refused)
{
    expect_refused(&(struct recipe){.cipher = EVP_aes_256_cbc(), .key_size = 32, .enveloped = true});
}

TEST(another_key_wrap_is_refused)
{
    expect_refused(&(struct recipe){.cipher = EVP_aes_256_gcm(), .key_size = 16});
    expect_refused(&(struct recipe){.cipher = EVP_aes_256_gcm(), .key_size = 24});
}

TEST(a_second_recipient_is_refused)
{
    expect_refused(&(struct recipe){.cipher = EVP_aes_256_gcm(), .key_size = 32, .second = true});
}

TEST(a_date_in_the_identifier_is_refused)
{
    expect_refused(&(struct recipe){.cipher = EVP_aes_256_gcm(), .key_size = 32, .dated = true});
}

TEST(indefinite_lengths_are_refused)
{
    expect_refused(&(struct recipe){.cipher = EVP_aes_256_gcm(), .key_size = 32, .streamed = true});
}

TEST(a_record_without_its_text_is_refused)
{
    expect_refused(&(struct recipe){.cipher = EVP_aes_256_gcm(), .key_size = 32, .detached = true});
}

/* ---- the tag */

static void shorten_length(unsigned char *header, size_t by)
{
    assert_int_equal(header[1], 0x82);
    size_t length = (size_t)header[2] << 8 | header[3];
    header[2] = (unsigned char)((length - by) >> 8);
    header[3] = (unsigned char)(length - by);
}

/* Leaves so many bytes of the tag, which is the last element, and adjusts every length around it. */
static void cut_tag(struct buf *sealed, size_t left, bool in_parameters)
{
    static const unsigned char parameter[] = {0x02, 0x01, TAG_SIZE};
    size_t by = TAG_SIZE - left, oid = 4 + 2 + (size_t)sealed->data[5];
    shorten_length(sealed->data, by);
    shorten_length(sealed->data + oid, by);
    shorten_length(sealed->data + oid + 4, by);
    unsigned char *tag = sealed->data + sealed->len - TAG_SIZE - 2;
    assert_int_equal(tag[0] & 0x1f, 4);
    assert_int_equal(tag[1], TAG_SIZE);
    tag[1] = (unsigned char)left;
    sealed->len -= by;
    if (in_parameters) {
        unsigned char *found = memmem(sealed->data, sealed->len - left, parameter, sizeof(parameter));
        assert_non_null(found);
        found[2] = (unsigned char)left;
    }
}

TEST(a_tag_that_was_cut_is_refused)
{
    size_t opened_by_openssl = 0;
    for (size_t left = 0; left <= TAG_SIZE; left++) {
        for (int in_parameters = 0; in_parameters < 2; in_parameters++) {
            CLEANUP(buf_done) struct buf sealed = {0}, opened = {0};
            make(&(struct recipe){.cipher = EVP_aes_256_gcm(), .key_size = 32}, &sealed);
            cut_tag(&sealed, left, in_parameters == 1);
            opened_by_openssl += opens_with_openssl(buf_span(&sealed), KEK_SIZE);
            assert_int_equal(open_ours(buf_span(&sealed), &opened), left == TAG_SIZE ? 0 : -1);
        }
    }
    /* Else nothing was shown: it is OpenSSL that takes cut tags. */
    assert_true(opened_by_openssl > 2);
}

static void before_all(void)
{
    memset(text, 'x', sizeof(text)); /* no secret */
}

ALL_TESTS(before_all, NULL);
