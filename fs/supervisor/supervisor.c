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

#include "core/about/identifier.h"
#include "core/base/fault.h"
#include "fs/disk/disk.h"
#include "fs/host/channel.h"
#include "fs/host/clock.h"
#include "fs/host/daemonize.h"
#include "fs/host/log.h"
#include "fs/host/presence.h"
#include "fs/report/problems.h"
#include "fs/supervisor/answers.h"
#include "fs/supervisor/child.h"
#include "fs/supervisor/cover.h"
#include "fs/supervisor/mounting.h"
#include "fs/supervisor/mountpoint.h"
#include "fs/supervisor/on_change.h"
#include "fs/supervisor/relay.h"
#include "fs/worker/announce.h"
#include "fs/worker/outliving.h"

enum {
    DRAIN_LIMIT_MS = 15 * 1000, /* more than the worker's own limits (server.h) */
    WAKE_MS = 1000,
    UNMOUNTED_LIMIT_MS = 1000, /* for the worker to notice the unmount; longer if files are open */
    COPIED_LIMIT_MS = 200,     /* the same after umount(8): with a copy of the mount it never notices */
    END_LIMIT_MS = 2000,       /* for the worker to end after its channel is closed */
};

/* Why the main loop ends. */
enum ending {
    ENDING_NONE,
    ENDING_GONE,    /* the worker has ended */
    ENDING_FAILED,  /* it could not start and has reported why */
    ENDING_DRAINED, /* it has finished after CHANNEL_DRAIN, or its time is over */
};

struct supervisor {
    const struct options *options;
    struct daemonize daemonize;
    struct mounting mounting;
    struct shared *shared; /* what outlives the worker */
    struct disk disk;
    struct problems problems; /* found before the start of the worker, which inherits them */
    struct on_change hook;
    int signals;       /* signalfd of SIGTERM and SIGINT */
    int problems_sent; /* by the worker */
    struct child worker;
    struct answers answers;
    bool ready;
    bool draining;
    bool gone;        /* the mount was removed from our mount namespace */
    bool held;        /* a thread of the worker is blocked in the kernel */
    int64_t deadline; /* of the drain, ms of CLOCK_MONOTONIC */
};

/* Before the mount answers, errors go to the user who waits for it, later to the log. */
static void supervisor_report(const struct supervisor *supervisor, const char *sentence)
{
    if (supervisor->ready)
        log_line(LOG_ERR, "%s", sentence);
    else
        log_stderr("%s", sentence);
}

static int supervisor_print_problem(void *unused, const char *sentence)
{
    (void)unused;
    log_stderr("%s", sentence);
    return 0;
}

/* From here on SIGTERM and SIGINT are read from the signalfd; SIGHUP and SIGPIPE are ignored. */
static int supervisor_block_signals(struct supervisor *supervisor, struct fault *f)
{
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    /* It holds no key, but the descriptor through which keys pass. */
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
    (void)channel_send(supervisor->worker.channel, CHANNEL_DRAIN, 0,
                       ""); /* the end of the channel reports a dead worker */
    child_wake(&supervisor->worker);
}

static void supervisor_become_ready(struct supervisor *supervisor)
{
    if (supervisor->ready || supervisor->draining)
        return;
    supervisor->ready = true;
    daemonize_ready(&supervisor->daemonize);
}

/* False for a malformed message: the name of the set is passed to a program. */
static bool supervisor_handle_change(struct supervisor *supervisor, const char *text)
{
    uint64_t generation;
    char set[IDENTIFIER_MAX + 1];
    if (!announce_read(text, &generation, set))
        return false;
    on_change_changed(&supervisor->hook, set, generation, clock_ms(CLOCK_MONOTONIC));
    return true;
}

/* The worker does not keep to the protocol, so it may be hostile. */
static enum ending supervisor_distrust(const struct supervisor *supervisor)
{
    supervisor_report(supervisor, "the worker sent an invalid message and is ended");
    child_kill(&supervisor->worker);
    return ENDING_GONE;
}

/* Before the mount answers, problems also go to standard error, which may block: later and more of them are invalid. */
static enum ending supervisor_report_problem(struct supervisor *supervisor, const char *sentence)
{
    if (supervisor->ready || supervisor->problems_sent++ > PROBLEMS_MAX)
        return supervisor_distrust(supervisor);
    log_line(LOG_WARNING, "%s", sentence);
    if (!supervisor->options->foreground)
        log_stderr("%s", sentence);
    return ENDING_NONE;
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
        return supervisor_report_problem(supervisor, message.text);
    case CHANNEL_FAILED:
        (void)problems_visit(&supervisor->problems, PROBLEM_TO_MEND, supervisor_print_problem, NULL);
        supervisor_report(supervisor, message.text);
        return ENDING_FAILED;
    case CHANNEL_CHANGED:
        return supervisor_handle_change(supervisor, message.text) ? ENDING_NONE : supervisor_distrust(supervisor);
    case CHANNEL_DRAINED:
        if (!supervisor->draining)
            return supervisor_distrust(supervisor);
        supervisor->held = strcmp(message.text, CHANNEL_HELD) == 0;
        return ENDING_DRAINED;
    case CHANNEL_HOOK: /* this and the next are sent by the supervisor only */
    case CHANNEL_DRAIN:
    case CHANNEL_LOG: /* on the log channel only */
        return supervisor_distrust(supervisor);
    case CHANNEL_END:
        break;
    }
    return ENDING_GONE;
}

static enum ending supervisor_answer(struct supervisor *supervisor)
{
    return answers_step(&supervisor->answers, &supervisor->worker.ask_channel) ? ENDING_NONE
                                                                               : supervisor_distrust(supervisor);
}

/* The time left, as a timeout of poll(2). */
static int supervisor_time_left(int64_t deadline)
{
    int64_t left = deadline - clock_ms(CLOCK_MONOTONIC);
    return left > 0 ? (int)left : 0;
}

static void supervisor_step_hook(struct supervisor *supervisor)
{
    struct on_change_report report;
    char text[sizeof(report.set) + sizeof(report.text)];
    _Static_assert(sizeof(text) <= CHANNEL_TEXT_SIZE, "the line carries it whole");
    if (!on_change_step(&supervisor->hook, clock_ms(CLOCK_MONOTONIC), &report))
        return;
    log_line(report.failed ? LOG_ERR : LOG_NOTICE, "on_change for generation %s", report.text);
    snprintf(text, sizeof(text), "%s %s", report.set, report.text);
    (void)channel_send(supervisor->worker.channel, CHANNEL_HOOK, report.failed, text);
}

/* The timeout for the end of the drain, the limit of on_change= and the next try to reach syslog; -1 for none. */
static int supervisor_next_limit(const struct supervisor *supervisor)
{
    int hook = on_change_timeout(&supervisor->hook, clock_ms(CLOCK_MONOTONIC));
    int drain = supervisor->draining ? clock_sooner(WAKE_MS, supervisor_time_left(supervisor->deadline)) : -1;
    return clock_sooner(clock_sooner(hook, drain), relay_timeout());
}

enum {
    WAIT_CHANNEL,
    WAIT_ASK,
    WAIT_SIGNALS,
    WAIT_LOG,
    WAIT_RELAY,
    WAIT_MOUNT,
    WAIT_HOOK,
    WAITS = WAIT_HOOK + ON_CHANGE_FDS
};

static void supervisor_wait_for_event(struct supervisor *supervisor, struct pollfd ret[static WAITS])
{
    int presence_limit;
    ret[WAIT_CHANNEL] = (struct pollfd){.fd = supervisor->worker.channel, .events = POLLIN};
    ret[WAIT_ASK] = (struct pollfd){.fd = supervisor->worker.ask_channel, .events = POLLIN};
    ret[WAIT_SIGNALS] = (struct pollfd){.fd = supervisor->signals, .events = POLLIN};
    ret[WAIT_LOG] = (struct pollfd){.fd = log_waits(), .events = POLLOUT};
    ret[WAIT_RELAY] = relay_wait(supervisor->worker.log_channel);
    presence_wait(&supervisor->mounting.presence, clock_ms(CLOCK_MONOTONIC), &ret[WAIT_MOUNT], &presence_limit);
    on_change_fds(&supervisor->hook, ret + WAIT_HOOK);
    if (poll(ret, WAITS, clock_sooner(supervisor_next_limit(supervisor), presence_limit)) < 0)
        for (int i = 0; i < WAITS; i++)
            ret[i].revents = 0;
}

/* Ends certfs after an unmount here, even if a copy of the mount exists elsewhere. */
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
            child_wake(&supervisor->worker); /* a stopped worker must not delay answers and the end */
        if (supervisor->draining && supervisor_time_left(supervisor->deadline) == 0) {
            log_line(LOG_WARNING, "the worker did not finish in %d s, unmounting", DRAIN_LIMIT_MS / 1000);
            return ENDING_DRAINED;
        }
        if (waits[WAIT_RELAY].revents != 0)
            relay_line(&supervisor->worker.log_channel);
        /* Before the signals: a mount that answers has started, so a signal then ends it with status 0. */
        if (waits[WAIT_CHANNEL].revents != 0)
            ending = supervisor_handle_message(supervisor);
        if (waits[WAIT_ASK].revents != 0 && ending == ENDING_NONE)
            ending = supervisor_answer(supervisor);
        supervisor_step_presence(supervisor, &waits[WAIT_MOUNT]);
        if (waits[WAIT_SIGNALS].revents != 0) {
            supervisor_read_signals(supervisor);
            supervisor_begin_drain(supervisor);
        }
    }
    return ending;
}

/* Relays the last messages and log lines of the worker after the unmount. `ended`: its channel is closed already. */
static void supervisor_relay_rest(struct supervisor *supervisor, bool ended)
{
    int64_t deadline = clock_ms(CLOCK_MONOTONIC) + (supervisor->gone ? COPIED_LIMIT_MS : UNMOUNTED_LIMIT_MS);
    while (supervisor_time_left(deadline) > 0) {
        struct pollfd waits[] = {{.fd = ended ? -1 : supervisor->worker.channel, .events = POLLIN},
                                 relay_wait(supervisor->worker.log_channel),
                                 {.fd = log_waits(), .events = POLLOUT},
                                 {.fd = ended ? -1 : supervisor->worker.ask_channel, .events = POLLIN}};
        if ((ended && supervisor->worker.log_channel < 0) || poll(waits, 4, supervisor_time_left(deadline)) <= 0)
            return;
        log_step();
        if (waits[1].revents != 0)
            relay_line(&supervisor->worker.log_channel);
        if (waits[0].revents != 0)
            ended = supervisor_handle_message(supervisor) == ENDING_GONE;
        if (waits[3].revents != 0 && !ended)
            ended = supervisor_answer(supervisor) == ENDING_GONE;
    }
}

/* Maps an unexpected end of the worker to our exit status. Its status 0 means that the mount was unmounted. */
static int supervisor_exit_status(const struct supervisor *supervisor, int status)
{
    char sentence[LOG_LINE_SIZE];
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        if (!supervisor->ready)
            supervisor_report(supervisor, "the mount was removed before it answered");
        return supervisor->ready ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    child_describe_end(status, sentence, sizeof(sentence));
    supervisor_report(supervisor, sentence);
    return EXIT_FAILURE;
}

/* Unmounts and ends the worker, in this order unless it has ended already. Returns its wait status. */
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
        log_line(LOG_WARNING, "the worker did not end and is left running");
    return status;
}

static int supervisor_finish(struct supervisor *supervisor, enum ending ending)
{
    on_change_kill(&supervisor->hook); /* it may use the mount */
    int status = supervisor_end_worker(supervisor, ending);
    answers_done(&supervisor->answers);
    zygotes_end(&supervisor->worker.zygotes);
    /* Last, since the program may block in a request to our mount, which fails only after the unmount. */
    if (!on_change_stop(&supervisor->hook))
        log_line(LOG_WARNING, "the program of on_change= did not end and is left running");
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
    answers_init(&supervisor->answers, options, &supervisor->disk, &supervisor->worker.zygotes);
    if (outliving_new(&supervisor->shared, f) == 0 &&
        child_start(options, &supervisor->disk, &supervisor->problems, supervisor->shared,
                    mounting_fd(&supervisor->mounting), &supervisor->worker, f) == 0)
        return 0;
    mounting_end(&supervisor->mounting, false);
    return -1;
}

int supervisor_run(const struct options *options)
{
    static struct supervisor supervisor = {.daemonize = {.waiting = -1},
                                           .problems = PROBLEMS_INITIALIZER,
                                           .signals = -1,
                                           .worker = {.channel = -1, .log_channel = -1, .ask_channel = -1}};
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
