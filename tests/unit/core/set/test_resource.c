#include "core/set/resource.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

enum { MANY = 2000, RANDOM = 26 };

static void make_arn(char ret[static RESOURCE_ARN_SIZE])
{
    struct fault f = {0};
    law_expect(resource_make_arn("eu-central-1", "123456789012", ret, &f), &f, REASON_NONE);
}

TEST(it_keeps_what_it_was_made_with_until_its_last_reference_goes)
{
    size_t before = alloc_live();
    char name[] = "Replica-1";
    struct resource *resource = resource_new(name, 7, "arn:aws:dms:x:1:cert:A", -5);
    assert_non_null(resource);
    memset(name, 'x', sizeof(name) - 1);
    assert_ptr_equal(resource_ref(resource), resource);
    resource_unref(resource);
    assert_string_equal(resource->identifier, "Replica-1");
    assert_string_equal(resource->arn, "arn:aws:dms:x:1:cert:A");
    assert_int_equal(resource->set, 7);
    assert_int_equal(resource->created, -5);
    resource_unrefp(&resource);
    assert_int_equal(alloc_live(), before);
    resource_unref(NULL);
}

TEST(without_memory_there_is_none)
{
    alloc_fail(1);
    assert_null(resource_new("a", 1, "", 0));
    alloc_fail(0);
}

/* The shape that AWS documents, by a regular expression of the test's own. */
TEST(a_new_arn_has_the_shape_of_dmss)
{
    regex_t shape;
    assert_int_equal(
        regcomp(&shape, "^arn:aws:dms:eu-central-1:123456789012:cert:[A-Z2-7]{26}$", REG_EXTENDED | REG_NOSUB), 0);
    for (int i = 0; i < 100; i++) {
        char arn[RESOURCE_ARN_SIZE];
        make_arn(arn);
        if (regexec(&shape, arn, 0, NULL, 0) != 0)
            fail_msg("%s", arn);
        assert_true(resource_is_arn(arn));
    }
    regfree(&shape);
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

TEST(no_two_are_alike)
{
    static char arns[MANY][RESOURCE_ARN_SIZE];
    for (size_t i = 0; i < MANY; i++)
        make_arn(arns[i]);
    qsort(arns, MANY, sizeof(arns[0]), compare);
    for (size_t i = 1; i < MANY; i++)
        assert_string_not_equal(arns[i - 1], arns[i]);
}

/* 2000 draws: each of the 32 comes at each place 62 times on the average, and never is as good as never. */
TEST(every_character_comes_at_every_place)
{
    static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    static unsigned seen[RANDOM][256];
    for (size_t i = 0; i < MANY; i++) {
        char arn[RESOURCE_ARN_SIZE];
        make_arn(arn);
        const char *random = arn + strlen(arn) - RANDOM;
        for (size_t at = 0; at < RANDOM; at++)
            seen[at][(unsigned char)random[at]]++;
    }
    for (size_t at = 0; at < RANDOM; at++)
        for (const char *c = base32; *c != '\0'; c++)
            assert_in_range(seen[at][(unsigned char)*c], 10, 150);
}

TEST(a_text_of_another_shape_is_not_an_arn)
{
    static const char *const wrong[] = {
        "",
        "arn:aws:dms:",
        "arn:aws:dms::::",
        "arn:aws:dms:us-east-1:000000000000",
        "arn:aws:dms:us-east-1:000000000000:cert:",
        "arn:aws:dms:us-east-1::cert:A",
        "arn:aws:dms::000000000000:cert:A",
        "arn:aws:dms:us-east-1:00000000000x:cert:A",
        "arn:aws:dms:us-east-1:000000000000:endpoint:A",
        "arn:aws:dms:us-east-1:000000000000:cert:A:B",
        "arn:aws:dms:us-east-1:000000000000:cert:A\"",
        "arn:aws:dms:us-east-1:000000000000:cert:A\n",
        "arn:aws:dms:us\\east:000000000000:cert:A",
        "arn:aws:dms:us-east-1:000000000000:cert:\xC3\xA9",
        "arn:aws:rds:us-east-1:000000000000:cert:A",
        "arn:aws:acm:us-east-1:000000000000:certificate/A",
        " arn:aws:dms:us-east-1:000000000000:cert:A",
        "ARN:aws:dms:us-east-1:000000000000:cert:A",
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (resource_is_arn(wrong[i]))
            fail_msg("taken for an ARN: %s", wrong[i]);
}

TEST(an_arn_of_another_account_and_region_is_one)
{
    assert_true(resource_is_arn("arn:aws:dms:us-gov-west-1:123456789012:cert:EXAMPLEIGDURVZGVJQZDPWJ5A7F2YDJVSMTBWFI"));
    assert_true(resource_is_arn("arn:aws:dms:x:1:cert:a"));
}

TEST(one_that_is_too_long_to_be_kept_is_none)
{
    for (size_t length = RESOURCE_ARN_SIZE - 2; length < RESOURCE_ARN_SIZE + 2; length++) {
        char arn[RESOURCE_ARN_SIZE + 2] = "arn:aws:dms:us-east-1:000000000000:cert:";
        size_t begin = strlen(arn);
        memset(arn + begin, 'A', length - begin);
        arn[length] = '\0';
        assert_int_equal(resource_is_arn(arn), length < RESOURCE_ARN_SIZE);
    }
}
