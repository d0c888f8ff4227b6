#include "fs/supervisor/mounting.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fs/host/mountinfo.h"
#include "fs/supervisor/mountpoint.h"

enum { PRINTED_SIZE = 512 };

/* Redirects the standard error of this process and its children to a file in memory. */
struct capture {
    int kept;   /* the file */
    int before; /* the original standard error */
};

static int mounting_capture_begin(struct capture *ret, struct fault *f)
{
    int kept = memfd_create("certfs-stderr", MFD_CLOEXEC);
    int before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (kept >= 0 && before >= 0 && dup2(kept, STDERR_FILENO) >= 0) {
        *ret = (struct capture){.kept = kept, .before = before};
        return 0;
    }
    fault_set_errno(f, REASON_SYSTEM, errno, "cannot capture standard error");
    close_fd(&kept);
    close_fd(&before);
    return -1;
}

/* Restores standard error and returns the last printed line, "" if there is none. */
static void mounting_capture_end(const struct capture *capture, char ret[static PRINTED_SIZE])
{
    dup2(capture->before, STDERR_FILENO);
    off_t size = lseek(capture->kept, 0, SEEK_END);
    off_t start = size >= PRINTED_SIZE ? size - PRINTED_SIZE + 1 : 0;
    ssize_t got = pread(capture->kept, ret, PRINTED_SIZE - 1, start);
    size_t length = got > 0 ? (size_t)got : 0;
    while (length > 0 && ret[length - 1] == '\n')
        length--;
    ret[length] = '\0';
    const char *last = strrchr(ret, '\n');
    if (last != NULL)
        memmove(ret, last + 1, strlen(last));
    close(capture->before);
    close(capture->kept);
}

static const char *mounting_without_prefix(const char *text)
{
    static const char prefix[] = "fuse: ";
    return strncmp(text, prefix, sizeof(prefix) - 1) == 0 ? text + sizeof(prefix) - 1 : text;
}

/* The last option wins: the user may override fsname but not subtype. */
static char *mounting_make_list(const struct options *options)
{
    char *list = NULL, source[sizeof("fsname=") + PATH_MAX];
    snprintf(source, sizeof(source), "fsname=%s", options->store);
    if (fuse_opt_add_opt_escaped(&list, source) == 0 && fuse_opt_add_opt(&list, options->kernel_options) == 0 &&
        fuse_opt_add_opt(&list, "subtype=certfs") == 0)
        return list;
    free(list);
    return NULL;
}

static struct fuse_session *mounting_make_session(const struct options *options)
{
    static const struct fuse_lowlevel_ops nothing = {0};
    struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
    struct fuse_session *session = NULL;
    char *list = mounting_make_list(options);
    if (list != NULL && fuse_opt_add_arg(&args, "certfs") == 0 && fuse_opt_add_arg(&args, "-o") == 0 &&
        fuse_opt_add_arg(&args, list) == 0)
        session = fuse_session_new(&args, &nothing, sizeof(nothing), NULL);
    fuse_opt_free_args(&args);
    free(list);
    return session;
}

/* libfuse and fusermount3 report errors on standard error only. */
static int mounting_mount_session(const struct options *options, struct fuse_session **ret, struct fault *f)
{
    char printed[PRINTED_SIZE];
    struct capture capture;
    if (mounting_capture_begin(&capture, f) != 0)
        return -1;
    struct fuse_session *session = mounting_make_session(options);
    int failed = session == NULL || fuse_session_mount(session, options->mountpoint) != 0;
    mounting_capture_end(&capture, printed);
    if (!failed) {
        *ret = session;
        return 0;
    }
    if (session != NULL)
        fuse_session_destroy(session);
    const char *why = printed[0] != '\0' ? mounting_without_prefix(printed) : "libfuse gave no reason";
    bool forbidden = geteuid() == 0 && strstr(why, strerror(EPERM)) != NULL;
    return fault_set(f, REASON_SYSTEM, "", "cannot mount: %s%s", why,
                     forbidden ? "; a container needs --cap-add SYS_ADMIN" : "");
}

/* Without the session: all that outlives it is the descriptor. */
static int mounting_mount(const struct options *options, int *ret_fuse, struct fault *f)
{
    struct fuse_session *session = NULL;
    if (mounting_mount_session(options, &session, f) != 0)
        return -1;
    *ret_fuse = fcntl(fuse_session_fd(session), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (*ret_fuse < 0) {
        fault_set_errno(f, REASON_SYSTEM, errno, "cannot keep the descriptor of the mount");
        fuse_session_unmount(session);
    }
    fuse_session_destroy(session);
    return *ret_fuse < 0 ? -1 : 0;
}

int mounting_begin(const struct options *options, struct mounting *ret, struct fault *f)
{
    struct mountinfo mount;
    *ret = (struct mounting){.path = options->mountpoint, .fuse = -1};
    if (mounting_mount(options, &ret->fuse, f) != 0)
        return -1;
    presence_begin(&ret->presence);
    if (mountpoint_find(ret->path, &mount, f) == 0) {
        presence_watch(&ret->presence, &mount);
        return 0;
    }
    presence_end(&ret->presence);
    close_fd(&ret->fuse);
    (void)!mountpoint_detach(ret->path, &(struct fault){.reason = REASON_NONE});
    return -1;
}

int mounting_fd(const struct mounting *mounting)
{
    return mounting->fuse;
}

static bool mounting_shows(const struct mounting *mounting, short event)
{
    struct pollfd fuse = {.fd = mounting_fd(mounting), .events = POLLIN};
    return poll(&fuse, 1, 0) == 1 && (fuse.revents & event) != 0;
}

bool mounting_is_over(const struct mounting *mounting)
{
    return mounting_shows(mounting, POLLERR);
}

bool mounting_has_requests(const struct mounting *mounting)
{
    return mounting_shows(mounting, POLLIN);
}

/* While the connection lasts, no other mount has its device number. */
bool mounting_adopt(const struct options *options, int fuse, const char *device, struct mounting *ret)
{
    struct mountinfo mount = {.id = -1};
    struct fault ignored = {.reason = REASON_NONE};
    *ret = (struct mounting){.path = options->mountpoint, .fuse = fuse};
    presence_begin(&ret->presence);
    bool found = mountpoint_find(ret->path, &mount, &ignored) == 0 && strcmp(mount.device, device) == 0;
    if (!found)
        snprintf(mount.device, sizeof(mount.device), "%s", device);
    presence_watch(&ret->presence, &mount);
    return found && !mounting_is_over(ret);
}

/*
 * After the end of the connection another certfs may be mounted here, with the same device number. So detaches dead
 * mounts only: ours, if the connection was aborted.
 */
static void mounting_clear_aborted(const struct mounting *mounting)
{
    struct fault ignored = {.reason = REASON_NONE};
    unsigned detached;
    (void)!mountpoint_clear(mounting->path, &detached, &ignored);
}

/* The descriptor is closed first: umount(2) could otherwise wait for an answer of ours. */
void mounting_end(struct mounting *mounting, bool held)
{
    struct fault ignored = {.reason = REASON_NONE};
    bool over = mounting_is_over(mounting);
    bool ours = !over && mountpoint_has_device(mounting->path, mounting->presence.device);
    bool forced = ours && held && geteuid() == 0 && mountpoint_force(mounting->path, &ignored) == 0;
    close_fd(&mounting->fuse);
    mounting->fuse = -1;
    if (ours && !forced)
        (void)!mountpoint_detach(mounting->path, &ignored);
    presence_end(&mounting->presence);
    if (over)
        mounting_clear_aborted(mounting);
}
