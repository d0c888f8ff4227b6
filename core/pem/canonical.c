#include "core/pem/canonical.h"

#include <string.h>

enum { LINE = 64, GROUP = 4 };

/* Takes the text off the front. */
static bool canonical_take(struct span *rest, const char *text)
{
    if (!span_starts_with(*rest, text))
        return false;
    *rest = span_from(*rest, strlen(text));
    return true;
}

static bool canonical_take_boundary(struct span *rest, const char *begin, const char *label)
{
    return canonical_take(rest, begin) && canonical_take(rest, label) && canonical_take(rest, "-----\n");
}

static bool canonical_is_base64(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/* The value of a character of base64. */
static unsigned canonical_value(unsigned char character)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return (unsigned)(strchr(alphabet, character) - alphabet);
}

/* The characters of a line that are base64, and then its padding, whose bits are zero. */
static bool canonical_is_body(struct span line)
{
    size_t padding = 0;
    while (padding < 2 && line.data[line.len - 1 - padding] == '=')
        padding++;
    size_t count = line.len - padding;
    for (size_t i = 0; i < count; i++)
        if (!canonical_is_base64(line.data[i]))
            return false;
    unsigned spare = padding == 2 ? 15 : padding == 1 ? 3 : 0;
    return (canonical_value(line.data[count - 1]) & spare) == 0;
}

/* All lines but the last one are full, and only the last one is padded. */
static bool canonical_take_body(struct span *rest)
{
    bool last = false, any = false;
    while (!span_starts_with(*rest, "-")) {
        const unsigned char *end = rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);
        const struct span line = {rest->data, end == NULL ? 0 : (size_t)(end - rest->data)};
        if (last || line.len == 0 || line.len > LINE || line.len % GROUP != 0 || !canonical_is_body(line))
            return false;
        last = line.len < LINE || line.data[LINE - 1] == '=';
        any = true;
        *rest = span_from(*rest, line.len + 1);
    }
    return any;
}

size_t canonical_count(struct span text, const char *label)
{
    size_t count = 0;
    for (; text.len > 0; count++)
        if (!canonical_take_boundary(&text, "-----BEGIN ", label) || !canonical_take_body(&text) ||
            !canonical_take_boundary(&text, "-----END ", label))
            return 0;
    return count;
}
