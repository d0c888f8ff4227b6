#include "fs/host/account.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_SIZE = 64 };

static bool account_is_number(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* (uid_t)-1 is not a user: to chown(2) it means "unchanged". */
static int account_parse_number(const char *option, const char *text, unsigned *ret, struct fault *f)
{
    unsigned long long value = strlen(text) > 10 ? UINT32_MAX : strtoull(text, NULL, 10);
    if (value >= UINT32_MAX)
        return fault_set(f, REASON_USAGE, option, "%s= has a number out of range: %s", option, text);
    *ret = (unsigned)value;
    return 0;
}

static int account_find_user(const char *option, const char *name, struct account *ret, bool *ret_has_group,
                             struct fault *f)
{
    const struct passwd *user = getpwnam(name);
    if (user == NULL && !account_is_number(name))
        return fault_set(f, REASON_SYSTEM, option,
                         "%s= names an unknown user: %s; create it (useradd --system), or give another", option, name);
    if (user == NULL && account_parse_number(option, name, &ret->user, f) != 0)
        return -1;
    if (user == NULL)
        user = getpwuid(ret->user);
    *ret_has_group = user != NULL;
    if (user != NULL)
        *ret = (struct account){.user = user->pw_uid, .group = user->pw_gid};
    return 0;
}

static int account_find_group(const char *option, const char *name, gid_t *ret, struct fault *f)
{
    const struct group *group = getgrnam(name);
    if (group == NULL && account_is_number(name))
        return account_parse_number(option, name, ret, f);
    if (group == NULL)
        return fault_set(f, REASON_SYSTEM, option,
                         "%s= names an unknown group: %s; create it (groupadd --system), or give another", option,
                         name);
    *ret = group->gr_gid;
    return 0;
}

int account_parse(const char *option, const char *text, struct account *ret, struct fault *f)
{
    char user[NAME_SIZE];
    size_t length = strcspn(text, ":");
    const char *group = text[length] == ':' ? text + length + 1 : NULL;
    if (length == 0 || length >= sizeof(user) || (group != NULL && *group == '\0'))
        return fault_set(f, REASON_USAGE, option, "%s= needs USER or USER:GROUP", option);
    memcpy(user, text, length);
    user[length] = '\0';

    struct account account = {0};
    bool has_group = false;
    if (account_find_user(option, user, &account, &has_group, f) != 0)
        return -1;
    if (group == NULL && !has_group)
        return fault_set(f, REASON_SYSTEM, option, "%s=%s is not a known user: give the group too, as in %s=%s:GROUP",
                         option, user, option, user);
    if (group != NULL && account_find_group(option, group, &account.group, f) != 0)
        return -1;
    *ret = account;
    return 0;
}

int account_parse_group(const char *option, const char *text, gid_t *ret, struct fault *f)
{
    if (text[0] == '\0')
        return fault_set(f, REASON_USAGE, option, "%s= needs the name or the number of a group", option);
    return account_find_group(option, text, ret, f);
}

struct account account_of_process(void)
{
    return (struct account){.user = getuid(), .group = getgid()};
}

int account_find(const char *name, struct account *ret)
{
    const struct passwd *user = getpwnam(name);
    if (user == NULL)
        return -1;
    *ret = (struct account){.user = user->pw_uid, .group = user->pw_gid};
    return 0;
}

int account_find_unused(uid_t first, uid_t last, struct account *ret)
{
    for (uid_t id = last; id >= first && id <= last; id--)
        if (getpwuid(id) == NULL && getgrgid(id) == NULL) {
            *ret = (struct account){.user = id, .group = id};
            return 0;
        }
    return -1;
}
