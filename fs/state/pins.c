#include "fs/state/pins.h"

#include <search.h>
#include <stdlib.h>

#include "core/set/generation.h"

static int pins_compare(const void *a, const void *b)
{
    const struct pin *left = a, *right = b;
    if (left->thread != right->thread)
        return left->thread < right->thread ? -1 : 1;
    return left->set < right->set ? -1 : left->set > right->set;
}

static int pins_compare_owners(const void *a, const void *b)
{
    uid_t left = ((const struct pin_owner *)a)->uid, right = ((const struct pin_owner *)b)->uid;
    return left < right ? -1 : left > right;
}

void pins_init(struct pins *pins)
{
    *pins = (struct pins){.by_thread = NULL};
    TAILQ_INIT(&pins->oldest_first);
}

struct pin *pins_find(const struct pins *pins, pid_t thread, uint64_t set)
{
    const struct pin key = {.thread = thread, .set = set};
    struct pin **found = tfind(&key, &pins->by_thread, pins_compare);
    return found == NULL ? NULL : *found;
}

static struct pin_owner *pins_find_owner(const struct pins *pins, uid_t uid)
{
    const struct pin_owner key = {.uid = uid};
    struct pin_owner **found = tfind(&key, &pins->owners, pins_compare_owners);
    return found == NULL ? NULL : *found;
}

static struct pin_owner *pins_open_owner(struct pins *pins, uid_t uid)
{
    struct pin_owner *owner = pins_find_owner(pins, uid);
    if (owner != NULL)
        return owner;
    owner = calloc(1, sizeof(*owner));
    if (owner == NULL)
        return NULL;
    owner->uid = uid;
    TAILQ_INIT(&owner->pins);
    if (tsearch(owner, &pins->owners, pins_compare_owners) != NULL)
        return owner;
    free(owner);
    return NULL;
}

/* Frees an owner without pins. */
static void pins_leave_owner(struct pins *pins, struct pin_owner *owner)
{
    if (owner->count > 0)
        return;
    tdelete(owner, &pins->owners, pins_compare_owners);
    free(owner);
}

static void pins_append(struct pins *pins, struct pin *pin)
{
    TAILQ_INSERT_TAIL(&pins->oldest_first, pin, order);
    TAILQ_INSERT_TAIL(&pin->owner->pins, pin, order_of_owner);
}

static void pins_take_out(struct pins *pins, struct pin *pin)
{
    TAILQ_REMOVE(&pins->oldest_first, pin, order);
    TAILQ_REMOVE(&pin->owner->pins, pin, order_of_owner);
}

void pins_touch(struct pins *pins, struct pin *pin, int64_t now)
{
    pin->last = now;
    pins_take_out(pins, pin);
    pins_append(pins, pin);
}

void pins_drop(struct pins *pins, struct pin *pin)
{
    struct pin_owner *owner = pin->owner;
    tdelete(pin, &pins->by_thread, pins_compare);
    pins_take_out(pins, pin);
    generation_unref(pin->generation);
    free(pin);
    owner->count--;
    pins_leave_owner(pins, owner);
}

static struct pin *pins_make(struct pins *pins, struct pin_owner *owner, pid_t thread, uint64_t set, int64_t now)
{
    struct pin *pin = calloc(1, sizeof(*pin));
    if (pin == NULL)
        return NULL;
    pin->owner = owner;
    pin->thread = thread;
    pin->set = set;
    pin->last = now;
    if (tsearch(pin, &pins->by_thread, pins_compare) == NULL) {
        free(pin);
        return NULL;
    }
    owner->count++;
    pins_append(pins, pin);
    return pin;
}

struct pin *pins_open(struct pins *pins, pid_t thread, uid_t uid, uint64_t set, int64_t now)
{
    struct pin *pin = pins_find(pins, thread, set);
    if (pin != NULL)
        return pin;
    struct pin_owner *owner = pins_find_owner(pins, uid);
    if (owner != NULL && owner->count >= PINS_PER_UID)
        pins_drop(pins, TAILQ_FIRST(&owner->pins));
    owner = pins_open_owner(pins, uid);
    if (owner == NULL)
        return NULL;
    pin = pins_make(pins, owner, thread, set, now);
    pins_leave_owner(pins, owner);
    return pin;
}

void pins_drop_until(struct pins *pins, int64_t until)
{
    struct pin *pin;
    while ((pin = TAILQ_FIRST(&pins->oldest_first)) != NULL && pin->last <= until)
        pins_drop(pins, pin);
}
