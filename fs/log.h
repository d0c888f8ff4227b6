/*
 * log: where launcher and supervisor say things. One line each; control characters and 8-bit bytes become '?'.
 *
 * The log proper is standard error, with the program's name in front, and from log_to_syslog on syslog.
 */
#ifndef CERTFS_FS_LOG_H
#define CERTFS_FS_LOG_H

enum { LOG_LINE_SIZE = 1024 }; /* with the final NUL; what is longer is cut */

/* From now on the log is syslog, facility daemon: this process goes to the background. */
void log_to_syslog(void);

/* Says one sentence to whoever started the program, on standard error. */
void log_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes one line to the log; `priority` as in syslog(3). */
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
