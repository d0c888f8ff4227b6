#include "core/json/grammar.h"

#include <ctype.h>
#include <string.h>

/* The part of the document that comes next. */
enum grammar_state {
    AT_START,
    AT_VALUE,
    AT_FIRST_VALUE, /* or the end of the array */
    AT_NAME,
    AT_FIRST_NAME, /* or the end of the object */
    AT_COLON,
    AFTER_VALUE,
    AT_END,
    IN_STRING,
    IN_ESCAPE,
    IN_HEX,
    IN_LITERAL,
    IN_MINUS,
    IN_ZERO,
    IN_INTEGER,
    IN_POINT,
    IN_FRACTION,
    IN_EXPONENT_MARK,
    IN_EXPONENT_SIGN,
    IN_EXPONENT,
};

static const char in_utf16[] = "the document is UTF-16; save it as UTF-8";
static const char no_value[] = "a value is expected; text stands in double quotes";
static const char no_digit[] = "a digit is expected";
static const char half_pair[] = "the second half of a surrogate pair is expected";

/* First bytes of files that are often sent in place of a JSON object. */
static const struct {
    unsigned char byte;
    const char *message;
} wrong_starts[] = {
    {0xEF, "the document begins with a byte-order mark; save it as UTF-8 without one"},
    {0xFF, in_utf16},
    {0xFE, in_utf16},
    {'\0', "a NUL byte: this is binary, or UTF-16; save it as UTF-8"},
    {'0', "a JSON object is expected: { (is this binary, DER or PKCS#12?)"},
    {'"', "this is JSON in a JSON string; decode it once (jq -r .), or a { is missing in front"},
    {'[', "this is a list; one JSON object is expected: {"},
    {'-', "this is bare PEM text, or a comment; it belongs in a JSON object, which certfs-import makes"},
    {0xA1, "an Oracle wallet? certfs-import --wallet FILE ID sends it, in base64 as CertificateWallet"},
    {'<', "this is a web page or XML; one JSON object is expected: {"},
    {'/', "a JSON object is expected: { (is this a file's name, or a comment? JSON has none)"},
    {'@', "a JSON object is expected: { (is this a file's name? its content is expected)"},
    {'#', "a JSON object is expected: { (is this a comment? JSON has none)"},
    {'$', "a JSON object is expected: { (is this a variable that nothing has filled in?)"},
    {'s', "a JSON object is expected: { (is this YAML, an option file or SQL?)"},
    {0x1F, "a JSON object is expected: { (is this gzip? decompress it first)"},
    {'e', "a JSON object is expected: { (is this base64? decode it first)"},
};

bool grammar_is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

bool grammar_is_complete(const struct grammar *g)
{
    return g->state == AT_END;
}

bool grammar_is_in_text(const struct grammar *g)
{
    return g->state >= IN_STRING && g->state <= IN_HEX;
}

bool grammar_is_in_array(const struct grammar *g)
{
    return g->depth > 0 && (g->arrays >> (g->depth - 1) & 1) != 0;
}

/* Each function below takes one byte and returns NULL, or a message if the byte is not allowed. */

static const char *grammar_go(struct grammar *g, enum grammar_state next)
{
    g->state = next;
    return NULL;
}

static const char *grammar_open(struct grammar *g, bool array)
{
    if (g->depth == GRAMMAR_DEPTH_MAX)
        return "the document is nested more than 16 levels deep";
    if (g->depth == 0) {
        g->object_line = g->line;
        g->object_column = g->column;
    }
    uint32_t bit = UINT32_C(1) << g->depth++;
    g->arrays = array ? g->arrays | bit : g->arrays & ~bit;
    return grammar_go(g, array ? AT_FIRST_VALUE : AT_FIRST_NAME);
}

static const char *grammar_close(struct grammar *g)
{
    g->depth--;
    return grammar_go(g, g->depth == 0 ? AT_END : AFTER_VALUE);
}

static const char *grammar_open_string(struct grammar *g, bool key)
{
    g->text_line = g->line;
    g->text_column = g->column;
    g->key = key;
    return grammar_go(g, IN_STRING);
}

static const char *grammar_start(struct grammar *g, unsigned char byte)
{
    if (byte == '{')
        return grammar_open(g, false);
    for (size_t i = 0; i < sizeof(wrong_starts) / sizeof(wrong_starts[0]); i++)
        if (wrong_starts[i].byte == byte)
            return wrong_starts[i].message;
    return isalpha(byte) ? "a JSON object is expected: {, or one call statement alone, without a prompt before it"
                         : "a JSON object is expected: {";
}

static const char *grammar_value(struct grammar *g, unsigned char byte)
{
    if (g->values++ == GRAMMAR_VALUES_MAX)
        return "a document has at most 4096 values";
    switch (byte) {
    case '"':
        return grammar_open_string(g, false);
    case '{':
    case '[':
        return grammar_open(g, byte == '[');
    case 't':
    case 'f':
    case 'n':
        g->literal = byte == 't' ? "rue" : byte == 'f' ? "alse" : "ull";
        return grammar_go(g, IN_LITERAL);
    case '-':
        return grammar_go(g, IN_MINUS);
    case '0':
        return grammar_go(g, IN_ZERO);
    default:
        return isdigit(byte) ? grammar_go(g, IN_INTEGER) : no_value;
    }
}

/* Between strings, numbers and literals. */
static const char *grammar_structure(struct grammar *g, unsigned char byte)
{
    bool array = grammar_is_in_array(g), first = g->state == AT_FIRST_NAME || g->state == AT_FIRST_VALUE;
    if (grammar_is_space(byte))
        return NULL;
    if ((first || g->state == AFTER_VALUE) && byte == (array ? ']' : '}'))
        return grammar_close(g);
    switch (g->state) {
    case AT_START:
        return grammar_start(g, byte);
    case AT_FIRST_NAME:
    case AT_NAME:
        if (first && byte == '\0' && g->depth == 1)
            return in_utf16;
        return byte == '"' ? grammar_open_string(g, true) : "a member name in double quotes is expected";
    case AT_COLON:
        return byte == ':' ? grammar_go(g, AT_VALUE) : "a colon is expected";
    case AT_FIRST_VALUE:
    case AT_VALUE:
        return grammar_value(g, byte);
    case AFTER_VALUE:
        if (byte == ',')
            return grammar_go(g, array ? AT_VALUE : AT_NAME);
        return array ? "a comma or ] is expected" : "a comma or } is expected";
    default:
        return "nothing but white space may follow the document";
    }
}

/* A digit of \uXXXX. */
static const char *grammar_hex(struct grammar *g, unsigned char byte)
{
    if (!isxdigit(byte))
        return "four hexadecimal digits are expected";
    g->hex_value = g->hex_value * 16 + (isdigit(byte) ? byte - (unsigned)'0' : (byte | 0x20U) - 'a' + 10);
    if (++g->hex_digits < 4)
        return NULL;
    bool low = g->hex_value >= 0xDC00 && g->hex_value <= 0xDFFF;
    if (low != g->low_surrogate)
        return "an escaped surrogate must come as a pair";
    if (g->hex_value == 0)
        return "a NUL character is not allowed";
    g->low_surrogate = g->hex_value >= 0xD800 && g->hex_value <= 0xDBFF;
    return grammar_go(g, IN_STRING);
}

static const char *grammar_escape(struct grammar *g, unsigned char byte)
{
    if (byte == 'u') {
        g->hex_digits = 0;
        g->hex_value = 0;
        return grammar_go(g, IN_HEX);
    }
    if (g->low_surrogate)
        return half_pair;
    return byte != '\0' && strchr("\"\\/bfnrt", byte) != NULL ? grammar_go(g, IN_STRING) : "this is not a JSON escape";
}

static const char *grammar_string(struct grammar *g, unsigned char byte)
{
    if (g->low_surrogate && byte != '\\')
        return half_pair;
    if (g->utf8.left > 0 || byte >= 0x80)
        return utf8_take(&g->utf8, byte) < 0 ? "this is not UTF-8" : NULL;
    if (byte == '"')
        return grammar_go(g, g->key ? AT_COLON : AFTER_VALUE);
    if (byte == '\\')
        return grammar_go(g, IN_ESCAPE);
    if (byte == '\n' || byte == '\r' || byte == '\t')
        return g->key ? "a member name has no line breaks or tabs" : NULL;
    return byte < ' ' ? "the only control characters allowed in a string are line breaks and tabs" : NULL;
}

static const char *grammar_literal(struct grammar *g, unsigned char byte)
{
    if (byte != (unsigned char)*g->literal)
        return "true, false, null, a number or a string is expected";
    g->literal++;
    return *g->literal == '\0' ? grammar_go(g, AFTER_VALUE) : NULL;
}

/* A number has no end of its own: the byte after it belongs to the structure. */
static const char *grammar_number(struct grammar *g, unsigned char byte)
{
    bool digit = isdigit(byte) != 0, whole = g->state == IN_ZERO || g->state == IN_INTEGER;
    switch (g->state) {
    case IN_MINUS:
        if (byte == '-')
            return no_value; /* -----BEGIN */
        if (byte == '0')
            return grammar_go(g, IN_ZERO);
        return digit ? grammar_go(g, IN_INTEGER) : no_digit;
    case IN_POINT:
        return digit ? grammar_go(g, IN_FRACTION) : no_digit;
    case IN_EXPONENT_MARK:
    case IN_EXPONENT_SIGN:
        if (g->state == IN_EXPONENT_MARK && (byte == '+' || byte == '-'))
            return grammar_go(g, IN_EXPONENT_SIGN);
        return digit ? grammar_go(g, IN_EXPONENT) : no_digit;
    default:
        break;
    }
    if (digit)
        return g->state == IN_ZERO ? "a number has no leading zero" : NULL;
    if (whole && byte == '.')
        return grammar_go(g, IN_POINT);
    if (g->state != IN_EXPONENT && (byte == 'e' || byte == 'E'))
        return grammar_go(g, IN_EXPONENT_MARK);
    g->state = AFTER_VALUE;
    return grammar_structure(g, byte);
}

static const char *grammar_step(struct grammar *g, unsigned char byte)
{
    switch (g->state) {
    case IN_STRING:
        return grammar_string(g, byte);
    case IN_ESCAPE:
        return grammar_escape(g, byte);
    case IN_HEX:
        return grammar_hex(g, byte);
    case IN_LITERAL:
        return grammar_literal(g, byte);
    default:
        return g->state <= AT_END ? grammar_structure(g, byte) : grammar_number(g, byte);
    }
}

/* Describes a character in place of double quotes by its class, never by itself. */
static const char *grammar_stray(enum grammar_state state, unsigned char byte)
{
    if (state < AT_VALUE || state > AT_FIRST_NAME)
        return "";
    if (byte == '\'')
        return ", not single ones";
    if (byte == '\\')
        return ", not escaped ones: leave out the backslashes before them";
    if (byte == '}' && state == AT_NAME)
        return ": is the comma in front of the } too much?";
    if (byte == 0xE2)
        return ", not typographic ones (a word processor's)";
    return isalpha(byte) ? ", not a letter: did the shell take the quotes?" : "";
}

static bool grammar_is_plain(unsigned char byte)
{
    return byte >= ' ' && byte < 0x80 && byte != '"' && byte != '\\';
}

#define EVERY_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* Whether eight bytes are plain: each from ' ' to 0x7F, and neither a quote nor a backslash. */
static bool grammar_are_plain(const unsigned char *bytes)
{
    uint64_t eight, quotes, backslashes;
    memcpy(&eight, bytes, sizeof(eight));
    quotes = eight ^ EVERY_BYTE('"');
    backslashes = eight ^ EVERY_BYTE('\\');
    /* A difference below 0 sets the highest bit of its byte, or of one behind it. */
    uint64_t special = (eight - EVERY_BYTE(' ')) | (quotes - EVERY_BYTE(1)) | (backslashes - EVERY_BYTE(1)) | eight;
    return (special & EVERY_BYTE(0x80)) == 0;
}

size_t grammar_take_text(struct grammar *g, struct span bytes)
{
    size_t count = 0;
    if (g->state != IN_STRING || g->low_surrogate || g->utf8.left > 0)
        return 0;
    while (bytes.len - count >= sizeof(uint64_t) && grammar_are_plain(bytes.data + count))
        count += sizeof(uint64_t);
    while (count < bytes.len && grammar_is_plain(bytes.data[count]))
        count++;
    g->column += count;
    return count;
}

int grammar_take(struct grammar *g, unsigned char byte, struct fault *f)
{
    g->column++;
    enum grammar_state state = g->state;
    const char *expected = grammar_step(g, byte);
    if (expected != NULL)
        return fault_set(f, REASON_MALFORMED_JSON, "", "line %zu, column %zu: %s%s", g->line + 1, g->column, expected,
                         grammar_stray(state, byte));
    if (byte == '\n') {
        g->line++;
        g->column = 0;
    }
    return 0;
}
