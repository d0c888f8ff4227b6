#include "core/pem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/alloc.h"
#include "tests/unit/harness.h"
#include "tests/unit/mutate.h"

/* 100 bytes that are no certificate: to this room DER is only bytes. Two full lines and a short one. */
enum { DER_LENGTH = 100 };

static unsigned char der[DER_LENGTH];
static struct buf canonical;

static int make_sample(void **state)
{
    (void)state;
    struct fault f = {0};
    for (size_t i = 0; i < DER_LENGTH; i++)
        der[i] = (unsigned char)(i * 37 + 11);
    return pem_write("CERTIFICATE", (struct span){der, DER_LENGTH}, &canonical, &f);
}

static int drop_sample(void **state)
{
    (void)state;
    buf_done(&canonical);
    return 0;
}

static int parse(struct span text, struct pem *ret, struct findings *findings, struct fault *f)
{
    int result = pem_parse(text, "ssl_cert", ret, findings, f);
    law_check(result, f, (struct span){canonical.data + 28, canonical.len - 56});
    if (result != 0 && f->reason != REASON_NO_MEMORY)
        assert_string_equal(f->field, "ssl_cert");
    return result;
}

/* The canonical text with every `from` replaced. The caller frees. */
static char *replaced(const char *text, const char *from, const char *to)
{
    size_t room = strlen(text) * (strlen(to) + 1) + 1;
    char *result = malloc(room), *end = result;
    assert_non_null(result);
    while (*text != '\0') {
        bool here = strncmp(text, from, strlen(from)) == 0;
        end += here ? sprintf(end, "%s", to) : sprintf(end, "%c", *text);
        text += here ? strlen(from) : 1;
    }
    *end = '\0';
    return result;
}

static char *canonical_text(void)
{
    char *text = strndup((const char *)canonical.data, canonical.len);
    assert_non_null(text);
    return text;
}

static void expect_repairs(const struct findings *findings, const enum repair *repairs, size_t count, const char *text)
{
    for (size_t i = 0; i < findings->repair_count; i++) {
        bool expected = false;
        for (size_t j = 0; j < count; j++)
            expected = expected || repairs[j] == findings->repairs[i].repair;
        if (!expected)
            fail_msg("repair %s was reported for %s", repair_name(findings->repairs[i].repair), text);
        assert_string_equal(findings->repairs[i].field, "ssl_cert");
    }
    if (findings->repair_count != count)
        fail_msg("%zu repairs were expected, %zu reported for %s", count, findings->repair_count, text);
}

/* The text holds our sample `blocks` times and needs exactly these repairs. */
static void expect_sample(const char *text, size_t blocks, const enum repair *repairs, size_t count)
{
    CLEANUP(pem_done) struct pem pem = {0};
    struct findings findings = {0};
    struct fault f = {0};
    if (parse(span_of(text), &pem, &findings, &f) != 0)
        fail_msg("%s: %s", f.message, text);
    assert_int_equal(pem.count, blocks);
    for (size_t i = 0; i < blocks; i++) {
        assert_string_equal(pem.blocks[i].label, "CERTIFICATE");
        assert_false(pem.blocks[i].encrypted);
        assert_true(span_equal(buf_span(&pem.blocks[i].der), (struct span){der, DER_LENGTH}));
    }
    expect_repairs(&findings, repairs, count, text);
}

static void writing_is_canonical(void **state)
{
    (void)state;
    char *text = canonical_text();
    const char *line = text;
    assert_memory_equal(text, "-----BEGIN CERTIFICATE-----\n", 28);
    line += 28;
    assert_int_equal(strcspn(line, "\n"), 64);
    line += 65;
    assert_int_equal(strcspn(line, "\n"), 64);
    line += 65;
    assert_int_equal(strcspn(line, "\n"), 8);
    line += 9;
    assert_string_equal(line, "-----END CERTIFICATE-----\n");
    free(text);
}

static void what_was_written_needs_no_repair(void **state)
{
    (void)state;
    char *text = canonical_text();
    expect_sample(text, 1, NULL, 0);
    free(text);
}

static void every_length_is_read_back_as_it_was_written(void **state)
{
    (void)state;
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

/* What happens to PEM on its way, as a replacement in the canonical text, and the repair that answers it. */
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
    {"\n", "\n\n", REPAIR_BLANK_LINES},
    {"-----BEGIN", "\xEF\xBB\xBF-----BEGIN", REPAIR_BYTE_ORDER_MARK},
    {"-----BEGIN", "subject=CN = x\n-----BEGIN", REPAIR_TEXT_AROUND},
    {"-----BEGIN", "Bag Attributes\n    localKeyID: 01\n-----BEGIN", REPAIR_TEXT_AROUND},
    {"-----BEGIN", "  Certificate:\n    Data:\n        Version: 3 (0x2)\n-----BEGIN", REPAIR_TEXT_AROUND},
};

static void each_damage_of_the_road_is_repaired_and_reported(void **state)
{
    (void)state;
    char *text = canonical_text();
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        char *damaged = replaced(text, damages[i].from, damages[i].to);
        expect_sample(damaged, 1, &damages[i].repair, 1);
        free(damaged);
    }
    free(text);
}

static void a_missing_final_newline_is_repaired(void **state)
{
    (void)state;
    char *text = canonical_text();
    text[strlen(text) - 1] = '\0';
    expect_sample(text, 1, (const enum repair[]){REPAIR_FINAL_NEWLINE}, 1);
    free(text);
}

static void glued_blocks_are_cut_apart(void **state)
{
    (void)state;
    char text[1000];
    snprintf(text, sizeof(text), "%.*s%.*s", (int)canonical.len - 1, (char *)canonical.data, (int)canonical.len,
             (char *)canonical.data);
    expect_sample(text, 2, (const enum repair[]){REPAIR_GLUED_BLOCKS}, 1);
}

static void several_blocks_are_read_in_their_order(void **state)
{
    (void)state;
    char text[1000];
    snprintf(text, sizeof(text), "%.*s%.*s%.*s", (int)canonical.len, (char *)canonical.data, (int)canonical.len,
             (char *)canonical.data, (int)canonical.len, (char *)canonical.data);
    expect_sample(text, 3, NULL, 0);
}

/* The sample's base64 in lines of `width` (0: one line). */
static char *with_width(size_t width)
{
    char *text = canonical_text(), *flat = replaced(text, "\n", ""), *result = calloc(1, 2000);
    assert_non_null(result);
    size_t body = strlen(flat) - strlen("-----BEGIN CERTIFICATE----------END CERTIFICATE-----");
    const char *base64 = flat + strlen("-----BEGIN CERTIFICATE-----");
    strcat(result, "-----BEGIN CERTIFICATE-----\n");
    for (size_t at = 0; at < body; at += width == 0 ? body : width) {
        size_t len = width == 0 || body - at < width ? body - at : width;
        strncat(result, base64 + at, len);
        strcat(result, "\n");
    }
    strcat(result, "-----END CERTIFICATE-----\n");
    free(text);
    free(flat);
    return result;
}

static void any_line_width_is_taken(void **state)
{
    (void)state;
    static const size_t widths[] = {0, 1, 3, 48, 63, 65, 72, 76, 80, 135};
    for (size_t i = 0; i < COUNT_OF(widths); i++) {
        char *text = with_width(widths[i]);
        expect_sample(text, 1, (const enum repair[]){REPAIR_LINE_WIDTH}, 1);
        free(text);
    }
}

static void an_encrypted_block_is_not_decoded(void **state)
{
    (void)state;
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

/* What is taken can be written and read again, and is then in order. */
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

static void every_mutant_keeps_the_law_and_what_is_taken_can_be_read_again(void **state)
{
    (void)state;
    static const char *const odd[] = {
        "\xEF\xBB\xBFtext\r\n  -----BEGIN X-----\\nAAAA\\r\\nAA==\r-----END X-----",
        "-----BEGIN X----- AAAA AA== -----END X----------BEGIN Y-----\n\n AAAA\n-----END Y-----\n tail",
    };
    mutate_each(buf_span(&canonical), 1, take_mutant, NULL);
    for (size_t i = 0; i < COUNT_OF(odd); i++)
        mutate_each(span_of(odd[i]), 1, take_mutant, NULL);
}

static void attempt(void *context)
{
    (void)context;
    CLEANUP(pem_done) struct pem pem = {0};
    struct findings findings = {0};
    struct fault f = {0};
    static const char text[] = "-----BEGIN X-----\nAAAA\n-----END X-----\n-----BEGIN X-----\nAAAA\n-----END X-----\n"
                               "-----BEGIN X-----\nAAAA\n-----END X-----\n-----BEGIN X-----\nAAAA\n-----END X-----\n"
                               "-----BEGIN X-----\nAAAA\n-----END X-----\n";
    if (parse(span_of(text), &pem, &findings, &f) != 0)
        assert_int_equal(f.reason, REASON_NO_MEMORY);
}

static void want_of_memory_leaks_nothing(void **state)
{
    (void)state;
    assert_true(alloc_fail_each(attempt, NULL) > 10);
}

static void neither_the_bytes_nor_their_base64_are_left_behind(void **state)
{
    (void)state;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writing_is_canonical),
        cmocka_unit_test(what_was_written_needs_no_repair),
        cmocka_unit_test(every_length_is_read_back_as_it_was_written),
        cmocka_unit_test(each_damage_of_the_road_is_repaired_and_reported),
        cmocka_unit_test(a_missing_final_newline_is_repaired),
        cmocka_unit_test(glued_blocks_are_cut_apart),
        cmocka_unit_test(several_blocks_are_read_in_their_order),
        cmocka_unit_test(any_line_width_is_taken),
        cmocka_unit_test(an_encrypted_block_is_not_decoded),
        cmocka_unit_test(every_mutant_keeps_the_law_and_what_is_taken_can_be_read_again),
        cmocka_unit_test(want_of_memory_leaks_nothing),
        cmocka_unit_test(neither_the_bytes_nor_their_base64_are_left_behind),
    };
    return cmocka_run_group_tests(tests, make_sample, drop_sample);
}
