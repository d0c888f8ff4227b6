#include "core/pem/separator.h"

#include <string.h>

/* Returns the length of backslashes followed by one of `bytes`; 0 if the text is something else. */
static size_t separator_escaped(struct span text, const char *bytes)
{
    size_t count = 0;
    while (count < text.len && text.data[count] == '\\')
        count++;
    if (count == 0 || count == text.len || strchr(bytes, text.data[count]) == NULL || text.data[count] == '\0')
        return 0;
    return count + 1;
}

static size_t separator_escaped_break(struct span text)
{
    size_t length = separator_escaped(text, "nr\n\r");
    if (length > 0 && text.data[length - 1] == 'r') {
        size_t line_feed = separator_escaped(span_from(text, length), "nr\n\r");
        if (line_feed > 0 && text.data[length + line_feed - 1] == 'n')
            length += line_feed;
    }
    return length;
}

static enum separator separator_at_backslash(struct span text, size_t *ret_length)
{
    size_t length = separator_escaped_break(text), tab = length > 0 ? 0 : separator_escaped(text, "t");
    *ret_length = length > 0 ? length : tab > 0 ? tab : 1;
    return length > 0 ? ESCAPED_BREAK : tab > 0 ? BLANK : NO_SEPARATOR;
}

enum separator separator_at(struct span text, size_t *ret_length)
{
    *ret_length = 1;
    if (text.len == 0)
        return NO_SEPARATOR;
    switch (text.data[0]) {
    case '\n':
        return LINE_FEED;
    case ' ':
    case '\t':
        return BLANK;
    case '\r':
        *ret_length = span_starts_with(text, "\r\n") ? 2 : 1;
        return CARRIAGE_RETURN;
    case '\\':
        return separator_at_backslash(text, ret_length);
    case 0xEF:
        *ret_length = span_starts_with(text, "\xEF\xBB\xBF") ? 3 : 1;
        return *ret_length == 3 ? BYTE_ORDER_MARK : NO_SEPARATOR;
    default:
        return NO_SEPARATOR;
    }
}

static bool separator_is_blank(enum separator separator)
{
    return separator == BLANK || separator == BYTE_ORDER_MARK;
}

struct span separator_skip_blanks(struct span text)
{
    size_t length;
    while (separator_is_blank(separator_at(text, &length)))
        text = span_from(text, length);
    return text;
}

struct span separator_skip(struct span text)
{
    size_t length;
    while (separator_at(text, &length) != NO_SEPARATOR)
        text = span_from(text, length);
    return text;
}

/* A run of backslashes is skipped at once, to stay O(n). */
struct span separator_line(struct span text)
{
    size_t at = 0;
    while (at < text.len) {
        size_t length;
        enum separator separator = separator_at(span_from(text, at), &length);
        if (separator != NO_SEPARATOR && !separator_is_blank(separator))
            break;
        if (text.data[at] == '\\')
            while (at + length < text.len && text.data[at + length] == '\\')
                length++;
        at += length;
    }
    return (struct span){text.data, at};
}

size_t separator_count_lines(struct span text)
{
    size_t count = 0, length;
    while (text.len > 0) {
        text = span_from(text, separator_line(text).len);
        if (separator_at(text, &length) == NO_SEPARATOR)
            break;
        text = span_from(text, length);
        count++;
    }
    return count;
}
