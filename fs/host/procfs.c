#include "fs/host/procfs.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/cleanup.h"

/* glibc has these calls from 2.36 on, but its header and the kernel's do not go together before 2.37. */
enum { OPEN_CLOEXEC = 1, CONFIG_SET_STRING = 1, CONFIG_CREATE = 6, MOUNT_CLOEXEC = 1 };
enum { ATTR_RDONLY = 1, ATTR_NOSUID = 2, ATTR_NODEV = 4, ATTR_NOEXEC = 8 };

static int procfs_make(void)
{
    CLEANUP(close_fd) int context = (int)syscall(SYS_fsopen, "proc", OPEN_CLOEXEC);
    if (context < 0)
        return -1;
    (void)syscall(SYS_fsconfig, context, CONFIG_SET_STRING, "subset", "pid", 0);
    if (syscall(SYS_fsconfig, context, CONFIG_CREATE, NULL, NULL, 0) != 0)
        return -1;
    return (int)syscall(SYS_fsmount, context, MOUNT_CLOEXEC, ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC);
}

int procfs_open(void)
{
    int directory = procfs_make();
    return directory >= 0 ? directory : open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
}
