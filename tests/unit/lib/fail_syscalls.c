#include "tests/unit/lib/fail_syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

ssize_t __real_write(int fd, const void *bytes, size_t size);
int __real_fsync(int fd);
int __real_openat(int directory, const char *path, int flags, ...);
int __real_renameat(int from, const char *old, int to, const char *new);
int __real_linkat(int from, const char *old, int to, const char *new, int flags);
int __real_unlinkat(int directory, const char *path, int flags);
int __real_pipe2(int ends[2], int flags);
pid_t __real_fork(void);
int __real_pidfd_open(pid_t pid, unsigned flags);
int __real_close(int fd);
ssize_t __real_pwrite(int fd, const void *bytes, size_t size, off_t offset);
int __real_fallocate(int fd, int mode, off_t offset, off_t size);
int __real_ftruncate(int fd, off_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
int __wrap_fsync(int fd);
int __wrap_openat(int directory, const char *path, int flags, ...);
int __wrap_renameat(int from, const char *old, int to, const char *new);
int __wrap_linkat(int from, const char *old, int to, const char *new, int flags);
int __wrap_unlinkat(int directory, const char *path, int flags);
int __wrap_pipe2(int ends[2], int flags);
pid_t __wrap_fork(void);
int __wrap_pidfd_open(pid_t pid, unsigned flags);
int __wrap_close(int fd);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t offset);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t size);
int __wrap_ftruncate(int fd, off_t size);

static struct {
    size_t until_failure; /* 0: none is planned */
    bool lasting;
    bool failed;
    const char *name;
    size_t until_end; /* 0: none is planned */
    size_t fsyncs;
    int error;       /* 0: EIO */
    size_t shortest; /* 0: writes are whole */
} calls;

static bool fail_now(void)
{
    errno = calls.error == 0 ? EIO : calls.error;
    return true;
}

static bool fails_now(const char *name)
{
    if (calls.until_end > 0 && --calls.until_end == 0)
        _exit(CALLS_ENDED);
    if (calls.lasting && calls.failed)
        return fail_now();
    if (calls.until_failure == 0 || --calls.until_failure > 0)
        return false;
    calls.failed = true;
    calls.name = name;
    return fail_now();
}

static size_t closes_until_failure; /* 0: none is planned */

void calls_fail_close(size_t nth)
{
    closes_until_failure = nth;
}

int __wrap_close(int fd)
{
    int result = __real_close(fd);
    if (closes_until_failure == 0 || --closes_until_failure > 0)
        return result;
    errno = EIO;
    return -1;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
    size_t taken = calls.shortest > 0 && size > calls.shortest ? calls.shortest : size;
    return fails_now("write") ? -1 : __real_write(fd, bytes, taken);
}

int __wrap_fsync(int fd)
{
    calls.fsyncs++;
    return fails_now("fsync") ? -1 : __real_fsync(fd);
}

int __wrap_openat(int directory, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails_now("openat") ? -1 : __real_openat(directory, path, flags, mode);
}

int __wrap_renameat(int from, const char *old, int to, const char *new)
{
    return fails_now("renameat") ? -1 : __real_renameat(from, old, to, new);
}

int __wrap_linkat(int from, const char *old, int to, const char *new, int flags)
{
    return fails_now("linkat") ? -1 : __real_linkat(from, old, to, new, flags);
}

int __wrap_unlinkat(int directory, const char *path, int flags)
{
    return fails_now("unlinkat") ? -1 : __real_unlinkat(directory, path, flags);
}

int __wrap_pipe2(int ends[2], int flags)
{
    return fails_now("pipe2") ? -1 : __real_pipe2(ends, flags);
}

pid_t __wrap_fork(void)
{
    return fails_now("fork") ? -1 : __real_fork();
}

int __wrap_pidfd_open(pid_t pid, unsigned flags)
{
    return fails_now("pidfd_open") ? -1 : __real_pidfd_open(pid, flags);
}

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    return fails_now("pwrite") ? -1 : __real_pwrite(fd, bytes, size, offset);
}

int __wrap_fallocate(int fd, int mode, off_t offset, off_t size)
{
    return fails_now("fallocate") ? -1 : __real_fallocate(fd, mode, offset, size);
}

int __wrap_ftruncate(int fd, off_t size)
{
    return fails_now("ftruncate") ? -1 : __real_ftruncate(fd, size);
}

void calls_fail(size_t nth)
{
    calls.until_failure = nth;
    calls.lasting = false;
    calls.failed = false;
}

void calls_end(size_t nth)
{
    calls.until_end = nth;
}

void calls_fail_from(size_t nth)
{
    calls_fail(nth);
    calls.lasting = nth > 0;
}

void calls_fail_with(int error)
{
    calls.error = error;
}

void calls_shorten(size_t size)
{
    calls.shortest = size;
}

bool calls_have_failed(void)
{
    return calls.failed;
}

const char *calls_failed_name(void)
{
    return calls.name;
}

size_t calls_fsyncs(void)
{
    return calls.fsyncs;
}
