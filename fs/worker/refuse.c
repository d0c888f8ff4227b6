#include "fs/worker/refuse.h"

#include <errno.h>

#include "fs/worker/device.h"
#include "fs/worker/slots.h"

static void refuse_slot(int fuse_fd, struct slot *slot, size_t length)
{
    if (device_awaits_reply(slot->request.opcode))
        device_refuse(fuse_fd, slot->request.unique, EIO);
    slots_wipe(slot, length);
}

/* If the kernel sends them again, it does so under other numbers, and these replies fail unseen. */
static void refuse_left(int fuse_fd, void *memory)
{
    (void)device_resend(fuse_fd);
    for (size_t i = 0; i < SLOTS_COUNT; i++) {
        struct slot *slot = slots_at(memory, i);
        size_t length = slots_length(slot, i);
        slots_clean(slot, i);
        if (length != 0)
            refuse_slot(fuse_fd, slot, length);
    }
}

int refuse_all(int fuse_fd, struct shared *shared)
{
    size_t size;
    ssize_t length;
    void *memory = shared_raw(shared, SHARED_REQUESTS, &size);
    if (memory == NULL || !slots_open(memory, size))
        return errno = EINVAL, -1;
    refuse_left(fuse_fd, memory);
    struct slot *slot = slots_at(memory, 0);
    while ((length = device_read(fuse_fd, &slot->request, slots_room(0))) > 0) {
        refuse_slot(fuse_fd, slot, (size_t)length);
        atomic_fetch_add(&shared_head(shared)->progress, 1);
    }
    return (int)length;
}
