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

static bool grammar_is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static const char *grammar_go(struct grammar *g, enum state next)
{
    g->state = next;
    return NULL;
}

static const char *grammar_open_level(struct grammar *g, bool array)
{
    if (g->depth == GRAMMAR_DEPTH_MAX)
        return "nothing is nested so deeply";
    g->object_line = g->depth == 0 ? g->line : g->object_line;
    g->object_column = g->depth == 0 ? g->column : g->object_column;
    uint32_t bit = UINT32_C(1) << g->depth;
    g->arrays = array ? g->arrays | bit : g->arrays & ~bit;
    g->depth++;
    return grammar_go(g, array ? AT_FIRST_VALUE : AT_FIRST_NAME);
}

static const char *grammar_close_level(struct grammar *g)
{
    g->depth--;
    return grammar_go(g, g->depth == 0 ? AT_END : AFTER_VALUE);
}

static bool grammar_in_array(const struct grammar *g)
{
    return (g->arrays >> (g->depth - 1) & 1) != 0;
}

static const char *grammar_open_string(struct grammar *g, bool key)
{
    g->text_line = g->line;
    g->text_column = g->column;
    g->key = key;
    return grammar_go(g, IN_STRING);
}

static const char *grammar_open_literal(struct grammar *g, const char *rest)
{
    g->literal = rest;
    return grammar_go(g, IN_LITERAL);
}

static const char in_utf16[] = "the document is UTF-16; save it as UTF-8";
static const char no_value[] = "a value is expected; text stands in double quotes";

static const char *grammar_take_start(struct grammar *g, unsigned char byte)
{
    if (grammar_is_space(byte))
        return NULL;
    switch (byte) {
    case '{':
        return grammar_open_level(g, false);
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

static const char *grammar_take_value(struct grammar *g, unsigned char byte)
{
    if (grammar_is_space(byte))
        return NULL;
    if (g->values++ == GRAMMAR_VALUES_MAX)
        return "a document has at most 4096 values";
    if (byte >= '1' && byte <= '9')
        return grammar_go(g, IN_INTEGER);
    switch (byte) {
    case '"':
        return grammar_open_string(g, false);
    case '{':
        return grammar_open_level(g, false);
    case '[':
        return grammar_open_level(g, true);
    case 't':
        return grammar_open_literal(g, "rue");
    case 'f':
        return grammar_open_literal(g, "alse");
    case 'n':
        return grammar_open_literal(g, "ull");
    case '-':
        return grammar_go(g, IN_MINUS);
    case '0':
        return grammar_go(g, IN_ZERO);
    default:
        return no_value;
    }
}

static const char *grammar_take_first_value(struct grammar *g, unsigned char byte)
{
    return byte == ']' ? grammar_close_level(g) : grammar_take_value(g, byte);
}

static const char *grammar_take_name(struct grammar *g, unsigned char byte)
{
    if (grammar_is_space(byte))
        return NULL;
    return byte == '"' ? grammar_open_string(g, true) : "a member name in double quotes is expected";
}

static const char *grammar_take_first_name(struct grammar *g, unsigned char byte)
{
    if (byte == '\0' && g->depth == 1)
        return in_utf16;
    return byte == '}' ? grammar_close_level(g) : grammar_take_name(g, byte);
}

static const char *grammar_take_colon(struct grammar *g, unsigned char byte)
{
    if (grammar_is_space(byte))
        return NULL;
    return byte == ':' ? grammar_go(g, AT_VALUE) : "a colon is expected";
}

static const char *grammar_take_after_value(struct grammar *g, unsigned char byte)
{
    if (grammar_is_space(byte))
        return NULL;
    bool array = grammar_in_array(g);
    if (byte == ',')
        return grammar_go(g, array ? AT_VALUE : AT_NAME);
    if (byte == (array ? ']' : '}'))
        return grammar_close_level(g);
    return array ? "a comma or ] is expected" : "a comma or } is expected";
}

static const char *grammar_expect_utf8(struct grammar *g, unsigned left, unsigned char low, unsigned char high)
{
    g->utf8_left = left;
    g->utf8_low = low;
    g->utf8_high = high;
    return grammar_go(g, IN_UTF8);
}

/* The first byte of a character beyond ASCII: RFC 3629, section 4, which rules out overlong forms and surrogates. */
static const char *grammar_take_utf8_lead(struct grammar *g, unsigned char byte)
{
    if (byte >= 0xC2 && byte <= 0xDF)
        return grammar_expect_utf8(g, 1, 0x80, 0xBF);
    if (byte >= 0xE0 && byte <= 0xEF)
        return grammar_expect_utf8(g, 2, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF);
    if (byte >= 0xF0 && byte <= 0xF4)
        return grammar_expect_utf8(g, 3, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF);
    return "this is not UTF-8";
}

static const char *grammar_take_string(struct grammar *g, unsigned char byte)
{
    if (g->low_surrogate && byte != '\\')
        return "the second half of a surrogate pair is expected";
    if (byte == '"')
        return grammar_go(g, g->key ? AT_COLON : AFTER_VALUE);
    if (byte == '\\')
        return grammar_go(g, IN_ESCAPE);
    if (byte == '\n' || byte == '\r' || byte == '\t')
        return g->key ? "a member name has no line breaks or tabs" : NULL;
    if (byte < ' ')
        return "of control characters only line breaks and tabs are allowed in a string";
    return byte < 0x80 ? NULL : grammar_take_utf8_lead(g, byte);
}

static const char *grammar_take_escape(struct grammar *g, unsigned char byte)
{
    if (byte == 'u') {
        g->hex_digits = 0;
        g->hex_value = 0;
        return grammar_go(g, IN_HEX);
    }
    if (g->low_surrogate)
        return "the second half of a surrogate pair is expected";
    if (byte != '\0' && strchr("\"\\/bfnrt", byte) != NULL)
        return grammar_go(g, IN_STRING);
    return "this is no JSON escape";
}

static const char *grammar_finish_hex(struct grammar *g)
{
    bool high = g->hex_value >= 0xD800 && g->hex_value <= 0xDBFF;
    bool low = g->hex_value >= 0xDC00 && g->hex_value <= 0xDFFF;
    if (low != g->low_surrogate)
        return "an escaped surrogate must come as a pair";
    if (g->hex_value == 0)
        return "a NUL character is not allowed";
    g->low_surrogate = high;
    return grammar_go(g, IN_STRING);
}

static const char *grammar_take_hex(struct grammar *g, unsigned char byte)
{
    unsigned digit;
    if (grammar_is_digit(byte))
        digit = byte - (unsigned)'0';
    else if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f')
        digit = (byte | 0x20U) - 'a' + 10;
    else
        return "four hexadecimal digits are expected";
    g->hex_value = g->hex_value * 16 + digit;
    return ++g->hex_digits == 4 ? grammar_finish_hex(g) : NULL;
}

static const char *grammar_take_utf8(struct grammar *g, unsigned char byte)
{
    if (byte < g->utf8_low || byte > g->utf8_high)
        return "this is not UTF-8";
    return --g->utf8_left == 0 ? grammar_go(g, IN_STRING) : grammar_expect_utf8(g, g->utf8_left, 0x80, 0xBF);
}

static const char *grammar_take_literal(struct grammar *g, unsigned char byte)
{
    if (byte != (unsigned char)*g->literal)
        return "true, false, null, a number or a string is expected";
    g->literal++;
    return *g->literal == '\0' ? grammar_go(g, AFTER_VALUE) : NULL;
}

static const char *grammar_take_minus(struct grammar *g, unsigned char byte)
{
    if (byte == '0')
        return grammar_go(g, IN_ZERO);
    if (byte == '-')
        return no_value; /* -----BEGIN */
    return grammar_is_digit(byte) ? grammar_go(g, IN_INTEGER) : "a digit is expected";
}

/* A number has no end of its own: the byte behind it belongs to what follows. */
static const char *grammar_end_number(struct grammar *g, unsigned char byte)
{
    g->state = AFTER_VALUE;
    return grammar_take_after_value(g, byte);
}

static const char *grammar_take_zero(struct grammar *g, unsigned char byte)
{
    if (byte == '.')
        return grammar_go(g, IN_POINT);
    if (byte == 'e' || byte == 'E')
        return grammar_go(g, IN_EXPONENT_MARK);
    return grammar_is_digit(byte) ? "a number has no leading zero" : grammar_end_number(g, byte);
}

static const char *grammar_take_integer(struct grammar *g, unsigned char byte)
{
    return grammar_is_digit(byte) ? NULL : grammar_take_zero(g, byte);
}

static const char *grammar_take_point(struct grammar *g, unsigned char byte)
{
    return grammar_is_digit(byte) ? grammar_go(g, IN_FRACTION) : "a digit is expected";
}

static const char *grammar_take_fraction(struct grammar *g, unsigned char byte)
{
    if (grammar_is_digit(byte))
        return NULL;
    return byte == 'e' || byte == 'E' ? grammar_go(g, IN_EXPONENT_MARK) : grammar_end_number(g, byte);
}

static const char *grammar_take_exponent_sign(struct grammar *g, unsigned char byte)
{
    return grammar_is_digit(byte) ? grammar_go(g, IN_EXPONENT) : "a digit is expected";
}

static const char *grammar_take_exponent_mark(struct grammar *g, unsigned char byte)
{
    return byte == '+' || byte == '-' ? grammar_go(g, IN_EXPONENT_SIGN) : grammar_take_exponent_sign(g, byte);
}

static const char *grammar_take_exponent(struct grammar *g, unsigned char byte)
{
    return grammar_is_digit(byte) ? NULL : grammar_end_number(g, byte);
}

static const char *grammar_take_end(struct grammar *g, unsigned char byte)
{
    (void)g;
    return grammar_is_space(byte) ? NULL : "nothing but white space may follow the document";
}

static step *const steps[STATE_COUNT] = {
    [AT_START] = grammar_take_start,
    [AT_VALUE] = grammar_take_value,
    [AT_FIRST_VALUE] = grammar_take_first_value,
    [AT_NAME] = grammar_take_name,
    [AT_FIRST_NAME] = grammar_take_first_name,
    [AT_COLON] = grammar_take_colon,
    [AFTER_VALUE] = grammar_take_after_value,
    [IN_STRING] = grammar_take_string,
    [IN_ESCAPE] = grammar_take_escape,
    [IN_HEX] = grammar_take_hex,
    [IN_UTF8] = grammar_take_utf8,
    [IN_LITERAL] = grammar_take_literal,
    [IN_MINUS] = grammar_take_minus,
    [IN_ZERO] = grammar_take_zero,
    [IN_INTEGER] = grammar_take_integer,
    [IN_POINT] = grammar_take_point,
    [IN_FRACTION] = grammar_take_fraction,
    [IN_EXPONENT_MARK] = grammar_take_exponent_mark,
    [IN_EXPONENT_SIGN] = grammar_take_exponent_sign,
    [IN_EXPONENT] = grammar_take_exponent,
    [AT_END] = grammar_take_end,
};

/* What stands where quotes belong: the class of the byte, never itself. */
static const char *grammar_stray(enum state state, unsigned char byte)
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
                         grammar_stray(state, byte));
    if (byte == '\n') {
        g->line++;
        g->column = 0;
    }
    return 0;
}
