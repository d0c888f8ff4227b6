#include "core/about/identifier.h"

enum flaw { FLAW_NONE, FLAW_EMPTY, FLAW_FIRST, FLAW_CHARACTER, FLAW_DOUBLED, FLAW_TOO_LONG, FLAW_LAST };

static bool identifier_is_letter(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool identifier_is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static enum flaw identifier_flaw_at(struct span text, size_t at)
{
    unsigned char c = text.data[at];
    if (at == IDENTIFIER_MAX)
        return FLAW_TOO_LONG;
    if (at == 0 && !identifier_is_letter(c))
        return FLAW_FIRST;
    if (c != '-')
        return identifier_is_letter(c) || identifier_is_digit(c) ? FLAW_NONE : FLAW_CHARACTER;
    if (text.data[at - 1] == '-')
        return FLAW_DOUBLED;
    return at + 1 == text.len ? FLAW_LAST : FLAW_NONE;
}

/* `ret_at` is the index of the character at fault. */
static enum flaw identifier_find_flaw(struct span text, size_t *ret_at)
{
    enum flaw flaw = text.len == 0 ? FLAW_EMPTY : FLAW_NONE;
    for (*ret_at = 0; *ret_at < text.len; ++*ret_at) {
        flaw = identifier_flaw_at(text, *ret_at);
        if (flaw != FLAW_NONE)
            break;
    }
    return flaw;
}

static const char *identifier_kind_of(unsigned char c)
{
    if (identifier_is_digit(c))
        return "a digit";
    if (c == '-')
        return "a hyphen";
    if (c == ' ')
        return "a blank";
    if (c < ' ' || c == 0x7f)
        return "a control character";
    return c < 0x80 ? "a punctuation mark" : "not an ASCII character";
}

bool identifier_is_valid(const char *text)
{
    size_t at;
    return identifier_find_flaw(span_of(text), &at) == FLAW_NONE;
}

int identifier_check(struct span text, const char *field, struct fault *f)
{
    size_t at;
    switch (identifier_find_flaw(text, &at)) {
    case FLAW_NONE:
        return 0;
    case FLAW_EMPTY:
        return fault_set(f, REASON_WRONG_TYPE, field, "an identifier has 1 to %d characters; this one is empty",
                         IDENTIFIER_MAX);
    case FLAW_FIRST:
        return fault_set(f, REASON_WRONG_TYPE, field, "the first character is %s; an ASCII letter is expected",
                         identifier_kind_of(text.data[0]));
    case FLAW_CHARACTER:
        return fault_set(f, REASON_WRONG_TYPE, field,
                         "character %zu is %s; ASCII letters, digits and hyphens are allowed", at + 1,
                         identifier_kind_of(text.data[at]));
    case FLAW_DOUBLED:
        return fault_set(f, REASON_WRONG_TYPE, field,
                         "characters %zu and %zu are both hyphens; single ones are allowed", at, at + 1);
    case FLAW_TOO_LONG:
        return fault_set(f, REASON_WRONG_TYPE, field, "more than %d characters in an identifier", IDENTIFIER_MAX);
    case FLAW_LAST:
        break;
    }
    return fault_set(f, REASON_WRONG_TYPE, field, "the last character is a hyphen; a letter or a digit is expected");
}

static unsigned char identifier_lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool identifier_same(const char *a, const char *b)
{
    while (*a != '\0' && identifier_lower(*a) == identifier_lower(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}
