#include "fs/options/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/about/identifier.h"
#include "core/action/context.h"
#include "core/action/execute.h"
#include "core/base/fault.h"
#include "fs/host/account.h"

enum { QUOTA_MAX = 100000, QUOTA_DIGITS = 6 };

#define DIGITS "0123456789"
#define SMALL_LETTERS "abcdefghijklmnopqrstuvwxyz"

static const char root_set[] = "/"; /* in options; core uses "" */

void policy_set_defaults(struct options *options)
{
    options->quota = policy_default.quota;
    options->import_group = POLICY_NO_GROUP;
    snprintf(options->region, sizeof(options->region), "%s", policy_default.region);
    snprintf(options->account, sizeof(options->account), "%s", policy_default.account);
}

int policy_read_sql_import(const char *value, struct options *ret, struct fault *f)
{
    if (strcmp(value, root_set) != 0 && !identifier_is_valid(value))
        return fault_set(f, REASON_USAGE, "sql_import",
                         "sql_import= needs / or an identifier: a letter, then letters, digits and single hyphens, at "
                         "most 255");
    snprintf(ret->sql_import, sizeof(ret->sql_import), "%s", value);
    return 0;
}

int policy_read_import_group(const char *value, struct options *ret, struct fault *f)
{
    return account_parse_group("import_group", value, &ret->import_group, f);
}

int policy_read_quota(const char *value, struct options *ret, struct fault *f)
{
    size_t length = strlen(value);
    bool digits = length > 0 && length <= QUOTA_DIGITS && strspn(value, DIGITS) == length;
    size_t quota = digits ? strtoul(value, NULL, 10) : 0;
    if (quota < 1 || quota > QUOTA_MAX)
        return fault_set(f, REASON_USAGE, "quota", "quota= needs a number of sets from 1 to %d", QUOTA_MAX);
    ret->quota = quota;
    return 0;
}

int policy_read_region(const char *value, struct options *ret, struct fault *f)
{
    size_t length = strlen(value);
    if (length == 0 || length >= OPTIONS_REGION_SIZE || strspn(value, SMALL_LETTERS DIGITS "-") != length)
        return fault_set(f, REASON_USAGE, "region", "region= needs 1 to %d characters of a-z 0-9 -, as in %s",
                         OPTIONS_REGION_SIZE - 1, policy_default.region);
    snprintf(ret->region, sizeof(ret->region), "%s", value);
    return 0;
}

int policy_read_account(const char *value, struct options *ret, struct fault *f)
{
    size_t length = strlen(value);
    if (length != OPTIONS_ACCOUNT_SIZE - 1 || strspn(value, DIGITS) != length)
        return fault_set(f, REASON_USAGE, "account", "account= needs %d digits", OPTIONS_ACCOUNT_SIZE - 1);
    snprintf(ret->account, sizeof(ret->account), "%s", value);
    return 0;
}

bool policy_have_import(const struct options *options)
{
    return options->sql_import[0] != '\0';
}

int policy_complete(struct options *options, struct fault *f)
{
    bool given = options->import_group != POLICY_NO_GROUP;
    if (given && !policy_have_import(options))
        return fault_set(f, REASON_USAGE, "import_group",
                         "import_group= is the group of import/, which is there only with sql_import=");
    if (!given)
        options->import_group = options->owner_group;
    options->import_owner = account_of_process().user;
    return 0;
}

struct policy policy_of_control(const struct options *options)
{
    return (struct policy){.region = options->region, .account = options->account, .quota = options->quota};
}

struct policy policy_of_import(const struct options *options)
{
    struct policy policy = policy_of_control(options);
    policy.only_set = strcmp(options->sql_import, root_set) == 0 ? "" : options->sql_import;
    return policy;
}

const char *policy_problem(const struct options *options)
{
    if (strcmp(options->sql_import, root_set) != 0)
        return NULL;
    return "sql_import=/: the SQL statement replaces this server's own certificate; in Aurora it sets the replication "
           "client's, for which sql_import=ID keeps a set of its own";
}
