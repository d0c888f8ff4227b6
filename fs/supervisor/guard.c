#include "fs/supervisor/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fs/disk/leftovers.h"
#include "fs/host/resolve.h"
#include "fs/supervisor/mountpoint.h"

/* The argument is an int *, although the request is declared with long. */
static int guard_get_flags(int directory, int *ret)
{
    return ioctl(directory, FS_IOC_GETFLAGS, ret);
}

static int guard_set_flag(int directory, bool immutable)
{
    int flags = 0;
    if (guard_get_flags(directory, &flags) != 0)
        return -1;
    flags = immutable ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
    return ioctl(directory, FS_IOC_SETFLAGS, &flags);
}

bool guard_is_set(int directory)
{
    int flags = 0;
    return guard_get_flags(directory, &flags) == 0 && (flags & FS_IMMUTABLE_FL) != 0;
}

static int guard_refuse_call(const char *path, int os_errno, struct fault *f)
{
    if (os_errno == ENOTTY || os_errno == EOPNOTSUPP || os_errno == ENOSYS)
        return fault_set(f, REASON_SYSTEM, "",
                         "its filesystem has no immutable flag (tmpfs has one from Linux 6.6 on): %s", path);
    if (os_errno == EPERM || os_errno == EACCES)
        return fault_set(f, REASON_SYSTEM, "", "only root with CAP_LINUX_IMMUTABLE may guard it: %s", path);
    return fault_set_errno(f, REASON_SYSTEM, os_errno, "cannot guard %s", path);
}

static int guard_check_empty(int directory, const char *path, struct fault *f)
{
    if (leftovers_are_none(directory))
        return 0;
    return fault_set(f, REASON_SYSTEM, "", "it is not empty; check what is in it and move that away: %s", path);
}

int guard_set(const char *given, struct fault *f)
{
    char path[PATH_MAX];
    if (resolve_path("MOUNTPOINT", given, NULL, path, f) != 0 || mountpoint_check_free(path, f) != 0)
        return -1;
    CLEANUP(close_fd) int directory = leftovers_open(path);
    if (directory < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot open %s", path);
    if (guard_check_empty(directory, path, f) != 0)
        return -1;
    if (!guard_is_set(directory) && guard_set_flag(directory, true) != 0)
        return guard_refuse_call(path, errno, f);
    /* Again, for files that were created before the flag was set. */
    if (guard_check_empty(directory, path, f) == 0)
        return 0;
    (void)guard_set_flag(directory, false);
    return -1;
}
