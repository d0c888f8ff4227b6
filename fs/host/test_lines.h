/*
 * test_lines: attacks of test_attacks.h on the lines between worker and supervisor. Empty unless built with make
 * HOOKS=1.
 */
#ifndef CERTFS_FS_HOST_TEST_LINES_H
#define CERTFS_FS_HOST_TEST_LINES_H

/* "KIND/COUNT/BYTES": so many messages of a channel (channel.h) with control characters and so many bytes of text. */
long test_lines_send_text(const char *argument, int line);

/* "KIND/NAME": a question (ask.h), and its answer as a system call's. */
long test_lines_ask(const char *argument, int line);

/* "KIND/COUNT": so many questions, without reading the answers. */
long test_lines_ask_on(const char *argument, int line);

/* "BYTES": one message of so many bytes 0. */
long test_lines_babble(const char *argument, int line);

/* Sends a descriptor, the line itself. */
long test_lines_pass(const char *argument, int line);

#endif
