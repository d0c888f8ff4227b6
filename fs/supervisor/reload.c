#include "fs/supervisor/reload.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "core/base/cleanup.h"
#include "core/base/fault.h"
#include "fs/host/channel.h"
#include "fs/host/clock.h"
#include "fs/host/log.h"
#include "fs/supervisor/answers.h"
#include "fs/supervisor/child.h"
#include "fs/supervisor/relay.h"
#include "fs/supervisor/resumption.h"
#include "fs/supervisor/succession.h"
#include "fs/supervisor/successor.h"
#include "fs/supervisor/zygotes.h"
#include "fs/upgrade/executable.h"
#include "fs/upgrade/request.h"
#include "fs/upgrade/trial.h"
#include "fs/worker/worker.h"

enum { END_LIMIT_MS = 1000 };

static int64_t reload_now(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

/* ---- requests and their answers ---- */

static void reload_note(struct reload_asking *list, pid_t from)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->pids[i] == from)
            return;
    if (from > 0 && list->count < RELOAD_ASKING_MAX)
        list->pids[list->count++] = from;
}

static void reload_answer(struct reload_asking *list, const char *failure)
{
    for (size_t i = 0; i < list->count; i++)
        request_report(list->pids[i], failure);
    list->count = 0;
}

/* `failure`: a sentence; NULL if the reload is done. */
static void reload_finish(struct supervisor *supervisor, const char *failure)
{
    struct reload *reload = &supervisor->reload;
    if (failure != NULL)
        log_line(LOG_ERR, "not reloaded, and goes on as it is: %s", failure);
    else
        log_line(LOG_NOTICE, "reloaded: %s and its worker have taken over", reload->line.program);
    close_fd(&reload->executable);
    close_fd(&reload->before);
    reload->executable = reload->before = -1;
    reload->stage = RELOAD_IDLE;
    reload_answer(&reload->asking, failure);
}

void reload_request(struct supervisor *supervisor, pid_t from)
{
    request_acknowledge(from);
    if (supervisor->draining) {
        request_report(from, "certfs is ending");
        return;
    }
    supervisor->reload.wanted = true;
    reload_note(&supervisor->reload.later, from);
}

/* ---- the program that runs: the self-test of the other one ---- */

static int reload_try(struct supervisor *supervisor, struct fault *f)
{
    struct reload *reload = &supervisor->reload;
    CLEANUP(resume_done) struct resume resume = {0};
    CLEANUP(close_fd) int text = -1;
    if (executable_open(reload->line.program, &reload->executable, f) != 0 ||
        resumption_write(supervisor, &resume, f) != 0 || resume_write(&resume, &text, f) != 0)
        return -1;
    return trial_start(&reload->trial, reload->executable, text, reload_now(), f);
}

static void reload_begin(struct supervisor *supervisor)
{
    struct reload *reload = &supervisor->reload;
    struct fault f = {.reason = REASON_NONE};
    reload->wanted = false;
    reload->asking = reload->later;
    reload->later.count = 0;
    reload->stage = RELOAD_TRYING;
    if (reload_try(supervisor, &f) != 0)
        reload_finish(supervisor, f.message);
}

static void reload_step_trial(struct supervisor *supervisor)
{
    struct fault f = {.reason = REASON_NONE};
    switch (trial_step(&supervisor->reload.trial, reload_now(), &f)) {
    case TRIAL_RUNS:
        break;
    case TRIAL_PASSED:
        supervisor->reload.stage = RELOAD_PASSED;
        break;
    case TRIAL_NONE:
    case TRIAL_FAILED:
        reload_finish(supervisor, f.message);
        break;
    }
}

static bool reload_is_possible(const struct supervisor *supervisor)
{
    return resumption_is_possible(supervisor) && supervisor->succession.stage == STAGE_READY;
}

static void reload_step_passed(struct supervisor *supervisor)
{
    struct fault f = {.reason = REASON_NONE};
    if (!reload_is_possible(supervisor))
        return;
    successor_execute(supervisor, supervisor->reload.executable, NULL, &f);
    reload_finish(supervisor, f.message);
}

/* ---- the program that was executed: a scout, and then its worker ---- */

static void reload_end_scout(struct reload *reload)
{
    if (reload->scout.pid <= 0)
        return;
    answers_done(&reload->scout_answers);
    child_kill(&reload->scout);
    child_close(&reload->scout);
    (void)!child_reap(&reload->scout, END_LIMIT_MS);
    zygotes_end(&reload->scout.zygotes);
    reload->scout.pid = 0;
}

/* Back to the program before, as soon as that is possible. */
static void reload_return(struct supervisor *supervisor, const char *why)
{
    struct reload *reload = &supervisor->reload;
    reload_end_scout(reload);
    snprintf(reload->why, sizeof(reload->why), "%.*s", (int)sizeof(reload->why) - 1, why);
    reload->stage = RELOAD_RETURNING;
}

static void reload_step_return(struct supervisor *supervisor)
{
    struct reload *reload = &supervisor->reload;
    struct fault f = {.reason = REASON_NONE};
    if (!resumption_is_possible(supervisor))
        return;
    if (reload->before >= 0) {
        successor_execute(supervisor, reload->before, reload->why, &f);
        log_line(LOG_ERR, "cannot go back to the program before: %s", f.message);
    }
    supervisor->succession.probation = false;
    supervisor->succession.next = 0;
    reload_finish(supervisor, reload->why);
}

static int reload_start_scout(struct supervisor *supervisor, struct fault *f)
{
    struct reload *reload = &supervisor->reload;
    struct worker_task task = succession_task(supervisor);
    task.scouts = true;
    if (child_start(&reload->scout, &task, f) != 0)
        return -1;
    answers_init(&reload->scout_answers, supervisor->options, &supervisor->disk, NULL);
    reload->deadline = reload_now() + RELOAD_SCOUT_MS;
    reload->stage = RELOAD_SCOUTING;
    return 0;
}

/* Whether a worker of this program has been started. */
static bool reload_has_follower(const struct supervisor *supervisor)
{
    return supervisor->succession.number != supervisor->reload.worker;
}

static void reload_begin_probation(struct supervisor *supervisor)
{
    struct reload *reload = &supervisor->reload;
    reload->stage = RELOAD_PROBATION;
    reload->deadline = reload_now() + RELOAD_PROBATION_MS;
    supervisor->succession.probation = true;
    if (!reload_has_follower(supervisor))
        succession_replace(supervisor);
}

static void reload_hear_scout(struct supervisor *supervisor)
{
    struct reload *reload = &supervisor->reload;
    struct channel_message message;
    channel_receive(reload->scout.channel, &message);
    if (message.kind == CHANNEL_READY) {
        reload_end_scout(reload);
        reload_begin_probation(supervisor);
    } else if (message.kind == CHANNEL_FAILED)
        reload_return(supervisor, message.text);
    else
        reload_return(supervisor, "its worker would not come up");
}

static void reload_step_scout(struct supervisor *supervisor)
{
    struct reload *reload = &supervisor->reload;
    struct child *scout = &reload->scout;
    if (supervisor->succession.stage != STAGE_READY || reload_has_follower(supervisor)) { /* it died by itself */
        reload_end_scout(reload);
        reload_begin_probation(supervisor);
        return;
    }
    if (log_has_room() && channel_is_waiting(scout->log_channel))
        relay_line(&scout->log_channel);
    if (channel_is_waiting(scout->ask_channel) && !answers_step(&reload->scout_answers, &scout->ask_channel))
        reload_return(supervisor, "its worker asked an invalid question");
    else if (channel_is_waiting(scout->channel))
        reload_hear_scout(supervisor);
    else if (reload_now() >= reload->deadline)
        reload_return(supervisor, "its worker did not come up in time");
}

static void reload_step_probation(struct supervisor *supervisor)
{
    struct reload *reload = &supervisor->reload;
    const struct succession *succession = &supervisor->succession;
    bool follows = reload_has_follower(supervisor);
    if (follows && succession->stage == STAGE_READY)
        reload_finish(supervisor, NULL);
    else if (follows && succession->stage == STAGE_AWAITED)
        reload_return(supervisor, "its worker ended before it was ready");
    else if (reload_now() >= reload->deadline) {
        reload->deadline = INT64_MAX;
        succession_replace(supervisor);
    }
}

void reload_continue(struct supervisor *supervisor, struct resume *resume)
{
    struct reload *reload = &supervisor->reload;
    struct fault f = {.reason = REASON_NONE};
    const char *failure = resume_get(resume, "failure");
    reload->asking.count = resume_numbers(resume, "asking", reload->asking.pids, RELOAD_ASKING_MAX);
    reload->later.count = resume_numbers(resume, "later", reload->later.pids, RELOAD_ASKING_MAX);
    reload->wanted = resume_number(resume, "wanted", 0) != 0;
    reload->before = resume_take_descriptor(resume, "before");
    reload->worker = supervisor->succession.number;
    if (failure != NULL)
        reload_finish(supervisor, failure);
    else if (reload_start_scout(supervisor, &f) != 0)
        reload_return(supervisor, f.message);
}

/* ---- the loop ---- */

void reload_fds(const struct supervisor *supervisor, struct pollfd ret[static RELOAD_FDS])
{
    const struct reload *reload = &supervisor->reload;
    const struct child *scout = &reload->scout;
    bool scouts = reload->stage == RELOAD_SCOUTING;
    trial_fds(&reload->trial, ret);
    ret[TRIAL_FDS] = (struct pollfd){.fd = scouts ? scout->channel : -1, .events = POLLIN};
    ret[TRIAL_FDS + 1] = (struct pollfd){.fd = scouts ? scout->ask_channel : -1, .events = POLLIN};
    ret[TRIAL_FDS + 2] = relay_wait(scouts ? scout->log_channel : -1);
    _Static_assert(RELOAD_FDS == TRIAL_FDS + 3, "each has its place");
}

int reload_timeout(const struct supervisor *supervisor)
{
    const struct reload *reload = &supervisor->reload;
    bool limited =
        (reload->stage == RELOAD_SCOUTING || reload->stage == RELOAD_PROBATION) && reload->deadline < INT64_MAX;
    int limit = limited ? clock_left(reload->deadline) : -1;
    bool due = (reload->stage == RELOAD_IDLE && reload->wanted) || reload->stage == RELOAD_PASSED;
    if (due && reload_is_possible(supervisor))
        return 0;
    if (reload->stage == RELOAD_RETURNING && resumption_is_possible(supervisor))
        return 0;
    return clock_sooner(limit, trial_timeout(&reload->trial, reload_now()));
}

void reload_end(struct supervisor *supervisor)
{
    struct reload *reload = &supervisor->reload;
    trial_stop(&reload->trial);
    reload_end_scout(reload);
    supervisor->succession.probation = false;
    reload->wanted = false;
    if (reload->stage != RELOAD_IDLE)
        reload_finish(supervisor, "certfs is ending");
    reload_answer(&reload->later, "certfs is ending");
}

void reload_step(struct supervisor *supervisor)
{
    struct reload *reload = &supervisor->reload;
    if (supervisor->draining) {
        reload_end(supervisor);
        return;
    }
    switch (reload->stage) {
    case RELOAD_IDLE:
        if (reload->wanted && reload_is_possible(supervisor))
            reload_begin(supervisor);
        break;
    case RELOAD_TRYING:
        reload_step_trial(supervisor);
        break;
    case RELOAD_PASSED:
        reload_step_passed(supervisor);
        break;
    case RELOAD_SCOUTING:
        reload_step_scout(supervisor);
        break;
    case RELOAD_PROBATION:
        reload_step_probation(supervisor);
        break;
    case RELOAD_RETURNING:
        reload_step_return(supervisor);
        break;
    }
}
