/*
 * relay: the worker's log lines, on their way from their line (channel.h) to the log.
 *
 * Taken only while the log has room for them, so that what is too much waits in the worker, which knows whose it is.
 * The worker is not trusted: whatever it says is one line of printable text, of no higher level than an error.
 */
#ifndef CERTFS_FS_SUPERVISOR_RELAY_H
#define CERTFS_FS_SUPERVISOR_RELAY_H

#include <poll.h>

/* Where to poll for the next line; -1 while the log has no room, and after the end. */
struct pollfd relay_wait(int fd);

/* How long a wait may last while nobody takes the log, in terms of poll(2): there is nothing to poll then. */
int relay_timeout(void);

/* Takes one line, waits for it. At the end of the line, and of its manners, closes it and sets it to -1. */
void relay_line(int *fd);

#endif
