/*
 * on_change: the program of -o on_change=, run by the supervisor after a set was committed.
 *
 * One run at a time, as the owner of the files, with a clean environment (CERTFS_SET, CERTFS_GENERATION,
 * CERTFS_MOUNT, PATH) and nothing open but its output. A set that is committed while it runs gets one more run; of more
 * than ON_CHANGE_WAITING_MAX sets the rest gets one together, with ANNOUNCE_MANY in the place of the name. After
 * ON_CHANGE_LIMIT_MS its process group is killed. Nobody waits for it.
 */
#ifndef CERTFS_FS_SUPERVISOR_ON_CHANGE_H
#define CERTFS_FS_SUPERVISOR_ON_CHANGE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/about/identifier.h"
#include "fs/options/options.h"
#include "fs/worker/announce.h"

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

/* One run of the program: what it is told. */
struct on_change_run {
    STAILQ_ENTRY(on_change_run) order;
    uint64_t generation;
    char set[IDENTIFIER_MAX + 1]; /* "/" is the root set */
};

STAILQ_HEAD(on_change_runs, on_change_run);

struct on_change {
    const struct options *options;
    pid_t pid;  /* 0: none runs */
    int end_fd; /* pidfd; -1 where there was none to have */
    int output_fd;
    struct on_change_run running;
    struct on_change_runs waiting; /* one for each set that was committed meanwhile, from malloc */
    uint64_t many;                 /* the newest generation of those that found no place there; 0: none */
    int64_t deadline;              /* ms of the steady clock */
    bool killed;
    char output[ON_CHANGE_OUTPUT_MAX];
    size_t output_length;
    struct on_change_report refusal; /* of a run that could not be started; its text is "" for none */
};

/* Nothing runs; options->on_change may be empty, then nothing ever will. */
void on_change_init(struct on_change *hook, const struct options *options);

/* This set ("/" is the root set) was committed. */
void on_change_changed(struct on_change *hook, const char *set, uint64_t generation, int64_t now_ms);

/* What to poll for; unused places get fd -1. */
void on_change_fds(const struct on_change *hook, struct pollfd ret[static ON_CHANGE_FDS]);

/* Milliseconds until something must be done, -1 for never. */
int on_change_timeout(const struct on_change *hook, int64_t now_ms);

/*
 * Goes on after poll. True when a run has ended or could not be started; `ret_report` then says how, its text in
 * one line for status: the generation (and the set, if it is a named one), "exit 0" or what else ended it, and what it
 * printed, escaped; or "not run" and why. The next run, if one waits, is started.
 */
bool on_change_step(struct on_change *hook, int64_t now_ms, struct on_change_report *ret_report);

/* Kills what runs, and forgets what waits. What hangs in a request to our mount dies when that is over, not before. */
void on_change_kill(struct on_change *hook);

/* The same, and waits for its end, at most ON_CHANGE_END_MS; false if it is left behind. */
bool on_change_stop(struct on_change *hook);

#endif
