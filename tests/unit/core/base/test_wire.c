#include "core/base/wire.h"

#include <string.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"

enum { SMALL_MAX = 7, TEXT_SIZE = 9, BUF_SIZE = 6 };

/* One member of each kind. */
struct all {
    bool flag;
    uint64_t number;
    unsigned small;
    int64_t time;
    char text[TEXT_SIZE];
    struct buf buf, utf8;
};

static const struct wire_member table[] = {
    {"flag", WIRE_FLAG, offsetof(struct all, flag), 0, 0},
    {"number", WIRE_NUMBER, offsetof(struct all, number), 1, UINT64_C(1) << 40},
    {"small", WIRE_SMALL, offsetof(struct all, small), 2, SMALL_MAX},
    {"time", WIRE_TIME, offsetof(struct all, time), 0, 0},
    {"text", WIRE_TEXT, offsetof(struct all, text), 1, TEXT_SIZE - 1},
    {"buf", WIRE_BUF, offsetof(struct all, buf), 0, BUF_SIZE},
    {"utf8", WIRE_UTF8, offsetof(struct all, utf8), 1, BUF_SIZE},
};

static void all_done(struct all *all)
{
    buf_done(&all->buf);
    buf_done(&all->utf8);
}

static struct all all_make(void)
{
    struct all all = {.flag = true, .number = 0x0123456789, .small = SMALL_MAX, .time = -1, .text = "a ~bcdef"};
    add_bytes(&all.buf, (struct span){(const unsigned char *)"\0\n\xff", 3});
    add_text(&all.utf8, "\xc3\xa4\n");
    return all;
}

static int read_all(struct span bytes, struct all *ret, struct fault *f)
{
    struct wire_reader reader = {.rest = bytes, .what = "the test", .f = f};
    wire_read(&reader, table, COUNT_OF(table), ret);
    return wire_end(&reader);
}

static void write_all(const struct all *all, struct buf *ret)
{
    struct fault f = {0};
    law_expect(wire_write(table, COUNT_OF(table), all, ret, &f), &f, REASON_NONE);
}

static void expect_all(const struct all *a, const struct all *b)
{
    assert_int_equal(a->flag, b->flag);
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->small, b->small);
    assert_int_equal(a->time, b->time);
    assert_string_equal(a->text, b->text);
    assert_true(span_equal(buf_span(&a->buf), buf_span(&b->buf)));
    assert_true(span_equal(buf_span(&a->utf8), buf_span(&b->utf8)));
}

TEST(every_kind_is_read_as_it_was_written)
{
    static const int64_t times[] = {0, -1, 1, WIRE_TIME_MAX, -WIRE_TIME_MAX};
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        CLEANUP(buf_done) struct buf bytes = {0};
        CLEANUP(all_done) struct all all = all_make();
        CLEANUP(all_done) struct all read = {.flag = false};
        struct fault f = {0};
        all.time = times[i];
        write_all(&all, &bytes);
        law_expect(read_all(buf_span(&bytes), &read, &f), &f, REASON_NONE);
        expect_all(&all, &read);
    }
}

static const unsigned char written[] = {
    1,                                                   /* flag */
    0, 0, 0, 1, 0x23, 0x45, 0x67, 0x89,                  /* number */
    0, 0, 0, 0, 0,    0,    0,    SMALL_MAX,             /* small */
    0, 0, 0, 0, 0,    0,    0,    1,                     /* time */
    0, 0, 0, 0, 0,    0,    0,    1,         'x',        /* text */
    0, 0, 0, 0, 0,    0,    0,    0,                     /* buf */
    0, 0, 0, 0, 0,    0,    0,    2,         0xc3, 0xa4, /* utf8 */
};

TEST(the_form_is_fixed)
{
    CLEANUP(all_done)
    struct all all = {.flag = true, .number = 0x0123456789, .small = SMALL_MAX, .time = 1, .text = "x"};
    CLEANUP(buf_done) struct buf bytes = {0};
    add_text(&all.utf8, "\xc3\xa4");
    write_all(&all, &bytes);
    assert_int_equal(bytes.len, sizeof(written));
    assert_memory_equal(bytes.data, written, sizeof(written));
}

/* One byte of `written` that is another one. */
static const struct {
    size_t at;
    unsigned char byte;
    const char *message;
} flaws[] = {
    {0, 2, "the test cannot be used: flag is no flag"},
    {3, 2, "the test cannot be used: number is out of range"},
    {16, 1, "the test cannot be used: small is out of range"},
    {16, SMALL_MAX + 1, "the test cannot be used: small is out of range"},
    {12, 1, "the test cannot be used: small is out of range"},
    {17, 1, "the test cannot be used: time is out of range"},
    {17, 0x80, "the test cannot be used: time is out of range"},
    {19, 2, "the test cannot be used: time is out of range"},
    {32, 0, "the test cannot be used: text is out of range"},
    {32, TEXT_SIZE, "the test cannot be used: text is out of range"},
    {25, 0xff, "the test cannot be used: text is out of range"},
    {33, '\n', "the test cannot be used: text is not printable ASCII"},
    {33, 0x7f, "the test cannot be used: text is not printable ASCII"},
    {33, 0, "the test cannot be used: text is not printable ASCII"},
    {33, 0xe4, "the test cannot be used: text is not printable ASCII"},
    {41, BUF_SIZE + 1, "the test cannot be used: buf is out of range"},
    {49, 0, "the test cannot be used: utf8 is out of range"},
    {49, 3, "the test cannot be used: utf8 is cut off"},
    {49, 1, "the test cannot be used: utf8 is not UTF-8"},
    {50, 'a', "the test cannot be used: utf8 is not UTF-8"},
    {51, 0, "the test cannot be used: utf8 is not UTF-8"},
};

TEST(a_flaw_is_named)
{
    for (size_t i = 0; i < COUNT_OF(flaws); i++) {
        CLEANUP(all_done) struct all read = {.flag = false};
        struct fault f = {0};
        unsigned char bytes[sizeof(written)];
        memcpy(bytes, written, sizeof(bytes));
        bytes[flaws[i].at] = flaws[i].byte;
        law_expect(read_all((struct span){bytes, sizeof(bytes)}, &read, &f), &f, REASON_JUDGE_FAILED);
        assert_string_equal(f.message, flaws[i].message);
        assert_string_equal(f.field, "");
    }
}

TEST(a_nul_in_utf8_is_refused)
{
    CLEANUP(all_done) struct all read = {.flag = false};
    struct fault f = {0};
    unsigned char bytes[sizeof(written)];
    memcpy(bytes, written, sizeof(bytes));
    memcpy(bytes + 50, "a\0", 2);
    law_expect(read_all((struct span){bytes, sizeof(bytes)}, &read, &f), &f, REASON_JUDGE_FAILED);
    assert_string_equal(f.message, "the test cannot be used: utf8 is not UTF-8");
}

TEST(bytes_behind_the_end_are_refused)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    CLEANUP(all_done) struct all read = {.flag = false};
    struct fault f = {0};
    add_bytes(&bytes, (struct span){written, sizeof(written)});
    add_text(&bytes, "x");
    law_expect(read_all(buf_span(&bytes), &read, &f), &f, REASON_JUDGE_FAILED);
    assert_string_equal(f.message, "the test cannot be used: it goes on behind its end");
}

/* There is one form for each value: what is read is written as it was. */
static void take_mutant(struct span mutant, void *taken)
{
    CLEANUP(all_done) struct all read = {.flag = false};
    CLEANUP(buf_done) struct buf again = {0};
    struct fault f = {0};
    int result = read_all(mutant, &read, &f);
    law_check(result, &f, (struct span){NULL, 0});
    assert_int_equal(f.reason, result == 0 ? REASON_NONE : REASON_JUDGE_FAILED);
    if (result != 0)
        return;
    write_all(&read, &again);
    assert_true(span_equal(buf_span(&again), mutant));
    ++*(size_t *)taken;
}

TEST(every_mutant_is_refused_or_is_a_value)
{
    size_t taken = 0;
    size_t count = mutate_each((struct span){written, sizeof(written)}, 1, take_mutant, &taken);
    assert_in_range(taken, 1, count / 4);
}

TEST(nothing_is_read_after_a_flaw)
{
    struct fault f = {0};
    struct wire_reader reader = {.rest = {written, sizeof(written)}, .what = "the test", .f = &f};
    assert_int_equal(wire_read_number(&reader, "first", 3), 0);
    assert_true(wire_is_refused(&reader));
    assert_int_equal(wire_read_number(&reader, "second", UINT64_MAX), 0);
    assert_int_equal(wire_read_bytes(&reader, "third", SIZE_MAX).len, 0);
    wire_refuse(&reader, "fourth", "is refused too");
    law_expect(wire_end(&reader), &f, REASON_JUDGE_FAILED);
    assert_string_equal(f.message, "the test cannot be used: first is out of range");
}

/* ---- faults ---- */

static void write_fault(enum reason reason, const char *field, const char *message, struct buf *ret)
{
    struct fault f = {0}, fault = {.reason = reason};
    memcpy(fault.field, field, strlen(field));
    memcpy(fault.message, message, strlen(message));
    law_expect(wire_write_fault(&fault, ret, &f), &f, REASON_NONE);
}

TEST(a_fault_of_judging_is_read_as_it_was_written)
{
    for (enum reason reason = REASON_NONE; reason < REASON_ALL; reason++) {
        CLEANUP(buf_done) struct buf bytes = {0};
        struct fault f = {0};
        bool judging = (reason >= REASON_MALFORMED_JSON && reason <= REASON_JUDGE_FAILED) || reason == REASON_NO_MEMORY;
        write_fault(reason, "Tags[2].Key", "more than 128 characters", &bytes);
        assert_int_equal(wire_read_fault(buf_span(&bytes), &f), -1);
        assert_int_equal(f.reason, judging ? reason : REASON_JUDGE_FAILED);
        assert_int_equal(f.os_errno, 0);
        assert_string_equal(f.field, judging ? "Tags[2].Key" : "");
        assert_int_equal(strcmp(f.message, "more than 128 characters") == 0, judging);
    }
}

TEST(a_fault_without_a_sentence_or_with_other_characters_is_refused)
{
    static const struct {
        const char *field, *message, *expected;
    } bad[] = {
        {"", "", "the refusal cannot be used: its message is out of range"},
        {"", "a\nb", "the refusal cannot be used: its message is not printable ASCII"},
        {"\x1b[2J", "a", "the refusal cannot be used: its field is not printable ASCII"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        CLEANUP(buf_done) struct buf bytes = {0};
        struct fault f = {0};
        write_fault(REASON_EXPIRED, bad[i].field, bad[i].message, &bytes);
        law_expect(wire_read_fault(buf_span(&bytes), &f), &f, REASON_JUDGE_FAILED);
        assert_string_equal(f.message, bad[i].expected);
    }
}

static void take_fault(struct span mutant, void *unused)
{
    struct fault f = {0};
    (void)unused;
    law_check(wire_read_fault(mutant, &f), &f, (struct span){NULL, 0});
}

TEST(every_mutant_of_a_fault_is_a_fault)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    write_fault(REASON_EXPIRED, "ssl_ca", "a", &bytes);
    (void)mutate_each(buf_span(&bytes), 1, take_fault, NULL);
}
