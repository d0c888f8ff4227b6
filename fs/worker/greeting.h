/*
 * greeting: the kernel's first request, INIT, and the reply to it. Both outlive the worker: the kernel asks once.
 */
#ifndef CERTFS_FS_WORKER_GREETING_H
#define CERTFS_FS_WORKER_GREETING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "fs/takeover/shared.h"

enum { GREETING_SIZE = 256 };

/* The value of SHARED_INIT; in the reply, 0 stands for the unique number. */
struct greeting {
    uint32_t request_size, reply_size;
    unsigned char request[GREETING_SIZE], reply[GREETING_SIZE];
};

/* False: the first request was not answered yet. */
bool greeting_load(const struct shared *shared, struct greeting *ret);

/* Keeps the request; then, before it is sent, the reply, unless it is a refusal. */
void greeting_save_request(const struct shared *shared, const void *request, size_t size);
void greeting_save_reply(const struct shared *shared, const struct iovec reply[], int count);

/* The flags of FUSE_INIT (<linux/fuse.h>) that the reply has. */
uint64_t greeting_flags(const struct greeting *greeting);

#endif
