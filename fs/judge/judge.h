/*
 * judge: the process that parses, judges and proves one document, and then ends.
 */
#ifndef CERTFS_FS_JUDGE_JUDGE_H
#define CERTFS_FS_JUDGE_JUDGE_H

#include <sys/types.h>

/* Runs in a child of the process `zygote`, talks over the stream (exchange.h) and ends the process. */
void judge_run(pid_t zygote, int stream) __attribute__((noreturn));

#endif
