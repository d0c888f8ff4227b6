/*
 * relay: forwards the worker's log lines (channel.h) to the log.
 *
 * Lines are read only while the log has room; others stay in the worker, which limits them per user.
 * The worker is not trusted: each message becomes one line of printable text, at most at level LOG_ERR.
 */
#ifndef CERTFS_FS_SUPERVISOR_RELAY_H
#define CERTFS_FS_SUPERVISOR_RELAY_H

#include <poll.h>

/* The descriptor to poll for the next line; fd is -1 while the log has no room and after the end. */
struct pollfd relay_wait(int fd);

/* The timeout of poll(2) while the log is full and has no descriptor to poll; otherwise -1. */
int relay_timeout(void);

/* Waits for one line and logs it. Closes the descriptor and sets it to -1 at the end and after an invalid message. */
void relay_line(int *fd);

/* The same with all lines that are there, while the log has room; of a worker that has ended, as another may go on. */
void relay_waiting(int *fd);

#endif
