#include "fs/supervisor/supervisor.h"

#include <errno.h>
#include <paths.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "fs/host/channel.h"
#include "fs/host/clock.h"
#include "fs/host/daemonize.h"
#include "fs/host/log.h"
#include "fs/supervisor/child.h"
#include "fs/supervisor/cover.h"
#include "fs/supervisor/mounting.h"
#include "fs/supervisor/mountpoint.h"
#include "fs/supervisor/on_change.h"
#include "fs/supervisor/relay.h"
#include "fs/worker/announce.h"

enum {
    DRAIN_LIMIT_MS = 15 * 1000, /* more than the worker takes by itself (server.h) */
    WAKE_MS = 1000,
    UNMOUNTED_LIMIT_MS = 1000, /* for the worker to see that the mount is gone; longer if files are open */
    COPIED_LIMIT_MS = 200,     /* the same if others unmounted it, and may have a copy: then it never sees that */
    END_LIMIT_MS = 2000,       /* for the worker to end once the line is closed */
};

/* Why the worker is not served any more. */
enum ending {
    ENDING_NONE,
    ENDING_GONE,    /* the worker ended by itself */
    ENDING_FAILED,  /* it could not start, and has said why */
    ENDING_DRAINED, /* it was asked to finish, and has (or had time enough) */
};

struct supervisor {
    const struct options *options;
    struct daemonize daemonize;
    struct mounting mounting;
    struct disk disk;
    struct problems problems; /* found before the worker starts, which goes on with them */
    struct on_change hook;
    int signals; /* signalfd: what asks us to stop */
    struct child worker;
    bool ready;
    bool draining;
    bool gone;        /* the mount, from our mount namespace */
    bool held;        /* the worker: a thread of it is held by the kernel, and may not end */
    int64_t deadline; /* of the drain, in ms of the steady clock */
};

/* Until the mount answers somebody waits for the one sentence; later it is for the log. */
static void supervisor_report(const struct supervisor *supervisor, const char *sentence)
{
    if (supervisor->ready)
        log_line(LOG_ERR, "%s", sentence);
    else
        log_stderr("%s", sentence);
}

/* What was found before a start that failed. */
static int supervisor_print_problem(void *unused, const char *sentence)
{
    (void)unused;
    log_stderr("%s", sentence);
    return 0;
}

/* SIGTERM and SIGINT wait for the loop from here on; SIGHUP and a lost launcher end nothing. */
static int supervisor_block_signals(struct supervisor *supervisor, struct fault *f)
{
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    /* It never holds a key, but it holds the descriptor through which keys go. */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (sigprocmask(SIG_SETMASK, &stops, NULL) == 0)
        supervisor->signals = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
    if (supervisor->signals < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot wait for signals");
    return 0;
}

static void supervisor_read_signals(const struct supervisor *supervisor)
{
    struct signalfd_siginfo signal;
    while (read(supervisor->signals, &signal, sizeof(signal)) > 0)
        continue;
}

static void supervisor_begin_drain(struct supervisor *supervisor)
{
    if (supervisor->draining)
        return;
    supervisor->draining = true;
    supervisor->deadline = clock_ms(CLOCK_MONOTONIC) + DRAIN_LIMIT_MS;
    (void)!channel_send(supervisor->worker.channel, CHANNEL_DRAIN, 0,
                        ""); /* if it is gone, the end of the line tells so */
    child_wake(&supervisor->worker);
}

static void supervisor_become_ready(struct supervisor *supervisor)
{
    if (supervisor->ready || supervisor->draining)
        return;
    supervisor->ready = true;
    daemonize_ready(&supervisor->daemonize);
}

/* False for what no worker of ours says: its name of a set goes to a program. */
static bool supervisor_handle_change(struct supervisor *supervisor, const char *text)
{
    uint64_t generation;
    char set[IDENTIFIER_MAX + 1];
    if (!announce_read(text, &generation, set))
        return false;
    on_change_changed(&supervisor->hook, set, generation, clock_ms(CLOCK_MONOTONIC));
    return true;
}

/* A problem that is found before the mount answers is also said to whoever waits for that. */
static void supervisor_report_problem(const struct supervisor *supervisor, const char *sentence)
{
    log_line(LOG_WARNING, "%s", sentence);
    if (!supervisor->ready && !supervisor->options->foreground)
        log_stderr("%s", sentence);
}

static enum ending supervisor_handle_message(struct supervisor *supervisor)
{
    struct channel_message message;
    channel_receive(supervisor->worker.channel, &message);
    switch (message.kind) {
    case CHANNEL_READY:
        supervisor_become_ready(supervisor);
        return ENDING_NONE;
    case CHANNEL_PROBLEM:
        supervisor_report_problem(supervisor, message.text);
        return ENDING_NONE;
    case CHANNEL_FAILED:
        (void)problems_visit(&supervisor->problems, PROBLEM_TO_MEND, supervisor_print_problem, NULL);
        supervisor_report(supervisor, message.text);
        return ENDING_FAILED;
    case CHANNEL_CHANGED:
        if (supervisor_handle_change(supervisor, message.text))
            return ENDING_NONE;
        supervisor_report(supervisor, "the worker announced a set with a name that no set has, and is ended");
        return ENDING_GONE;
    case CHANNEL_DRAINED:
        supervisor->held = strcmp(message.text, CHANNEL_HELD) == 0;
        return ENDING_DRAINED;
    case CHANNEL_HOOK:  /* ours to say */
    case CHANNEL_DRAIN: /* ours to say */
    case CHANNEL_LOG:   /* it has its own line */
    case CHANNEL_END:
        break;
    }
    return ENDING_GONE;
}

/* How long the next wait may take, in the terms of poll(2). */
static int supervisor_time_left(int64_t deadline)
{
    int64_t left = deadline - clock_ms(CLOCK_MONOTONIC);
    return left > 0 ? (int)left : 0;
}

static void supervisor_step_hook(struct supervisor *supervisor)
{
    struct on_change_report report;
    char text[sizeof(report.set) + sizeof(report.text)]; /* the line cuts what is too long for it */
    if (!on_change_step(&supervisor->hook, clock_ms(CLOCK_MONOTONIC), &report))
        return;
    log_line(report.failed ? LOG_ERR : LOG_NOTICE, "on_change for generation %s", report.text);
    snprintf(text, sizeof(text), "%s %s", report.set, report.text);
    (void)!channel_send(supervisor->worker.channel, CHANNEL_HOOK, report.failed, text);
}

/* Until the drain is over, or the program of on_change= has run too long, or a syslog that is away may be back; -1 for
 * no limit. */
static int supervisor_next_limit(const struct supervisor *supervisor)
{
    int hook = on_change_timeout(&supervisor->hook, clock_ms(CLOCK_MONOTONIC));
    int drain = supervisor->draining ? clock_sooner(WAKE_MS, supervisor_time_left(supervisor->deadline)) : -1;
    return clock_sooner(clock_sooner(hook, drain), relay_timeout());
}

enum { WAIT_CHANNEL, WAIT_SIGNALS, WAIT_LOG, WAIT_RELAY, WAIT_MOUNT, WAIT_HOOK, WAITS = WAIT_HOOK + ON_CHANGE_FDS };

/* Waits for any of it, as long as there is nothing to do. */
static void supervisor_wait_for_event(struct supervisor *supervisor, struct pollfd ret[static WAITS])
{
    int presence_limit;
    ret[WAIT_CHANNEL] = (struct pollfd){.fd = supervisor->worker.channel, .events = POLLIN};
    ret[WAIT_SIGNALS] = (struct pollfd){.fd = supervisor->signals, .events = POLLIN};
    ret[WAIT_LOG] = (struct pollfd){.fd = log_waits(), .events = POLLOUT};
    ret[WAIT_RELAY] = relay_wait(supervisor->worker.log_channel);
    presence_wait(&supervisor->mounting.presence, clock_ms(CLOCK_MONOTONIC), &ret[WAIT_MOUNT], &presence_limit);
    on_change_fds(&supervisor->hook, ret + WAIT_HOOK);
    if (poll(ret, WAITS, clock_sooner(supervisor_next_limit(supervisor), presence_limit)) < 0)
        for (int i = 0; i < WAITS; i++)
            ret[i].revents = 0;
}

/* Unmounted here, it may go on elsewhere; whoever holds a copy of the mount does not keep certfs. */
static void supervisor_step_presence(struct supervisor *supervisor, const struct pollfd *event)
{
    if (supervisor->draining || !presence_is_over(&supervisor->mounting.presence, clock_ms(CLOCK_MONOTONIC), event))
        return;
    supervisor->gone = true;
    supervisor_begin_drain(supervisor);
}

static enum ending supervisor_serve(struct supervisor *supervisor)
{
    enum ending ending = ENDING_NONE;
    while (ending == ENDING_NONE) {
        struct pollfd waits[WAITS];
        supervisor_wait_for_event(supervisor, waits);
        log_step();
        supervisor_step_hook(supervisor);
        if (supervisor->draining)
            child_wake(&supervisor->worker); /* whoever stops it keeps nobody's answer, nor the end */
        if (supervisor->draining && supervisor_time_left(supervisor->deadline) == 0) {
            log_line(LOG_WARNING, "the worker did not finish in %d s, unmounting", DRAIN_LIMIT_MS / 1000);
            return ENDING_DRAINED;
        }
        if (waits[WAIT_RELAY].revents != 0)
            relay_line(&supervisor->worker.log_channel);
        /* Before the signals: who ends what answers already has not stopped a start. */
        if (waits[WAIT_CHANNEL].revents != 0)
            ending = supervisor_handle_message(supervisor);
        supervisor_step_presence(supervisor, &waits[WAIT_MOUNT]);
        if (waits[WAIT_SIGNALS].revents != 0) {
            supervisor_read_signals(supervisor);
            supervisor_begin_drain(supervisor);
        }
    }
    return ending;
}

/*
 * The mount is gone and the worker sees it; what it still has to say is relayed, its last lines of the log too.
 * `reported`: its end was seen already.
 */
static void supervisor_relay_rest(struct supervisor *supervisor, bool reported)
{
    int64_t deadline = clock_ms(CLOCK_MONOTONIC) + (supervisor->gone ? COPIED_LIMIT_MS : UNMOUNTED_LIMIT_MS);
    while (supervisor_time_left(deadline) > 0) {
        struct pollfd waits[] = {{.fd = reported ? -1 : supervisor->worker.channel, .events = POLLIN},
                                 relay_wait(supervisor->worker.log_channel),
                                 {.fd = log_waits(), .events = POLLOUT}};
        if ((reported && supervisor->worker.log_channel < 0) || poll(waits, 3, supervisor_time_left(deadline)) <= 0)
            return;
        log_step();
        if (waits[1].revents != 0)
            relay_line(&supervisor->worker.log_channel);
        if (waits[0].revents != 0)
            reported = supervisor_handle_message(supervisor) == ENDING_GONE;
    }
}

/* What an end says that nobody asked for. 0 is the worker's word that it was unmounted. */
static int supervisor_exit_status(const struct supervisor *supervisor, int status)
{
    char sentence[LOG_LINE_SIZE];
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        if (!supervisor->ready)
            supervisor_report(supervisor, "the mount was ended before it answered");
        return supervisor->ready ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (WIFSIGNALED(status))
        snprintf(sentence, sizeof(sentence), "the worker was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(sentence, sizeof(sentence), "the worker ended with status %d", WEXITSTATUS(status));
    supervisor_report(supervisor, sentence);
    return EXIT_FAILURE;
}

/* The mount goes and so does the worker: in this order, unless it is gone already. */
static int supervisor_end_worker(struct supervisor *supervisor, enum ending ending)
{
    int status = 0;
    if (ending == ENDING_GONE) {
        supervisor_relay_rest(supervisor, true);
        (void)!child_reap(&supervisor->worker, END_LIMIT_MS, &status);
    }
    mounting_end(&supervisor->mounting, supervisor->held);
    if (ending != ENDING_GONE)
        supervisor_relay_rest(supervisor, false);
    child_close(&supervisor->worker);
    if (ending != ENDING_GONE && !child_reap(&supervisor->worker, END_LIMIT_MS, &status))
        log_line(LOG_WARNING, "the worker is left behind");
    return status;
}

static int supervisor_finish(struct supervisor *supervisor, enum ending ending)
{
    on_change_kill(&supervisor->hook); /* lest it keep the mount in use */
    int status = supervisor_end_worker(supervisor, ending);
    /* Only now: it may have waited for an answer of the mount, which nobody but the end of both gives any more. */
    if (!on_change_stop(&supervisor->hook))
        log_line(LOG_WARNING, "the program of on_change= does not end and is left behind");
    if (ending == ENDING_GONE)
        return supervisor_exit_status(supervisor, status);
    if (ending == ENDING_DRAINED && !supervisor->ready)
        supervisor_report(supervisor, "stopped by a signal before the mount answered");
    return ending == ENDING_DRAINED && supervisor->ready ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int supervisor_start(struct supervisor *supervisor, struct fault *f)
{
    const struct options *options = supervisor->options;
    if (supervisor_block_signals(supervisor, f) != 0 || mountpoint_check_fuse(f) != 0 ||
        disk_open(options, &supervisor->disk, f) != 0 ||
        cover_mountpoint(options, &supervisor->disk, &supervisor->problems, &supervisor->mounting, f) != 0)
        return -1;
    if (child_start(options, &supervisor->disk, &supervisor->problems, mounting_fd(&supervisor->mounting),
                    &supervisor->worker, f) == 0)
        return 0;
    mounting_end(&supervisor->mounting, false);
    return -1;
}

int supervisor_run(const struct options *options)
{
    static struct supervisor supervisor = {.daemonize = {.waiting = -1},
                                           .problems = PROBLEMS_INITIALIZER,
                                           .signals = -1,
                                           .worker = {.channel = -1, .log_channel = -1}};
    supervisor.options = options;
    struct fault f = {0};
    int failed = 0;
    on_change_init(&supervisor.hook, options);
    if (options->foreground)
        daemonize_keep_only(NULL, 0);
    else {
        failed = daemonize_fork(&supervisor.daemonize, &f);
        log_to_syslog(_PATH_LOG);
    }
    if (failed != 0 || supervisor_start(&supervisor, &f) != 0) {
        (void)problems_visit(&supervisor.problems, PROBLEM_TO_MEND, supervisor_print_problem, NULL);
        log_stderr("%s", f.message);
        return EXIT_FAILURE;
    }
    int status = supervisor_finish(&supervisor, supervisor_serve(&supervisor));
    log_end();
    return status;
}
