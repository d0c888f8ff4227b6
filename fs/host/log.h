/*
 * log: messages of the launcher and the supervisor, one line each; bytes that are not printable ASCII become '?'.
 *
 * Lines go to standard error, and after log_to_syslog to syslog. Writing never blocks: lines that cannot be written at
 * once are buffered up to a limit, further ones are dropped and counted, and the count is logged as soon as there is
 * room. syslog(3) blocks when the daemon does, and the supervisor must not, so the protocol is written here.
 */
#ifndef CERTFS_FS_HOST_LOG_H
#define CERTFS_FS_HOST_LOG_H

#include <stdbool.h>

enum { LOG_LINE_SIZE = 1024 }; /* with the NUL; longer lines end in "..." */

/* Logs to syslog from now on, facility daemon. The path of its socket is borrowed. */
void log_to_syslog(const char *socket);

/* Writes one line to standard error, for the user who started the program. May block. */
void log_stderr(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes one line to the log; `priority` as in syslog(3), without a facility. */
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether the buffer has room for a line of the worker. Lines of the supervisor have some more. */
bool log_has_room(void);

/* The descriptor to poll for POLLOUT while lines are buffered; -1 if there is none. */
int log_waits(void);

/* Writes buffered lines as far as possible. */
void log_step(void);

/*
 * For another program that goes on with the log: calls `visit` for each buffered line, with all that is in front of it,
 * or for the rest of one that is partly written; stops at the first non-zero result and returns it. That program
 * buffers them again.
 */
int log_visit_waiting(int (*visit)(void *context, const char *text), void *context);
void log_append_waiting(const char *text);

/* Writes buffered lines for at most a second, then closes the log. The next line opens it again. */
void log_end(void);

#endif
