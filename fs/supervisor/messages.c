#include "fs/supervisor/messages.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "core/about/identifier.h"
#include "fs/host/channel.h"
#include "fs/host/clock.h"
#include "fs/host/log.h"
#include "fs/report/problems.h"
#include "fs/supervisor/answers.h"
#include "fs/supervisor/child.h"
#include "fs/supervisor/on_change.h"
#include "fs/supervisor/recent.h"
#include "fs/supervisor/relay.h"
#include "fs/worker/announce.h"

void messages_report(const struct supervisor *supervisor, const char *sentence)
{
    if (supervisor->ready)
        log_line(LOG_ERR, "%s", sentence);
    else
        log_stderr("%s", sentence);
}

static int messages_print_problem(void *unused, const char *sentence)
{
    (void)unused;
    log_stderr("%s", sentence);
    return 0;
}

void messages_print_problems(struct problems *problems)
{
    (void)problems_visit(problems, PROBLEM_TO_MEND, messages_print_problem, NULL);
}

/*
 * A worker that follows another one may report again what that one had reported. The name of the set is passed to a
 * program.
 */
static enum message_event messages_handle_change(struct supervisor *supervisor, const char *text)
{
    uint64_t generation;
    char set[IDENTIFIER_MAX + 1];
    if (!announce_read(text, &generation, set))
        return MESSAGE_DISTRUST;
    if (recent_note(&supervisor->changes, generation))
        on_change_changed(&supervisor->hook, set, generation, clock_ms(CLOCK_MONOTONIC));
    return MESSAGE_NONE;
}

/* FNV-1a. */
static uint64_t messages_hash(const char *sentence)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (const char *at = sentence; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 0x100000001b3;
    return hash;
}

/*
 * Before the mount answers, problems also go to standard error, which may block: later and more of them are invalid. A
 * worker that follows another one finds what that one had found.
 */
static enum message_event messages_handle_problem(struct supervisor *supervisor, const char *sentence)
{
    if (supervisor->succession.stage == STAGE_READY || supervisor->worker.problems_sent++ > PROBLEMS_MAX)
        return MESSAGE_DISTRUST;
    if (recent_note(&supervisor->logged, messages_hash(sentence)))
        log_line(LOG_WARNING, "%s", sentence);
    if (!supervisor->ready && !supervisor->options->foreground)
        log_stderr("%s", sentence);
    return MESSAGE_NONE;
}

static enum message_event messages_handle_failure(struct supervisor *supervisor, const char *sentence)
{
    if (!supervisor->ready)
        messages_print_problems(&supervisor->problems);
    messages_report(supervisor, sentence);
    return MESSAGE_FAILED;
}

enum message_event messages_receive(struct supervisor *supervisor)
{
    struct channel_message message;
    channel_receive(supervisor->worker.channel, &message);
    switch (message.kind) {
    case CHANNEL_READY:
        return MESSAGE_READY;
    case CHANNEL_PROBLEM:
        return messages_handle_problem(supervisor, message.text);
    case CHANNEL_FAILED:
        return messages_handle_failure(supervisor, message.text);
    case CHANNEL_CHANGED:
        return messages_handle_change(supervisor, message.text);
    case CHANNEL_DRAINED:
        if (!supervisor->draining)
            return MESSAGE_DISTRUST;
        supervisor->held = strcmp(message.text, CHANNEL_HELD) == 0;
        return MESSAGE_DRAINED;
    case CHANNEL_HOOK: /* this and the next are sent by the supervisor only */
    case CHANNEL_DRAIN:
    case CHANNEL_LOG: /* on the log channel only */
        return MESSAGE_DISTRUST;
    case CHANNEL_END:
        break;
    }
    return MESSAGE_CLOSED;
}

enum message_event messages_answer(struct supervisor *supervisor)
{
    return answers_step(&supervisor->answers, &supervisor->worker.ask_channel) ? MESSAGE_NONE : MESSAGE_DISTRUST;
}

/* The first event that ends something is the one that counts. */
enum message_event messages_receive_rest(struct supervisor *supervisor)
{
    struct child *worker = &supervisor->worker;
    enum message_event event = MESSAGE_NONE;
    while (event <= MESSAGE_READY && channel_is_waiting(worker->channel)) {
        enum message_event one = messages_receive(supervisor);
        event = one == MESSAGE_NONE ? event : one;
    }
    relay_waiting(&worker->log_channel);
    return event;
}

void messages_step_hook(struct supervisor *supervisor)
{
    struct on_change_report report;
    if (!on_change_step(&supervisor->hook, clock_ms(CLOCK_MONOTONIC), &report))
        return;
    log_line(report.failed ? LOG_ERR : LOG_NOTICE, "on_change for generation %s", report.text);
    supervisor->last_run = report;
    messages_repeat_hook(supervisor);
}

void messages_repeat_hook(const struct supervisor *supervisor)
{
    const struct on_change_report *report = &supervisor->last_run;
    char text[sizeof(report->set) + sizeof(report->text)];
    _Static_assert(sizeof(text) <= CHANNEL_TEXT_SIZE, "the line carries it whole");
    snprintf(text, sizeof(text), "%s %s", report->set, report->text);
    if (report->text[0] != '\0')
        (void)channel_send(supervisor->worker.channel, CHANNEL_HOOK, report->failed, text);
}
