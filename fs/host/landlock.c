#include "fs/host/landlock.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "fs/host/test_hooks.h"

/* As the kernel's documentation has them (userspace-api/landlock.rst): older headers lack the newer ones. */
enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1, SIGNALS_VERSION = 6 /* Linux 6.12 */ };

enum {
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_REG = 1 << 8,
    FS_FIRST = (1 << 13) - 1,  /* all of version 1 */
    FS_REFER = 1 << 13,        /* version 2 */
    FS_TRUNCATE = 1 << 14,     /* 3 */
    FS_IOCTL_DEV = 1 << 15,    /* 5 */
    FS_RESOLVE_UNIX = 1 << 16, /* 9 */
    NET_TCP = 3,               /* 4: bind and connect */
    SCOPE = 3,                 /* 6: abstract sockets and signals */
};

struct ruleset {
    uint64_t fs, net, scoped;
};

struct path_beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

static const uint64_t uses[] = {
    [LANDLOCK_READ_FILES] = FS_READ_FILE | FS_READ_DIR,
    [LANDLOCK_KEEP_FILES] = FS_READ_FILE | FS_WRITE_FILE | FS_READ_DIR | FS_REMOVE_FILE | FS_MAKE_REG | FS_TRUNCATE,
};

/* Sets the members of this version, and returns their size. */
static size_t landlock_describe(int version, struct ruleset *ret)
{
    *ret = (struct ruleset){.fs = FS_FIRST};
    if (version >= 2)
        ret->fs |= FS_REFER;
    if (version >= 3)
        ret->fs |= FS_TRUNCATE;
    if (version >= 5)
        ret->fs |= FS_IOCTL_DEV;
    if (version >= 9)
        ret->fs |= FS_RESOLVE_UNIX;
    if (version >= 4)
        ret->net = NET_TCP;
    if (version >= 6)
        ret->scoped = SCOPE;
    return version >= 6 ? sizeof(*ret) : version >= 4 ? offsetof(struct ruleset, scoped) : sizeof(ret->fs);
}

static int landlock_add(int ruleset, const struct landlock_row *row, uint64_t handled)
{
    const struct path_beneath rule = {.allowed = uses[row->use] & handled, .parent = row->directory};
    if (row->directory < 0)
        return 0;
    return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0);
}

static int landlock_restrict(int version, const struct landlock_row *rows, size_t count)
{
    struct ruleset description;
    size_t size = landlock_describe(version, &description);
    CLEANUP(close_fd) int ruleset = (int)syscall(SYS_landlock_create_ruleset, &description, size, 0);
    if (ruleset < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (landlock_add(ruleset, &rows[i], description.fs) != 0)
            return -1;
    return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}

static void landlock_write_missing(int version, char ret[static LANDLOCK_REMARK_SIZE])
{
    if (version >= SIGNALS_VERSION)
        return;
    snprintf(ret, LANDLOCK_REMARK_SIZE,
             "Landlock of this kernel (version %d) does not restrict %ssignals and abstract "
             "sockets of the worker; Linux 6.12 does",
             version, version < 4 ? "TCP, " : "");
}

/* Tests have kernels with an older one, or with none: -1 with errno. */
static int landlock_version(void)
{
    int64_t version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    int64_t wanted = test_hooks_time("CERTFS_TEST_LANDLOCK", version);
    if (wanted > 0)
        return (int)(wanted < version ? wanted : version);
    errno = wanted < 0 ? errno : ENOSYS;
    return -1;
}

void landlock_enter(const struct landlock_row *rows, size_t count, char ret_remark[static LANDLOCK_REMARK_SIZE])
{
    int version = landlock_version();
    ret_remark[0] = '\0';
    if (version < 1 || landlock_restrict(version, rows, count) != 0)
        snprintf(ret_remark, LANDLOCK_REMARK_SIZE,
                 "Landlock does not restrict which files the worker opens (%s): the kernel lacks it, or it is off",
                 strerror(errno));
    else
        landlock_write_missing(version, ret_remark);
}
