/*
 * mutator: half of the mutants differ in the bytes inside of a PEM block, not in its text.
 *
 * Without it nearly every mutant of a certificate dies in the base64, and what is behind it is never reached.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "tests/fuzz/oracle.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

static const char dashes[] = "-----";

static size_t offset_of(struct span text, size_t from, const char *what)
{
    if (from >= text.len)
        return text.len;
    const unsigned char *found = memmem(text.data + from, text.len - from, what, strlen(what));
    return found == NULL ? text.len : (size_t)(found - text.data);
}

/* The next block's body behind `from`: what stands between the BEGIN line's dashes and those of the END line. */
static bool find_body(struct span text, size_t from, size_t *ret_start, size_t *ret_end)
{
    size_t begin = offset_of(text, from, "-----BEGIN ");
    size_t start = offset_of(text, begin + strlen(dashes), dashes) + strlen(dashes);
    size_t end = offset_of(text, start, dashes);
    *ret_start = start;
    *ret_end = end;
    return end < text.len;
}

static bool choose_body(struct span text, unsigned seed, size_t *ret_start, size_t *ret_end)
{
    size_t count = 0;
    for (size_t at = 0; find_body(text, at, ret_start, ret_end); at = *ret_end)
        count++;
    size_t chosen = count == 0 ? 0 : seed % count;
    size_t at = 0;
    for (size_t i = 0; i <= chosen; i++, at = *ret_end)
        if (!find_body(text, at, ret_start, ret_end))
            return false;
    return true;
}

/* The base64 characters of a body, and what they stand for. Returns the number of bytes, 0 where they are none. */
static size_t decode_body(struct span body, unsigned char *ret)
{
    size_t length = 0, padding = 0;
    unsigned char *base64 = malloc(body.len + 1);
    if (base64 == NULL)
        return 0;
    for (size_t i = 0; i < body.len; i++) {
        unsigned char c = body.data[i];
        if (c == '\\')
            i++; /* \n within a JSON string */
        else if (c > ' ')
            base64[length++] = c;
    }
    while (padding < 2 && padding < length && base64[length - 1 - padding] == '=')
        padding++;
    int decoded = length % 4 == 0 ? EVP_DecodeBlock(ret, base64, (int)length) : -1;
    free(base64);
    return decoded < (int)padding ? 0 : (size_t)decoded - padding;
}

/* Puts the bytes in the body's place, as one line of base64. Returns the new size, 0 if there is no room. */
static size_t replace_body(uint8_t *data, size_t size, size_t max_size, size_t start, size_t end, struct span der)
{
    size_t encoded = (der.len + 2) / 3 * 4;
    if (size - (end - start) + encoded > max_size)
        return 0;
    unsigned char *base64 = malloc(encoded + 1);
    if (base64 == NULL)
        return 0;
    EVP_EncodeBlock(base64, der.data, (int)der.len);
    memmove(data + start + encoded, data + end, size - end);
    memcpy(data + start, base64, encoded);
    free(base64);
    return size - (end - start) + encoded;
}

static size_t mutate_body(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size_t start, end, result = 0;
    if (!choose_body((struct span){data, size}, seed, &start, &end))
        return 0;
    size_t room = end - start + 64;
    unsigned char *der = malloc(room);
    if (der == NULL)
        return 0;
    size_t length = decode_body((struct span){data + start, end - start}, der);
    if (length > 0) {
        length = LLVMFuzzerMutate(der, length, room);
        result = replace_body(data, size, max_size, start, end, (struct span){der, length});
    }
    free(der);
    return result;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size_t result = seed % 2 == 0 ? 0 : mutate_body(data, size, max_size, seed / 2);
    return result != 0 ? result : LLVMFuzzerMutate(data, size, max_size);
}
