#include "tests/unit/lib/rights.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/cleanup.h"
#include "tests/unit/lib/harness.h"

enum { PASS_RIGHTS = 83 /* SO_PASSRIGHTS of Linux 6.16 */, RIGHTS_MAX = 8, BYTES_MAX = 512 };

ssize_t rights_send(int fd, const void *bytes, size_t length, size_t count)
{
    union {
        struct cmsghdr header;
        unsigned char space[CMSG_SPACE(RIGHTS_MAX * sizeof(int))];
    } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    CLEANUP(close_fd) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    unsigned char copy[BYTES_MAX];
    assert_true(length <= sizeof(copy) && count <= RIGHTS_MAX);
    memcpy(copy, bytes, length);
    control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
    for (size_t i = 0; i < count; i++)
        memcpy(CMSG_DATA(&control.header) + i * sizeof(int), &null, sizeof(null));
    struct iovec part = {copy, length};
    const struct msghdr message = {.msg_iov = &part,
                                   .msg_iovlen = 1,
                                   .msg_control = count > 0 ? &control : NULL,
                                   .msg_controllen = count > 0 ? CMSG_SPACE(count * sizeof(int)) : 0};
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

void rights_allow(int fd)
{
    (void)setsockopt(fd, SOL_SOCKET, PASS_RIGHTS, &(int){1}, sizeof(int));
}

size_t rights_count(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}
