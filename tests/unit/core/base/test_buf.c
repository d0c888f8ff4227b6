#include "core/base/buf.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

static const char secret[] = "this stands for a private key";

static void fill_to(struct buf *buf, size_t len)
{
    struct fault f = {0};
    assert_int_equal(buf_reserve(buf, len - buf->len, &f), 0);
    memset(buf->data + buf->len, 'x', len - buf->len);
    buf->len = len;
}

TEST(an_empty_buf_needs_no_preparation)
{
    struct buf buf = {0};
    assert_int_equal(buf_span(&buf).len, 0);
    buf_done(&buf);
    buf_done(&buf);
    assert_null(buf.data);
}

TEST(appended_bytes_are_in_order)
{
    struct buf buf = {0};
    struct fault f = {0};
    static const unsigned char bytes[] = {'b', 0, 'c'};
    law_expect(buf_append_text(&buf, "a", &f), &f, REASON_NONE);
    law_expect(buf_append(&buf, (struct span){bytes, sizeof(bytes)}, &f), &f, REASON_NONE);
    law_expect(buf_append(&buf, (struct span){NULL, 0}, &f), &f, REASON_NONE);
    assert_int_equal(buf.len, 4);
    assert_memory_equal(buf.data, "ab\0c", 4);
    buf_done(&buf);
}

TEST(content_survives_every_growth)
{
    struct buf buf = {0};
    struct fault f = {0};
    for (size_t i = 0; i < 20000; i++) {
        unsigned char byte = (unsigned char)(i * 7);
        assert_int_equal(buf_append(&buf, (struct span){&byte, 1}, &f), 0);
    }
    for (size_t i = 0; i < 20000; i++)
        assert_int_equal(buf.data[i], (unsigned char)(i * 7));
    buf_done(&buf);
}

TEST(the_limit_can_be_reached_but_not_passed)
{
    struct buf buf = {0};
    struct fault f = {0};
    fill_to(&buf, BUF_MAX - 1);
    law_expect(buf_append_text(&buf, "y", &f), &f, REASON_NONE);
    assert_int_equal(buf.len, BUF_MAX);
    const unsigned char *data = buf.data;
    law_expect(buf_append_text(&buf, "z", &f), &f, REASON_TOO_LARGE);
    assert_int_equal(buf.len, BUF_MAX);
    assert_ptr_equal(buf.data, data);
    assert_int_equal(buf.data[BUF_MAX - 1], 'y');
    buf_done(&buf);
}

TEST(sizes_that_would_overflow_are_refused)
{
    static const size_t sizes[] = {BUF_MAX, (size_t)BUF_MAX + 1, SIZE_MAX / 2, SIZE_MAX - 1, SIZE_MAX};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct buf buf = {0};
        struct fault f = {0};
        assert_int_equal(buf_append_text(&buf, "a", &f), 0);
        law_expect(buf_reserve(&buf, sizes[i], &f), &f, REASON_TOO_LARGE);
        expect_text(&buf, "a");
        buf_done(&buf);
    }
}

TEST(reserved_space_needs_no_further_allocation)
{
    struct buf buf = {0};
    struct fault f = {0};
    assert_int_equal(buf_reserve(&buf, 3000, &f), 0);
    alloc_fail(1);
    for (int i = 0; i < 300; i++)
        assert_int_equal(buf_append_text(&buf, "0123456789", &f), 0);
    assert_false(alloc_has_failed());
    alloc_fail(0);
    buf_done(&buf);
}

TEST(a_failed_allocation_leaves_the_buf_unchanged)
{
    struct buf buf = {0};
    struct fault f = {0};
    assert_int_equal(buf_append_text(&buf, secret, &f), 0);
    size_t room = buf.capacity;
    alloc_fail(1);
    law_expect(buf_reserve(&buf, room, &f), &f, REASON_NO_MEMORY);
    assert_true(alloc_has_failed());
    alloc_fail(0);
    expect_text(&buf, secret);
    assert_int_equal(buf.capacity, room);
    buf_done(&buf);
}

TEST(released_memory_is_wiped)
{
    struct buf buf = {0};
    struct fault f = {0};
    assert_int_equal(buf_append_text(&buf, secret, &f), 0);
    alloc_watch(span_of(secret));
    buf_done(&buf);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
    assert_null(buf.data);
    assert_int_equal(buf.len, 0);
    assert_int_equal(buf.capacity, 0);
}

TEST(bytes_after_a_shortened_length_are_wiped_too)
{
    struct buf buf = {0};
    struct fault f = {0};
    assert_int_equal(buf_append_text(&buf, secret, &f), 0);
    buf.len = 0;
    alloc_watch(span_of(secret));
    buf_done(&buf);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
}

TEST(growth_leaves_no_copy_behind)
{
    struct buf buf = {0};
    struct fault f = {0};
    assert_int_equal(buf_append_text(&buf, secret, &f), 0);
    alloc_watch(span_of(secret));
    fill_to(&buf, 100000);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
    assert_memory_equal(buf.data, secret, strlen(secret));
    buf_done(&buf);
}

/* Otherwise the three tests above would pass whatever buf does. */
TEST(the_watch_sees_a_block_that_was_not_wiped)
{
    char *copy = malloc(sizeof(secret));
    assert_non_null(copy);
    memcpy(copy, secret, sizeof(secret));
    alloc_watch(span_of(secret));
    free(copy);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 1);
}

TEST(moving_empties_the_source_and_wipes_the_target)
{
    struct buf from = {0}, to = {0};
    struct fault f = {0};
    assert_int_equal(buf_append_text(&from, "new", &f), 0);
    assert_int_equal(buf_append_text(&to, secret, &f), 0);
    alloc_watch(span_of(secret));
    buf_move(&to, &from);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
    expect_text(&to, "new");
    assert_null(from.data);
    assert_int_equal(from.len, 0);
    assert_int_equal(from.capacity, 0);
    buf_done(&to);
}

TEST(equality_is_of_length_and_bytes)
{
    assert_true(span_equal(span_of("abc"), span_of("abc")));
    assert_true(span_equal(span_of(""), (struct span){NULL, 0}));
    assert_false(span_equal(span_of("abc"), span_of("abd")));
    assert_false(span_equal(span_of("abc"), span_of("Abc")));
    assert_false(span_equal(span_of("abc"), span_of("ab")));
    assert_false(span_equal(span_of(""), span_of("a")));
}

TEST(a_fitted_buf_has_no_spare_capacity_and_leaves_no_copy)
{
    CLEANUP(buf_done) struct buf buf = {0};
    static const char key[] = "SECRETSECRETSECRET";
    struct fault f = {0};
    assert_int_equal(buf_fit(&buf, &f), 0);
    add_text(&buf, key);
    alloc_fail(1);
    law_expect(buf_fit(&buf, &f), &f, REASON_NO_MEMORY);
    alloc_fail(0);
    fault_clear(&f);
    assert_true(span_equal(buf_span(&buf), span_of(key)));
    assert_true(buf.capacity > buf.len);
    alloc_watch(span_of(key));
    assert_int_equal(buf_fit(&buf, &f), 0);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
    assert_int_equal(buf.capacity, buf.len);
    assert_true(span_equal(buf_span(&buf), span_of(key)));
    add_text(&buf, "more");
    assert_int_equal(buf.len, strlen(key) + 4);
}

TEST(digits_are_lower_case_and_truncated_to_fit)
{
    static const unsigned char bytes[] = {0x00, 0x9F, 0xAB};
    char whole[7], tight[6], none[1];
    span_hex((struct span){bytes, sizeof(bytes)}, whole, sizeof(whole));
    assert_string_equal(whole, "009fab");
    span_hex((struct span){bytes, sizeof(bytes)}, tight, sizeof(tight));
    assert_string_equal(tight, "009f");
    span_hex((struct span){bytes, sizeof(bytes)}, none, sizeof(none));
    assert_string_equal(none, "");
}

TEST(digits_are_decoded_in_both_cases_and_nothing_else_is)
{
    static const char *const bad[] = {"g0", "0g", "00 1", "0x", "00-1"};
    unsigned char bytes[3] = {1, 1, 1};
    assert_true(span_unhex(span_of("009fAB"), bytes));
    assert_memory_equal(bytes, "\x00\x9F\xAB", 3);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(span_unhex(span_of(bad[i]), bytes));
}
