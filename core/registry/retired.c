#include "core/registry/retired.h"

#include <stdlib.h>

void retired_init(struct retired_queue *queue)
{
    queue->oldest = NULL;
    queue->end = &queue->oldest;
}

void retired_push(struct retired_queue *queue, struct set *set, int64_t now, struct retired *slot)
{
    *slot = (struct retired){.set = set, .generation = TAKE(set->current), .since = now};
    *queue->end = slot;
    queue->end = &slot->next;
    set->retired++;
}

static struct generation *retired_take(struct retired_queue *queue, struct retired **place)
{
    struct retired *retired = *place;
    struct generation *generation = retired->generation;
    *place = retired->next;
    if (queue->end == &retired->next)
        queue->end = place;
    retired->set->retired--;
    free(retired);
    return generation;
}

struct generation *retired_pop(struct retired_queue *queue, const struct set *set)
{
    for (struct retired **place = &queue->oldest; *place != NULL; place = &(*place)->next)
        if (set == NULL || (*place)->set == set)
            return retired_take(queue, place);
    return NULL;
}

int64_t retired_since(const struct retired_queue *queue)
{
    return queue->oldest == NULL ? -1 : queue->oldest->since;
}

void retired_numbers(const struct retired_queue *queue, const struct set *set, uint64_t *ret)
{
    size_t place = set->retired;
    for (const struct retired *retired = queue->oldest; retired != NULL && place > 0; retired = retired->next)
        if (retired->set == set)
            ret[--place] = retired->generation->number;
}
