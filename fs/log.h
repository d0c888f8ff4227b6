/*
 * log: where the supervisor says things. One line each; control characters and 8-bit bytes become '?'.
 *
 * Until log_to_syslog it is standard error, with the program's name in front.
 */
#ifndef CERTFS_FS_LOG_H
#define CERTFS_FS_LOG_H

enum { LOG_LINE_SIZE = 512 }; /* with the final NUL; what is longer is cut */

/* From now on syslog, facility daemon: the supervisor is in the background. */
void log_to_syslog(void);

/* `priority` as in syslog(3). */
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes a text fit for one line of a log, in place. */
void log_clean(char *text);

#endif
