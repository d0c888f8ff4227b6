/*
 * A field is divided into blocks and the text outside of them (prose.h). Inside a block every character is base64, a
 * separator (line break, blank, or the characters \n left by one escape too many) or an error. The separators determine
 * which repairs are reported; the base64 characters alone make the DER.
 */
#include "core/pem/pem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/pem/body.h"
#include "core/pem/boundary.h"
#include "core/pem/damage.h"
#include "core/pem/prose.h"
#include "core/pem/separator.h"
#include "core/pem/unlike.h"

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char dashes[] = "-----";

/* The state of reading one field. */
struct reader {
    struct span text; /* the whole field */
    struct span rest;
    const unsigned char *line_end; /* for prose_read */
    const char *field;
    struct findings *findings;
    struct pem *pem;
};

static void pem_repaired(struct reader *r, enum repair repair)
{
    findings_add_repair(r->findings, repair, r->field);
}

static int pem_refuse(const struct reader *r, const char *what, struct fault *f)
{
    return fault_set(f, REASON_MALFORMED_PEM, r->field, "block %zu of %s: %s", r->pem->count + 1, r->field, what);
}

static void pem_skip(struct span *span, size_t count)
{
    *span = span_from(*span, count);
}

/* Reports the repair that a separator needs wherever it stands. */
static void pem_note_separator(struct reader *r, enum separator separator)
{
    if (separator == CARRIAGE_RETURN)
        pem_repaired(r, REPAIR_LINE_ENDINGS);
    if (separator == ESCAPED_BREAK)
        pem_repaired(r, REPAIR_ESCAPED_LINE_BREAKS);
    if (separator == BYTE_ORDER_MARK)
        pem_repaired(r, REPAIR_BYTE_ORDER_MARK);
}

/* Reads up to the next block or the end of the field. `first`: this is the beginning of the field. */
static int pem_read_outside(struct reader *r, bool first, struct fault *f)
{
    struct span outside = {r->rest.data, 0};
    enum damage damage = prose_read(r->rest, &r->line_end, &outside.len);
    if (damage != DAMAGE_NONE)
        return damage_refuse(damage, r->text, (size_t)(r->rest.data - r->text.data) + outside.len,
                             &(struct damage_place){r->field, r->pem->count + 1}, f);
    pem_skip(&r->rest, outside.len);
    bool last = r->rest.len == 0;
    if (outside.len > 0 && memchr(outside.data, 0, outside.len) != NULL)
        return pem_refuse(r, "a NUL byte", f);
    if (!first && outside.len == 0)
        pem_repaired(r, last ? REPAIR_FINAL_NEWLINE : REPAIR_GLUED_BLOCKS);
    bool broken = first, blank = false;
    while (outside.len > 0) {
        size_t length;
        enum separator separator = separator_at(outside, &length);
        if (separator == NO_SEPARATOR) {
            pem_repaired(r, REPAIR_TEXT_AROUND);
            return 0;
        }
        pem_note_separator(r, separator);
        if (separator == BLANK)
            blank = true;
        else if (separator != BYTE_ORDER_MARK)
            broken = true;
        pem_skip(&outside, length);
    }
    if (blank)
        pem_repaired(r, broken ? REPAIR_BLANKS : REPAIR_SPACES_FOR_LINE_BREAKS);
    return 0;
}

/* The line structure of a body, derived from its separators. */
struct body_shape {
    size_t line;    /* base64 characters in the line so far */
    bool any_break; /* a line break of any kind */
    bool any_blank;
    bool blank_line;
    bool odd_width;   /* a line other than the last does not have 64 columns */
    bool short_line;  /* the previous line was shorter, so it must be the last */
    bool after_begin; /* only the first line break was read so far */
};

static void pem_end_line(struct body_shape *shape)
{
    if (shape->line == 0 && !shape->after_begin)
        shape->blank_line = true;
    if (shape->line > 64)
        shape->odd_width = true;
    if (shape->line > 0) {
        if (shape->short_line)
            shape->odd_width = true;
        shape->short_line = shape->line != 64;
    }
    shape->line = 0;
    shape->after_begin = false;
    shape->any_break = true;
}

static void pem_note_shape(struct reader *r, struct body_shape *shape)
{
    if (shape->line > 0) {
        pem_end_line(shape);
        pem_repaired(r, REPAIR_LINE_WIDTH);
    }
    if (shape->blank_line)
        pem_repaired(r, REPAIR_BLANK_LINES);
    if (shape->any_blank)
        pem_repaired(r, REPAIR_BLANKS);
    if (shape->odd_width)
        pem_repaired(r, REPAIR_LINE_WIDTH);
}

static int pem_refuse_character(const struct reader *r, unsigned char byte, size_t line, struct fault *f)
{
    static const struct {
        unsigned char byte;
        const char *is;
    } kinds[] = {{'\\', "a backslash"},
                 {'#', "a #"},
                 {'>', "a > (a quoted mail?)"},
                 {'%', "a % (percent-encoded?)"},
                 {'"', "a double quote"},
                 {'\'', "a single quote"},
                 {'-', "a hyphen"},
                 {'_', "an underscore (base64url?)"},
                 {',', "a comma"},
                 {'&', "an & (HTML?)"}};
    const char *is = byte >= 0x80 ? "a character beyond ASCII" : byte == 0 ? "a NUL byte" : "a character";
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].byte == byte)
            is = kinds[i].is;
    return fault_set(f, REASON_MALFORMED_PEM, r->field, "block %zu of %s: %s that is not base64, in line %zu of it",
                     r->pem->count + 1, r->field, is, line);
}

/* A slash in JSON may be escaped, and so has backslashes in front after one escape too many. */
static void pem_skip_escapes(struct reader *r, struct span *body)
{
    size_t count = 0;
    while (count < body->len && body->data[count] == '\\')
        count++;
    if (count == 0 || count == body->len || body->data[count] != '/')
        return;
    pem_repaired(r, REPAIR_ESCAPED_LINE_BREAKS);
    pem_skip(body, count);
}

/* Copies the base64 characters of a body to `ret`. */
static int pem_read_body(struct reader *r, struct span body, struct buf *ret, struct fault *f)
{
    bool folded =
        !span_holds(body, "\n") && !span_holds(body, "\r") && !span_holds(body, "\\n") && span_holds(body, " ");
    struct body_shape shape = {.after_begin = true};
    size_t breaks = 0;
    if (buf_reserve(ret, body.len, f) != 0)
        return -1;
    while (body.len > 0) {
        size_t length;
        pem_skip_escapes(r, &body);
        enum separator separator = separator_at(body, &length);
        if (separator == NO_SEPARATOR && !is_base64(body.data[0]))
            return pem_refuse_character(r, body.data[0], breaks + 1, f);
        if (separator == NO_SEPARATOR) {
            ret->data[ret->len++] = body.data[0];
            shape.line++;
        } else if (separator == BLANK && !folded) {
            shape.any_blank = true;
        } else {
            pem_note_separator(r, separator);
            pem_end_line(&shape);
            breaks++;
        }
        pem_skip(&body, length);
    }
    if (folded)
        pem_repaired(r, REPAIR_SPACES_FOR_LINE_BREAKS);
    pem_note_shape(r, &shape);
    return 0;
}

/* Padding is allowed at the end only; EVP_DecodeBlock accepts it anywhere and counts it as bytes. */
static bool pem_padding_of(struct span base64, size_t *ret)
{
    size_t padding = 0;
    while (padding < 2 && padding < base64.len && base64.data[base64.len - 1 - padding] == '=')
        padding++;
    *ret = padding;
    return memchr(base64.data, '=', base64.len - padding) == NULL;
}

static int pem_decode(struct reader *r, struct span base64, struct buf *ret, struct fault *f)
{
    size_t padding;
    if (base64.len == 0)
        return pem_refuse(r, "it is empty", f);
    if (base64.len % 4 != 0 || !pem_padding_of(base64, &padding))
        return pem_refuse(r, "its base64 is incomplete; a part of it is lost, copy it again", f);
    if (buf_reserve(ret, base64.len / 4 * 3, f) != 0)
        return -1;
    int length = EVP_DecodeBlock(ret->data, base64.data, (int)base64.len);
    if (length < 0 || (size_t)length < padding)
        return pem_refuse(r, "its base64 cannot be decoded", f);
    ret->len = (size_t)length - padding;
    return 0;
}

/* An encrypted body is not decoded, since certfs never asks for a passphrase. */
static int pem_fill_block(struct reader *r, struct span body, struct pem_block *block, struct fault *f)
{
    CLEANUP(buf_done) struct buf base64 = {0};
    if (span_holds(body, "Proc-Type:") && span_holds(body, "ENCRYPTED")) {
        block->encrypted = true;
        return 0;
    }
    if (pem_read_body(r, body, &base64, f) != 0)
        return -1;
    return pem_decode(r, buf_span(&base64), &block->der, f);
}

/* Returns the next free block of the list; it becomes part of the list when pem->count is raised. */
static struct pem_block *pem_next_block(struct pem *pem)
{
    if (pem->count == pem->capacity) {
        size_t capacity = pem->capacity == 0 ? 4 : pem->capacity * 2;
        struct pem_block *blocks = reallocarray(pem->blocks, capacity, sizeof(*blocks));
        if (blocks == NULL)
            return NULL;
        pem->blocks = blocks;
        pem->capacity = capacity;
    }
    struct pem_block *block = &pem->blocks[pem->count];
    *block = (struct pem_block){.number = pem->count + 1};
    return block;
}

int pem_add(struct pem *pem, const char *label, struct span der, struct fault *f)
{
    if (pem->count == PEM_BLOCKS_MAX)
        return fault_set(f, REASON_TOO_LARGE, "", "more than %d certificates and keys", PEM_BLOCKS_MAX);
    struct pem_block *block = pem_next_block(pem);
    if (block == NULL)
        return fault_no_memory(f);
    snprintf(block->label, sizeof(block->label), "%s", label);
    if (buf_append(&block->der, der, f) != 0)
        return -1;
    pem->count++;
    return 0;
}

/* RFC 7468, section 3: printable, no blank or hyphen at either end, no two of them in a row. */
static bool pem_is_label(struct span label)
{
    bool gap = true;
    for (size_t i = 0; i < label.len; i++) {
        bool blank = label.data[i] == ' ' || label.data[i] == '-';
        if (label.data[i] < ' ' || label.data[i] > '~' || (blank && gap))
            return false;
        gap = blank;
    }
    return label.len > 0 && label.len <= PEM_LABEL_MAX && !gap;
}

/* True for labels whose body is read; other blocks are refused by their label alone. */
static bool pem_is_read(const char *label)
{
    static const char *const labels[] = {"CERTIFICATE",     "X509 CERTIFICATE", "PRIVATE KEY",
                                         "RSA PRIVATE KEY", "EC PRIVATE KEY",   "EC PARAMETERS"};
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (strcmp(label, labels[i]) == 0)
            return true;
    return false;
}

static bool pem_holds_lower(const char *label)
{
    while (*label != '\0' && !islower((unsigned char)*label))
        label++;
    return *label != '\0';
}

static int pem_read_label(struct reader *r, char label[PEM_LABEL_MAX + 1], struct fault *f)
{
    pem_skip(&r->rest, strlen(begin_mark));
    struct span name = {r->rest.data, span_find(r->rest, dashes)};
    if (name.len == r->rest.len || !pem_is_label(name))
        return pem_refuse(r, "its BEGIN line is broken", f);
    memcpy(label, name.data, name.len);
    label[name.len] = '\0';
    pem_skip(&r->rest, name.len + strlen(dashes));
    return pem_holds_lower(label) ? pem_refuse(r, "the label of its BEGIN line is not in capitals", f) : 0;
}

/* Finds the body that begins here, up to its END line. */
static int pem_find_body(struct reader *r, const char *label, struct span *ret, struct fault *f)
{
    *ret = (struct span){r->rest.data, span_find(r->rest, dashes)};
    pem_skip(&r->rest, ret->len);
    if (!span_starts_with(r->rest, end_mark) && strcmp(label, "PGP SIGNED MESSAGE") == 0) /* RFC 9580, 7 */
        return pem_refuse(r, "it is a PGP SIGNED MESSAGE; take the text out of it with gpg --decrypt", f);
    if (!span_starts_with(r->rest, end_mark))
        return pem_refuse(r, "it has no END line", f);
    pem_skip(&r->rest, strlen(end_mark));
    if (!span_starts_with(r->rest, label))
        return pem_refuse(r, "its END line does not match its BEGIN line", f);
    pem_skip(&r->rest, strlen(label));
    if (!span_starts_with(r->rest, dashes))
        return pem_refuse(r, "its END line is broken", f);
    pem_skip(&r->rest, strlen(dashes));
    return memchr(ret->data, 0, ret->len) == NULL ? 0 : pem_refuse(r, "a NUL byte", f);
}

static int pem_read_block(struct reader *r, struct fault *f)
{
    if (r->pem->count == PEM_BLOCKS_MAX)
        return fault_set(f, REASON_TOO_LARGE, r->field, "more than %d PEM blocks in %s", PEM_BLOCKS_MAX, r->field);
    struct pem_block *block = pem_next_block(r->pem);
    struct span body;
    if (block == NULL)
        return fault_no_memory(f);
    if (pem_read_label(r, block->label, f) != 0 || pem_find_body(r, block->label, &body, f) != 0)
        return -1;
    if (pem_is_read(block->label) && pem_fill_block(r, body, block, f) != 0) {
        buf_done(&block->der);
        return -1;
    }
    r->pem->count++;
    return 0;
}

int pem_parse(struct span text, const char *field, struct pem *ret, struct findings *findings, struct fault *f)
{
    CLEANUP(pem_done) struct pem pem = {0};
    struct reader r = {.text = text, .rest = text, .field = field, .findings = findings, .pem = &pem};
    if (pem_read_outside(&r, true, f) != 0)
        return -1;
    while (r.rest.len > 0)
        if (pem_read_block(&r, f) != 0 || pem_read_outside(&r, false, f) != 0)
            return -1;
    if (pem.count == 0)
        return fault_set(f, REASON_MALFORMED_PEM, field, "%s is not PEM: %s", field, unlike_pem(text));
    *ret = pem;
    pem = (struct pem){0};
    return 0;
}

int pem_write(const char *label, struct span der, struct buf *ret, struct fault *f)
{
    size_t encoded = (der.len + 47) / 48 * 65;
    if (buf_reserve(ret, encoded + 2 * strlen(label) + 64, f) != 0 || buf_append_text(ret, begin_mark, f) != 0 ||
        buf_append_text(ret, label, f) != 0 || buf_append_text(ret, "-----\n", f) != 0)
        return -1;
    for (; der.len > 0; pem_skip(&der, der.len < 48 ? der.len : 48)) {
        unsigned char line[65]; /* 48 bytes make 64 characters and EVP_EncodeBlock's NUL */
        int length = EVP_EncodeBlock(line, der.data, (int)(der.len < 48 ? der.len : 48));
        line[length] = '\n';
        int result = buf_append(ret, (struct span){line, (size_t)length + 1}, f);
        OPENSSL_cleanse(line, sizeof(line));
        if (result != 0)
            return -1;
    }
    if (buf_append_text(ret, end_mark, f) != 0 || buf_append_text(ret, label, f) != 0)
        return -1;
    return buf_append_text(ret, "-----\n", f);
}

void pem_done(struct pem *pem)
{
    for (size_t i = 0; i < pem->count; i++)
        buf_done(&pem->blocks[i].der);
    free(pem->blocks);
    *pem = (struct pem){0};
}
