#include "fs/host/account.h"

#include <string.h>
#include <unistd.h>

#include "tests/unit/lib/harness.h"

TEST(users_are_found_by_name_and_by_number)
{
    struct account account;
    struct fault f = {0};
    assert_int_equal(account_parse("owner", "root", &account, &f), 0);
    assert_true(account.user == 0 && account.group == 0);
    assert_int_equal(account_parse("owner", "0", &account, &f), 0);
    assert_true(account.user == 0 && account.group == 0);
    assert_int_equal(account_parse("owner", "root:daemon", &account, &f), 0);
    assert_true(account.user == 0 && account.group == 1);
    assert_int_equal(account_parse("owner", "4000000000:4000000001", &account, &f), 0);
    assert_true(account.user == 4000000000U && account.group == 4000000001U);
}

TEST(an_unknown_user_is_refused)
{
    static const struct {
        const char *text;
        enum reason reason;
        const char *sentence;
    } rows[] = {
        {"nobody-knows", REASON_SYSTEM,
         "owner= names an unknown user: nobody-knows; create it (useradd --system), or give another"},
        {"root:nobody-knows", REASON_SYSTEM,
         "owner= names an unknown group: nobody-knows; create it (groupadd --system), or give another"},
        {"4000000000", REASON_SYSTEM, "is not a known user: give the group too, as in owner=4000000000:GROUP"},
        {"-1", REASON_SYSTEM, "owner= names an unknown user: -1; create it (useradd --system), or give another"},
        {"4294967295:0", REASON_USAGE, "number out of range"},
        {"0:99999999999", REASON_USAGE, "number out of range"},
        {"", REASON_USAGE, "owner= needs USER or USER:GROUP"},
        {":daemon", REASON_USAGE, "owner= needs USER or USER:GROUP"},
        {"root:", REASON_USAGE, "owner= needs USER or USER:GROUP"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct account account;
        struct fault f = {0};
        law_expect(account_parse("owner", rows[i].text, &account, &f), &f, rows[i].reason);
        if (strstr(f.message, rows[i].sentence) == NULL)
            fail_msg("\"%s\": %s", rows[i].text, f.message);
    }
}

TEST(groups_are_found_by_name_and_by_number)
{
    struct fault f = {0};
    gid_t group;
    assert_int_equal(account_parse_group("import_group", "daemon", &group, &f), 0);
    assert_int_equal(group, 1);
    assert_int_equal(account_parse_group("import_group", "4000000001", &group, &f), 0);
    assert_true(group == 4000000001U);
    law_expect(account_parse_group("import_group", "", &group, &f), &f, REASON_USAGE);
    fault_clear(&f);
    law_expect(account_parse_group("import_group", "4294967295", &group, &f), &f, REASON_USAGE);
    fault_clear(&f);
    law_expect(account_parse_group("import_group", "root:daemon", &group, &f), &f, REASON_SYSTEM);
}

TEST(this_process_has_an_account)
{
    const struct account self = account_of_process();
    assert_int_equal(self.user, getuid());
    assert_int_equal(self.group, getgid());
}

TEST(a_user_is_found_or_not)
{
    struct account account;
    assert_int_equal(account_find("daemon", &account), 0);
    assert_true(account.user == 1 && account.group == 1);
    assert_int_equal(account_find("nobody-knows", &account), -1);
}
