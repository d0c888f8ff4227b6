#include "core/base/utf8.h"

#include "tests/unit/lib/harness.h"

/* The decoding itself is compared with libc's in test_unicode.c. */
TEST(each_byte_returns_how_many_are_missing)
{
    static const struct {
        unsigned char bytes[4];
        int left[4];
        uint32_t value;
    } rows[] = {
        {{'a'}, {0}, 'a'},
        {{0xC3, 0xA9}, {1, 0}, 0xE9},
        {{0xE2, 0x82, 0xAC}, {2, 1, 0}, 0x20AC},
        {{0xF0, 0x9F, 0x98, 0x80}, {3, 2, 1, 0}, 0x1F600},
    };
    struct utf8 utf8 = {.left = 0};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t j = 0;
        do
            assert_int_equal(utf8_take(&utf8, rows[i].bytes[j]), rows[i].left[j]);
        while (rows[i].left[j++] > 0);
        assert_int_equal(utf8.value, rows[i].value);
    }
}

TEST(a_bad_byte_is_refused_as_soon_as_it_arrives)
{
    static const unsigned char rows[][2] = {{0xC3, 0x28}, {0xE0, 0x9F}, {0xED, 0xA0}, {0xF0, 0x8F}, {0xF4, 0x90}};
    static const unsigned char leads[] = {0x80, 0xBF, 0xC0, 0xC1, 0xF5, 0xFF};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct utf8 utf8 = {.left = 0};
        assert_true(utf8_take(&utf8, rows[i][0]) > 0);
        assert_int_equal(utf8_take(&utf8, rows[i][1]), -1);
    }
    for (size_t i = 0; i < COUNT_OF(leads); i++) {
        struct utf8 utf8 = {.left = 0};
        assert_int_equal(utf8_take(&utf8, leads[i]), -1);
    }
}
