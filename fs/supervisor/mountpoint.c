#include "fs/supervisor/mountpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/buf.h"

enum {
    ANSWER_LIMIT_MS = 5000,
    STACKED_MAX = 64, /* dead mounts at one path */
};

enum life { LIFE_ANSWERS, LIFE_DEAD, LIFE_SILENT };

/* Runs fusermount3 without output. Returns its exit status, or -1 with errno if it cannot be run. */
static int mountpoint_run_fusermount(char *option, char *path)
{
    char program[] = "fusermount3";
    char *const argv[] = {program, option, path, NULL};
    pid_t pid;
    int status = 0;
    posix_spawn_file_actions_t silence;
    posix_spawn_file_actions_init(&silence);
    posix_spawn_file_actions_addopen(&silence, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&silence, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int failed = posix_spawnp(&pid, program, &silence, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&silence);
    if (failed != 0) {
        errno = failed;
        return -1;
    }
    if (waitpid(pid, &status, 0) < 0)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int mountpoint_refuse_fuse(int os_errno, struct fault *f)
{
    const char *remedy = os_errno == EACCES && geteuid() != 0 ? "run certfs as root (sudo)"
                         : os_errno == EACCES || os_errno == EPERM
                             ? "a container needs --device /dev/fuse --cap-add SYS_ADMIN"
                             : "modprobe fuse, or in a container --device /dev/fuse";
    return fault_set_errno(f, REASON_SYSTEM, os_errno, "/dev/fuse cannot be opened; %s", remedy);
}

int mountpoint_check_fuse(struct fault *f)
{
    CLEANUP(close_fd) int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return mountpoint_refuse_fuse(errno, f);
    char version[] = "-V";
    if (geteuid() != 0 && mountpoint_run_fusermount(version, NULL) < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno,
                               "fusermount3 mounts for ordinary users (install fuse3, or be root), and cannot be run");
    return 0;
}

/* Drops to the owner of the mount: without allow_other nobody else can access it, not even root. */
static void mountpoint_drop_to_owner(const struct mountinfo *mount)
{
    if (geteuid() != 0 || mount->user == 0)
        return;
    if (setgroups(0, NULL) != 0 || setresgid(mount->group, mount->group, mount->group) != 0 ||
        setresuid(mount->user, mount->user, mount->user) != 0)
        _exit(LIFE_ANSWERS);
}

/* A child probes the mount, as access to a hung one blocks unkillably; such a child is left behind. */
static int mountpoint_probe(const struct mountinfo *mount, enum life *ret, struct fault *f)
{
    pid_t child = fork();
    if (child == 0) {
        struct statx facts;
        close_range(0, ~0U, 0); /* a child that hangs must not keep pipes open */
        mountpoint_drop_to_owner(mount);
        /* stat(2) could be answered from the kernel's attribute cache. */
        int failed = statx(AT_FDCWD, mount->point, AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &facts);
        bool dead = failed != 0 && (errno == ENOTCONN || errno == ECONNABORTED /* died during the request */);
        _exit(dead ? LIFE_DEAD : LIFE_ANSWERS);
    }
    CLEANUP(close_fd) int end = child > 0 ? pidfd_open(child, 0) : -1;
    if (end < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot start a process");
    struct pollfd wait = {.fd = end, .events = POLLIN};
    int status = 0;
    if (poll(&wait, 1, ANSWER_LIMIT_MS) == 1 && waitpid(child, &status, 0) == child && WIFEXITED(status)) {
        *ret = (enum life)WEXITSTATUS(status);
        return 0;
    }
    kill(child, SIGKILL);
    waitpid(child, &status, WNOHANG);
    *ret = LIFE_SILENT;
    return 0;
}

/* Finds the mount at `path`; `ret_mounted` is false if it is not a mount point. */
static int mountpoint_look_up(const char *path, struct mountinfo *ret, bool *ret_mounted, struct fault *f)
{
    CLEANUP(buf_done) struct buf list = {0};
    if (mountinfo_read(&list, f) != 0)
        return -1;
    *ret_mounted = mountinfo_find((const char *)list.data, path, ret) && strcmp(ret->point, path) == 0;
    return 0;
}

/* Detaches one dead certfs; any other mount is a fault. */
static int mountpoint_clear_one(const struct mountinfo *mount, struct fault *f)
{
    if (strcmp(mount->type, "fuse.certfs") != 0)
        return fault_set(f, REASON_SYSTEM, "", "something else (%s) is mounted there already, umount it first: %s",
                         mount->type, mount->point);
    enum life life = LIFE_ANSWERS;
    if (mountpoint_probe(mount, &life, f) != 0)
        return -1;
    if (life == LIFE_ANSWERS)
        return fault_set(f, REASON_SYSTEM, "", "certfs is mounted there already, umount it first: %s", mount->point);
    if (life == LIFE_SILENT)
        return fault_set(f, REASON_SYSTEM, "", "a certfs that does not answer is mounted there, end it first: %s",
                         mount->point);
    return mountpoint_detach(mount->point, f);
}

/* Opening with O_PATH does not access the filesystem that is mounted there. */
static int mountpoint_check_directory(const char *path, struct fault *f)
{
    CLEANUP(close_fd) int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return fault_set(f, REASON_SYSTEM, "", "MOUNTPOINT does not exist; make it, or mount its disk first: %s", path);
    if (fd < 0 && errno == ENOTDIR)
        return fault_set(f, REASON_SYSTEM, "", "MOUNTPOINT is not a directory: %s", path);
    if (fd < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "MOUNTPOINT cannot be opened: %s", path);
    return 0;
}

int mountpoint_check_free(const char *path, struct fault *f)
{
    struct mountinfo mount;
    bool mounted;
    if (mountpoint_check_directory(path, f) != 0 || mountpoint_look_up(path, &mount, &mounted, f) != 0)
        return -1;
    if (mounted)
        return fault_set(f, REASON_SYSTEM, "", "%s is mounted there, unmount it first: %s", mount.type, path);
    return 0;
}

/* The check of fusermount3; root needs no access. */
static int mountpoint_check_access(const char *path, struct fault *f)
{
    if (geteuid() == 0 || access(path, W_OK) == 0)
        return 0;
    return fault_set(f, REASON_SYSTEM, "",
                     "no permission to mount there: own the directory and be able to write it, or be root: %s", path);
}

int mountpoint_clear(const char *path, unsigned *ret_replaced, struct fault *f)
{
    *ret_replaced = 0;
    if (mountpoint_check_directory(path, f) != 0)
        return -1;
    for (;;) {
        struct mountinfo mount;
        bool mounted;
        if (mountpoint_look_up(path, &mount, &mounted, f) != 0)
            return -1;
        if (!mounted)
            return mountpoint_check_access(path, f);
        if (*ret_replaced == STACKED_MAX)
            return fault_set(f, REASON_SYSTEM, "", "more than %d dead mounts are stacked there: %s", STACKED_MAX, path);
        if (mountpoint_clear_one(&mount, f) != 0)
            return -1;
        ++*ret_replaced;
    }
}

int mountpoint_find(const char *path, struct mountinfo *ret, struct fault *f)
{
    bool mounted;
    if (mountpoint_look_up(path, ret, &mounted, f) != 0)
        return -1;
    return mounted ? 0 : fault_set(f, REASON_SYSTEM, "", "the mount is gone already: %s", path);
}

bool mountpoint_has_device(const char *path, const char *device)
{
    struct mountinfo mounted;
    struct fault f = {0};
    return mountpoint_find(path, &mounted, &f) == 0 && strcmp(mounted.device, device) == 0;
}

int mountpoint_force(const char *path, struct fault *f)
{
    if (umount2(path, MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
        return 0;
    return fault_set_errno(f, REASON_SYSTEM, errno, "cannot unmount %s", path);
}

int mountpoint_detach(const char *path, struct fault *f)
{
    if (geteuid() == 0) {
        if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
            return 0;
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot unmount %s", path);
    }
    char unmount[] = "-uzq", copy[PATH_MAX];
    size_t length = strnlen(path, sizeof(copy) - 1);
    memcpy(copy, path, length);
    copy[length] = '\0';
    int status = mountpoint_run_fusermount(unmount, copy);
    if (status < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "fusermount3 cannot be run to unmount %s", path);
    if (status != 0)
        return fault_set(f, REASON_SYSTEM, "", "fusermount3 could not unmount %s", path);
    return 0;
}
