#include "core/base/base64.h"

#include <ctype.h>

#include <openssl/evp.h>

#include "core/base/ossl.h"

int base64_encode(struct span bytes, struct buf *ret, struct fault *f)
{
    if (buf_reserve(ret, (bytes.len + 2) / 3 * 4 + 1, f) != 0)
        return -1;
    ret->len += (size_t)EVP_EncodeBlock(ret->data + ret->len, bytes.data, (int)bytes.len);
    return 0;
}

/* Collects characters and up to two of padding; false for anything else. */
static bool base64_collect(struct span text, struct buf *ret, size_t *ret_padding)
{
    *ret_padding = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = text.data[i];
        if (byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t')
            continue;
        *ret_padding += byte == '=';
        if (byte != '=' && ((!isalnum(byte) && byte != '+' && byte != '/') || *ret_padding > 0))
            return false;
        ret->data[ret->len++] = byte;
    }
    return *ret_padding <= 2 && ret->len % 4 == 0 && ret->len > *ret_padding;
}

int base64_decode(struct span text, struct buf *ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf characters = {0};
    size_t padding;
    if (buf_reserve(&characters, text.len, f) != 0)
        return -1;
    if (!base64_collect(text, &characters, &padding))
        return fault_set(f, REASON_MALFORMED_PEM, "", "this is not base64");
    if (buf_reserve(ret, characters.len / 4 * 3, f) != 0)
        return -1;
    int length = EVP_DecodeBlock(ret->data + ret->len, characters.data, (int)characters.len);
    ossl_clear_errors();
    if (length < 0)
        return fault_set(f, REASON_MALFORMED_PEM, "", "this is not base64");
    ret->len += (size_t)length - padding;
    return 0;
}
