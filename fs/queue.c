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

void queue_put(struct queue *queue, const struct job *job)
{
    put(job->drop == NULL ? &queue->control : &queue->import, job);
}

bool queue_take(struct queue *queue, int64_t now, bool hurry, struct job *ret)
{
    if (take(&queue->control, ret))
        return true;
    return (hurry || now >= queue->next_import) && take(&queue->import, ret);
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
