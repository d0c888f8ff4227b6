#include "core/set/judged.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "core/base/buf.h"

enum { LINE_SIZE = 512 };

/* ---- writing ---- */

static int judged_write_line(struct buf *ret, struct fault *f, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int judged_write_line(struct buf *ret, struct fault *f, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    return buf_append_text(ret, line, f) == 0 ? buf_append_text(ret, "\n", f) : -1;
}

static int judged_digest_files(const struct span files[MATERIAL_PEM_COUNT], unsigned char ret[JUDGED_DIGEST_SIZE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; i < MATERIAL_PEM_COUNT; i++)
        done = done && (files[i].len == 0 || EVP_DigestUpdate(context, files[i].data, files[i].len) == 1);
    done = done && EVP_DigestFinal_ex(context, ret, NULL) == 1;
    EVP_MD_CTX_free(context);
    return done ? 0 : -1;
}

static int judged_write_files(const struct judged *judged, struct buf *ret, struct fault *f)
{
    unsigned char digest[JUDGED_DIGEST_SIZE];
    char hex[2 * sizeof(digest) + 1];
    if (judged_digest_files(judged->files, digest) != 0)
        return fault_no_memory(f);
    span_hex((struct span){digest, sizeof(digest)}, hex, sizeof(hex));
    return judged_write_line(ret, f, "files %zu %zu %zu %s", judged->files[MATERIAL_CA].len,
                             judged->files[MATERIAL_CERT].len, judged->files[MATERIAL_KEY].len, hex);
}

static int judged_write_facts(const struct cert_info *facts, struct buf *ret, struct fault *f)
{
    return judged_write_line(ret, f, "subject %s", facts->subject) == 0 &&
                   judged_write_line(ret, f, "issuer %s", facts->issuer) == 0 &&
                   judged_write_line(ret, f, "serial %s", facts->serial) == 0 &&
                   judged_write_line(ret, f, "not_before %" PRId64, facts->not_before) == 0 &&
                   judged_write_line(ret, f, "not_after %" PRId64, facts->not_after) == 0 &&
                   judged_write_line(ret, f, "key_algorithm %s", facts->key_algorithm) == 0 &&
                   judged_write_line(ret, f, "key_bits %d", facts->key_bits) == 0 &&
                   judged_write_line(ret, f, "signature_algorithm %s", facts->signature_algorithm) == 0 &&
                   judged_write_line(ret, f, "java_algorithm %s", facts->java_algorithm) == 0 &&
                   judged_write_line(ret, f, "sha256 %s", facts->sha256) == 0
               ? 0
               : -1;
}

/* Those about the set itself: neither about the time nor about what was served before or stood in the store. */
static bool judged_is_lasting(enum warning warning)
{
    switch (warning) {
    case WARNING_LOST_DIRECTION:
    case WARNING_SHORT_LIFETIME:
    case WARNING_ENDS_BEFORE_LEAF:
    case WARNING_ENDS_SOON:
    case WARNING_EXPIRED_ANCHORS:
    case WARNING_TRUST_BREAK:
    case WARNING_FILES_GONE:
    case WARNING_FAILS_TODAY:
    case WARNING_RECORD_MISSING:
    case WARNING_UNOPENED_REMOVED:
        return false;
    default:
        return true;
    }
}

static int judged_write_warnings(const struct findings *findings, struct buf *ret, struct fault *f)
{
    for (size_t i = 0; i < findings->warning_count; i++)
        if (judged_is_lasting(findings->warnings[i].warning) &&
            judged_write_line(ret, f, "warning %s %s %s", warning_name(findings->warnings[i].warning),
                              findings->warnings[i].field[0] == '\0' ? "-" : findings->warnings[i].field,
                              findings->warnings[i].message) != 0)
            return -1;
    return 0;
}

static int judged_write_lifetimes(const struct lifetimes *lifetimes, struct buf *ret, struct fault *f)
{
    for (size_t i = 0; i < lifetimes->count; i++) {
        const struct lifetime *lifetime = &lifetimes->list[i];
        if (judged_write_line(ret, f, "%s %" PRId64 " %" PRId64 " %s", lifetimes->anchors ? "anchor" : "lifetime",
                              lifetime->from, lifetime->until, lifetime->place) != 0)
            return -1;
    }
    return 0;
}

int judged_write(const struct judged *judged, struct buf *ret, struct fault *f)
{
    if (judged_write_files(judged, ret, f) != 0 || judged_write_facts(judged->facts, ret, f) != 0 ||
        judged_write_line(ret, f, "good_for %d %d", judged->for_server, judged->for_client) != 0)
        return -1;
    return judged_write_lifetimes(judged->lifetimes, ret, f) == 0 ? judged_write_warnings(judged->findings, ret, f)
                                                                  : -1;
}

/* ---- reading ---- */

/* A number and the blank behind it. Dates of the years 0 to 9999 (RFC 5280 4.1.2.5) are well within, and sizes too. */
static bool judged_take_number(const char **at, int64_t *ret)
{
    char *end;
    long long number = strtoll(*at, &end, 10);
    if (end == *at || (*end != ' ' && *end != '\0') || number <= -(1LL << 40) || number >= 1LL << 40)
        return false;
    *at = *end == ' ' ? end + 1 : end;
    *ret = number;
    return true;
}

/* A word and the blank behind it. */
static bool judged_take_word(const char **at, char *ret, size_t size)
{
    size_t length = strcspn(*at, " ");
    if (length == 0 || length >= size)
        return false;
    memcpy(ret, *at, length);
    ret[length] = '\0';
    *at += length + ((*at)[length] == ' ');
    return true;
}

static bool judged_take_digest(const char **at, unsigned char ret[JUDGED_DIGEST_SIZE])
{
    char hex[2 * JUDGED_DIGEST_SIZE + 1];
    size_t length;
    return judged_take_word(at, hex, sizeof(hex)) &&
           OPENSSL_hexstr2buf_ex(ret, JUDGED_DIGEST_SIZE, &length, hex, '\0') == 1 && length == JUDGED_DIGEST_SIZE;
}

/* Each of these takes the value of a line. */
static bool judged_read_files(const char *value, struct judged_read *ret)
{
    for (size_t i = 0; i < MATERIAL_PEM_COUNT; i++) {
        int64_t size;
        if (!judged_take_number(&value, &size) || size < 0)
            return false;
        ret->sizes[i] = (size_t)size;
    }
    return judged_take_digest(&value, ret->digest);
}

static bool judged_read_good_for(const char *value, struct judged_read *ret)
{
    int64_t server, client;
    if (!judged_take_number(&value, &server) || !judged_take_number(&value, &client))
        return false;
    ret->for_server = server != 0;
    ret->for_client = client != 0;
    return true;
}

static bool judged_read_lifetime(const char *value, struct judged_read *ret)
{
    struct lifetime lifetime;
    if (!judged_take_number(&value, &lifetime.from) || !judged_take_number(&value, &lifetime.until))
        return false;
    snprintf(lifetime.place, sizeof(lifetime.place), "%s", value);
    return lifetimes_add(&ret->lifetimes, &lifetime) == 0;
}

/* The same where there is no leaf. */
static bool judged_read_anchor(const char *value, struct judged_read *ret)
{
    ret->lifetimes.anchors = true;
    return judged_read_lifetime(value, ret);
}

static const char *judged_field_named(const char *name)
{
    const char *field = findings_field(name);
    return field == NULL ? "" : field;
}

/* A warning that a later version makes is skipped. */
static bool judged_read_warning(const char *value, struct judged_read *ret)
{
    char name[32], field[32];
    if (!judged_take_word(&value, name, sizeof(name)) || !judged_take_word(&value, field, sizeof(field)))
        return false;
    if (warning_find(name) != WARNING_COUNT)
        findings_add_warning(&ret->findings, warning_find(name), judged_field_named(field), "%s", value);
    return true;
}

static bool judged_read_not_before(const char *value, struct judged_read *ret)
{
    return judged_take_number(&value, &ret->facts.not_before);
}

static bool judged_read_not_after(const char *value, struct judged_read *ret)
{
    return judged_take_number(&value, &ret->facts.not_after);
}

static bool judged_read_key_bits(const char *value, struct judged_read *ret)
{
    int64_t bits;
    if (!judged_take_number(&value, &bits) || bits < 0 || bits > INT_MAX)
        return false;
    ret->facts.key_bits = (int)bits;
    return true;
}

static const struct {
    const char *name;
    bool (*read)(const char *value, struct judged_read *ret); /* NULL: a text of the facts */
    bool needed;                                              /* there is no text without such a line */
    size_t offset, size;
} lines[] = {
#define TEXT(member) #member, NULL, true, offsetof(struct cert_info, member), sizeof(((struct cert_info *)NULL)->member)
    {"files", judged_read_files, true, 0, 0},
    {"good_for", judged_read_good_for, true, 0, 0},
    {"not_before", judged_read_not_before, true, 0, 0},
    {"not_after", judged_read_not_after, true, 0, 0},
    {"key_bits", judged_read_key_bits, true, 0, 0},
    {"lifetime", judged_read_lifetime, false, 0, 0},
    {"anchor", judged_read_anchor, false, 0, 0},
    {"warning", judged_read_warning, false, 0, 0},
    {TEXT(subject)},
    {TEXT(issuer)},
    {TEXT(serial)},
    {TEXT(key_algorithm)},
    {TEXT(signature_algorithm)},
    {TEXT(java_algorithm)},
    {TEXT(sha256)},
#undef TEXT
};

enum { LINES = sizeof(lines) / sizeof(lines[0]) };

/* Sets the bit of the line that it is; unknown lines have none. */
static bool judged_read_line(char *line, unsigned *seen, struct judged_read *ret)
{
    char *value = strchr(line, ' ');
    if (value == NULL)
        return true;
    *value++ = '\0';
    for (size_t i = 0; i < LINES; i++) {
        if (strcmp(lines[i].name, line) != 0)
            continue;
        *seen |= 1U << i;
        if (lines[i].read != NULL)
            return lines[i].read(value, ret);
        snprintf((char *)&ret->facts + lines[i].offset, lines[i].size, "%s", value);
    }
    return true;
}

static bool judged_has_all(unsigned seen)
{
    for (size_t i = 0; i < LINES; i++)
        if (lines[i].needed && (seen >> i & 1) == 0)
            return false;
    return true;
}

bool judged_parse(struct span text, struct judged_read *ret)
{
    unsigned seen = 0;
    while (text.len > 0) {
        char line[LINE_SIZE];
        const unsigned char *end = memchr(text.data, '\n', text.len);
        size_t size = end == NULL ? text.len : (size_t)(end - text.data);
        if (end == NULL || size >= sizeof(line))
            return false;
        memcpy(line, text.data, size);
        line[size] = '\0';
        if (!judged_read_line(line, &seen, ret))
            return false;
        text = (struct span){end + 1, text.len - size - 1};
    }
    /* Without one it was written when those of anchors were not kept. */
    return judged_has_all(seen) && ret->lifetimes.count > 0;
}

void judged_done(struct judged_read *judged)
{
    lifetimes_done(&judged->lifetimes);
}

bool judged_is_about(const struct judged_read *judged, const struct span files[MATERIAL_PEM_COUNT])
{
    unsigned char digest[JUDGED_DIGEST_SIZE];
    for (size_t i = 0; i < MATERIAL_PEM_COUNT; i++)
        if (files[i].len != judged->sizes[i])
            return false;
    return judged_digest_files(files, digest) == 0 && memcmp(digest, judged->digest, sizeof(digest)) == 0;
}
