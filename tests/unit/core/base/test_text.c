#include "core/base/text.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/harness.h"

TEST(every_byte_is_printable_afterwards)
{
    for (int c = 1; c < 256; c++) {
        char text[] = {'a', (char)c, 'b', '\0'};
        text_make_printable(text);
        assert_int_equal(text[1], c >= ' ' && c <= '~' ? c : '?');
        assert_int_equal(strlen(text), 3);
    }
}

TEST(a_full_text_ends_in_dots_and_not_inside_an_escape)
{
    static const struct {
        const char *full, *cut;
    } rows[] = {
        {"abcdefgh", "abcde..."}, {"abcd\\,gh", "abcd..."},   {"abcd\\0Agh", "abcd..."},
        {"abc\\0Agh", "abc..."},  {"ab\\0Afgh", "ab\\0A..."}, {"abcdefg", "abcdefg"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[9];
        snprintf(text, sizeof(text), "%s", rows[i].full);
        text_cut(text, sizeof(text));
        if (strcmp(text, rows[i].cut) != 0)
            fail_msg("%s became %s, not %s", rows[i].full, text, rows[i].cut);
    }
}

TEST(a_text_is_copied_to_its_nul_or_to_one_of_both_ends)
{
    static const struct {
        const char *bytes;
        size_t limit;
        const char *copy;
    } rows[] = {
        {"", 0, ""},         {"abc", 0, ""},       {"ab\0d", 4, "ab"},    {"abc", 2, "ab"},
        {"abcd", 4, "abcd"}, {"abcde", 4, "abcd"}, {"abcdef", 5, "abcd"}, {"abcdef", 6, "abcd"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[6] = "-----";
        text_copy(rows[i].bytes, rows[i].limit, text, 5);
        assert_string_equal(text, rows[i].copy);
        assert_int_equal(text[5], '\0');
    }
}
