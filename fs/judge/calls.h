/*
 * calls: the system calls that the zygote and its judges make; any other one kills the process.
 *
 * A judge has the filter of the zygote, and one more. Neither opens a file or a socket, executes, or traces or kills
 * another process; a judge forks nothing and gets no descriptor.
 */
#ifndef CERTFS_FS_JUDGE_CALLS_H
#define CERTFS_FS_JUDGE_CALLS_H

#include "core/base/cleanup.h"

/* Each returns -1 with errno (seccomp.h). */
MUST_CHECK int calls_confine_zygote(void);
MUST_CHECK int calls_confine_judge(void);

#endif
