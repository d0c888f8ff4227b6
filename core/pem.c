/*
 * How a field is read. Text is cut at "-----BEGIN " into outside and blocks. Outside may be anything that does not
 * look like a boundary. Inside a block everything is a base64 character, a separator (line break, blank, or the two
 * characters \n that an escape too many leaves behind) or an error. What the separators were tells which repairs
 * were needed; the base64 characters alone make the DER.
 */
#include "core/pem.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

static const char begin_mark[] = "-----BEGIN ";
static const char end_mark[] = "-----END ";
static const char dashes[] = "-----";

/* What is being read, and where in it. */
struct reader {
    struct span rest;
    const char *field;
    struct findings *findings;
    struct pem *pem;
};

static void repaired(struct reader *r, enum repair repair)
{
    findings_add_repair(r->findings, repair, r->field);
}

static int refuse(const struct reader *r, const char *what, struct fault *f)
{
    return fault_set(f, REASON_MALFORMED_PEM, r->field, "block %zu of %s: %s", r->pem->count + 1, r->field, what);
}

static void skip(struct span *span, size_t count)
{
    span->data += count;
    span->len -= count;
}

static bool starts_with(struct span span, const char *text)
{
    size_t length = strlen(text);
    return span.len >= length && memcmp(span.data, text, length) == 0;
}

/* The offset of `text` in the span, or the span's length. */
static size_t offset_of(struct span span, const char *text)
{
    const unsigned char *found = span.len == 0 ? NULL : memmem(span.data, span.len, text, strlen(text));
    return found == NULL ? span.len : (size_t)(found - span.data);
}

static bool contains(struct span span, const char *text)
{
    return offset_of(span, text) < span.len;
}

enum separator {
    NO_SEPARATOR,
    LINE_FEED,
    CARRIAGE_RETURN, /* alone or before a line feed */
    ESCAPED_BREAK,   /* \n, \r, \t or a backslash at the end of a line, as characters */
    BLANK,
    BYTE_ORDER_MARK,
};

/* The separator at the start of `text` and how long it is. */
static enum separator separator_at(struct span text, size_t *ret_length)
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
        *ret_length = starts_with(text, "\r\n") ? 2 : 1;
        return CARRIAGE_RETURN;
    case '\\':
        *ret_length = starts_with(text, "\\r\\n") ? 4 : 2;
        return text.len >= 2 && (text.data[1] == 'n' || text.data[1] == 'r') ? ESCAPED_BREAK : NO_SEPARATOR;
    case 0xEF:
        *ret_length = 3;
        return starts_with(text, "\xEF\xBB\xBF") ? BYTE_ORDER_MARK : NO_SEPARATOR;
    default:
        return NO_SEPARATOR;
    }
}

/* Repairs that a separator needs by itself, wherever it stands. */
static void note_separator(struct reader *r, enum separator separator)
{
    if (separator == CARRIAGE_RETURN)
        repaired(r, REPAIR_LINE_ENDINGS);
    if (separator == ESCAPED_BREAK)
        repaired(r, REPAIR_ESCAPED_LINE_BREAKS);
    if (separator == BYTE_ORDER_MARK)
        repaired(r, REPAIR_BYTE_ORDER_MARK);
}

/* A boundary that lost a dash, its other half or its line: not prose, and not to be skipped. */
static bool looks_like_boundary(struct span outside)
{
    static const char *const signs[] = {"-BEGIN", "-END", "- BEGIN", "- END", "BEGIN CERT", "END CERT", "PRIVATE KEY-"};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (contains(outside, signs[i]))
            return true;
    return false;
}

/* Ends at the next block or at the end of the field. `first`: nothing was before it. */
static int read_outside(struct reader *r, bool first, struct fault *f)
{
    struct span outside = {r->rest.data, offset_of(r->rest, begin_mark)};
    skip(&r->rest, outside.len);
    bool last = r->rest.len == 0;
    if (looks_like_boundary(outside))
        return refuse(r, "a BEGIN or END line is broken or has lost its other half", f);
    if (memchr(outside.data, 0, outside.len) != NULL)
        return refuse(r, "a NUL byte", f);
    if (!first && outside.len == 0)
        repaired(r, last ? REPAIR_FINAL_NEWLINE : REPAIR_GLUED_BLOCKS);
    bool broken = first, blank = false;
    while (outside.len > 0) {
        size_t length;
        enum separator separator = separator_at(outside, &length);
        if (separator == NO_SEPARATOR) {
            repaired(r, REPAIR_TEXT_AROUND);
            return 0;
        }
        note_separator(r, separator);
        if (separator == BLANK)
            blank = true;
        else if (separator != BYTE_ORDER_MARK)
            broken = true;
        skip(&outside, length);
    }
    if (blank)
        repaired(r, broken ? REPAIR_BLANKS : REPAIR_SPACES_FOR_LINE_BREAKS);
    return 0;
}

/* The shape of a body: what its separators say about the lines it came in. */
struct body_shape {
    size_t line;    /* base64 characters in the line so far */
    bool any_break; /* a line break of any kind */
    bool any_blank;
    bool blank_line;
    bool odd_width;   /* a line that is not the last has not 64 columns */
    bool short_line;  /* the last line was shorter, so it must stay the last */
    bool after_begin; /* nothing but the first line break yet */
};

static void end_line(struct body_shape *shape)
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

static void note_shape(struct reader *r, struct body_shape *shape)
{
    if (shape->line > 0) {
        end_line(shape);
        repaired(r, REPAIR_LINE_WIDTH);
    }
    if (shape->blank_line)
        repaired(r, REPAIR_BLANK_LINES);
    if (shape->any_blank)
        repaired(r, REPAIR_BLANKS);
    if (shape->odd_width)
        repaired(r, REPAIR_LINE_WIDTH);
}

static bool is_base64(unsigned char byte)
{
    return isalnum(byte) || byte == '+' || byte == '/' || byte == '=';
}

/* Keeps the base64 characters of a body, in `ret`. */
static int read_body(struct reader *r, struct span body, struct buf *ret, struct fault *f)
{
    bool folded = !contains(body, "\n") && !contains(body, "\r") && !contains(body, "\\n") && contains(body, " ");
    struct body_shape shape = {.after_begin = true};
    if (buf_reserve(ret, body.len, f) != 0)
        return -1;
    while (body.len > 0) {
        size_t length;
        enum separator separator = separator_at(body, &length);
        if (separator == NO_SEPARATOR && !is_base64(body.data[0]))
            return refuse(r, "a character that is not base64", f);
        if (separator == NO_SEPARATOR) {
            ret->data[ret->len++] = body.data[0];
            shape.line++;
        } else if (separator == BLANK && !folded) {
            shape.any_blank = true;
        } else {
            note_separator(r, separator);
            end_line(&shape);
        }
        skip(&body, length);
    }
    if (folded)
        repaired(r, REPAIR_SPACES_FOR_LINE_BREAKS);
    note_shape(r, &shape);
    return 0;
}

/* Padding may stand at the end only; EVP_DecodeBlock would take it anywhere and counts it as bytes. */
static bool padding_of(struct span base64, size_t *ret)
{
    size_t padding = 0;
    while (padding < 2 && padding < base64.len && base64.data[base64.len - 1 - padding] == '=')
        padding++;
    *ret = padding;
    return memchr(base64.data, '=', base64.len - padding) == NULL;
}

static int decode(struct reader *r, struct span base64, struct buf *ret, struct fault *f)
{
    size_t padding;
    if (base64.len == 0)
        return refuse(r, "it is empty", f);
    if (base64.len % 4 != 0 || !padding_of(base64, &padding))
        return refuse(r, "its base64 is incomplete", f);
    if (buf_reserve(ret, base64.len / 4 * 3, f) != 0)
        return -1;
    int length = EVP_DecodeBlock(ret->data, base64.data, (int)base64.len);
    if (length < 0 || (size_t)length < padding)
        return refuse(r, "its base64 cannot be decoded", f);
    ret->len = (size_t)length - padding;
    return 0;
}

/* An encrypted body stays undecoded: nobody here will ever ask for its passphrase. */
static int fill_block(struct reader *r, struct span body, struct pem_block *block, struct fault *f)
{
    CLEANUP(buf_done) struct buf base64 = {0};
    if (contains(body, "Proc-Type:") && contains(body, "ENCRYPTED")) {
        block->encrypted = true;
        return 0;
    }
    if (read_body(r, body, &base64, f) != 0)
        return -1;
    return decode(r, buf_span(&base64), &block->der, f);
}

/* The next free block of the list. Its content counts only when pem->count is raised. */
static struct pem_block *next_block(struct pem *pem)
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

static bool is_label(struct span label)
{
    for (size_t i = 0; i < label.len; i++)
        if (!isupper(label.data[i]) && !isdigit(label.data[i]) && label.data[i] != ' ' && label.data[i] != '#')
            return false;
    return label.len > 0 && label.len <= PEM_LABEL_MAX;
}

static int read_label(struct reader *r, char label[PEM_LABEL_MAX + 1], struct fault *f)
{
    skip(&r->rest, strlen(begin_mark));
    struct span name = {r->rest.data, offset_of(r->rest, dashes)};
    if (name.len == r->rest.len || !is_label(name))
        return refuse(r, "its BEGIN line is broken", f);
    memcpy(label, name.data, name.len);
    label[name.len] = '\0';
    skip(&r->rest, name.len + strlen(dashes));
    return 0;
}

static int read_block(struct reader *r, struct fault *f)
{
    if (r->pem->count == PEM_BLOCKS_MAX)
        return fault_set(f, REASON_TOO_LARGE, r->field, "more than %d PEM blocks in %s", PEM_BLOCKS_MAX, r->field);
    struct pem_block *block = next_block(r->pem);
    if (block == NULL)
        return fault_no_memory(f);
    if (read_label(r, block->label, f) != 0)
        return -1;
    struct span body = {r->rest.data, offset_of(r->rest, dashes)};
    skip(&r->rest, body.len);
    if (!starts_with(r->rest, end_mark))
        return refuse(r, "it has no END line", f);
    skip(&r->rest, strlen(end_mark));
    if (!starts_with(r->rest, block->label))
        return refuse(r, "its END line does not match its BEGIN line", f);
    skip(&r->rest, strlen(block->label));
    if (!starts_with(r->rest, dashes))
        return refuse(r, "its END line is broken", f);
    skip(&r->rest, strlen(dashes));
    if (fill_block(r, body, block, f) != 0) {
        buf_done(&block->der);
        return -1;
    }
    r->pem->count++;
    return 0;
}

int pem_parse(struct span text, const char *field, struct pem *ret, struct findings *findings, struct fault *f)
{
    CLEANUP(pem_done) struct pem pem = {0};
    struct reader r = {.rest = text, .field = field, .findings = findings, .pem = &pem};
    if (!contains(text, begin_mark) && !looks_like_boundary(text))
        return fault_set(f, REASON_MALFORMED_PEM, field, "%s is not PEM: it has no line -----BEGIN ...-----", field);
    if (read_outside(&r, true, f) != 0)
        return -1;
    while (r.rest.len > 0)
        if (read_block(&r, f) != 0 || read_outside(&r, false, f) != 0)
            return -1;
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
    for (; der.len > 0; skip(&der, der.len < 48 ? der.len : 48)) {
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
