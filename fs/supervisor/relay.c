#include "fs/supervisor/relay.h"

#include <syslog.h>
#include <unistd.h>

#include "fs/host/channel.h"
#include "fs/host/log.h"

enum { LOOK_MS = 1000 };

struct pollfd relay_wait(int fd)
{
    return (struct pollfd){.fd = log_has_room() ? fd : -1, .events = POLLIN};
}

int relay_timeout(void)
{
    return !log_has_room() && log_waits() < 0 ? LOOK_MS : -1;
}

/* syslogd writes higher levels to all terminals. */
static int relay_level_of(int priority)
{
    int level = LOG_PRI(priority);
    if (level < LOG_ERR)
        return LOG_ERR;
    return level > LOG_INFO ? LOG_INFO : level;
}

void relay_line(int *fd)
{
    struct channel_message message;
    channel_receive(*fd, &message);
    if (message.kind == CHANNEL_LOG) {
        log_line(relay_level_of(message.priority), "%s", message.text);
        return;
    }
    close(*fd);
    *fd = -1;
}

void relay_waiting(int *fd)
{
    while (log_has_room() && channel_is_waiting(*fd))
        relay_line(fd);
}
