#include "core/json/grammar.h"

#include <ctype.h>
#include <string.h>

/* What may come next. The order is that of the table at the end. */
enum state {
    AT_START,
    AT_VALUE,
    AT_FIRST_VALUE, /* or the end of the array */
    AT_NAME,
    AT_FIRST_NAME, /* or the end of the object */
    AT_COLON,
    AFTER_VALUE,
    IN_STRING,
    IN_ESCAPE,
    IN_HEX,
    IN_UTF8,
    IN_LITERAL,
    IN_MINUS,
    IN_ZERO,
    IN_INTEGER,
    IN_POINT,
    IN_FRACTION,
    IN_EXPONENT_MARK,
    IN_EXPONENT_SIGN,
    IN_EXPONENT,
    AT_END,
    STATE_COUNT,
};

/* A step takes one byte; it returns NULL, or what would have been right. */
typedef const char *step(struct grammar *g, unsigned char byte);

bool grammar_is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

bool grammar_is_complete(const struct grammar *g)
{
    return g->state == AT_END;
}

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static const char *go(struct grammar *g, enum state next)
{
    g->state = next;
    return NULL;
}

static const char *open_level(struct grammar *g, bool array)
{
    if (g->depth == GRAMMAR_DEPTH_MAX)
        return "nothing is nested so deeply";
    g->object_line = g->depth == 0 ? g->line : g->object_line;
    g->object_column = g->depth == 0 ? g->column : g->object_column;
    uint32_t bit = UINT32_C(1) << g->depth;
    g->arrays = array ? g->arrays | bit : g->arrays & ~bit;
    g->depth++;
    return go(g, array ? AT_FIRST_VALUE : AT_FIRST_NAME);
}

static const char *close_level(struct grammar *g)
{
    g->depth--;
    return go(g, g->depth == 0 ? AT_END : AFTER_VALUE);
}

static bool in_array(const struct grammar *g)
{
    return (g->arrays >> (g->depth - 1) & 1) != 0;
}

static const char *open_string(struct grammar *g, bool key)
{
    g->text_line = g->line;
    g->text_column = g->column;
    g->key = key;
    return go(g, IN_STRING);
}

static const char *open_literal(struct grammar *g, const char *rest)
{
    g->literal = rest;
    return go(g, IN_LITERAL);
}

static const char in_utf16[] = "the document is UTF-16; save it as UTF-8";
static const char no_value[] = "a value is expected; text stands in double quotes";

static const char *take_start(struct grammar *g, unsigned char byte)
{
    if (grammar_is_space(byte))
        return NULL;
    switch (byte) {
    case '{':
        return open_level(g, false);
    case 0xEF:
        return "the document must not begin with a byte-order mark";
    case 0xFF:
    case 0xFE:
        return in_utf16;
    case '\0':
        return "a NUL byte: this is binary, or UTF-16; save it as UTF-8";
    case '0':
        return "a JSON object is expected: { (is this binary, DER or PKCS#12?)";
    case '"':
        return "this is JSON in a JSON string; decode it once (jq -r .)";
    case '[':
        return "this is a list; one JSON object is expected: {";
    case '-':
        return "this is PEM text by itself; it belongs into a JSON object, which certfs-import makes";
    case 0xA1:
        return "an Oracle wallet? certfs-import --wallet FILE ID sends it, in base64 as CertificateWallet";
    case 'e':
        return "a JSON object is expected: { (is this base64? decode it first)";
    default:
        return "a JSON object is expected: {";
    }
}

static const char *take_value(struct grammar *g, unsigned char byte)
{
    if (grammar_is_space(byte))
        return NULL;
    if (g->values++ == GRAMMAR_VALUES_MAX)
        return "a document has at most 4096 values";
    if (byte >= '1' && byte <= '9')
        return go(g, IN_INTEGER);
    switch (byte) {
    case '"':
        return open_string(g, false);
    case '{':
        return open_level(g, false);
    case '[':
        return open_level(g, true);
    case 't':
        return open_literal(g, "rue");
    case 'f':
        return open_literal(g, "alse");
    case 'n':
        return open_literal(g, "ull");
    case '-':
        return go(g, IN_MINUS);
    case '0':
        return go(g, IN_ZERO);
    default:
        return no_value;
    }
}

static const char *take_first_value(struct grammar *g, unsigned char byte)
{
    return byte == ']' ? close_level(g) : take_value(g, byte);
}

static const char *take_name(struct grammar *g, unsigned char byte)
{
    if (grammar_is_space(byte))
        return NULL;
    return byte == '"' ? open_string(g, true) : "a member name in double quotes is expected";
}

static const char *take_first_name(struct grammar *g, unsigned char byte)
{
    if (byte == '\0' && g->depth == 1)
        return in_utf16;
    return byte == '}' ? close_level(g) : take_name(g, byte);
}

static const char *take_colon(struct grammar *g, unsigned char byte)
{
    if (grammar_is_space(byte))
        return NULL;
    return byte == ':' ? go(g, AT_VALUE) : "a colon is expected";
}

static const char *take_after_value(struct grammar *g, unsigned char byte)
{
    if (grammar_is_space(byte))
        return NULL;
    bool array = in_array(g);
    if (byte == ',')
        return go(g, array ? AT_VALUE : AT_NAME);
    if (byte == (array ? ']' : '}'))
        return close_level(g);
    return array ? "a comma or ] is expected" : "a comma or } is expected";
}

static const char *expect_utf8(struct grammar *g, unsigned left, unsigned char low, unsigned char high)
{
    g->utf8_left = left;
    g->utf8_low = low;
    g->utf8_high = high;
    return go(g, IN_UTF8);
}

/* The first byte of a character beyond ASCII: RFC 3629, section 4, which rules out overlong forms and surrogates. */
static const char *take_utf8_lead(struct grammar *g, unsigned char byte)
{
    if (byte >= 0xC2 && byte <= 0xDF)
        return expect_utf8(g, 1, 0x80, 0xBF);
    if (byte >= 0xE0 && byte <= 0xEF)
        return expect_utf8(g, 2, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF);
    if (byte >= 0xF0 && byte <= 0xF4)
        return expect_utf8(g, 3, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF);
    return "this is not UTF-8";
}

static const char *take_string(struct grammar *g, unsigned char byte)
{
    if (g->low_surrogate && byte != '\\')
        return "the second half of a surrogate pair is expected";
    if (byte == '"')
        return go(g, g->key ? AT_COLON : AFTER_VALUE);
    if (byte == '\\')
        return go(g, IN_ESCAPE);
    if (byte == '\n' || byte == '\r' || byte == '\t')
        return g->key ? "a member name has no line breaks or tabs" : NULL;
    if (byte < ' ')
        return "of control characters only line breaks and tabs are allowed in a string";
    return byte < 0x80 ? NULL : take_utf8_lead(g, byte);
}

static const char *take_escape(struct grammar *g, unsigned char byte)
{
    if (byte == 'u') {
        g->hex_digits = 0;
        g->hex_value = 0;
        return go(g, IN_HEX);
    }
    if (g->low_surrogate)
        return "the second half of a surrogate pair is expected";
    if (byte != '\0' && strchr("\"\\/bfnrt", byte) != NULL)
        return go(g, IN_STRING);
    return "this is no JSON escape";
}

static const char *finish_hex(struct grammar *g)
{
    bool high = g->hex_value >= 0xD800 && g->hex_value <= 0xDBFF;
    bool low = g->hex_value >= 0xDC00 && g->hex_value <= 0xDFFF;
    if (low != g->low_surrogate)
        return "an escaped surrogate must come as a pair";
    if (g->hex_value == 0)
        return "a NUL character is not allowed";
    g->low_surrogate = high;
    return go(g, IN_STRING);
}

static const char *take_hex(struct grammar *g, unsigned char byte)
{
    unsigned digit;
    if (is_digit(byte))
        digit = byte - (unsigned)'0';
    else if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f')
        digit = (byte | 0x20U) - 'a' + 10;
    else
        return "four hexadecimal digits are expected";
    g->hex_value = g->hex_value * 16 + digit;
    return ++g->hex_digits == 4 ? finish_hex(g) : NULL;
}

static const char *take_utf8(struct grammar *g, unsigned char byte)
{
    if (byte < g->utf8_low || byte > g->utf8_high)
        return "this is not UTF-8";
    return --g->utf8_left == 0 ? go(g, IN_STRING) : expect_utf8(g, g->utf8_left, 0x80, 0xBF);
}

static const char *take_literal(struct grammar *g, unsigned char byte)
{
    if (byte != (unsigned char)*g->literal)
        return "true, false, null, a number or a string is expected";
    g->literal++;
    return *g->literal == '\0' ? go(g, AFTER_VALUE) : NULL;
}

static const char *take_minus(struct grammar *g, unsigned char byte)
{
    if (byte == '0')
        return go(g, IN_ZERO);
    if (byte == '-')
        return no_value; /* -----BEGIN */
    return is_digit(byte) ? go(g, IN_INTEGER) : "a digit is expected";
}

/* A number has no end of its own: the byte behind it belongs to what follows. */
static const char *end_number(struct grammar *g, unsigned char byte)
{
    g->state = AFTER_VALUE;
    return take_after_value(g, byte);
}

static const char *take_zero(struct grammar *g, unsigned char byte)
{
    if (byte == '.')
        return go(g, IN_POINT);
    if (byte == 'e' || byte == 'E')
        return go(g, IN_EXPONENT_MARK);
    return is_digit(byte) ? "a number has no leading zero" : end_number(g, byte);
}

static const char *take_integer(struct grammar *g, unsigned char byte)
{
    return is_digit(byte) ? NULL : take_zero(g, byte);
}

static const char *take_point(struct grammar *g, unsigned char byte)
{
    return is_digit(byte) ? go(g, IN_FRACTION) : "a digit is expected";
}

static const char *take_fraction(struct grammar *g, unsigned char byte)
{
    if (is_digit(byte))
        return NULL;
    return byte == 'e' || byte == 'E' ? go(g, IN_EXPONENT_MARK) : end_number(g, byte);
}

static const char *take_exponent_sign(struct grammar *g, unsigned char byte)
{
    return is_digit(byte) ? go(g, IN_EXPONENT) : "a digit is expected";
}

static const char *take_exponent_mark(struct grammar *g, unsigned char byte)
{
    return byte == '+' || byte == '-' ? go(g, IN_EXPONENT_SIGN) : take_exponent_sign(g, byte);
}

static const char *take_exponent(struct grammar *g, unsigned char byte)
{
    return is_digit(byte) ? NULL : end_number(g, byte);
}

static const char *take_end(struct grammar *g, unsigned char byte)
{
    (void)g;
    return grammar_is_space(byte) ? NULL : "nothing but white space may follow the document";
}

static step *const steps[STATE_COUNT] = {
    [AT_START] = take_start,
    [AT_VALUE] = take_value,
    [AT_FIRST_VALUE] = take_first_value,
    [AT_NAME] = take_name,
    [AT_FIRST_NAME] = take_first_name,
    [AT_COLON] = take_colon,
    [AFTER_VALUE] = take_after_value,
    [IN_STRING] = take_string,
    [IN_ESCAPE] = take_escape,
    [IN_HEX] = take_hex,
    [IN_UTF8] = take_utf8,
    [IN_LITERAL] = take_literal,
    [IN_MINUS] = take_minus,
    [IN_ZERO] = take_zero,
    [IN_INTEGER] = take_integer,
    [IN_POINT] = take_point,
    [IN_FRACTION] = take_fraction,
    [IN_EXPONENT_MARK] = take_exponent_mark,
    [IN_EXPONENT_SIGN] = take_exponent_sign,
    [IN_EXPONENT] = take_exponent,
    [AT_END] = take_end,
};

/* What stands where quotes belong: the class of the byte, never itself. */
static const char *stray(enum state state, unsigned char byte)
{
    if (state < AT_VALUE || state > AT_FIRST_NAME)
        return "";
    if (byte == '\'' || byte == 0xE2)
        return byte == 0xE2 ? ", not typographic ones (a word processor's)" : ", not single ones";
    return isalpha(byte) ? ", not a letter: did the shell take the quotes?" : "";
}

bool grammar_is_in_text(const struct grammar *g)
{
    return g->state >= IN_STRING && g->state <= IN_UTF8;
}

int grammar_take(struct grammar *g, unsigned char byte, struct fault *f)
{
    g->column++;
    enum state state = g->state;
    const char *expected = steps[g->state](g, byte);
    if (expected != NULL)
        return fault_set(f, REASON_MALFORMED_JSON, "", "line %zu, column %zu: %s%s", g->line + 1, g->column, expected,
                         stray(state, byte));
    if (byte == '\n') {
        g->line++;
        g->column = 0;
    }
    return 0;
}
