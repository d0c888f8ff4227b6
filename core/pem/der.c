#include "core/pem/der.h"

enum { LONG_FORM = 0x80, HIGH_TAG = 0x1F, LENGTH_BYTES_MAX = 4 };

/* Reads the length at the start of `text`; `ret_used` is the number of its bytes. */
static bool der_read_length(struct span text, size_t *ret_length, size_t *ret_used)
{
    if (text.len == 0)
        return false;
    size_t count = text.data[0] < LONG_FORM ? 0 : text.data[0] - (size_t)LONG_FORM;
    *ret_used = 1 + count;
    *ret_length = text.data[0];
    if (count == 0)
        return text.data[0] < LONG_FORM;
    if (count > LENGTH_BYTES_MAX || text.len < *ret_used)
        return false;
    *ret_length = 0;
    for (size_t i = 1; i <= count; i++)
        *ret_length = *ret_length << 8 | text.data[i];
    return text.data[1] != 0 && *ret_length >= LONG_FORM;
}

bool der_next(struct span *rest, struct der *ret)
{
    size_t length, used;
    if (rest->len < 2 || (rest->data[0] & HIGH_TAG) == HIGH_TAG ||
        !der_read_length((struct span){rest->data + 1, rest->len - 1}, &length, &used))
        return false;
    size_t header = 1 + used;
    if (length > rest->len - header)
        return false;
    *ret = (struct der){
        .tag = rest->data[0], .content = {rest->data + header, length}, .whole = {rest->data, header + length}};
    rest->data += header + length;
    rest->len -= header + length;
    return true;
}

bool der_take(struct span *rest, unsigned char tag, struct span *ret_content)
{
    struct span after = *rest;
    struct der element;
    if (!der_next(&after, &element) || element.tag != tag)
        return false;
    *rest = after;
    *ret_content = element.content;
    return true;
}

bool der_take_optional(struct span *rest, unsigned char tag, struct span *ret_content)
{
    *ret_content = (struct span){NULL, 0};
    return rest->len == 0 || rest->data[0] != tag || der_take(rest, tag, ret_content);
}

int der_last_arc(struct span object, struct span beginning)
{
    struct span start = {object.data, beginning.len};
    return object.len == beginning.len + 1 && span_equal(start, beginning) ? object.data[beginning.len] : -1;
}

bool der_integer_bits(struct span content, size_t *ret)
{
    if (content.len == 0 || (content.data[0] & 0x80) != 0)
        return false;
    size_t zeros = 0;
    while (zeros < content.len && content.data[zeros] == 0)
        zeros++;
    *ret = 8 * (content.len - zeros);
    for (unsigned first = zeros < content.len ? content.data[zeros] : 0x80; (first & 0x80) == 0; first <<= 1)
        --*ret;
    return true;
}
