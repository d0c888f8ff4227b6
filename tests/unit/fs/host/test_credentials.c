/* Whether this process may become another user is tried out, and changes nothing. These need root. */
#include "fs/host/credentials.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/lib/harness.h"

static const struct account another = {.user = 1, .group = 1}; /* daemon of every Debian */

static void needs_root(void)
{
    if (geteuid() != 0)
        skip();
}

/* As root of a container that may not change users. */
static int tried_without(unsigned capability)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &head, held) != 0)
        return -1;
    held[0].effective &= ~(1U << capability);
    held[0].permitted = held[0].effective;
    if (syscall(SYS_capset, &head, held) != 0)
        return -1;
    return credentials_can_become(&another) ? 1 : 0;
}

static int status_of_trial_without(unsigned capability)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(tried_without(capability));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

TEST_WITH(needs_root, NULL, root_can_become_another_user_and_stays_root_meanwhile)
{
    assert_true(credentials_can_become(&another));
    assert_int_equal(geteuid(), 0);
}

TEST_WITH(needs_root, NULL, root_that_may_not_change_users_or_groups_or_the_bounding_set_cannot)
{
    static const unsigned needed[] = {CAP_SETUID, CAP_SETGID, CAP_SETPCAP};
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        assert_int_equal(status_of_trial_without(needed[i]), 0);
}
