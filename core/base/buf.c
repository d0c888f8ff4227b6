#include "core/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

struct span span_of(const char *text)
{
    return (struct span){(const unsigned char *)text, strlen(text)};
}

struct span buf_span(const struct buf *buf)
{
    return (struct span){buf->data, buf->len};
}

bool span_equal(struct span a, struct span b)
{
    if (a.len != b.len)
        return false;
    return a.len == 0 || CRYPTO_memcmp(a.data, b.data, a.len) == 0;
}

struct span span_from(struct span span, size_t count)
{
    return count == 0 ? span : (struct span){span.data + count, span.len - count}; /* data may be NULL */
}

bool span_starts_with(struct span span, const char *text)
{
    size_t length = strlen(text);
    return span.len >= length && memcmp(span.data, text, length) == 0;
}

size_t span_find(struct span span, const char *text)
{
    const unsigned char *found = span.len == 0 ? NULL : memmem(span.data, span.len, text, strlen(text));
    return found == NULL ? span.len : (size_t)(found - span.data);
}

void span_hex(struct span span, char *ret, size_t size)
{
    ret[0] = '\0';
    for (size_t i = 0; i < span.len && 2 * i + 2 < size; i++)
        snprintf(ret + 2 * i, 3, "%02x", span.data[i]);
}

bool span_unhex(struct span text, unsigned char *ret)
{
    for (size_t i = 0; i + 1 < text.len; i += 2) {
        int high = OPENSSL_hexchar2int(text.data[i]), low = OPENSSL_hexchar2int(text.data[i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret[i / 2] = (unsigned char)(high << 4 | low);
    }
    return true;
}

bool span_holds(struct span span, const char *text)
{
    return span_find(span, text) < span.len;
}

/* Returns the next power of two, at least 512; cannot overflow for sizes up to BUF_MAX. */
static size_t buf_capacity_for(size_t size)
{
    size_t capacity = 512;
    while (capacity < size)
        capacity *= 2;
    return capacity;
}

int buf_reserve(struct buf *buf, size_t extra, struct fault *f)
{
    if (extra > BUF_MAX || buf->len > BUF_MAX - extra)
        return fault_set(f, REASON_TOO_LARGE, "", "more than %d bytes", BUF_MAX);
    if (buf->len + extra <= buf->capacity)
        return 0;
    size_t capacity = buf_capacity_for(buf->len + extra);
    unsigned char *data = malloc(capacity);
    if (data == NULL)
        return fault_no_memory(f);
    size_t len = buf->len;
    if (len > 0)
        memcpy(data, buf->data, len);
    buf_done(buf);
    *buf = (struct buf){.data = data, .len = len, .capacity = capacity};
    return 0;
}

int buf_fit(struct buf *buf, struct fault *f)
{
    if (buf->len == 0 || buf->len == buf->capacity)
        return 0;
    unsigned char *data = malloc(buf->len);
    if (data == NULL)
        return fault_no_memory(f);
    size_t len = buf->len;
    memcpy(data, buf->data, len);
    buf_done(buf);
    *buf = (struct buf){.data = data, .len = len, .capacity = len};
    return 0;
}

int buf_append(struct buf *buf, struct span bytes, struct fault *f)
{
    if (buf_reserve(buf, bytes.len, f) != 0)
        return -1;
    if (bytes.len > 0)
        memcpy(buf->data + buf->len, bytes.data, bytes.len);
    buf->len += bytes.len;
    return 0;
}

int buf_append_text(struct buf *buf, const char *text, struct fault *f)
{
    return buf_append(buf, span_of(text), f);
}

void buf_copy_text(const struct buf *buf, char *ret, size_t size)
{
    size_t length = buf->len < size ? buf->len : size - 1;
    if (length > 0)
        memcpy(ret, buf->data, length);
    ret[length] = '\0';
}

void buf_move(struct buf *to, struct buf *from)
{
    buf_done(to);
    *to = *from;
    *from = (struct buf){0};
}

void buf_done(struct buf *buf)
{
    if (buf->data != NULL)
        OPENSSL_cleanse(buf->data, buf->capacity);
    free(buf->data);
    *buf = (struct buf){0};
}

void buf_wipe(void *bytes, size_t len)
{
    OPENSSL_cleanse(bytes, len);
}
