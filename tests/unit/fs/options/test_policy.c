#include "fs/options/policy.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fs/options/arguments.h"
#include "tests/unit/lib/harness.h"

typedef int reader(const char *value, struct options *ret, struct fault *f);

static struct options options;

static void expect_good(reader *read, const char *value)
{
    struct fault f = {0};
    if (read(value, &options, &f) != 0)
        fail_msg("\"%s\" was refused: %s", value, f.message);
}

static void expect_refused(reader *read, const char *value, const char *sentence)
{
    struct fault f = {0};
    struct options before = options;
    law_expect(read(value, &options, &f), &f, REASON_USAGE);
    if (strstr(f.message, sentence) == NULL)
        fail_msg("\"%s\": %s", value, f.message);
    assert_memory_equal(&before, &options, sizeof(options));
}

TEST(a_host_without_options_has_the_defaults_and_no_import)
{
    const struct policy control = policy_of_control(&options);
    assert_string_equal(control.region, "us-east-1");
    assert_string_equal(control.account, "000000000000");
    assert_int_equal(control.quota, 100);
    assert_null(control.only_set);
    assert_false(policy_have_import(&options));
    assert_null(policy_problem(&options));
}

TEST(the_root_set_and_identifiers_are_sets)
{
    char longest[300];
    snprintf(longest, sizeof(longest), "a%0254d", 1);
    static const char *const good[] = {"a", "Z", "a-b", "a1", "Replication-1", "a-1-b"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        expect_good(policy_read_sql_import, good[i]);
        assert_string_equal(policy_of_import(&options).only_set, good[i]);
        assert_null(policy_problem(&options));
    }
    expect_good(policy_read_sql_import, longest);
    assert_string_equal(policy_of_import(&options).only_set, longest);
    expect_good(policy_read_sql_import, "/");
    assert_string_equal(policy_of_import(&options).only_set, "");
    assert_true(policy_have_import(&options));
    assert_non_null(strstr(policy_problem(&options), "replaces this server's own certificate"));
    assert_null(policy_of_control(&options).only_set);
}

TEST(an_invalid_set_is_refused)
{
    char too_long[300];
    snprintf(too_long, sizeof(too_long), "a%0255d", 1);
    static const char *const wrong[] = {"",   "1a", "-a",  "a-",  "a--b", "a_b",
                                        "//", "/a", "a.b", "a b", "a/b",  "\xc3\xa9"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        expect_refused(policy_read_sql_import, wrong[i], "sql_import= needs / or an identifier");
    expect_refused(policy_read_sql_import, too_long, "at most 255");
}

TEST(a_quota_is_a_number_between_its_limits)
{
    static const char *const wrong[] = {"", "0", "100001", "-1", "+1", "1 ", "x", "1e3", "00000000000000000001"};
    expect_good(policy_read_quota, "1");
    assert_int_equal(policy_of_control(&options).quota, 1);
    expect_good(policy_read_quota, "100000");
    assert_int_equal(policy_of_import(&options).quota, 100000);
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        expect_refused(policy_read_quota, wrong[i], "quota= needs a number of sets from 1 to 100000");
}

TEST(a_region_and_an_account_go_into_arns)
{
    static const char *const regions[] = {"", "EU", "eu west", "eu_west", "012345678901234567890123456789012"};
    static const char *const accounts[] = {"", "12345678901", "1234567890123", "12345678901x", "-12345678901"};
    expect_good(policy_read_region, "01234567890123456789012345678901");
    expect_good(policy_read_region, "eu-central-1");
    expect_good(policy_read_account, "123456789012");
    assert_string_equal(policy_of_control(&options).region, "eu-central-1");
    assert_string_equal(policy_of_control(&options).account, "123456789012");
    for (size_t i = 0; i < COUNT_OF(regions); i++)
        expect_refused(policy_read_region, regions[i], "region= needs 1 to 32 characters");
    for (size_t i = 0; i < COUNT_OF(accounts); i++)
        expect_refused(policy_read_account, accounts[i], "account= needs 12 digits");
}

TEST(the_group_is_the_given_one_or_the_owners)
{
    struct fault f = {0};
    options.owner_group = 77;
    expect_good(policy_read_sql_import, "replica");
    assert_int_equal(policy_complete(&options, &f), 0);
    assert_int_equal(options.import_group, 77);
    assert_int_equal(options.import_owner, getuid());
    expect_good(policy_read_import_group, "daemon");
    assert_int_equal(policy_complete(&options, &f), 0);
    assert_int_equal(options.import_group, 1);
    expect_good(policy_read_import_group, "4000000000");
    assert_true(options.import_group == 4000000000U);
    expect_refused(policy_read_import_group, "", "import_group= needs the name or the number of a group");
    law_expect(policy_read_import_group("nobody-knows", &options, &f), &f, REASON_SYSTEM);
    assert_string_equal(
        f.message,
        "import_group= names an unknown group: nobody-knows; create it (groupadd --system), or give another");
}

TEST(a_group_without_a_directory_is_refused)
{
    struct fault f = {0};
    expect_good(policy_read_import_group, "daemon");
    law_expect(policy_complete(&options, &f), &f, REASON_USAGE);
    assert_string_equal(f.message, "import_group= is the group of import/, which is there only with sql_import=");
}

static int parse(const char *list, struct fault *f)
{
    char program[] = "certfs", o[] = "-o", words[256], none[] = "none", mountpoint[] = "/tmp";
    char *argv[] = {program, o, words, none, mountpoint, NULL};
    snprintf(words, sizeof(words), "owner=%u:%u,%s", getuid(), getgid(), list);
    fault_clear(f);
    return arguments_parse(5, argv, &options, f);
}

TEST(the_command_line_knows_them)
{
    struct fault f;
    assert_int_equal(parse("rw", &f), 0);
    assert_true(options.quota == 100 && options.sql_import[0] == '\0');
    assert_int_equal(parse("quota=7,region=eu-west-1,account=123456789012,sql_import=replica", &f), 0);
    assert_int_equal(options.quota, 7);
    assert_string_equal(options.region, "eu-west-1");
    assert_string_equal(options.account, "123456789012");
    assert_string_equal(options.sql_import, "replica");
    assert_int_equal(options.import_group, getgid());
    assert_int_equal(parse("sql_import=/,import_group=daemon", &f), 0);
    assert_true(strcmp(options.sql_import, "/") == 0 && options.import_group == 1);
    law_expect(parse("import_group=daemon", &f), &f, REASON_USAGE);
    law_expect(parse("sql_import=", &f), &f, REASON_USAGE);
    law_expect(parse("quota=many", &f), &f, REASON_USAGE);
}

static void setup(void)
{
    options = (struct options){.purpose = OPTIONS_SERVE};
    policy_set_defaults(&options);
}

EACH_TEST(setup, NULL);
