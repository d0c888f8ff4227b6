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
