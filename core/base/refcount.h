/*
 * refcount: how many hold an immutable object that threads share.
 *
 * The type has refcount_of_one at first, T_ref calls refcount_take, and T_unref releases the object when refcount_drop
 * returns true.
 */
#ifndef CERTFS_CORE_BASE_REFCOUNT_H
#define CERTFS_CORE_BASE_REFCOUNT_H

#include <stdatomic.h>
#include <stdbool.h>

struct refcount {
    atomic_uint count;
};

/* The first reference: whoever makes the object has it. */
#define REFCOUNT_ONE ((struct refcount){1})

static inline void refcount_take(struct refcount *references)
{
    atomic_fetch_add_explicit(&references->count, 1, memory_order_relaxed);
}

/* Whether it was the last one: all that other threads did with the object has happened then. */
static inline bool refcount_drop(struct refcount *references)
{
    return atomic_fetch_sub_explicit(&references->count, 1, memory_order_acq_rel) == 1;
}

/* Whether one is left, the caller's. */
static inline bool refcount_is_one(const struct refcount *references)
{
    return atomic_load_explicit(&references->count, memory_order_acquire) == 1;
}

#endif
