/*
 * rights: descriptors that are sent over a socket.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_RIGHTS_H
#define CERTFS_TESTS_UNIT_LIB_RIGHTS_H

#include <stddef.h>
#include <sys/types.h>

/* Sends these bytes, 512 at most, and so many descriptors of /dev/null, 8 at most; as sendmsg(2). */
ssize_t rights_send(int fd, const void *bytes, size_t length, size_t count);

/* Lets the socket receive descriptors, where the kernel can refuse that. */
void rights_allow(int fd);

/* How many descriptors this process has. */
size_t rights_count(void);

#endif
