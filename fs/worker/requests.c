#include "fs/worker/requests.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/fault.h"
#include "fs/worker/blame.h"
#include "fs/worker/device.h"
#include "fs/worker/slots.h"

enum { NOWHERE = SLOTS_COUNT };

#define BUSY UINT64_MAX

struct requests {
    void *memory;
    pthread_t reader;         /* the FUSE thread, which alone uses those above `lock` */
    size_t reading;           /* the big slot for the next request */
    size_t at;                /* the slot of the request that is being processed */
    size_t length;            /* its length */
    bool answered;            /* by the FUSE thread */
    size_t left[SLOTS_COUNT]; /* the slots that the last worker left, oldest first */
    size_t lefts, taken;
    _Atomic uint64_t current;   /* the number of the request that is being processed; 0: none */
    _Atomic size_t smalls;      /* how many small slots are taken */
    pthread_mutex_t lock;       /* over all below, and a slot that is in `kept` */
    uint64_t elsewhere;         /* the request that another thread answered while it was being processed */
    uint64_t begun;             /* the one that was carried out last */
    uint64_t kept[SLOTS_COUNT]; /* the number of the request that waits in a slot; 0: it is free; BUSY: it is used */
};

int requests_new(void *memory, size_t size, struct requests **ret, struct fault *f)
{
    if (memory == NULL || !slots_open(memory, size))
        return fault_set(f, REASON_SYSTEM, "", "the memory for requests has another layout; unmount and mount again");
    struct requests *requests = calloc(1, sizeof(*requests));
    if (requests == NULL)
        return fault_no_memory(f);
    requests->memory = memory;
    requests->reader = pthread_self();
    requests->kept[requests->reading] = BUSY;
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

static struct slot *requests_slot(const struct requests *r, size_t index)
{
    return slots_at(r->memory, index);
}

/* With the lock held. NOWHERE: all are taken. */
static size_t requests_free(const struct requests *r, size_t from, size_t end)
{
    while (from < end && r->kept[from] != 0)
        from++;
    return from < end ? from : NOWHERE;
}

/* With the lock held. NOWHERE: none has this number. */
static size_t requests_find(const struct requests *r, uint64_t unique)
{
    size_t i = 0;
    while (i < SLOTS_COUNT && r->kept[i] != unique)
        i++;
    return unique == 0 ? NOWHERE : i;
}

/* With the lock held. */
static void requests_set(struct requests *r, size_t index, uint64_t unique)
{
    if (index >= SLOTS_BIG && r->kept[index] == 0 && unique != 0)
        atomic_fetch_add_explicit(&r->smalls, 1, memory_order_relaxed);
    if (index >= SLOTS_BIG && r->kept[index] != 0 && unique == 0)
        atomic_fetch_sub_explicit(&r->smalls, 1, memory_order_relaxed);
    r->kept[index] = unique;
}

static void requests_set_free(struct requests *r, size_t index)
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
    if (index != NOWHERE)
        requests_slot(r, index)->interrupted = 1;
    pthread_mutex_unlock(&r->lock);
}

static struct incoming requests_start(struct requests *r, size_t at, size_t length, bool again)
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

/* With the lock held. */
static void requests_read_into(struct requests *r, size_t index)
{
    r->reading = index;
    r->kept[index] = BUSY;
}

/* With the lock held. Where the request can wait; the slot for reading is left only if there is another one. */
static size_t requests_place(const struct requests *r)
{
    size_t small = NOWHERE;
    if (r->at >= SLOTS_BIG)
        return r->at;
    if (r->length <= slots_room(SLOTS_BIG))
        small = requests_free(r, SLOTS_BIG, SLOTS_COUNT);
    if (small != NOWHERE || r->at != r->reading)
        return small != NOWHERE ? small : r->at;
    return requests_free(r, 0, SLOTS_BIG) == NOWHERE ? NOWHERE : r->at;
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
    size_t place = r->elsewhere == unique ? NOWHERE : requests_place(r);
    bool kept = place != NOWHERE && requests_keep_at(r, place, unique);
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

/* With the lock held. The slot of the request is the caller's to wipe and to set free; NOWHERE: nothing is to do. */
static size_t requests_take(struct requests *r, uint64_t unique)
{
    size_t index = requests_find(r, unique);
    if (index != NOWHERE)
        r->kept[index] = BUSY;
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
    if (index == NOWHERE)
        return;
    struct slot *slot = requests_slot(r, index);
    slots_wipe(slot, slots_length(slot, index));
    requests_set_free(r, index);
}

void requests_running(struct requests *r, uint64_t unique)
{
    pthread_mutex_lock(&r->lock);
    size_t index = requests_find(r, unique);
    if (index != NOWHERE)
        requests_slot(r, index)->running = 1;
    r->begun = unique;
    pthread_mutex_unlock(&r->lock);
}

/* ---- what the last worker left ---- */

static void requests_blame(struct requests *r, struct slot *slot, uint32_t number)
{
    struct slots_head *head = slots_head(r->memory);
    if (slot->waits == 0)
        blame_add(head, slots_unique(slot), BLAME_ENDED);
    else if (slot->running != 0)
        blame_add(head, slots_unique(slot), head->killed == number ? BLAME_KILLED : BLAME_ENDED);
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
        slots_wipe(requests_slot(r, index), slots_length(requests_slot(r, index), index));
        return;
    }
    memmove(&r->left[at + 1], &r->left[at], (r->lefts - at) * sizeof(r->left[0]));
    r->left[at] = index;
    r->lefts++;
    requests_set(r, index, BUSY);
}

/* With the lock held. There is always a slot to read into; this is for a memory that is not what it should be. */
static size_t requests_give_up_newest(struct requests *r)
{
    size_t at = r->lefts - 1;
    while (r->left[at] >= SLOTS_BIG)
        at--;
    size_t index = r->left[at];
    slots_wipe(requests_slot(r, index), slots_length(requests_slot(r, index), index));
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
        requests_blame(r, slot, number);
        requests_list(r, i);
    }
    size_t free = requests_free(r, 0, SLOTS_BIG);
    requests_read_into(r, free != NOWHERE ? free : requests_give_up_newest(r));
    pthread_mutex_unlock(&r->lock);
}

void requests_forget(struct requests *r)
{
    for (; r->taken < r->lefts; r->taken++) {
        size_t index = r->left[r->taken];
        struct slot *slot = requests_slot(r, index);
        slots_wipe(slot, slots_length(slot, index));
        requests_set_free(r, index);
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
