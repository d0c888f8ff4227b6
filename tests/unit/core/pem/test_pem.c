#include "core/pem/pem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"

/* 100 bytes that are not a certificate, since this module does not parse DER. Two full lines and a short one. */
enum { DER_LENGTH = 100 };

static unsigned char der[DER_LENGTH];
static struct buf canonical;

static void make_sample(void)
{
    struct fault f = {0};
    for (size_t i = 0; i < DER_LENGTH; i++)
        der[i] = (unsigned char)(i * 37 + 11);
    assert_int_equal(pem_write("CERTIFICATE", (struct span){der, DER_LENGTH}, &canonical, &f), 0);
}

static void drop_sample(void)
{
    buf_done(&canonical);
}

static int parse(struct span text, struct pem *ret, struct findings *findings, struct fault *f)
{
    int result = pem_parse(text, "ssl_cert", ret, findings, f);
    law_check(result, f, (struct span){canonical.data + 28, canonical.len - 56});
    if (result != 0 && f->reason != REASON_NO_MEMORY)
        assert_string_equal(f->field, "ssl_cert");
    return result;
}

/* Appends the text with every `from` replaced. */
static void add_replaced(struct buf *ret, struct span text, const char *from, const char *to)
{
    size_t length = strlen(from);
    while (text.len > 0) {
        bool here = text.len >= length && memcmp(text.data, from, length) == 0;
        size_t step = here ? length : 1;
        add_bytes(ret, here ? span_of(to) : (struct span){text.data, 1});
        text = (struct span){text.data + step, text.len - step};
    }
}

static void expect_repairs(const struct findings *findings, const enum repair *repairs, size_t count, struct span text)
{
    for (size_t i = 0; i < findings->repair_count; i++) {
        bool expected = false;
        for (size_t j = 0; j < count; j++)
            expected = expected || repairs[j] == findings->repairs[i].repair;
        if (!expected)
            fail_msg("repair %s was reported for %.*s", repair_name(findings->repairs[i].repair), (int)text.len,
                     (const char *)text.data);
        assert_string_equal(findings->repairs[i].field, "ssl_cert");
    }
    if (findings->repair_count != count)
        fail_msg("%zu repairs were expected, %zu reported for %.*s", count, findings->repair_count, (int)text.len,
                 (const char *)text.data);
}

/* The text must hold the sample `blocks` times and need exactly these repairs. */
static void expect_sample(struct span text, size_t blocks, const enum repair *repairs, size_t count)
{
    CLEANUP(pem_done) struct pem pem = {0};
    struct findings findings = {0};
    struct fault f = {0};
    if (parse(text, &pem, &findings, &f) != 0)
        fail_msg("%s: %.*s", f.message, (int)text.len, (const char *)text.data);
    assert_int_equal(pem.count, blocks);
    for (size_t i = 0; i < blocks; i++) {
        assert_string_equal(pem.blocks[i].label, "CERTIFICATE");
        assert_false(pem.blocks[i].encrypted);
        assert_true(span_equal(buf_span(&pem.blocks[i].der), (struct span){der, DER_LENGTH}));
    }
    expect_repairs(&findings, repairs, count, text);
}

TEST(writing_is_canonical)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----\n", end[] = "\n-----END CERTIFICATE-----\n";
    const char *text = (const char *)canonical.data + strlen(begin);
    assert_int_equal(canonical.len, strlen(begin) + 65 + 65 + 8 + strlen(end));
    assert_memory_equal(canonical.data, begin, strlen(begin));
    assert_int_equal(strcspn(text, "\n"), 64);
    assert_int_equal(strcspn(text + 65, "\n"), 64);
    assert_memory_equal(text + 65 + 65 + 8, end, strlen(end));
}

TEST(written_pem_needs_no_repair)
{
    expect_sample(buf_span(&canonical), 1, NULL, 0);
}

TEST(every_length_can_be_written_and_read)
{
    for (size_t len = 1; len <= DER_LENGTH; len++) {
        CLEANUP(buf_done) struct buf text = {0};
        CLEANUP(pem_done) struct pem pem = {0};
        struct findings findings = {0};
        struct fault f = {0};
        assert_int_equal(pem_write("RSA PRIVATE KEY", (struct span){der, len}, &text, &f), 0);
        assert_int_equal(pem_parse(buf_span(&text), "ssl_key", &pem, &findings, &f), 0);
        assert_int_equal(pem.count, 1);
        assert_string_equal(pem.blocks[0].label, "RSA PRIVATE KEY");
        assert_true(span_equal(buf_span(&pem.blocks[0].der), (struct span){der, len}));
        assert_int_equal(findings.repair_count, 0);
    }
}

/* Common damage, as a replacement in the canonical text, and its repair. */
static const struct {
    const char *from;
    const char *to;
    enum repair repair;
} damages[] = {
    {"\n", "\r\n", REPAIR_LINE_ENDINGS},
    {"\n", "\r", REPAIR_LINE_ENDINGS},
    {"\n", "\\n", REPAIR_ESCAPED_LINE_BREAKS},
    {"\n", "\\r\\n", REPAIR_ESCAPED_LINE_BREAKS},
    {"\n", " ", REPAIR_SPACES_FOR_LINE_BREAKS},
    {"\n", " \n", REPAIR_BLANKS},
    {"\n", "\n  ", REPAIR_BLANKS},
    {"\n", "\n\t", REPAIR_BLANKS},
    {"\n", "\n\\t", REPAIR_BLANKS},
    {"\n", "\n\\\\t\\t", REPAIR_BLANKS},
    {"/", "\\/", REPAIR_ESCAPED_LINE_BREAKS},
    {"/", "\\\\\\/", REPAIR_ESCAPED_LINE_BREAKS},
    {"\n", "\n\n", REPAIR_BLANK_LINES},
    {"-----BEGIN", "\xEF\xBB\xBF-----BEGIN", REPAIR_BYTE_ORDER_MARK},
    {"-----BEGIN", "subject=CN = x\n-----BEGIN", REPAIR_TEXT_AROUND},
    {"-----BEGIN", "Bag Attributes\n    localKeyID: 01\n-----BEGIN", REPAIR_TEXT_AROUND},
    {"-----BEGIN", "  Certificate:\n    Data:\n        Version: 3 (0x2)\n-----BEGIN", REPAIR_TEXT_AROUND},
};

TEST(each_common_damage_is_repaired_and_reported)
{
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        CLEANUP(buf_done) struct buf damaged = {0};
        add_replaced(&damaged, buf_span(&canonical), damages[i].from, damages[i].to);
        expect_sample(buf_span(&damaged), 1, &damages[i].repair, 1);
    }
}

TEST(a_missing_final_newline_is_repaired)
{
    expect_sample((struct span){canonical.data, canonical.len - 1}, 1, (const enum repair[]){REPAIR_FINAL_NEWLINE}, 1);
}

TEST(glued_blocks_are_separated)
{
    CLEANUP(buf_done) struct buf text = {0};
    add_bytes(&text, (struct span){canonical.data, canonical.len - 1});
    add_bytes(&text, buf_span(&canonical));
    expect_sample(buf_span(&text), 2, (const enum repair[]){REPAIR_GLUED_BLOCKS}, 1);
}

TEST(several_blocks_are_read_in_their_order)
{
    CLEANUP(buf_done) struct buf text = {0};
    for (int i = 0; i < 3; i++)
        add_bytes(&text, buf_span(&canonical));
    expect_sample(buf_span(&text), 3, NULL, 0);
}

/* The sample's base64 in lines of `width`. */
static void add_with_width(struct buf *ret, size_t width)
{
    CLEANUP(buf_done) struct buf flat = {0};
    static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----\n";
    add_replaced(&flat, buf_span(&canonical), "\n", "");
    size_t last = flat.len - strlen(end) + 1;
    add_text(ret, begin);
    add_text(ret, "\n");
    for (size_t at = strlen(begin); at < last; at += width) {
        add_bytes(ret, (struct span){flat.data + at, last - at < width ? last - at : width});
        add_text(ret, "\n");
    }
    add_text(ret, end);
}

TEST(any_line_width_is_accepted)
{
    static const size_t widths[] = {1, 3, 48, 63, 65, 72, 76, 80, 135, 1000};
    for (size_t i = 0; i < COUNT_OF(widths); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        add_with_width(&text, widths[i]);
        expect_sample(buf_span(&text), 1, (const enum repair[]){REPAIR_LINE_WIDTH}, 1);
    }
}

TEST(an_encrypted_block_is_not_decoded)
{
    CLEANUP(pem_done) struct pem pem = {0};
    struct findings findings = {0};
    struct fault f = {0};
    assert_int_equal(
        parse(span_of("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"
                      "AAAA\n-----END RSA PRIVATE KEY-----\n"),
              &pem, &findings, &f),
        0);
    assert_int_equal(pem.count, 1);
    assert_true(pem.blocks[0].encrypted);
    assert_int_equal(pem.blocks[0].der.len, 0);
}

/* An accepted text can be written and read again, and then needs no repair. */
static void take_mutant(struct span mutant, void *context)
{
    (void)context;
    CLEANUP(pem_done) struct pem pem = {0}, again = {0};
    CLEANUP(buf_done) struct buf text = {0};
    struct findings findings = {0}, none = {0};
    struct fault f = {0};
    if (parse(mutant, &pem, &findings, &f) != 0)
        return;
    for (size_t i = 0; i < pem.count; i++)
        assert_int_equal(pem_write(pem.blocks[i].label, buf_span(&pem.blocks[i].der), &text, &f), 0);
    assert_int_equal(parse(buf_span(&text), &again, &none, &f), 0);
    assert_int_equal(again.count, pem.count);
    assert_int_equal(none.repair_count, 0);
    for (size_t i = 0; i < pem.count; i++)
        assert_true(span_equal(buf_span(&pem.blocks[i].der), buf_span(&again.blocks[i].der)));
}

TEST(every_mutant_keeps_the_law_and_accepted_ones_can_be_read_again)
{
    static const char *const odd[] = {
        "\xEF\xBB\xBFtext\r\n  -----BEGIN X-----\\nAAAA\\r\\nAA==\r-----END X-----",
        "-----BEGIN X----- AAAA AA== -----END X----------BEGIN Y-----\n\n AAAA\n-----END Y-----\n tail",
    };
    mutate_each(buf_span(&canonical), 1, take_mutant, NULL);
    for (size_t i = 0; i < COUNT_OF(odd); i++)
        mutate_each(span_of(odd[i]), 1, take_mutant, NULL);
}

#define BLOCK "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

static void attempt(void *context)
{
    (void)context;
    CLEANUP(pem_done) struct pem pem = {0};
    struct findings findings = {0};
    struct fault f = {0};
    static const char text[] = BLOCK BLOCK BLOCK BLOCK BLOCK;
    if (parse(span_of(text), &pem, &findings, &f) != 0)
        assert_int_equal(f.reason, REASON_NO_MEMORY);
}

TEST(failed_allocations_leak_nothing)
{
    assert_true(alloc_fail_each(attempt, NULL) > 10);
}

TEST(neither_the_bytes_nor_their_base64_are_left_behind)
{
    for (int pass = 0; pass < 2; pass++) {
        CLEANUP(pem_done) struct pem pem = {0};
        struct findings findings = {0};
        struct fault f = {0};
        alloc_watch(pass == 0 ? (struct span){der, 40} : (struct span){canonical.data + 28, 40});
        assert_int_equal(parse(buf_span(&canonical), &pem, &findings, &f), 0);
        pem_done(&pem);
        assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
    }
}

ALL_TESTS(make_sample, drop_sample);
