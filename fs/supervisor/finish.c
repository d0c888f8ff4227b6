#include "fs/supervisor/finish.h"

#include <poll.h>
#include <stdlib.h>
#include <syslog.h>

#include "core/base/fault.h"
#include "fs/host/clock.h"
#include "fs/host/log.h"
#include "fs/supervisor/answers.h"
#include "fs/supervisor/child.h"
#include "fs/supervisor/keeping.h"
#include "fs/supervisor/messages.h"
#include "fs/supervisor/mounting.h"
#include "fs/supervisor/on_change.h"
#include "fs/supervisor/relay.h"
#include "fs/supervisor/remains.h"
#include "fs/supervisor/succession.h"
#include "fs/supervisor/zygotes.h"

enum {
    UNMOUNTED_LIMIT_MS = 1000, /* for the worker to notice the unmount; longer if files are open */
    COPIED_LIMIT_MS = 200,     /* the same after umount(8): with a copy of the mount it never notices */
    END_LIMIT_MS = 2000,       /* for the worker to end after its channel is closed */
    REFUSE_MS = 500,           /* for requests to be refused before the unmount */
};

/* Relays the last messages and log lines of the worker after the unmount. `ended`: its channel is closed already. */
static void finish_relay_rest(struct supervisor *supervisor, bool ended)
{
    int64_t now, deadline = clock_ms(CLOCK_MONOTONIC) + (supervisor->gone ? COPIED_LIMIT_MS : UNMOUNTED_LIMIT_MS);
    struct child *worker = &supervisor->worker;
    int *log = ended ? &supervisor->succession.old_log : &worker->log_channel;
    while ((now = clock_ms(CLOCK_MONOTONIC)) < deadline) {
        struct pollfd waits[] = {{.fd = ended ? -1 : worker->channel, .events = POLLIN},
                                 relay_wait(*log),
                                 {.fd = log_waits(), .events = POLLOUT},
                                 {.fd = ended ? -1 : worker->ask_channel, .events = POLLIN}};
        if ((ended && *log < 0) || poll(waits, 4, (int)(deadline - now)) <= 0)
            return;
        log_step();
        if (waits[1].revents != 0)
            relay_line(log);
        if (waits[0].revents != 0)
            ended = messages_receive(supervisor) >= MESSAGE_CLOSED;
        if (waits[3].revents != 0 && !ended)
            ended = messages_answer(supervisor) == MESSAGE_DISTRUST;
    }
}

/* Maps an unexpected end of the worker to our exit status. Its status 0 means that the mount was unmounted. */
static int finish_exit_status(const struct supervisor *supervisor)
{
    if (supervisor->succession.status == 0) {
        if (!supervisor->ready)
            messages_report(supervisor, "the mount was removed before it answered");
        return supervisor->ready ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    messages_report(supervisor, supervisor->succession.end);
    return EXIT_FAILURE;
}

/* Everybody who waits has an answer before the unmount, which would leave who uses a copy of the mount waiting. */
static void finish_without_sets(struct supervisor *supervisor)
{
    struct fault f = {.reason = REASON_NONE};
    if (succession_refuse(supervisor, &f) != 0) {
        log_line(LOG_ERR, "%s", f.message);
        mounting_end(&supervisor->mounting, true);
        return;
    }
    (void)poll(NULL, 0, REFUSE_MS);
    log_step();
    mounting_end(&supervisor->mounting, remains_reap(supervisor->succession.remains));
    child_kill(&supervisor->worker);
    if (!child_reap(&supervisor->worker, END_LIMIT_MS))
        log_line(LOG_WARNING, "the process that refused all requests did not end and is left running");
}

/* Unmounts and ends the worker, in this order unless it has ended already. */
static void finish_worker(struct supervisor *supervisor)
{
    struct child *worker = &supervisor->worker;
    bool ended = !succession_is_living(&supervisor->succession);
    if (ended)
        finish_relay_rest(supervisor, true);
    /* systemd does not listen to us yet, and would keep the connection. */
    bool kept = supervisor->keeping.adopted && !supervisor->ready;
    mounting_end(&supervisor->mounting, supervisor->held || kept || remains_reap(supervisor->succession.remains));
    if (!ended)
        finish_relay_rest(supervisor, false);
    child_close(worker);
    if (!ended && !child_reap(worker, END_LIMIT_MS))
        log_line(LOG_WARNING, "the worker did not end and is left running");
}

int finish_all(struct supervisor *supervisor, enum ending ending)
{
    keeping_end(supervisor);
    on_change_kill(&supervisor->hook); /* it may use the mount */
    if (ending == ENDING_HOPELESS)
        finish_without_sets(supervisor);
    else
        finish_worker(supervisor);
    answers_done(&supervisor->answers);
    zygotes_end(&supervisor->worker.zygotes);
    /* Last, since the program may block in a request to our mount, which fails only after the unmount. */
    if (!on_change_stop(&supervisor->hook))
        log_line(LOG_WARNING, "the program of on_change= did not end and is left running");
    if (ending == ENDING_GONE)
        return finish_exit_status(supervisor);
    if (ending == ENDING_DRAINED && !supervisor->ready)
        messages_report(supervisor, "stopped by a signal before the mount answered");
    return ending == ENDING_DRAINED && supervisor->ready ? EXIT_SUCCESS : EXIT_FAILURE;
}
