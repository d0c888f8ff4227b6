#include "fs/supervisor/on_change_kept.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

#include "core/about/identifier.h"
#include "core/base/buf.h"
#include "fs/worker/announce.h"

enum { RUN_SIZE = IDENTIFIER_MAX + 32, HEX_SIZE = 2 * (ON_CHANGE_OUTPUT_MAX + 1) + 1 };

bool on_change_can_be_kept(const struct on_change *hook)
{
    return hook->refusal.text[0] == '\0';
}

/* "7 NAME" */
static int on_change_keep_run(const struct on_change_run *run, const char *name, struct resume *resume, struct fault *f)
{
    char text[RUN_SIZE];
    snprintf(text, sizeof(text), "%" PRIu64 " %s", run->generation, run->set);
    return resume_add(resume, name, text, f);
}

static int on_change_keep_running(const struct on_change *hook, struct resume *resume, struct fault *f)
{
    char hex[HEX_SIZE];
    if (hook->pid == 0)
        return 0;
    span_hex((struct span){(const unsigned char *)hook->output, hook->output_length}, hex, sizeof(hex));
    if (on_change_keep_run(&hook->running, "hook.running", resume, f) != 0 ||
        resume_add_number(resume, "hook.pid", hook->pid, f) != 0 ||
        resume_add_number(resume, "hook.deadline", hook->deadline, f) != 0 ||
        resume_add_number(resume, "hook.killed", hook->killed, f) != 0 ||
        resume_add(resume, "hook.output", hex, f) != 0)
        return -1;
    return resume_add_descriptor(resume, "hook", hook->output_fd, f);
}

int on_change_keep(const struct on_change *hook, struct resume *resume, struct fault *f)
{
    const struct on_change_run *waiting;
    if (on_change_keep_running(hook, resume, f) != 0)
        return -1;
    STAILQ_FOREACH(waiting, &hook->waiting, order)
    {
        if (on_change_keep_run(waiting, "hook.waiting", resume, f) != 0)
            return -1;
    }
    const struct on_change_run many = {.generation = hook->many, .set = ANNOUNCE_MANY};
    return hook->many == 0 ? 0 : on_change_keep_run(&many, "hook.waiting", resume, f);
}

static bool on_change_read_run(const char *text, struct on_change_run *ret)
{
    char *end;
    *ret = (struct on_change_run){.generation = strtoull(text, &end, 10)};
    if (end == text || *end != ' ' || strlen(end + 1) >= sizeof(ret->set))
        return false;
    snprintf(ret->set, sizeof(ret->set), "%s", end + 1);
    return true;
}

static void on_change_continue_running(struct on_change *hook, struct resume *resume)
{
    const char *text = resume_get(resume, "hook.running"), *hex = resume_get(resume, "hook.output");
    int64_t pid = resume_number(resume, "hook.pid", 0);
    if (text == NULL || pid <= 1 || !on_change_read_run(text, &hook->running))
        return;
    hook->pid = (pid_t)pid;
    hook->end_fd = pidfd_open(hook->pid, 0);
    hook->output_fd = resume_take_descriptor(resume, "hook");
    hook->deadline = resume_number(resume, "hook.deadline", 0);
    hook->killed = resume_number(resume, "hook.killed", 0) != 0;
    if (hex != NULL && strlen(hex) <= 2 * sizeof(hook->output) &&
        span_unhex(span_of(hex), (unsigned char *)hook->output))
        hook->output_length = strlen(hex) / 2;
}

void on_change_continue(struct on_change *hook, struct resume *resume, int64_t now_ms)
{
    struct on_change_run run;
    const char *text;
    size_t at = 0;
    on_change_continue_running(hook, resume);
    while ((text = resume_next(resume, "hook.waiting", &at)) != NULL)
        if (on_change_read_run(text, &run))
            on_change_changed(hook, run.set, run.generation, now_ms);
}
