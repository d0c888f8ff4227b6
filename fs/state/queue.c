#include "fs/state/queue.h"

#include <assert.h>

static void queue_append(struct queue_jobs *jobs, const struct job *job)
{
    assert(jobs->count < QUEUE_MAX);
    jobs->jobs[jobs->count++] = *job;
}

static void queue_take_at(struct queue_jobs *jobs, size_t i, struct job *ret)
{
    *ret = jobs->jobs[i];
    jobs->count--;
    for (; i < jobs->count; i++)
        jobs->jobs[i] = jobs->jobs[i + 1];
}

/* One after the last document of this user that waits, or else after the one that was begun last. */
static uint64_t queue_turn_of(const struct queue *queue, uid_t uid)
{
    const struct queue_jobs *import = &queue->import;
    uint64_t turn = queue->turn;
    for (size_t i = 0; i < import->count; i++)
        if (import->jobs[i].uid == uid && import->jobs[i].turn > turn)
            turn = import->jobs[i].turn;
    return turn + 1;
}

void queue_put(struct queue *queue, const struct job *job)
{
    struct job entry = *job;
    if (job->file != NULL)
        entry.turn = queue_turn_of(queue, job->uid);
    queue_append(job->file == NULL ? &queue->control : &queue->import, &entry);
}

/* Takes the lowest turn, and of those the oldest. */
static void queue_take_in_turn(struct queue *queue, struct job *ret)
{
    struct queue_jobs *import = &queue->import;
    size_t first = 0;
    for (size_t i = 1; i < import->count; i++)
        if (import->jobs[i].turn < import->jobs[first].turn)
            first = i;
    queue_take_at(import, first, ret);
    queue->turn = ret->turn;
}

bool queue_take(struct queue *queue, int64_t now, bool hurry, struct job *ret)
{
    bool control = queue->control.count > 0;
    bool import = queue->import.count > 0 && (hurry || now >= queue->next_import);
    if (control)
        queue_take_at(&queue->control, 0, ret);
    else if (import)
        queue_take_in_turn(queue, ret);
    return control || import;
}

static struct job *queue_find_in(struct queue_jobs *jobs, queue_wanted *wanted, const void *context)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (wanted(&jobs->jobs[i], context))
            return &jobs->jobs[i];
    return NULL;
}

struct job *queue_find(struct queue *queue, queue_wanted *wanted, const void *context)
{
    struct job *found = queue_find_in(&queue->control, wanted, context);
    return found != NULL ? found : queue_find_in(&queue->import, wanted, context);
}

bool queue_remove(struct queue *queue, queue_wanted *wanted, const void *context, struct job *ret)
{
    const struct job *found = queue_find(queue, wanted, context);
    if (found == NULL)
        return false;
    struct queue_jobs *jobs = found->file == NULL ? &queue->control : &queue->import;
    queue_take_at(jobs, (size_t)(found - jobs->jobs), ret);
    return true;
}

int queue_wait(const struct queue *queue, int64_t now)
{
    if (queue->control.count == 0 && queue->import.count == 0)
        return -1;
    if (queue->control.count > 0 || now >= queue->next_import)
        return 0;
    return (int)(queue->next_import - now);
}

void queue_changed(struct queue *queue, int64_t now)
{
    queue->next_import = now + QUEUE_PACE_MS;
}
