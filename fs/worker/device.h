/*
 * device: what is read from /dev/fuse and written to it without libfuse.
 */
#ifndef CERTFS_FS_WORKER_DEVICE_H
#define CERTFS_FS_WORKER_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads the next request, whole. Returns its length; 0 at the end of the mount; -1 with errno. */
ssize_t device_read(int fuse_fd, void *ret, size_t size);

/*
 * Has the kernel send again all requests that were read and are not answered, with bit 63 in their numbers (Linux 6.9).
 * False: it cannot.
 */
bool device_resend(int fuse_fd);

/* Answers a request with an errno; `unique` is its number as it was read. */
void device_refuse(int fuse_fd, uint64_t unique, int error);

/* Whether the kernel waits for a reply to a request of this kind. */
bool device_awaits_reply(uint32_t opcode);

#endif
