#include "fs/report/fields.h"

#include <string.h>

#include "tests/unit/lib/harness.h"

static struct fields fields;

static void clear(void)
{
    fields = (struct fields){.length = 0};
}

TEST(plain_values_stand_as_they_are)
{
    fields_add(&fields, "a", "x.Y_z:/+-9");
    fields_add_number(&fields, "b", UINT64_MAX);
    fields_add(&fields, "c", NULL);
    assert_string_equal(fields.line, "a=x.Y_z:/+-9 b=18446744073709551615 c=-");
}

TEST(a_time_is_written_as_in_rfc_3339)
{
    fields_add_time(&fields, "a", 0);
    fields_add_time(&fields, "b", 4102444799);
    fields_add_time(&fields, "c", INT64_MAX);
    assert_string_equal(fields.line, "a=1970-01-01T00:00:00Z b=2099-12-31T23:59:59Z c=-");
}

TEST(all_others_are_quoted)
{
    fields_add(&fields, "a", "");
    fields_add(&fields, "b", "-");
    fields_add(&fields, "c", "two words");
    fields_add(&fields, "d", "k=v");
    fields_add(&fields, "e", "\"\\");
    fields_add(&fields, "f", "\n\r\t\x1b\x7f\xff");
    assert_string_equal(fields.line, "a=\"\" b=\"-\" c=\"two words\" d=\"k=v\" e=\"\\\"\\\\\" "
                                     "f=\"\\x0A\\x0D\\x09\\x1B\\x7F\\xFF\"");
}

/* Any single byte comes back from what is written for it, and is no other byte's. */
TEST(no_two_values_are_written_alike)
{
    char seen[256][16];
    for (unsigned byte = 1; byte < 256; byte++) {
        fields = (struct fields){.length = 0};
        fields_add(&fields, "a", (char[]){(char)byte, '\0'});
        assert_true(fields.length < sizeof(seen[0]));
        memcpy(seen[byte], fields.line, fields.length + 1);
        for (unsigned other = 1; other < byte; other++)
            assert_string_not_equal(seen[byte], seen[other]);
        for (const char *c = fields.line; *c != '\0'; c++)
            assert_in_range(*c, ' ', '~');
    }
}

/* Wherever the end of the line comes, quotes are closed and no field is half a key. */
TEST(a_field_that_does_not_fit_is_cut_cleanly)
{
    char filler[FIELDS_LINE_SIZE];
    for (size_t length = FIELDS_LINE_SIZE - 40; length < FIELDS_LINE_SIZE + 3; length++) {
        fields = (struct fields){.length = 0};
        memset(filler, 'x', sizeof(filler));
        filler[length < sizeof(filler) ? length : sizeof(filler) - 1] = '\0';
        fields_add(&fields, "a", filler);
        fields_add(&fields, "b", "\"\"\n\n two words");
        fields_add(&fields, "c", "plain");
        assert_int_equal(strlen(fields.line), fields.length);
        size_t quotes = 0;
        for (const char *c = fields.line; *c != '\0'; c++)
            quotes += *c == '"' && (c == fields.line || c[-1] != '\\');
        assert_int_equal(quotes % 2, 0);
    }
}

EACH_TEST(clear, NULL);
