/*
 * on_change: runs the program of -o on_change= after commits.
 *
 * One run at a time, as the owner of the files, with a clean environment (CERTFS_SET, CERTFS_GENERATION, CERTFS_MOUNT,
 * PATH) and no descriptors but its output. Each set that is committed during a run gets one more run; beyond
 * ON_CHANGE_WAITING_MAX sets all others share one, with ANNOUNCE_MANY as the name. After ON_CHANGE_LIMIT_MS the process
 * group is killed. Nothing blocks on it.
 */
#ifndef CERTFS_FS_SUPERVISOR_ON_CHANGE_H
#define CERTFS_FS_SUPERVISOR_ON_CHANGE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/about/identifier.h"
#include "fs/options/options.h"

enum {
    ON_CHANGE_LIMIT_MS = 60 * 1000,
    ON_CHANGE_END_MS = 2000,
    ON_CHANGE_OUTPUT_MAX = 200,
    ON_CHANGE_FDS = 2,
    ON_CHANGE_REPORT_SIZE = 960
};

enum { ON_CHANGE_WAITING_MAX = 128 }; /* sets */

/* How a run ended. */
struct on_change_report {
    bool failed; /* anything but exit 0 */
    char set[IDENTIFIER_MAX + 1];
    char text[ON_CHANGE_REPORT_SIZE];
};

/* The arguments of one run. */
struct on_change_run {
    STAILQ_ENTRY(on_change_run) order;
    uint64_t generation;
    char set[IDENTIFIER_MAX + 1]; /* "/" is the root set */
};

STAILQ_HEAD(on_change_runs, on_change_run);

struct on_change {
    const struct options *options;
    pid_t pid;  /* 0: not running */
    int end_fd; /* pidfd; -1 if it could not be opened */
    int output_fd;
    struct on_change_run running;
    struct on_change_runs waiting; /* one for each set committed meanwhile; owned */
    uint64_t many;                 /* the newest generation of further sets; 0: none */
    int64_t deadline;              /* ms of CLOCK_MONOTONIC */
    bool killed;
    char output[ON_CHANGE_OUTPUT_MAX + 1]; /* one more than is shown: then it is cut */
    size_t output_length;
    struct on_change_report refusal; /* of a run that could not start; text is "" for none */
};

/* Without options->on_change nothing is ever run. */
void on_change_init(struct on_change *hook, const struct options *options);

/* Starts or queues a run for a committed set ("/" is the root set). */
void on_change_changed(struct on_change *hook, const char *set, uint64_t generation, int64_t now_ms);

/* The descriptors to poll; unused ones are -1. */
void on_change_fds(const struct on_change *hook, struct pollfd ret[static ON_CHANGE_FDS]);

/* The timeout of poll(2) until on_change_step is due; -1 for none. */
int on_change_timeout(const struct on_change *hook, int64_t now_ms);

/*
 * Call it after poll. True if a run has ended or could not start: `ret_report` gets one line for status with the
 * generation, the name of a named set, the exit status or signal, and the escaped output; or "not run" and the reason.
 * Starts the next queued run.
 */
bool on_change_step(struct on_change *hook, int64_t now_ms, struct on_change_report *ret_report);

/* Kills the running program and drops queued runs. A program that blocks in our mount dies only after the unmount. */
void on_change_kill(struct on_change *hook);

/* The same, and waits for at most ON_CHANGE_END_MS; false if the program still runs. */
bool on_change_stop(struct on_change *hook);

#endif
