/* The part of requests.h for a worker that follows another one. */
#include "fs/worker/requests.h"

#include <string.h>

#include "fs/worker/blame.h"
#include "fs/worker/requests_state.h"

static void requests_blame(struct requests *r, struct slot *slot)
{
    struct slots_head *head = slots_head(r->memory);
    bool carried_out = slot->running != 0 && head->killed != head->served;
    if (slot->waits == 0 || carried_out)
        blame_add(head, slots_unique(slot));
    slot->running = 0;
    slot->waits = 1;
}

/* Inserts it by its age. A request that was being moved into a small slot is left in one of the two. */
static void requests_list(struct requests *r, size_t index)
{
    uint64_t order = requests_slot(r, index)->order;
    size_t at = r->lefts;
    while (at > 0 && requests_slot(r, r->left[at - 1])->order > order)
        at--;
    if (at > 0 && requests_slot(r, r->left[at - 1])->order == order) {
        requests_wipe(r, index);
        return;
    }
    memmove(&r->left[at + 1], &r->left[at], (r->lefts - at) * sizeof(r->left[0]));
    r->left[at] = index;
    r->lefts++;
    requests_set(r, index, REQUESTS_BUSY);
}

/* With the lock held. There is always a slot to read into; this is for a memory that is not what it should be. */
static size_t requests_give_up_newest(struct requests *r)
{
    size_t at = r->lefts - 1;
    while (r->left[at] >= SLOTS_BIG)
        at--;
    size_t index = r->left[at];
    requests_wipe(r, index);
    memmove(&r->left[at], &r->left[at + 1], (--r->lefts - at) * sizeof(r->left[0]));
    return index;
}

void requests_inherit(struct requests *r, uint32_t number)
{
    pthread_mutex_lock(&r->lock);
    r->kept[r->reading] = 0;
    for (size_t i = 0; i < SLOTS_COUNT; i++) {
        struct slot *slot = requests_slot(r, i);
        slots_clean(slot, i);
        if (slots_length(slot, i) == 0)
            continue;
        requests_blame(r, slot);
        requests_list(r, i);
    }
    size_t free = requests_free(r, 0, SLOTS_BIG);
    requests_read_into(r, free != REQUESTS_NOWHERE ? free : requests_give_up_newest(r));
    slots_head(r->memory)->served = number;
    pthread_mutex_unlock(&r->lock);
}

void requests_forget(struct requests *r)
{
    for (; r->taken < r->lefts; r->taken++) {
        requests_wipe(r, r->left[r->taken]);
        requests_set_free(r, r->left[r->taken]);
    }
}

bool requests_again(struct requests *r, struct incoming *ret)
{
    if (r->taken == r->lefts)
        return false;
    size_t index = r->left[r->taken++];
    *ret = requests_start(r, index, slots_length(requests_slot(r, index), index), true);
    return true;
}
