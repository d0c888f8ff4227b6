#include "core/store/seal.h"

#include <string.h>

#include <openssl/cms.h>

#include "core/base/ossl.h"

static void seal_cms_freep(CMS_ContentInfo **cms)
{
    CMS_ContentInfo_free(*cms);
}

static int seal_refuse(const char *what, struct fault *f)
{
    ossl_clear_errors();
    return fault_set(f, REASON_STORE_FAILED, "", "%s", what);
}

/* OpenSSL takes the key and the identifier over; both must be from its allocator. */
static int seal_add_recipient(CMS_ContentInfo *cms, struct span key, const char *id)
{
    unsigned char *own_key = OPENSSL_memdup(key.data, key.len);
    unsigned char *own_id = OPENSSL_memdup(id, strlen(id));
    if (own_key != NULL && own_id != NULL &&
        CMS_add0_recipient_key(cms, NID_id_aes256_wrap, own_key, key.len, own_id, strlen(id), NULL, NULL, NULL) != NULL)
        return 0;
    OPENSSL_clear_free(own_key, key.len);
    OPENSSL_free(own_id);
    return -1;
}

int seal_close(struct span text, struct span key, const char *id, struct buf *ret, struct fault *f)
{
    ossl_clear_errors();
    CLEANUP(ossl_bio_freep) BIO *input = BIO_new_mem_buf(text.data, (int)text.len);
    CLEANUP(seal_cms_freep) CMS_ContentInfo *cms = CMS_AuthEnvelopedData_create(EVP_aes_256_gcm());
    if (input == NULL || cms == NULL || seal_add_recipient(cms, key, id) != 0 || CMS_set_detached(cms, 0) != 1 ||
        CMS_final(cms, input, NULL, CMS_BINARY) != 1)
        return seal_refuse("a record cannot be sealed", f);
    unsigned char *der = NULL;
    int length = i2d_CMS_ContentInfo(cms, &der);
    if (length <= 0)
        return seal_refuse("a record cannot be encoded", f);
    int result = buf_append(ret, (struct span){der, (size_t)length}, f);
    OPENSSL_free(der);
    return result;
}

/* ---- the template ---- */

/* The primitive elements of the DER, in their order; the numbers are those of RFC 5083 and RFC 5652 structures. */
enum element {
    ELEMENT_CONTENT_TYPE,
    ELEMENT_VERSION,
    ELEMENT_RECIPIENT_VERSION,
    ELEMENT_KEY_ID,
    ELEMENT_WRAP_ALGORITHM,
    ELEMENT_WRAPPED_KEY,
    ELEMENT_INNER_TYPE,
    ELEMENT_CIPHER,
    ELEMENT_NONCE,
    ELEMENT_TAG_LENGTH,
    ELEMENT_CIPHERTEXT,
    ELEMENT_TAG,
    ELEMENT_COUNT,
};

struct layout {
    struct span elements[ELEMENT_COUNT]; /* contents */
    size_t count;
};

enum { DEPTH_MAX = 16 };

/* Collects the primitive elements; only definite lengths, and nothing behind the end of what encloses it. */
static int seal_walk(struct span der, unsigned depth, struct layout *ret)
{
    while (der.len > 0) {
        const unsigned char *content = der.data;
        long length;
        int tag, class;
        int kind = ASN1_get_object(&content, &length, &tag, &class, (long)der.len);
        if ((kind & 0x81) != 0 || depth == DEPTH_MAX)
            return -1;
        struct span inner = {content, (size_t)length};
        if ((kind & V_ASN1_CONSTRUCTED) == 0) {
            if (ret->count == ELEMENT_COUNT)
                return -1;
            ret->elements[ret->count++] = inner;
        } else if (seal_walk(inner, depth + 1, ret) != 0) {
            return -1;
        }
        size_t used = (size_t)(content - der.data) + inner.len;
        der.data += used;
        der.len -= used;
    }
    return 0;
}

static int seal_lay_out(struct span sealed, struct layout *ret)
{
    int result = seal_walk(sealed, 0, ret);
    ossl_clear_errors();
    return result == 0 && ret->count == ELEMENT_COUNT ? 0 : -1;
}

int seal_key_id(struct span sealed, char ret[static KEK_ID_MAX + 1], struct fault *f)
{
    struct layout layout = {.count = 0};
    if (seal_lay_out(sealed, &layout) != 0)
        return seal_refuse("this is no record of certfs", f);
    struct span id = layout.elements[ELEMENT_KEY_ID];
    if (id.len == 0 || id.len > KEK_ID_MAX || memchr(id.data, 0, id.len) != NULL)
        return seal_refuse("this is no record of certfs", f);
    memcpy(ret, id.data, id.len);
    ret[id.len] = '\0';
    return kek_is_id(ret) ? 0 : seal_refuse("this is no record of certfs", f);
}

/* Blanks the random elements; all other bytes must then be equal. */
static void seal_blank(struct buf *der)
{
    static const enum element random[] = {ELEMENT_WRAPPED_KEY, ELEMENT_NONCE, ELEMENT_CIPHERTEXT, ELEMENT_TAG};
    struct layout layout = {.count = 0};
    if (seal_lay_out(buf_span(der), &layout) != 0)
        return;
    for (size_t i = 0; i < sizeof(random) / sizeof(random[0]); i++) {
        struct span element = layout.elements[random[i]];
        for (size_t at = (size_t)(element.data - der->data), end = at + element.len; at < end; at++)
            der->data[at] = 0;
    }
}

/* Seals as many zero bytes under the same identifier: the lengths are the same, and so must be all that is fixed. */
static int seal_check_template(struct span sealed, const char *id, struct fault *f)
{
    static const unsigned char any_key[KEK_SIZE];
    struct layout layout = {.count = 0};
    CLEANUP(buf_done) struct buf zeros = {0}, ours = {0}, theirs = {0};
    if (seal_lay_out(sealed, &layout) != 0)
        return seal_refuse("this is no record of certfs", f);
    size_t length = layout.elements[ELEMENT_CIPHERTEXT].len;
    while (zeros.len < length) {
        size_t missing = length - zeros.len;
        if (buf_append(&zeros, (struct span){any_key, missing < KEK_SIZE ? missing : KEK_SIZE}, f) != 0)
            return -1;
    }
    if (seal_close(buf_span(&zeros), (struct span){any_key, KEK_SIZE}, id, &ours, f) != 0 ||
        buf_append(&theirs, sealed, f) != 0)
        return -1;
    seal_blank(&ours);
    seal_blank(&theirs);
    return span_equal(buf_span(&ours), buf_span(&theirs)) ? 0 : seal_refuse("the record has been changed", f);
}

/* ---- opening ---- */

static int seal_set_key(CMS_ContentInfo *cms, struct span key)
{
    CMS_RecipientInfo *recipient = sk_CMS_RecipientInfo_value(CMS_get0_RecipientInfos(cms), 0);
    unsigned char *own_key = OPENSSL_memdup(key.data, key.len);
    if (recipient == NULL || own_key == NULL || CMS_RecipientInfo_set0_key(recipient, own_key, key.len) != 1) {
        OPENSSL_clear_free(own_key, key.len);
        return -1;
    }
    return CMS_RecipientInfo_decrypt(cms, recipient) == 1 ? 0 : -1;
}

static int seal_take_text(CMS_ContentInfo *cms, struct buf *ret, struct fault *f)
{
    CLEANUP(ossl_bio_freep) BIO *output = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (output == NULL || CMS_decrypt(cms, NULL, NULL, NULL, output, 0) != 1)
        return seal_refuse("the record is not authentic", f);
    long length = BIO_get_mem_data(output, &text);
    return buf_append(ret, (struct span){(const unsigned char *)text, length > 0 ? (size_t)length : 0}, f);
}

int seal_open(struct span sealed, struct span key, const char *id, struct buf *ret, struct fault *f)
{
    if (seal_check_template(sealed, id, f) != 0)
        return -1;
    const unsigned char *der = sealed.data;
    CLEANUP(seal_cms_freep) CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &der, (long)sealed.len);
    if (cms == NULL)
        return seal_refuse("this is no record of certfs", f);
    if (seal_set_key(cms, key) != 0)
        return seal_refuse("the key-encryption key does not open the record", f);
    return seal_take_text(cms, ret, f);
}
