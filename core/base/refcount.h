/*
 * refcount: counts the references to an immutable object that threads share.
 *
 * The object starts with REFCOUNT_ONE, T_ref calls refcount_take, and T_unref releases the object when refcount_drop
 * returns true.
 */
#ifndef CERTFS_CORE_BASE_REFCOUNT_H
#define CERTFS_CORE_BASE_REFCOUNT_H

#include <stdatomic.h>
#include <stdbool.h>

struct refcount {
    atomic_uint count;
};

/* The first reference, of the object's maker. */
#define REFCOUNT_ONE ((struct refcount){1})

static inline void refcount_take(struct refcount *references)
{
    atomic_fetch_add_explicit(&references->count, 1, memory_order_relaxed);
}

/* Returns true for the last reference; everything that other threads did with the object has happened then. */
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
