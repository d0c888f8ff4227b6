#include "core/pem/prose.h"

#include <ctype.h>
#include <string.h>

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char dashes[] = "-----";

enum {
    BODY_RUN_MIN = 8,   /* base64 characters that a body begins with */
    BODY_LINE_MIN = 32, /* base64 characters in a row that do not occur in prose */
    LABEL_MAX = 128     /* search limit for a label and its dashes */
};

/* Returns the length of backslashes followed by n, r or a line break; 0 if the text is something else. */
static size_t prose_escaped_break(struct span text)
{
    size_t count = 0;
    while (count < text.len && text.data[count] == '\\')
        count++;
    if (count == 0 || count == text.len || strchr("nr\n\r", text.data[count]) == NULL || text.data[count] == '\0')
        return 0;
    return count + 1;
}

static size_t prose_escaped_length(struct span text)
{
    size_t length = prose_escaped_break(text);
    if (length > 0 && text.data[length - 1] == 'r') {
        size_t line_feed = prose_escaped_break(span_from(text, length));
        if (line_feed > 0 && text.data[length + line_feed - 1] == 'n')
            length += line_feed;
    }
    return length;
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
    case '\\': {
        size_t length = prose_escaped_length(text);
        *ret_length = length > 0 ? length : 1;
        return length > 0 ? ESCAPED_BREAK : NO_SEPARATOR;
    }
    case 0xEF:
        *ret_length = span_starts_with(text, "\xEF\xBB\xBF") ? 3 : 1;
        return *ret_length == 3 ? BYTE_ORDER_MARK : NO_SEPARATOR;
    default:
        return NO_SEPARATOR;
    }
}

static bool prose_is_blank(enum separator separator)
{
    return separator == BLANK || separator == BYTE_ORDER_MARK;
}

static struct span prose_skip_blanks(struct span text)
{
    size_t length;
    while (prose_is_blank(separator_at(text, &length)))
        text = span_from(text, length);
    return text;
}

static struct span prose_skip_separators(struct span text)
{
    size_t length;
    while (separator_at(text, &length) != NO_SEPARATOR)
        text = span_from(text, length);
    return text;
}

static struct span prose_trim_end(struct span text)
{
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* Returns the first line, without its break. A run of backslashes is skipped at once, to stay O(n). */
static struct span prose_line_at(struct span text)
{
    size_t at = 0;
    while (at < text.len) {
        size_t length;
        enum separator separator = separator_at(span_from(text, at), &length);
        if (separator != NO_SEPARATOR && !prose_is_blank(separator))
            break;
        if (text.data[at] == '\\')
            while (at + length < text.len && text.data[at + length] == '\\')
                length++;
        at += length;
    }
    return (struct span){text.data, at};
}

bool is_base64(unsigned char byte)
{
    return isalnum(byte) || byte == '+' || byte == '/' || byte == '=';
}

static size_t prose_base64_run(struct span text)
{
    size_t count = 0;
    while (count < text.len && is_base64(text.data[count]))
        count++;
    return count;
}

/*
 * True if the body of a block can begin with this text: a header of RFC 1421, or DER in base64. DER begins with 0x30
 * and a length, which encode as M and, for bodies of useful length, a capital letter.
 */
static bool prose_is_body(struct span text)
{
    text = prose_skip_separators(text);
    if (span_starts_with(text, "Proc-Type:"))
        return true;
    return text.len >= BODY_RUN_MIN && text.data[0] == 'M' && isupper(text.data[1]) &&
           prose_base64_run(text) >= BODY_RUN_MIN;
}

static bool prose_holds_body_line(struct span text)
{
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        run = is_base64(text.data[i]) ? run + 1 : 0;
        if (run >= BODY_LINE_MIN)
            return true;
    }
    return false;
}

/* ---- comments ---- */

static size_t prose_comment_mark(struct span text)
{
    if (text.len > 0 && (text.data[0] == '#' || text.data[0] == ';'))
        return 1;
    return span_starts_with(text, "//") ? 2 : 0;
}

static bool prose_is_comment(struct span line)
{
    return prose_comment_mark(prose_skip_blanks(line)) > 0;
}

static bool prose_is_comment_marks_only(struct span text)
{
    size_t length;
    for (text = prose_skip_blanks(text); (length = prose_comment_mark(text)) > 0;)
        text = prose_skip_blanks(span_from(text, length));
    return text.len == 0;
}

/* ---- boundaries ---- */

static bool prose_holds_lower(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (islower(text.data[i]))
            return true;
    return false;
}

/* Recognises a label of a block by a part that hardly occurs in prose in capitals. */
static bool prose_is_known_label(struct span label)
{
    static const char *const parts[] = {"CERTIFICATE", "PRIVATE KEY", "PUBLIC KEY", "X509 CRL", "PARAMETERS", "PKCS"};
    label = prose_trim_end(label);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size_t length = strlen(parts[i]);
        if (label.len >= length && memcmp(label.data + label.len - length, parts[i], length) == 0)
            return true;
    }
    return span_starts_with(label, "PKCS");
}

/* Returns the length of BEGIN or END as a whole word in any case; 0 if there is none. */
static size_t prose_boundary_word(struct span text)
{
    static const char *const words[] = {"BEGIN", "END"};
    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(words[i]);
        if (text.len >= length && strncasecmp((const char *)text.data, words[i], length) == 0 &&
            (text.len == length || !isalnum(text.data[length])))
            return length;
    }
    return 0;
}

/* Returns the length of a hyphen or of a dash that word processors put in its place; 0 if there is none. */
static size_t prose_dash_length(struct span text)
{
    if (span_starts_with(text, "-"))
        return 1;
    /* U+2010 to U+2015 (hyphens, en and em dash, bar), U+2212 (minus). */
    if (span_starts_with(text, "\xE2\x80") && text.len > 2 && text.data[2] >= 0x90 && text.data[2] <= 0x95)
        return 3;
    return span_starts_with(text, "\xE2\x88\x92") ? 3 : 0;
}

static size_t prose_count_dashes(struct span *text)
{
    size_t count = 0, length;
    for (*text = prose_skip_blanks(*text); (length = prose_dash_length(*text)) > 0;
         *text = prose_skip_blanks(span_from(*text, length)))
        count++;
    return count;
}

static struct span prose_before_dash(struct span text)
{
    size_t at = 0;
    while (at < text.len && prose_dash_length(span_from(text, at)) == 0)
        at++;
    return (struct span){text.data, at};
}

static bool prose_holds_letter(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (isalpha(text.data[i]))
            return true;
    return false;
}

/*
 * Dashes on one side suffice if a label follows, and none are needed if the line consists of BEGIN or END and a label.
 * With four or more dashes in front the line is a boundary whatever follows.
 */
static bool prose_is_broken_boundary(struct span line)
{
    size_t leading = prose_count_dashes(&line);
    size_t word = prose_boundary_word(line);
    if (word == 0)
        return false;
    if (leading >= 4)
        return true;
    struct span after = prose_skip_blanks(span_from(line, word));
    struct span label = prose_before_dash(after);
    bool trailing = label.len < after.len;
    if (prose_holds_lower((struct span){line.data, word}) || prose_holds_lower(label))
        return false;
    if (prose_trim_end(label).len == 0)
        return leading > 0 && !trailing;
    return prose_is_known_label(label);
}

/*
 * A whole boundary after punctuation or a number, as in quoted mail (>), a listing (12:) or a table (|), or without the
 * blank after BEGIN. With letters around it, it is part of a sentence.
 */
static bool prose_is_marked_boundary(struct span line)
{
    size_t start = 0;
    while (start < line.len && !isalpha(line.data[start]) && prose_dash_length(span_from(line, start)) == 0)
        start++;
    struct span rest = span_from(line, start);
    if (prose_count_dashes(&rest) < 4)
        return false;
    size_t word = span_starts_with(rest, "BEGIN") ? strlen("BEGIN") : span_starts_with(rest, "END") ? strlen("END") : 0;
    struct span label = prose_before_dash(span_from(rest, word));
    return word > 0 && prose_is_known_label(label) && !prose_holds_letter(span_from(rest, word + label.len));
}

/* The rest of a boundary that lost its beginning: PRIVATE KEY----- */
static bool prose_is_boundary_rest(struct span line)
{
    size_t at = span_find(line, "PRIVATE KEY-");
    if (at == line.len || prose_holds_lower(line))
        return false;
    struct span rest = span_from(line, at + strlen("PRIVATE KEY"));
    prose_count_dashes(&rest);
    return rest.len == 0;
}

/* In a text without line breaks, the END of a lost BEGIN follows its body. */
static bool prose_is_broken(struct span line)
{
    return prose_is_broken_boundary(line) || prose_is_marked_boundary(line) || prose_is_boundary_rest(line) ||
           (span_holds(line, end_mark) && prose_holds_body_line(line));
}

/* ---- lines ---- */

/* Returns the offset after the END of a block that begins here and ends in the same line; 0 if there is none. */
static size_t prose_folded_block(struct span line)
{
    size_t end = span_find(line, end_mark);
    if (end == line.len)
        return 0;
    end += strlen(end_mark);
    size_t close = span_find(span_from(line, end), dashes);
    return end + close == line.len ? 0 : end + close + strlen(dashes);
}

/* True if this BEGIN starts a block: a body follows its label. */
static bool prose_begins_block(struct span text)
{
    struct span label = span_from(text, strlen(begin_mark));
    label.len = label.len < LABEL_MAX ? label.len : LABEL_MAX;
    size_t close = span_find(label, dashes);
    return close < label.len && prose_is_body(span_from(text, strlen(begin_mark) + close + strlen(dashes)));
}

/* Reads the line of `length` bytes at the start of the text, up to the BEGIN of a block or to its end. */
static enum prose prose_read_line(struct span text, size_t length, size_t *ret_length)
{
    size_t start = 0, at = 0; /* of the part not known to be prose; of the search for the next BEGIN */
    for (;;) {
        struct span line = {text.data + start, length - start};
        size_t mark = at + span_find((struct span){text.data + at, length - at}, begin_mark);
        struct span before = {line.data, mark - start};
        if (mark == length)
            break;
        if (prose_is_comment(line) && prose_is_comment_marks_only(before)) {
            size_t block = prose_folded_block((struct span){text.data + mark, length - mark});
            if (block == 0)
                break;
            start = at = mark + block;
        } else if (prose_skip_blanks(before).len == 0 || prose_begins_block(span_from(text, mark))) {
            *ret_length = mark;
            return !prose_is_comment(line) && prose_is_broken(before) ? PROSE_BROKEN : PROSE_THEN_BLOCK;
        } else {
            at = mark + strlen(begin_mark);
        }
    }
    struct span rest = {text.data + start, length - start};
    *ret_length = length;
    return !prose_is_comment(rest) && prose_is_broken(rest) ? PROSE_BROKEN : PROSE_ONLY;
}

/* Caches the end of the line, since one line can hold thousands of blocks. */
static size_t prose_line_length(struct span text, const unsigned char **line_end)
{
    if (*line_end == NULL || *line_end < text.data)
        *line_end = text.data + prose_line_at(text).len;
    return (size_t)(*line_end - text.data);
}

enum prose prose_read(struct span text, const unsigned char **line_end, size_t *ret_length)
{
    size_t at = 0;
    while (at < text.len) {
        size_t length, skipped;
        struct span rest = span_from(text, at);
        enum prose found = prose_read_line(rest, prose_line_length(rest, line_end), &length);
        at += length;
        *ret_length = at;
        if (found != PROSE_ONLY)
            return found;
        if (separator_at(span_from(text, at), &skipped) != NO_SEPARATOR)
            at += skipped;
    }
    *ret_length = text.len;
    return PROSE_ONLY;
}
