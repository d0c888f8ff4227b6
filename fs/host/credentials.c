#include "fs/host/credentials.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* PR_CAPBSET_READ fails with EINVAL for the first capability that the kernel does not have. */
static int credentials_empty_bounding_set(void)
{
    for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
            return -1;
    return 0;
}

int credentials_drop_capabilities(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    /* The calls below need no privilege. */
    if (credentials_empty_bounding_set() != 0 && errno != EPERM)
        return -1;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        return -1;
    return (int)syscall(SYS_capset, &head, none);
}

/* The bounding set first: a change of the user takes the right to change it. */
int credentials_become(const struct account *account)
{
    if (credentials_empty_bounding_set() != 0 || setgroups(0, NULL) != 0)
        return -1;
    if (setresgid(account->group, account->group, account->group) != 0)
        return -1;
    return setresuid(account->user, account->user, account->user);
}

bool credentials_can_become(const struct account *account)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(credentials_become(account) == 0 && credentials_drop_capabilities() == 0 ? 0 : 1);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}
