/*
 * zygote: the process from which judges are forked. It has no key, and parses nothing that comes from outside.
 *
 * The supervisor starts it as a program of its own, so that it has nothing of what the supervisor or the worker has in
 * memory: /proc/self/exe under the name ZYGOTE_NAME, with two words, the user and the group to become, and with the
 * line of orders.h as ZYGOTE_LINE.
 */
#ifndef CERTFS_FS_JUDGE_ZYGOTE_H
#define CERTFS_FS_JUDGE_ZYGOTE_H

#include <stdbool.h>

#define ZYGOTE_NAME "certfs-judge"

enum { ZYGOTE_LINE = 3 };

/* Whether the program was called as the zygote. */
bool zygote_is_called(int argc, char **argv);

/* Serves until the worker is gone. Returns the exit status; 2 if it was not the supervisor who called it. */
int zygote_run(int argc, char **argv);

#endif
