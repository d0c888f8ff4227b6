#include "fs/upgrade/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "fs/host/channel.h"

enum { FIRST = 3, MESSAGE_SIZE = 256 };

/* NULL if there is none that is known. */
static const char *service_socket(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    return path != NULL && (path[0] == '/' || path[0] == '@') && path[1] != '\0' ? path : NULL;
}

bool service_is_present(void)
{
    return service_socket() != NULL;
}

/* "@" stands for the NUL byte of an abstract name, which has no NUL at its end. */
static int service_address(struct sockaddr_un *ret, socklen_t *ret_size)
{
    const char *path = service_socket();
    size_t length = path != NULL ? strlen(path) : 0;
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (path == NULL || length >= sizeof(ret->sun_path)) {
        errno = path == NULL ? ENOENT : ENAMETOOLONG;
        return -1;
    }
    memcpy(ret->sun_path, path, length);
    if (path[0] == '@')
        ret->sun_path[0] = '\0';
    *ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '/' ? 1 : 0));
    return 0;
}

int service_send(const char *text, int descriptor)
{
    struct sockaddr_un address;
    socklen_t size = 0;
    if (service_address(&address, &size) != 0)
        return -1;
    CLEANUP(close_fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const struct iovec part = {.iov_base = (char *)(uintptr_t)text, .iov_len = strlen(text)};
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, size) != 0)
        return -1;
    return channel_post(fd, &part, 1, descriptor);
}

/* FDPOLL=0: otherwise systemd drops a descriptor for which poll(2) reports an error. */
int service_keep(const char *name, int descriptor)
{
    char text[MESSAGE_SIZE];
    snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s\nFDPOLL=0", name);
    return service_send(text, descriptor);
}

int service_forget(const char *name)
{
    char text[MESSAGE_SIZE];
    snprintf(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=%s", name);
    return service_send(text, -1);
}

/* ---- at the start ---- */

static long service_number(const char *variable)
{
    const char *text = getenv(variable);
    char *end = NULL;
    long number = text == NULL ? -1 : strtol(text, &end, 10);
    return text == NULL || *text == '\0' || *end != '\0' ? -1 : number;
}

/* Reads the next name of the list, up to a colon. */
static void service_next_name(const char **list, char ret[static SERVICE_NAME_SIZE])
{
    size_t length = strcspn(*list, ":");
    snprintf(ret, SERVICE_NAME_SIZE, "%.*s", (int)(length < SERVICE_NAME_SIZE ? length : 0), *list);
    *list += length + ((*list)[length] == ':');
}

void service_take_listed(struct service_listed *ret)
{
    const char *names = getenv("LISTEN_FDNAMES");
    long count = service_number("LISTEN_PID") == getpid() ? service_number("LISTEN_FDS") : 0;
    *ret = (struct service_listed){.count = 0};
    for (int fd = FIRST; fd < FIRST + count && ret->count < SERVICE_LISTED_MAX; fd++) {
        if (names != NULL)
            service_next_name(&names, ret->names[ret->count]);
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
            ret->fds[ret->count++] = fd;
    }
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
}

int service_take(struct service_listed *listed, const char *name)
{
    for (int i = 0; i < listed->count; i++)
        if (listed->fds[i] >= 0 && strcmp(listed->names[i], name) == 0) {
            int fd = listed->fds[i];
            listed->fds[i] = -1;
            return fd;
        }
    return -1;
}

void service_close_rest(struct service_listed *listed)
{
    for (int i = 0; i < listed->count; i++)
        close_fd(&listed->fds[i]);
    listed->count = 0;
}
