#include "fs/worker/greeting.h"

#include <linux/fuse.h>
#include <string.h>

#include "fs/takeover/cells.h"

bool greeting_load(const struct shared *shared, struct greeting *ret)
{
    const struct cells cells = shared_cells(shared, SHARED_INIT);
    return cells_get(&cells, 0, ret) && ret->reply_size != 0;
}

/* Returns how many bytes it has; 0: they do not fit. */
static uint32_t greeting_gather(const struct iovec reply[], int count, unsigned char ret[static GREETING_SIZE])
{
    size_t size = 0;
    for (int i = 0; i < count; i++) {
        if (reply[i].iov_len > GREETING_SIZE - size)
            return 0;
        memcpy(ret + size, reply[i].iov_base, reply[i].iov_len);
        size += reply[i].iov_len;
    }
    return (uint32_t)size;
}

void greeting_save_request(const struct shared *shared, const void *request, size_t size)
{
    struct greeting greeting = {.request_size = (uint32_t)size};
    const struct cells cells = shared_cells(shared, SHARED_INIT);
    if (size > GREETING_SIZE)
        return;
    memcpy(greeting.request, request, size);
    cells_put(&cells, 0, &greeting);
}

void greeting_save_reply(const struct shared *shared, const struct iovec reply[], int count)
{
    struct greeting greeting;
    struct fuse_out_header header;
    const struct cells cells = shared_cells(shared, SHARED_INIT);
    if (!cells_get(&cells, 0, &greeting))
        return;
    greeting.reply_size = greeting_gather(reply, count, greeting.reply);
    memcpy(&header, greeting.reply, sizeof(header));
    if (greeting.reply_size <= sizeof(header)) /* it does not fit, or is a refusal, which has a header alone */
        return;
    header.unique = 0;
    memcpy(greeting.reply, &header, sizeof(header));
    cells_put(&cells, 0, &greeting);
}

uint64_t greeting_flags(const struct greeting *greeting)
{
    struct fuse_init_out reply = {.flags = 0};
    size_t size = greeting->reply_size - sizeof(struct fuse_out_header);
    memcpy(&reply, greeting->reply + sizeof(struct fuse_out_header), size < sizeof(reply) ? size : sizeof(reply));
    return reply.flags | ((reply.flags & FUSE_INIT_EXT) != 0 ? (uint64_t)reply.flags2 << 32 : 0);
}
