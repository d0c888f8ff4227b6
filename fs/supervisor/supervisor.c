#include "fs/supervisor/supervisor.h"

#include <errno.h>
#include <paths.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "fs/disk/disk.h"
#include "fs/host/clock.h"
#include "fs/host/daemonize.h"
#include "fs/host/log.h"
#include "fs/host/namespaces.h"
#include "fs/host/presence.h"
#include "fs/report/problems.h"
#include "fs/supervisor/answers.h"
#include "fs/supervisor/child.h"
#include "fs/supervisor/cover.h"
#include "fs/supervisor/finish.h"
#include "fs/supervisor/keeping.h"
#include "fs/supervisor/messages.h"
#include "fs/supervisor/mounting.h"
#include "fs/supervisor/mountpoint.h"
#include "fs/supervisor/on_change.h"
#include "fs/supervisor/relay.h"
#include "fs/supervisor/reload.h"
#include "fs/supervisor/resumption.h"
#include "fs/supervisor/service.h"
#include "fs/supervisor/succession.h"
#include "fs/supervisor/successor.h"
#include "fs/upgrade/command_line.h"
#include "fs/upgrade/trial.h"
#include "fs/worker/outliving.h"

enum {
    DRAIN_LIMIT_MS = 15 * 1000, /* more than the worker's own limits (server.h) */
    WAKE_MS = 1000,
};

/* ---- the loop ---- */

static void supervisor_wake_worker(const struct supervisor *supervisor)
{
    if (succession_is_living(&supervisor->succession))
        child_wake(&supervisor->worker);
}

static void supervisor_begin_drain(struct supervisor *supervisor)
{
    if (supervisor->draining)
        return;
    supervisor->draining = true;
    supervisor->deadline = clock_ms(CLOCK_MONOTONIC) + DRAIN_LIMIT_MS;
    succession_drain(supervisor);
    supervisor_wake_worker(supervisor);
}

static void supervisor_read_signals(struct supervisor *supervisor)
{
    struct signalfd_siginfo signal;
    while (read(supervisor->signals, &signal, sizeof(signal)) == sizeof(signal)) {
        if (signal.ssi_signo == SIGUSR2)
            reload_request(supervisor, (pid_t)signal.ssi_pid);
        else
            supervisor_begin_drain(supervisor);
    }
}

/* The timeout for the end of the drain, the limit of on_change= and the next try to reach syslog; -1 for none. */
static int supervisor_next_limit(const struct supervisor *supervisor)
{
    int hook = on_change_timeout(&supervisor->hook, clock_ms(CLOCK_MONOTONIC));
    int drain = supervisor->draining ? clock_sooner(WAKE_MS, clock_left(supervisor->deadline)) : -1;
    int change = clock_sooner(clock_sooner(succession_timeout(supervisor), reload_timeout(supervisor)),
                              keeping_timeout(supervisor));
    return clock_sooner(clock_sooner(hook, drain), clock_sooner(relay_timeout(), change));
}

enum {
    WAIT_CHANNEL,
    WAIT_ASK,
    WAIT_SIGNALS,
    WAIT_LOG,
    WAIT_RELAY,
    WAIT_MOUNT,
    WAIT_HOOK,
    WAIT_SUCCESSION = WAIT_HOOK + ON_CHANGE_FDS,
    WAIT_RELOAD = WAIT_SUCCESSION + SUCCESSION_FDS,
    WAITS = WAIT_RELOAD + RELOAD_FDS
};

static void supervisor_wait_for_event(struct supervisor *supervisor, struct pollfd ret[static WAITS])
{
    int presence_limit;
    const struct child none = {.channel = -1, .log_channel = -1, .ask_channel = -1};
    const struct child *worker = succession_is_living(&supervisor->succession) ? &supervisor->worker : &none;
    ret[WAIT_CHANNEL] = (struct pollfd){.fd = worker->channel, .events = POLLIN};
    ret[WAIT_ASK] = (struct pollfd){.fd = worker->ask_channel, .events = POLLIN};
    ret[WAIT_SIGNALS] = (struct pollfd){.fd = supervisor->signals, .events = POLLIN};
    ret[WAIT_LOG] = (struct pollfd){.fd = log_waits(), .events = POLLOUT};
    ret[WAIT_RELAY] = relay_wait(worker->log_channel);
    presence_wait(&supervisor->mounting.presence, clock_ms(CLOCK_MONOTONIC), &ret[WAIT_MOUNT], &presence_limit);
    on_change_fds(&supervisor->hook, ret + WAIT_HOOK);
    succession_fds(supervisor, ret + WAIT_SUCCESSION);
    reload_fds(supervisor, ret + WAIT_RELOAD);
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

/* Messages before the signals: a mount that answers has started, so a signal then ends it with status 0. */
static enum ending supervisor_step_worker(struct supervisor *supervisor, const struct pollfd waits[static WAITS])
{
    enum ending ending = ENDING_NONE;
    if (waits[WAIT_RELAY].revents != 0)
        relay_line(&supervisor->worker.log_channel);
    if (waits[WAIT_CHANNEL].revents != 0)
        ending = succession_note(supervisor, messages_receive(supervisor));
    if (waits[WAIT_ASK].revents != 0 && ending == ENDING_NONE)
        ending = succession_note(supervisor, messages_answer(supervisor));
    return ending == ENDING_NONE ? succession_step(supervisor) : ending;
}

static enum ending supervisor_serve(struct supervisor *supervisor)
{
    enum ending ending = ENDING_NONE;
    while (ending == ENDING_NONE) {
        struct pollfd waits[WAITS];
        supervisor_wait_for_event(supervisor, waits);
        log_step();
        messages_step_hook(supervisor);
        if (supervisor->draining)
            supervisor_wake_worker(supervisor); /* a stopped worker must not delay answers and the end */
        if (supervisor->draining && clock_left(supervisor->deadline) == 0) {
            log_line(LOG_WARNING, "the worker did not finish in %d s, unmounting", DRAIN_LIMIT_MS / 1000);
            return ENDING_DRAINED;
        }
        ending = supervisor_step_worker(supervisor, waits);
        supervisor_step_presence(supervisor, &waits[WAIT_MOUNT]);
        if (waits[WAIT_SIGNALS].revents != 0)
            supervisor_read_signals(supervisor);
        keeping_step(supervisor);
        if (ending == ENDING_NONE)
            reload_step(supervisor);
    }
    return ending;
}

/* ---- the start ---- */

/*
 * The limit of the size of files counts files in memory too, and what outlives the worker is one of many megabytes.
 * Where the limit cannot be raised, a write that is too large fails: without the signal that would end this process.
 */
static void supervisor_lift_file_limit(void)
{
    const struct rlimit infinite = {RLIM_INFINITY, RLIM_INFINITY};
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &infinite) == 0 || getrlimit(RLIMIT_FSIZE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_FSIZE, &limit); /* if it is still too small, shared_new reports that */
}

/* From here on SIGTERM, SIGINT and SIGUSR2 are read from the signalfd; SIGHUP and SIGPIPE are ignored. */
static int supervisor_block_signals(struct supervisor *supervisor, struct fault *f)
{
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGUSR2);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    supervisor_lift_file_limit();
    /* It holds no key, but the descriptor through which keys pass. */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (sigprocmask(SIG_SETMASK, &stops, NULL) == 0)
        supervisor->signals = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
    if (supervisor->signals < 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot wait for signals");
    return 0;
}

/* The mount of an earlier supervisor that systemd has kept, or a new one. */
static int supervisor_mount(struct supervisor *supervisor, struct fault *f)
{
    const struct options *options = supervisor->options;
    if (disk_open(options, keeping_take_store(&supervisor->keeping), &supervisor->disk, f) != 0) {
        keeping_drop(&supervisor->keeping);
        return -1;
    }
    if (keeping_adopt(supervisor))
        return 0;
    if (cover_mountpoint(options, &supervisor->disk, &supervisor->problems, &supervisor->mounting, f) != 0)
        return -1;
    if (outliving_new(&supervisor->shared, f) == 0)
        return 0;
    mounting_end(&supervisor->mounting, false);
    return -1;
}

static int supervisor_start(struct supervisor *supervisor, struct fault *f)
{
    if (supervisor_block_signals(supervisor, f) != 0 || mountpoint_check_fuse(f) != 0 ||
        supervisor_mount(supervisor, f) != 0)
        return -1;
    answers_init(&supervisor->answers, supervisor->options, &supervisor->disk, &supervisor->worker.zygotes);
    namespaces_make(&supervisor->namespaces);
    keeping_begin(supervisor, supervisor->keeping.adopted);
    if (succession_begin(supervisor, f) == 0)
        return 0;
    mounting_end(&supervisor->mounting, supervisor->keeping.adopted);
    return -1;
}

static struct supervisor supervisor = {.daemonize = {.waiting = -1},
                                       .problems = PROBLEMS_INITIALIZER,
                                       .signals = -1,
                                       .worker = {.channel = -1, .log_channel = -1, .ask_channel = -1},
                                       .reload = {.trial = TRIAL_INITIALIZER, .executable = -1, .before = -1},
                                       .keeping = {.facts = -1}};

static int supervisor_serve_to_the_end(void)
{
    int status = finish_all(&supervisor, supervisor_serve(&supervisor));
    log_end();
    return status;
}

int supervisor_run(const struct options *options, int argc, char **argv)
{
    supervisor.options = options;
    struct fault f = {0};
    int failed = 0;
    signal(SIGUSR2, SIG_IGN); /* before it is read from a descriptor it does nothing */
    command_line_note(argc, argv, &supervisor.reload.line);
    on_change_init(&supervisor.hook, options);
    keeping_receive(&supervisor.keeping);
    daemonize_keep_only(supervisor.keeping.listed.fds, (size_t)supervisor.keeping.listed.count);
    if (!options->foreground) {
        failed = daemonize_fork(&supervisor.daemonize, &f);
        log_to_syslog(_PATH_LOG);
    }
    if (failed != 0 || supervisor_start(&supervisor, &f) != 0) {
        messages_print_problems(&supervisor.problems);
        log_stderr("%s", f.message);
        return EXIT_FAILURE;
    }
    return supervisor_serve_to_the_end();
}

void supervisor_refuse(void)
{
    keeping_receive(&supervisor.keeping);
    keeping_drop(&supervisor.keeping);
}

/* ---- in the place of another program ---- */

static int supervisor_take_over(struct options *options, struct resume *resume, struct fault *f)
{
    supervisor.options = options;
    if (command_line_read(resume, options, f) != 0)
        return -1;
    on_change_init(&supervisor.hook, options);
    if (!options->foreground)
        log_to_syslog(_PATH_LOG);
    if (supervisor_block_signals(&supervisor, f) != 0 || resumption_read(&supervisor, resume, f) != 0)
        return -1;
    answers_init(&supervisor.answers, options, &supervisor.disk, &supervisor.worker.zygotes);
    namespaces_make(&supervisor.namespaces);
    return 0;
}

int supervisor_resume(struct resume *resume, int argc, char **argv)
{
    static struct options options;
    struct fault f = {.reason = REASON_NONE};
    (void)prctl(PR_SET_NAME, "certfs"); /* the kernel names it after a descriptor */
    command_line_note_again(argc, argv, resume, &supervisor.reload.line);
    if (supervisor_take_over(&options, resume, &f) != 0) {
        successor_abandon(&supervisor, resume, f.message);
        log_line(LOG_CRIT, "cannot take over from the program before, and ends: %s", f.message);
        log_end();
        return EXIT_FAILURE;
    }
    keeping_begin(&supervisor, true);
    reload_continue(&supervisor, resume);
    resume_close_rest(resume);
    resume_done(resume);
    if (supervisor.gone)
        supervisor_begin_drain(&supervisor);
    return supervisor_serve_to_the_end();
}
