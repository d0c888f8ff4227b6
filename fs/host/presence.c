#include "fs/host/presence.h"

#include <fcntl.h>
#include <string.h>

#include "core/base/buf.h"

void presence_begin(struct presence *presence)
{
    *presence = (struct presence){.list = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)};
}

void presence_watch(struct presence *presence, const struct mountinfo *mount)
{
    presence->id = mount->id;
    memcpy(presence->device, mount->device, sizeof(presence->device));
}

/* A change during the pause is reported by the next poll(2). */
void presence_wait(const struct presence *presence, int64_t now, struct pollfd *ret, int *ret_limit_ms)
{
    bool pauses = presence->list >= 0 && now < presence->next;
    *ret = (struct pollfd){.fd = pauses ? -1 : presence->list, .events = POLLPRI};
    *ret_limit_ms = pauses ? (int)(presence->next - now) : -1;
}

static bool presence_is_listed(const struct presence *presence, const char *text)
{
    struct mountinfo mount;
    while (mountinfo_next(&text, &mount))
        if (mount.id == presence->id && strcmp(mount.device, presence->device) == 0)
            return true;
    return false;
}

bool presence_is_over(struct presence *presence, int64_t now, const struct pollfd *event)
{
    CLEANUP(buf_done) struct buf list = {0};
    struct fault ignored = {.reason = REASON_NONE};
    if (presence->list < 0 || event->fd != presence->list || event->revents == 0)
        return false;
    presence->next = now + PRESENCE_PAUSE_MS;
    return mountinfo_read(&list, &ignored) == 0 && !presence_is_listed(presence, (const char *)list.data);
}

void presence_end(struct presence *presence)
{
    close_fd(&presence->list);
    presence->list = -1;
}
