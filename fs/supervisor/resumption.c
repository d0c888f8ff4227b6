#include "fs/supervisor/resumption.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "fs/disk/disk.h"
#include "fs/host/clock.h"
#include "fs/host/log.h"
#include "fs/report/problems.h"
#include "fs/supervisor/answers.h"
#include "fs/supervisor/child.h"
#include "fs/supervisor/crashes.h"
#include "fs/supervisor/mounting.h"
#include "fs/supervisor/on_change_kept.h"
#include "fs/supervisor/recent.h"
#include "fs/supervisor/remains.h"
#include "fs/takeover/shared.h"
#include "fs/upgrade/command_line.h"

/* A member of the supervisor, or of what it consists of, by its place. */
struct row {
    const char *name;
    size_t at;
};

#define MEMBER(member) offsetof(struct supervisor, member)

static const struct row descriptors[] = {
    {"store", MEMBER(disk.store)},           {"keys", MEMBER(disk.keys)},         {"channel", MEMBER(worker.channel)},
    {"log", MEMBER(worker.log_channel)},     {"ask", MEMBER(worker.ask_channel)}, {"life", MEMBER(worker.life)},
    {"old_log", MEMBER(succession.old_log)},
};

/* All of them are of the size of an int. */
static const struct row numbers[] = {
    {"worker.pid", MEMBER(worker.pid)},
    {"worker.number", MEMBER(succession.number)},
    {"worker.problems", MEMBER(worker.problems_sent)},
    {"zygote.pid", MEMBER(worker.zygotes.pid)},
    {"zygote.user", MEMBER(worker.zygotes.user.user)},
    {"zygote.group", MEMBER(worker.zygotes.user.group)},
    {"worker.status", MEMBER(succession.status)},
};

static const struct row facts[] = {
    {"worker.user", MEMBER(disk.worker.user)},
    {"worker.group", MEMBER(disk.worker.group)},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static int *resumption_int(struct supervisor *supervisor, const struct row *row)
{
    return (int *)(void *)((char *)supervisor + row->at);
}

/* ---- writing ---- */

struct writing {
    struct resume *resume;
    const char *name;
    struct fault *fault;
};

static int resumption_add_text(void *context, const char *text)
{
    const struct writing *writing = context;
    return resume_add(writing->resume, writing->name, text, writing->fault);
}

static int resumption_write_ints(struct supervisor *supervisor, const struct row *rows, size_t count,
                                 struct resume *resume, struct fault *f)
{
    for (size_t i = 0; i < count; i++)
        if (resume_add_number(resume, rows[i].name, *resumption_int(supervisor, &rows[i]), f) != 0)
            return -1;
    return 0;
}

int resumption_write_facts(struct supervisor *supervisor, struct resume *resume, struct fault *f)
{
    struct writing problem = {resume, "problem", f}, remark = {resume, "remark", f};
    if (command_line_add(&supervisor->reload.line, supervisor->options, resume, f) != 0 ||
        resume_add(resume, "device", supervisor->mounting.presence.device, f) != 0 ||
        resumption_write_ints(supervisor, facts, COUNT_OF(facts), resume, f) != 0)
        return -1;
    for (size_t i = 0; i < DISK_PLACES; i++)
        if (resume_add(resume, "unsafe", supervisor->disk.unsafe[i], f) != 0)
            return -1;
    return problems_visit(&supervisor->problems, PROBLEM_TO_MEND, resumption_add_text, &problem) != 0
               ? -1
               : problems_visit(&supervisor->problems, PROBLEM_REMARK, resumption_add_text, &remark);
}

bool resumption_is_possible(const struct supervisor *supervisor)
{
    enum stage stage = supervisor->succession.stage;
    return supervisor->ready && !supervisor->draining && (stage == STAGE_READY || stage == STAGE_AWAITED) &&
           on_change_can_be_kept(&supervisor->hook);
}

static int resumption_write_succession(const struct supervisor *supervisor, struct resume *resume, struct fault *f)
{
    const struct succession *succession = &supervisor->succession;
    const struct crashes *crashes = &succession->crashes;
    const struct recent *changes = &supervisor->changes;
    if (resume_add(resume, "stage", succession->stage == STAGE_READY ? "ready" : "awaited", f) != 0 ||
        resume_add(resume, "end", succession->end, f) != 0 ||
        resume_add_number(resume, "lost", succession->lost, f) != 0 ||
        resume_add_numbers(resume, "remains", succession->remains, REMAINS_MAX, f) != 0 ||
        resume_add_numbers(resume, "answer", supervisor->answers.children, ANSWERS_CHILDREN_MAX, f) != 0)
        return -1;
    for (unsigned i = 0; i < crashes->count; i++)
        if (resume_add_number(resume, "crash",
                              crashes->times[(crashes->next + CRASHES_MAX - crashes->count + i) % CRASHES_MAX], f) != 0)
            return -1;
    for (size_t i = 0; i < RECENT_MAX; i++) {
        uint64_t change = changes->numbers[(changes->next + i) % RECENT_MAX];
        if (change != 0 && resume_add_number(resume, "change", (int64_t)change, f) != 0)
            return -1;
    }
    return 0;
}

static int resumption_write_descriptors(struct supervisor *supervisor, struct resume *resume, struct fault *f)
{
    const struct shared_descriptors shared = shared_descriptors(supervisor->shared);
    for (size_t i = 0; i < COUNT_OF(descriptors); i++)
        if (resume_add_descriptor(resume, descriptors[i].name, *resumption_int(supervisor, &descriptors[i]), f) != 0)
            return -1;
    if (resume_add_descriptor(resume, "memory", shared.memory, f) != 0 ||
        resume_add_descriptor(resume, "vault", shared.vault, f) != 0 ||
        resume_add_descriptor(resume, "secret", shared.secret, f) != 0)
        return -1;
    return resume_add_descriptor(resume, "fuse", mounting_fd(&supervisor->mounting), f);
}

int resumption_write(struct supervisor *supervisor, struct resume *resume, struct fault *f)
{
    struct writing line = {resume, "log", f};
    if (resume_add_number(resume, "pid", getpid(), f) != 0 || resumption_write_facts(supervisor, resume, f) != 0 ||
        resumption_write_ints(supervisor, numbers, COUNT_OF(numbers), resume, f) != 0 ||
        resumption_write_succession(supervisor, resume, f) != 0 || on_change_keep(&supervisor->hook, resume, f) != 0 ||
        resumption_write_descriptors(supervisor, resume, f) != 0)
        return -1;
    return log_visit_waiting(resumption_add_text, &line);
}

/* ---- reading ---- */

static void resumption_read_ints(struct supervisor *supervisor, const struct row *rows, size_t count,
                                 const struct resume *resume)
{
    for (size_t i = 0; i < count; i++)
        *resumption_int(supervisor, &rows[i]) = (int)resume_number(resume, rows[i].name, 0);
}

void resumption_read_facts(struct supervisor *supervisor, const struct resume *resume)
{
    const char *text;
    size_t at = 0;
    resumption_read_ints(supervisor, facts, COUNT_OF(facts), resume);
    for (size_t i = 0; i < DISK_PLACES && (text = resume_next(resume, "unsafe", &at)) != NULL; i++)
        snprintf(supervisor->disk.unsafe[i], sizeof(supervisor->disk.unsafe[i]), "%s", text);
    at = 0;
    while ((text = resume_next(resume, "problem", &at)) != NULL)
        problems_add(&supervisor->problems, text);
    at = 0;
    while ((text = resume_next(resume, "remark", &at)) != NULL)
        problems_remark(&supervisor->problems, text);
}

static void resumption_read_succession(struct supervisor *supervisor, const struct resume *resume)
{
    struct succession *succession = &supervisor->succession;
    const char *stage = resume_get(resume, "stage"), *end = resume_get(resume, "end"), *text;
    size_t at = 0;
    succession->ready = stage != NULL && strcmp(stage, "ready") == 0;
    succession->stage = succession->ready ? STAGE_READY : STAGE_AWAITED;
    succession->lost = resume_number(resume, "lost", 0);
    snprintf(succession->end, sizeof(succession->end), "%s", end != NULL ? end : "the worker ended");
    (void)resume_numbers(resume, "remains", succession->remains, REMAINS_MAX);
    (void)resume_numbers(resume, "answer", supervisor->answers.children, ANSWERS_CHILDREN_MAX);
    while ((text = resume_next(resume, "crash", &at)) != NULL)
        (void)crashes_note(&succession->crashes, strtoll(text, NULL, 10));
    at = 0;
    while ((text = resume_next(resume, "change", &at)) != NULL)
        (void)recent_note(&supervisor->changes, strtoull(text, NULL, 10));
}

static int resumption_read_shared(struct supervisor *supervisor, struct resume *resume, struct fault *f)
{
    const struct shared_descriptors shared = {.memory = resume_take_descriptor(resume, "memory"),
                                              .vault = resume_take_descriptor(resume, "vault"),
                                              .secret = resume_take_descriptor(resume, "secret")};
    if (shared.memory < 0 || shared.vault < 0 || shared.secret < 0)
        return fault_set(f, REASON_SYSTEM, "", "a descriptor of the program before is missing");
    return shared_attach(&shared, &supervisor->shared, f);
}

/* The worker's part, if one runs. */
static int resumption_check(const struct supervisor *supervisor, struct fault *f)
{
    const struct child *worker = &supervisor->worker;
    bool runs = supervisor->succession.stage == STAGE_READY;
    if (mounting_fd(&supervisor->mounting) >= 0 &&
        (!runs || (worker->pid > 1 && worker->channel >= 0 && worker->life >= 0)))
        return 0;
    return fault_set(f, REASON_SYSTEM, "", "a descriptor of the program before is missing");
}

int resumption_read(struct supervisor *supervisor, struct resume *resume, struct fault *f)
{
    const char *device = resume_get(resume, "device"), *text;
    size_t at = 0;
    supervisor->ready = true;
    supervisor->disk.user = geteuid();
    resumption_read_facts(supervisor, resume);
    resumption_read_ints(supervisor, numbers, COUNT_OF(numbers), resume);
    resumption_read_succession(supervisor, resume);
    for (size_t i = 0; i < COUNT_OF(descriptors); i++)
        *resumption_int(supervisor, &descriptors[i]) = resume_take_descriptor(resume, descriptors[i].name);
    supervisor->worker.zygotes.foreground = supervisor->options->foreground;
    supervisor->worker.end = supervisor->succession.stage == STAGE_READY ? pidfd_open(supervisor->worker.pid, 0) : -1;
    supervisor->gone = !mounting_adopt(supervisor->options, resume_take_descriptor(resume, "fuse"),
                                       device != NULL ? device : "", &supervisor->mounting);
    on_change_continue(&supervisor->hook, resume, clock_ms(CLOCK_MONOTONIC));
    while ((text = resume_next(resume, "log", &at)) != NULL)
        log_append_waiting(text);
    return resumption_read_shared(supervisor, resume, f) != 0 ? -1 : resumption_check(supervisor, f);
}
