#include "fs/worker/requests.h"

#include <stdlib.h>

#include "core/base/fault.h"
#include "fs/worker/blame.h"
#include "fs/worker/device.h"
#include "fs/worker/requests_state.h"

int requests_new(void *memory, size_t size, struct requests **ret, struct fault *f)
{
    if (memory == NULL || !slots_open(memory, size))
        return fault_set(f, REASON_SYSTEM, "", "the memory for requests has another layout; unmount and mount again");
    struct requests *requests = calloc(1, sizeof(*requests));
    if (requests == NULL)
        return fault_no_memory(f);
    requests->memory = memory;
    requests->reader = pthread_self();
    requests->kept[requests->reading] = REQUESTS_BUSY;
    pthread_mutex_init(&requests->lock, NULL);
    *ret = requests;
    return 0;
}

void requests_freep(struct requests **requests)
{
    if (*requests != NULL)
        pthread_mutex_destroy(&(*requests)->lock);
    free(*requests);
}

struct slot *requests_slot(const struct requests *r, size_t index)
{
    return slots_at(r->memory, index);
}

size_t requests_free(const struct requests *r, size_t from, size_t end)
{
    while (from < end && r->kept[from] != 0)
        from++;
    return from < end ? from : REQUESTS_NOWHERE;
}

/* With the lock held. REQUESTS_NOWHERE: none has this number. */
static size_t requests_find(const struct requests *r, uint64_t unique)
{
    size_t i = 0;
    while (i < SLOTS_COUNT && r->kept[i] != unique)
        i++;
    return unique == 0 ? REQUESTS_NOWHERE : i;
}

void requests_set(struct requests *r, size_t index, uint64_t unique)
{
    const bool small = index >= SLOTS_BIG;
    uint64_t *kept = &r->kept[index];
    if (small && *kept == 0 && unique != 0)
        atomic_fetch_add_explicit(&r->smalls, 1, memory_order_relaxed);
    if (small && *kept != 0 && unique == 0)
        atomic_fetch_sub_explicit(&r->smalls, 1, memory_order_relaxed);
    *kept = unique;
}

void requests_wipe(struct requests *r, size_t index)
{
    struct slot *slot = requests_slot(r, index);
    slots_wipe(slot, slots_length(slot, index));
}

void requests_set_free(struct requests *r, size_t index)
{
    pthread_mutex_lock(&r->lock);
    requests_set(r, index, 0);
    pthread_mutex_unlock(&r->lock);
}

/* ---- reading and processing ---- */

void *requests_next(struct requests *r, size_t *ret_size)
{
    struct slots_head *head = slots_head(r->memory);
    struct slot *slot = requests_slot(r, r->reading);
    *ret_size = slots_room(r->reading);
    slot->order = ++head->order;
    return &slot->request;
}

/* The number by which the kernel knows who polls. */
static uint64_t requests_poll_of(const struct slot *slot, size_t length)
{
    const struct fuse_poll_in *poll = (const void *)(slot + 1);
    bool has_one = slot->request.opcode == FUSE_POLL && length >= sizeof(slot->request) + sizeof(*poll);
    return has_one ? poll->kh : 0;
}

/* A signal for a thread whose request waits: the worker that follows is to know. */
static void requests_note_interrupt(struct requests *r, const struct slot *slot, size_t length)
{
    const struct fuse_interrupt_in *interrupt = (const void *)(slot + 1);
    if (slot->request.opcode != FUSE_INTERRUPT || length < sizeof(slot->request) + sizeof(*interrupt))
        return;
    pthread_mutex_lock(&r->lock);
    size_t index = requests_find(r, interrupt->unique & ~SLOTS_AGAIN);
    if (index != REQUESTS_NOWHERE)
        requests_slot(r, index)->interrupted = 1;
    pthread_mutex_unlock(&r->lock);
}

struct incoming requests_start(struct requests *r, size_t at, size_t length, bool again)
{
    struct slot *slot = requests_slot(r, at);
    struct incoming request = {.bytes = &slot->request,
                               .length = length,
                               .number = slot->request.unique,
                               .unique = slots_unique(slot),
                               .poll = requests_poll_of(slot, length),
                               .opcode = slot->request.opcode,
                               .again = again || (slot->request.unique & SLOTS_AGAIN) != 0,
                               .interrupted = slot->interrupted != 0,
                               .may_wait = atomic_load_explicit(&r->smalls, memory_order_relaxed) < SLOTS_SMALL};
    request.poisonous = request.again && blame_of(slots_head(r->memory), request.unique) >= BLAME_LIMIT;
    requests_note_interrupt(r, slot, length);
    slot->waits = slot->running = 0;
    r->at = at;
    r->length = length;
    r->answered = false;
    atomic_store_explicit(&r->current, request.unique, memory_order_relaxed);
    return request;
}

struct incoming requests_begin(struct requests *r, size_t length)
{
    return requests_start(r, r->reading, length, false);
}

void requests_read_into(struct requests *r, size_t index)
{
    r->reading = index;
    r->kept[index] = REQUESTS_BUSY;
}

/* With the lock held. Where the request can wait; the slot for reading is left only if there is another one. */
static size_t requests_place(const struct requests *r)
{
    size_t small = REQUESTS_NOWHERE;
    if (r->at >= SLOTS_BIG)
        return r->at;
    if (r->length <= slots_room(SLOTS_BIG))
        small = requests_free(r, SLOTS_BIG, SLOTS_COUNT);
    if (small != REQUESTS_NOWHERE || r->at != r->reading)
        return small != REQUESTS_NOWHERE ? small : r->at;
    return requests_free(r, 0, SLOTS_BIG) == REQUESTS_NOWHERE ? REQUESTS_NOWHERE : r->at;
}

/* With the lock held. The request is kept at `place`; false if its slot is to be wiped. */
static bool requests_keep_at(struct requests *r, size_t place, uint64_t unique)
{
    struct slot *slot = requests_slot(r, r->at);
    slot->running = r->begun == unique;
    slot->waits = 1;
    requests_set(r, place, unique);
    if (place != r->at)
        slots_copy(requests_slot(r, place), slot, r->length);
    else if (place == r->reading)
        requests_read_into(r, requests_free(r, 0, SLOTS_BIG));
    return place == r->at;
}

static bool requests_keep(struct requests *r, uint64_t unique)
{
    pthread_mutex_lock(&r->lock);
    size_t place = r->elsewhere == unique ? REQUESTS_NOWHERE : requests_place(r);
    bool kept = place != REQUESTS_NOWHERE && requests_keep_at(r, place, unique);
    pthread_mutex_unlock(&r->lock);
    return kept;
}

void requests_end(struct requests *r)
{
    struct slot *slot = requests_slot(r, r->at);
    uint64_t unique = atomic_load_explicit(&r->current, memory_order_relaxed);
    bool over = r->answered || !device_awaits_reply(slot->request.opcode);
    if (over || !requests_keep(r, unique)) {
        slots_wipe(slot, r->length);
        if (r->at != r->reading)
            requests_set_free(r, r->at);
    }
    atomic_store_explicit(&r->current, 0, memory_order_relaxed);
}

/* ---- any thread ---- */

/* With the lock held. The slot of the request is the caller's to wipe and to set free; REQUESTS_NOWHERE: nothing is to
 * do. */
static size_t requests_take(struct requests *r, uint64_t unique)
{
    size_t index = requests_find(r, unique);
    if (index != REQUESTS_NOWHERE)
        r->kept[index] = REQUESTS_BUSY;
    else if (atomic_load_explicit(&r->current, memory_order_relaxed) == unique)
        r->elsewhere = unique;
    return index;
}

void requests_answered(struct requests *r, uint64_t number)
{
    uint64_t unique = number & ~SLOTS_AGAIN;
    if (atomic_load_explicit(&r->current, memory_order_relaxed) == unique && pthread_equal(r->reader, pthread_self())) {
        r->answered = true;
        return;
    }
    pthread_mutex_lock(&r->lock);
    size_t index = requests_take(r, unique);
    pthread_mutex_unlock(&r->lock);
    if (index == REQUESTS_NOWHERE)
        return;
    requests_wipe(r, index);
    requests_set_free(r, index);
}

/* With the lock held. */
static void requests_mark(const struct requests *r, uint64_t unique, uint32_t running)
{
    size_t index = requests_find(r, unique);
    if (index != REQUESTS_NOWHERE)
        requests_slot(r, index)->running = running;
}

void requests_running(struct requests *r, uint64_t unique)
{
    pthread_mutex_lock(&r->lock);
    requests_mark(r, r->begun, 0);
    requests_mark(r, unique, 1);
    r->begun = unique;
    pthread_mutex_unlock(&r->lock);
}
