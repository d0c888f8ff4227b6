#include "fs/worker/session.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fuse_lowlevel.h>

#include "core/base/buf.h"
#include "fs/host/test_deaths.h"

enum { BUFFER_SIZE = 1024 * 1024 + 4096 }; /* max_write and libfuse's room for a request's header */

static bool session_is_transient(int error)
{
    /* ENOENT: the request was interrupted before it was read. */
    return error == EINTR || error == EAGAIN || error == ENOENT;
}

static int session_loop(struct fuse_session *session, char *buffer, void (*answered)(void *), void *argument)
{
    int fd = fuse_session_fd(session);
    for (;;) {
        ssize_t length = read(fd, buffer, BUFFER_SIZE);
        if (length < 0 && session_is_transient(errno))
            continue;
        if (length < 0)
            return errno == ENODEV ? 0 : -1;
        test_deaths_pass("after-read");
        struct fuse_buf request = {.mem = buffer, .size = (size_t)length};
        fuse_session_process_buf(session, &request);
        buf_wipe(buffer, (size_t)length);
        if (answered != NULL)
            answered(argument);
        answered = NULL;
    }
}

int session_serve(struct fuse_session *session, void (*answered)(void *), void *argument)
{
    char *buffer = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffer == MAP_FAILED)
        return -1;
    madvise(buffer, BUFFER_SIZE, MADV_DONTDUMP);
    int result = session_loop(session, buffer, answered, argument);
    int error = errno;
    munmap(buffer, BUFFER_SIZE);
    errno = error;
    return result;
}
