#include "core/pem/boundary.h"

#include <ctype.h>
#include <string.h>

#include "core/pem/body.h"
#include "core/pem/separator.h"

enum { LABEL_MAX = 64, DASHES_MIN = 4, RULE_MIN = 2, LINE_MAX_LABEL = 128 };

/* Returns the length of a hyphen or of a dash that word processors put in its place; 0 if there is none. */
static size_t boundary_dash(struct span text)
{
    /* U+00AD (soft hyphen), U+2010 to U+2015 (hyphens to bar), U+2043 (bullet), U+2212 (minus), U+2500 and U+2501
     * (lines of boxes), U+2E3A and U+2E3B (long dashes), U+FE58, U+FE63 and U+FF0D (small and full-width). */
    static const char *const others[] = {"\xC2\xAD",     "\xE2\x80\x90", "\xE2\x80\x91", "\xE2\x80\x92",
                                         "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\x95", "\xE2\x81\x83",
                                         "\xE2\x88\x92", "\xE2\x94\x80", "\xE2\x94\x81", "\xE2\xB8\xBA",
                                         "\xE2\xB8\xBB", "\xEF\xB9\x98", "\xEF\xB9\xA3", "\xEF\xBC\x8D"};
    if (span_starts_with(text, "-"))
        return 1;
    if (text.len == 0 || text.data[0] < 0x80)
        return 0;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (span_starts_with(text, others[i]))
            return strlen(others[i]);
    return 0;
}

/* Skips dashes and the blanks between them. */
static size_t boundary_skip_dashes(struct span *text)
{
    size_t count = 0, length;
    for (*text = separator_skip_blanks(*text); (length = boundary_dash(*text)) > 0;
         *text = separator_skip_blanks(span_from(*text, length)))
        count++;
    return count;
}

static struct span boundary_before_dash(struct span text)
{
    size_t at = 0;
    while (at < text.len && boundary_dash(span_from(text, at)) == 0)
        at++;
    return (struct span){text.data, at};
}

static bool boundary_holds(struct span text, int (*is)(int))
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x80 && is(text.data[i]))
            return true;
    return false;
}

/* Returns the length of BEGIN or END in any case; 0 if there is none. */
static size_t boundary_word(struct span text)
{
    static const char *const words[] = {"BEGIN", "END"};
    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(words[i]);
        if (text.len >= length && strncasecmp((const char *)text.data, words[i], length) == 0)
            return length;
    }
    return 0;
}

/* ---- labels ---- */

/* Returns the length of an escaped character of a URL or a web page; 0 if there is none. */
static size_t boundary_escape(struct span text)
{
    if (text.data[0] == '%' && text.len > 2)
        return 3;
    const unsigned char *end = text.data[0] == '&' ? memchr(text.data, ';', text.len < 8 ? text.len : 8) : NULL;
    return end != NULL ? (size_t)(end - text.data) + 1 : 0;
}

/* Copies letters and digits of a label, in capitals. False if there are too many. */
static bool boundary_letters(struct span label, char ret[LABEL_MAX + 1])
{
    size_t count = 0;
    while (label.len > 0) {
        size_t escape = boundary_escape(label);
        if (escape == 0 && isalnum(label.data[0])) {
            if (count == LABEL_MAX)
                return false;
            ret[count++] = (char)toupper(label.data[0]);
        }
        label = span_from(label, escape > 0 ? escape : 1);
    }
    ret[count] = '\0';
    return true;
}

/* Labels of RFC 7468 and of OpenSSL, without their blanks. */
static const char *const labels[] = {
    "CERTIFICATE",
    "X509CERTIFICATE",
    "TRUSTEDCERTIFICATE",
    "CERTIFICATEREQUEST",
    "NEWCERTIFICATEREQUEST",
    "PRIVATEKEY",
    "RSAPRIVATEKEY",
    "ECPRIVATEKEY",
    "ENCRYPTEDPRIVATEKEY",
    "DSAPRIVATEKEY",
    "ANYPRIVATEKEY",
    "ED25519PRIVATEKEY",
    "OPENSSHPRIVATEKEY",
    "TSS2PRIVATEKEY",
    "PUBLICKEY",
    "RSAPUBLICKEY",
    "X509CRL",
    "PKCS7",
    "PKCS7SIGNEDDATA",
    "PKCS12",
    "CMS",
    "DHPARAMETERS",
    "X942DHPARAMETERS",
    "DSAPARAMETERS",
    "ECPARAMETERS",
    "ATTRIBUTECERTIFICATE",
};

enum label { LABEL_OTHER, LABEL_BEGINNING, LABEL_WHOLE };

/* LABEL_BEGINNING: the first letters of a label, or none at all. */
static enum label boundary_label(struct span text)
{
    char letters[LABEL_MAX + 1];
    enum label found = LABEL_OTHER;
    if (!boundary_letters(text, letters))
        return LABEL_OTHER;
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (strcmp(letters, labels[i]) == 0)
            return LABEL_WHOLE;
        if (strncmp(letters, labels[i], strlen(letters)) == 0)
            found = LABEL_BEGINNING;
    }
    return found;
}

/* ---- the kinds of damage ---- */

/* A line and what follows it, cut once for all kinds. */
struct sight {
    struct span line, after;
    size_t leading;          /* dashes in front of BEGIN or END */
    bool signs;              /* other signs or a number in front of them */
    struct span label, tail; /* up to the first dash behind BEGIN or END; from there */
    bool word;               /* there is BEGIN or END behind dashes, signs or nothing */
    bool capitals;           /* of it and of the label */
    bool glued;              /* no blank between the dashes and it */
    struct body_line body;
};

static struct sight boundary_look(struct span line, struct span after)
{
    struct sight sight = {.line = line, .after = after, .body = body_find(line)};
    struct span rest = separator_skip_blanks(line);
    while (rest.len > 0 && !isalpha(rest.data[0]) && boundary_dash(rest) == 0) {
        rest = span_from(rest, 1);
        sight.signs = true;
    }
    sight.leading = boundary_skip_dashes(&rest);
    size_t word = boundary_word(rest);
    if (word == 0)
        return sight;
    sight.word = true;
    sight.glued = rest.data > line.data && boundary_dash(span_from(line, (size_t)(rest.data - line.data) - 1)) > 0;
    sight.label = boundary_before_dash(span_from(rest, word));
    sight.tail = span_from(rest, word + sight.label.len);
    sight.capitals = !boundary_holds((struct span){rest.data, word + sight.label.len}, islower);
    return sight;
}

/* Dashes around BEGIN or END and a label, of which some may be lost; behind one to three there must be more. */
static bool boundary_is_dashed(const struct sight *sight)
{
    if (!sight->word || boundary_label(sight->label) != LABEL_WHOLE)
        return false;
    if (sight->leading >= DASHES_MIN)
        return !sight->signs || !boundary_holds(sight->tail, isalpha);
    return sight->capitals && !sight->signs && !boundary_holds(sight->tail, isalpha) &&
           (sight->leading == 0 || sight->tail.len > 0);
}

/* -----BEGIN CERTIF: the text ends, or the line was cut. */
static bool boundary_is_cut(const struct sight *sight)
{
    return sight->word && sight->leading >= DASHES_MIN && sight->glued && sight->capitals && sight->tail.len == 0 &&
           boundary_label(sight->label) != LABEL_OTHER;
}

/* PRIVATE KEY-----: the beginning of the line is lost. */
static bool boundary_is_rest(const struct sight *sight)
{
    static const char *const ends[] = {"BEGINPRIVATEKEY", "BEGINRSAPRIVATEKEY", "BEGINECPRIVATEKEY",
                                       "BEGINENCRYPTEDPRIVATEKEY"};
    char letters[LABEL_MAX + 1];
    struct span text = boundary_before_dash(sight->line);
    struct span tail = span_from(sight->line, text.len);
    if (boundary_skip_dashes(&tail) == 0 || tail.len > 0 || boundary_holds(text, islower) ||
        !span_holds(text, "PRIVATE KEY") || !boundary_letters(text, letters))
        return false;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (strlen(letters) <= strlen(ends[i]) && strcmp(ends[i] + strlen(ends[i]) - strlen(letters), letters) == 0)
            return true;
    return false;
}

/* In a text without line breaks, the END of a lost BEGIN follows its body. */
static bool boundary_is_folded_end(const struct sight *sight)
{
    return span_holds(sight->line, "-----END ") && body_holds_line(sight->line);
}

/* ---- dress: what stands in front of each line of a block ---- */

static struct span boundary_skip_digits(struct span text)
{
    while (text.len > 0 && isdigit(text.data[0]))
        text = span_from(text, 1);
    return text;
}

/* grep separates with a colon or a hyphen. */
static bool boundary_is_same(unsigned char a, unsigned char b)
{
    return a == b || (strchr(":-", a) != NULL && strchr(":-", b) != NULL && a != '\0' && b != '\0');
}

/* Skips the same dress at the start of the next line, whatever its numbers; false if there is another one. */
static bool boundary_undress(struct span dress, struct span after, struct span *ret)
{
    size_t length;
    if (separator_at(after, &length) == NO_SEPARATOR)
        return false;
    struct span line = separator_line(span_from(after, length));
    for (dress = boundary_skip_digits(dress), line = boundary_skip_digits(line); dress.len > 0;
         dress = boundary_skip_digits(span_from(dress, 1)), line = boundary_skip_digits(span_from(line, 1)))
        if (line.len == 0 || !boundary_is_same(dress.data[0], line.data[0]))
            return false;
    *ret = line;
    return true;
}

/* Dashes, and what stands for them: = _ ~ * + */
static size_t boundary_rule(struct span text)
{
    return text.len > 0 && strchr("=_~*+", text.data[0]) != NULL && text.data[0] != '\0' ? 1 : boundary_dash(text);
}

static size_t boundary_skip_rule(struct span *text)
{
    size_t count = 0, length;
    for (; (length = boundary_rule(*text)) > 0; *text = span_from(*text, length))
        count++;
    return count;
}

/* Returns the offset of dashes of any kind before BEGIN or END; the length of the line if there are none. */
static size_t boundary_find_mark(struct span line)
{
    size_t at = 0;
    while (at < line.len) {
        struct span rest = span_from(line, at);
        size_t count = boundary_skip_rule(&rest);
        if (count >= RULE_MIN && boundary_word(separator_skip_blanks(rest)) > 0)
            return at;
        at = count > 0 ? line.len - rest.len : at + 1;
    }
    return line.len;
}

/* BEGIN behind words, colours or other dashes, and a body behind the same in the next line. */
static bool boundary_begins_dressed(const struct sight *sight)
{
    struct span rest;
    size_t mark = boundary_find_mark(sight->line);
    return mark < sight->line.len && boundary_undress((struct span){sight->line.data, mark}, sight->after, &rest) &&
           body_begins(rest);
}

/* A line of a body behind words, and in the next line another one or a boundary behind the same. */
static bool boundary_goes_on_dressed(const struct sight *sight)
{
    struct span rest;
    if (sight->body.kind == BODY_NONE || sight->body.before.len == 0 ||
        !boundary_undress(sight->body.before, sight->after, &rest))
        return false;
    size_t run = body_run(rest);
    return body_find(rest).kind != BODY_NONE || boundary_find_mark(rest) == 0 ||
           (run > 0 && span_equal(span_from(rest, run), sight->body.after));
}

/* Base64 that is alone in its line, or that is a certificate or a key behind its name. */
static bool boundary_is_bare(const struct sight *sight)
{
    bool before = boundary_holds(sight->body.before, isalpha), after = boundary_holds(sight->body.after, isalpha);
    return (sight->body.kind == BODY_START && (!before || !after)) ||
           (sight->body.kind == BODY_LINE && !before && !after);
}

static const struct {
    bool (*is)(const struct sight *sight);
    enum damage damage;
} kinds[] = {
    {boundary_is_dashed, DAMAGE_BOUNDARY},   {boundary_is_cut, DAMAGE_BOUNDARY},
    {boundary_is_rest, DAMAGE_BOUNDARY},     {boundary_is_folded_end, DAMAGE_BOUNDARY},
    {boundary_begins_dressed, DAMAGE_DRESS}, {boundary_goes_on_dressed, DAMAGE_DRESS},
    {boundary_is_bare, DAMAGE_BARE},
};

enum damage boundary_damage(struct span line, struct span after)
{
    if (line.len == 0)
        return DAMAGE_NONE;
    struct sight sight = boundary_look(line, after);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].is(&sight))
            return kinds[i].damage;
    return DAMAGE_NONE;
}

bool boundary_has_other_dashes(struct span line)
{
    for (size_t i = 0; i < line.len; i++)
        if (boundary_dash(span_from(line, i)) > 1)
            return true;
    return false;
}

/* The label is looked at first, since a line can hold thousands of blocks. */
bool boundary_is_heading(struct span line, struct span after)
{
    struct span label = span_from(line, strlen("-----BEGIN "));
    struct span start = {label.data, label.len < LINE_MAX_LABEL ? label.len : LINE_MAX_LABEL};
    if (boundary_before_dash(start).len < start.len || boundary_before_dash(label).len < label.len)
        return false;
    struct span next = separator_line(separator_skip(after));
    return boundary_label(label) == LABEL_OTHER && !body_begins(next) && body_find(next).kind == BODY_NONE;
}
