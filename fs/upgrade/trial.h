/*
 * trial: the self-test of a program that is to run in the place of this one.
 *
 * The program is started with the one word TRIAL_WORD and reads the text of resume.h on standard input. It loads its
 * libraries, judges a set, reads the command line of the text, and writes a text of the same form to standard output:
 * the version of the memory that it takes over, or why it cannot. It has no other descriptor.
 */
#ifndef CERTFS_FS_UPGRADE_TRIAL_H
#define CERTFS_FS_UPGRADE_TRIAL_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/cleanup.h"

struct fault;

#define TRIAL_WORD "--self-test"

enum { TRIAL_LIMIT_MS = 10 * 1000, TRIAL_FDS = 2, TRIAL_OUTPUT_SIZE = 1024 };

enum trial_result { TRIAL_NONE, TRIAL_RUNS, TRIAL_PASSED, TRIAL_FAILED };

/* Initialise with TRIAL_INITIALIZER. */
struct trial {
    pid_t pid;             /* 0: none runs */
    int end_fd, output_fd; /* pidfd, and the pipe; -1 where there is none */
    int64_t deadline;      /* ms of CLOCK_MONOTONIC */
    bool killed;           /* its time was over */
    char output[TRIAL_OUTPUT_SIZE];
    size_t length;
};

#define TRIAL_INITIALIZER                                                                                              \
    {                                                                                                                  \
        .end_fd = -1, .output_fd = -1                                                                                  \
    }

/* Starts the program `executable` (executable_open) on the text. Both stay the caller's. Fault: system (with errno). */
MUST_CHECK int trial_start(struct trial *trial, int executable, int text, int64_t now_ms, struct fault *f);

/* The descriptors to poll, and the timeout until trial_step is due; -1 for none. */
void trial_fds(const struct trial *trial, struct pollfd ret[static TRIAL_FDS]);
int trial_timeout(const struct trial *trial, int64_t now_ms);

/* Call it after poll. TRIAL_FAILED: the fault has the reason (system). TRIAL_NONE: none was started. */
enum trial_result trial_step(struct trial *trial, int64_t now_ms, struct fault *f);

/* Kills one that runs. */
void trial_stop(struct trial *trial);

/* ---- the program that is tried ---- */

bool trial_is_called(int argc, char **argv);

/* Returns the exit status. */
int trial_run(void);

#endif
