#include "fs/worker/slots.h"

#include <assert.h>
#include <string.h>

#include "core/base/buf.h"

static_assert(offsetof(struct slot, request) == 64, "the kernel writes behind the head of a slot");
static_assert(sizeof(struct slots_head) <= SLOTS_HEAD_SIZE, "the slots stand behind their head");
static_assert(SLOTS_BIG_SIZE - offsetof(struct slot, request) >= 1024 * 1024 + 80, "fuse(4) asks for that many");

bool slots_open(void *memory, size_t size)
{
    struct slots_head *head = memory;
    if (size < SLOTS_SIZE)
        return false;
    if (head->bigs == 0) {
        head->smalls = SLOTS_SMALL;
        head->bigs = SLOTS_BIG;
    }
    return head->bigs == SLOTS_BIG && head->smalls == SLOTS_SMALL;
}

struct slots_head *slots_head(void *memory)
{
    return memory;
}

struct slot *slots_at(void *memory, size_t index)
{
    unsigned char *bigs = (unsigned char *)memory + SLOTS_HEAD_SIZE;
    unsigned char *smalls = bigs + (size_t)SLOTS_BIG * SLOTS_BIG_SIZE;
    return (void *)(index < SLOTS_BIG ? bigs + index * SLOTS_BIG_SIZE
                                      : smalls + (index - SLOTS_BIG) * SLOTS_SMALL_SIZE);
}

size_t slots_room(size_t index)
{
    return (index < SLOTS_BIG ? SLOTS_BIG_SIZE : SLOTS_SMALL_SIZE) - offsetof(struct slot, request);
}

size_t slots_length(const struct slot *slot, size_t index)
{
    size_t length = slot->request.len;
    bool whole = length >= sizeof(slot->request) && length <= slots_room(index) && slots_unique(slot) != 0;
    return whole ? length : 0;
}

uint64_t slots_unique(const struct slot *slot)
{
    return __atomic_load_n(&slot->request.unique, __ATOMIC_RELAXED) & ~SLOTS_AGAIN;
}

/* The rest of a request, behind its header. */
static unsigned char *slots_rest(const struct slot *slot)
{
    return (unsigned char *)(uintptr_t)slot + sizeof(*slot);
}

void slots_wipe(struct slot *slot, size_t length)
{
    __atomic_store_n(&slot->request.unique, 0, __ATOMIC_RELEASE);
    if (length > sizeof(slot->request))
        buf_wipe(slots_rest(slot), length - sizeof(slot->request));
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    *slot = (struct slot){.order = 0}; /* no dead store: other processes read it */
}

void slots_clean(struct slot *slot, size_t index)
{
    size_t length = slot->request.len, room = slots_room(index);
    if (length != 0 && slots_length(slot, index) == 0)
        slots_wipe(slot, length < room ? length : room);
}

void slots_copy(struct slot *slot, const struct slot *from, size_t length)
{
    struct slot head = *from;
    head.request.unique = 0;
    *slot = head; /* with the length, so that a part of it is wiped by slots_clean */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    memcpy(slots_rest(slot), slots_rest(from), length - sizeof(from->request));
    __atomic_store_n(&slot->request.unique, from->request.unique, __ATOMIC_RELEASE);
}
