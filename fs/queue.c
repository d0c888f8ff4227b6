#include "fs/queue.h"

#include <assert.h>

static void put(struct queue_ring *ring, const struct job *job)
{
    assert(ring->count < QUEUE_MAX);
    ring->jobs[(ring->first + ring->count++) % QUEUE_MAX] = *job;
}

static bool take(struct queue_ring *ring, struct job *ret)
{
    if (ring->count == 0)
        return false;
    *ret = ring->jobs[ring->first];
    ring->first = (ring->first + 1) % QUEUE_MAX;
    ring->count--;
    return true;
}

static struct job *job_at(struct queue_ring *ring, size_t i)
{
    return &ring->jobs[(ring->first + i) % QUEUE_MAX];
}

/* One behind what waits of its user; one behind what was begun last, if nothing does. */
static uint64_t turn_of(struct queue *queue, uid_t uid)
{
    struct queue_ring *ring = &queue->import;
    uint64_t turn = queue->turn;
    for (size_t i = 0; i < ring->count; i++)
        if (job_at(ring, i)->uid == uid && job_at(ring, i)->turn > turn)
            turn = job_at(ring, i)->turn;
    return turn + 1;
}

void queue_put(struct queue *queue, const struct job *job)
{
    struct job entry = *job;
    if (job->drop != NULL)
        entry.turn = turn_of(queue, job->uid);
    put(job->drop == NULL ? &queue->control : &queue->import, &entry);
}

static void close_gap(struct queue_ring *ring, size_t i)
{
    for (; i + 1 < ring->count; i++)
        *job_at(ring, i) = *job_at(ring, i + 1);
    ring->count--;
}

/* The earliest turn, and of those the one that came first. */
static bool take_in_turn(struct queue *queue, struct job *ret)
{
    struct queue_ring *ring = &queue->import;
    size_t first = 0;
    for (size_t i = 1; i < ring->count; i++)
        if (job_at(ring, i)->turn < job_at(ring, first)->turn)
            first = i;
    if (ring->count == 0)
        return false;
    *ret = *job_at(ring, first);
    close_gap(ring, first);
    queue->turn = ret->turn;
    return true;
}

bool queue_take(struct queue *queue, int64_t now, bool hurry, struct job *ret)
{
    if (take(&queue->control, ret))
        return true;
    return (hurry || now >= queue->next_import) && take_in_turn(queue, ret);
}

bool queue_remove(struct queue *queue, bool (*wanted)(const struct job *job, const void *context), const void *context,
                  struct job *ret)
{
    struct queue_ring *rings[] = {&queue->control, &queue->import};
    for (size_t r = 0; r < sizeof(rings) / sizeof(rings[0]); r++) {
        for (size_t i = 0; i < rings[r]->count; i++) {
            if (!wanted(job_at(rings[r], i), context))
                continue;
            *ret = *job_at(rings[r], i);
            close_gap(rings[r], i);
            return true;
        }
    }
    return false;
}

struct job *queue_find(struct queue *queue, const struct fuse_req *request)
{
    struct queue_ring *rings[] = {&queue->control, &queue->import};
    for (size_t r = 0; r < sizeof(rings) / sizeof(rings[0]); r++)
        for (size_t i = 0; i < rings[r]->count; i++)
            if (job_at(rings[r], i)->request == request)
                return job_at(rings[r], i);
    return NULL;
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
