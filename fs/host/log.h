/*
 * log: where launcher and supervisor say things. One line each; control characters and 8-bit bytes become '?'.
 *
 * The log proper is standard error, with the program's name in front, and from log_to_syslog on syslog. Who writes
 * to it never waits: what it does not take at once is kept for later, up to a limit, and beyond that counted; the
 * count is logged as soon as there is room. syslog(3) waits, so its format is written here.
 */
#ifndef CERTFS_FS_HOST_LOG_H
#define CERTFS_FS_HOST_LOG_H

#include <stdbool.h>

enum { LOG_LINE_SIZE = 1024 }; /* with the final NUL; what is longer is cut */

/* From now on the log is syslog, facility daemon: this process goes to the background. Its socket is borrowed. */
void log_to_syslog(const char *socket);

/* Says one sentence to whoever started the program, on standard error. This does wait. */
void log_stderr(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes one line to the log; `priority` as in syslog(3), without a facility. */
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether a line that somebody else has to say would be kept; ours always have room beyond that. */
bool log_has_room(void);

/* The descriptor to poll for POLLOUT while lines wait for it; -1 when there is nothing to wait for. */
int log_waits(void);

/* Goes on after poll. */
void log_step(void);

/* Gives the lines that wait a last second to be taken, and closes the log. The next line opens it again. */
void log_end(void);

#endif
