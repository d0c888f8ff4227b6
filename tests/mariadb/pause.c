/*
 * pause: for LD_PRELOAD. A mariadbd stops itself, as by SIGSTOP, after the first of several writes of one DUMPFILE.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The size of mysqld's buffer for DUMPFILE: what is larger comes in pieces, and this is the first. */
enum { PIECE = 128 * 1024 };

ssize_t write(int fd, const void *buf, size_t n)
{
    ssize_t written = syscall(SYS_write, fd, buf, n);

    if (n == PIECE && strcmp(program_invocation_short_name, "mariadbd") == 0) {
        int saved = errno;

        raise(SIGSTOP);
        errno = saved;
    }
    return written;
}
