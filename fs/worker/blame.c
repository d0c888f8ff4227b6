#include "fs/worker/blame.h"

#include <stddef.h>

#include "fs/takeover/shared.h"
#include "fs/worker/slots.h"

/* SLOTS_BLAMED: it has no entry. */
static size_t blame_find(const struct slots_head *head, uint64_t unique)
{
    size_t i = 0;
    while (i < SLOTS_BLAMED && head->blamed[i].unique != unique)
        i++;
    return i;
}

void blame_add(struct slots_head *head, uint64_t unique)
{
    size_t i = blame_find(head, unique);
    if (i == SLOTS_BLAMED) {
        i = head->next_blamed++ % SLOTS_BLAMED;
        head->blamed[i] = (struct slots_blamed){.unique = unique};
    }
    head->blamed[i].workers++;
}

uint64_t blame_of(const struct slots_head *head, uint64_t unique)
{
    size_t i = blame_find(head, unique);
    return i == SLOTS_BLAMED ? 0 : head->blamed[i].workers;
}

void blame_absolve(const struct shared *shared)
{
    size_t size;
    void *memory = shared_raw(shared, SHARED_REQUESTS, &size);
    if (memory != NULL && slots_open(memory, size))
        slots_head(memory)->killed = atomic_load(&shared_head(shared)->worker);
}
