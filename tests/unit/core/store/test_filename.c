/* The meaning of the names of files in a store. */
#include "core/store/filename.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/harness.h"

#define DIGITS "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

TEST(each_kind_has_its_names)
{
    static const struct {
        const char *name;
        enum filename kind;
    } rows[] = {
        {DIGITS, FILENAME_RECORD},
        {DIGITS ".unopened", FILENAME_UNOPENED},
        {DIGITS ".unopened.2", FILENAME_UNOPENED},
        {DIGITS ".unopened.103", FILENAME_UNOPENED},
        {"generation", FILENAME_MARK},
        {"generation.17", FILENAME_MARK},
        {"generation.x", FILENAME_FOREIGN},
        {"", FILENAME_FOREIGN},
        {".", FILENAME_FOREIGN},
        {"generations", FILENAME_FOREIGN},
        {DIGITS "0", FILENAME_FOREIGN},
        {DIGITS ".unopened.", FILENAME_FOREIGN},
        {DIGITS ".unopened.x", FILENAME_FOREIGN},
        {DIGITS ".unopenedx", FILENAME_FOREIGN},
        {DIGITS ".certfs-new", FILENAME_FOREIGN},
        {"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", FILENAME_FOREIGN},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (filename_of(rows[i].name) != rows[i].kind)
            fail_msg("%s is %d", rows[i].name, (int)filename_of(rows[i].name));
}

TEST(a_name_that_is_too_short_is_no_record)
{
    char name[sizeof(DIGITS)];
    for (int length = 0; length < FILENAME_DIGITS; length++) {
        snprintf(name, sizeof(name), "%.*s", length, DIGITS);
        assert_int_equal(filename_of(name), FILENAME_FOREIGN);
    }
}
