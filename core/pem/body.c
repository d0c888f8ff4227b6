#include "core/pem/body.h"

#include <ctype.h>
#include <string.h>

#include "core/pem/separator.h"

enum {
    RUN_BEGIN_MIN = 8, /* base64 characters that a body begins with */
    RUN_MIN = 32,      /* base64 characters in a row that do not occur in prose */
    RUN_LONG = 48,
    WIDTH_PEM = 64,
    WIDTH_MIME = 76,
};

bool is_base64(unsigned char byte)
{
    return isalnum(byte) || byte == '+' || byte == '/' || byte == '=';
}

size_t body_run(struct span text)
{
    size_t count = 0;
    while (count < text.len && is_base64(text.data[count]))
        count++;
    return count;
}

bool body_begins(struct span text)
{
    text = separator_skip(text);
    if (span_starts_with(text, "Proc-Type:"))
        return true;
    return text.len >= RUN_BEGIN_MIN && text.data[0] == 'M' && isupper(text.data[1]) && body_run(text) >= RUN_BEGIN_MIN;
}

bool body_holds_line(struct span text)
{
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        run = is_base64(text.data[i]) ? run + 1 : 0;
        if (run >= RUN_MIN)
            return true;
    }
    return false;
}

/* Padding ends a run and never begins one. */
static size_t body_padded_run(struct span text)
{
    size_t count = 0;
    while (count < text.len && is_base64(text.data[count]) && text.data[count] != '=')
        count++;
    for (size_t padding = 0; padding < 2 && count > 0 && count < text.len && text.data[count] == '='; padding++)
        count++;
    return count;
}

static int body_class(unsigned char byte)
{
    return islower(byte) ? 0 : isupper(byte) ? 1 : isdigit(byte) ? 2 : 3;
}

/* Counts the places where a letter in lower case, one in upper case, a digit and a sign are neighbours. */
static size_t body_count_changes(struct span run)
{
    size_t count = 0;
    for (size_t i = 1; i < run.len; i++)
        count += body_class(run.data[i]) != body_class(run.data[i - 1]);
    return count;
}

/* Hexadecimal digits and most paths have letters of one case. */
static bool body_has_both_cases(struct span run)
{
    bool lower = false, upper = false;
    for (size_t i = 0; i < run.len; i++) {
        lower |= islower(run.data[i]) != 0;
        upper |= isupper(run.data[i]) != 0;
    }
    return lower && upper;
}

/*
 * DER of 0x30 and a length under 128, or one whose bytes are counted; or ----- or openssh-key in base64. Other lines of
 * bodies differ from words in CamelCase by their width, a + or the number of changes: words have 32 to 44 in 100
 * characters.
 */
static enum body_kind body_kind_of(struct span run)
{
    if (run.len < RUN_MIN || !body_has_both_cases(run))
        return BODY_NONE;
    size_t changes = 100 * body_count_changes(run) / run.len;
    bool der = run.data[0] == 'M' && run.data[1] >= 'A' && run.data[1] <= 'I';
    if ((der && changes >= 25) || span_starts_with(run, "LS0tLS1") || span_starts_with(run, "b3BlbnNzaC1rZXk"))
        return BODY_START;
    bool width = run.len == WIDTH_PEM || run.len == WIDTH_MIME;
    bool random = changes >= 47 || (changes >= 40 && run.len >= RUN_LONG) || memchr(run.data, '+', run.len) != NULL;
    return width || random ? BODY_LINE : BODY_NONE;
}

/* Returns the length of a terminal's escape sequence, ESC [ 32 m, which may have lost its ESC; 0 if there is none. */
static size_t body_escape_sequence(struct span text)
{
    size_t at = text.len > 0 && text.data[0] == '\x1b' ? 1 : 0;
    if (at == text.len || text.data[at] != '[')
        return 0;
    for (at++; at < text.len && (isdigit(text.data[at]) || text.data[at] == ';'); at++)
        ;
    return at < text.len && strchr("mK", text.data[at]) != NULL && text.data[at] != '\0' ? at + 1 : 0;
}

struct body_line body_find(struct span line)
{
    size_t at = 0;
    while (at < line.len) {
        struct span rest = span_from(line, at);
        size_t length = body_escape_sequence(rest);
        if (length == 0) {
            length = body_padded_run(rest);
            struct span run = {rest.data, length};
            enum body_kind kind = body_kind_of(run);
            if (kind != BODY_NONE)
                return (struct body_line){kind, {line.data, at}, run, span_from(rest, length)};
        }
        at += length > 0 ? length : 1;
    }
    return (struct body_line){.kind = BODY_NONE};
}
