#include "fs/takeover/cells.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "core/base/buf.h"

enum { EMPTY, FIRST, SECOND }; /* which place holds the value */
enum { ALIGNMENT = 8 };

/* In front of the two places. */
struct cell {
    _Atomic uint32_t holds;
    uint32_t unused;
};

static size_t cells_round(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

size_t cells_stride(size_t size)
{
    return sizeof(struct cell) + 2 * cells_round(size);
}

static struct cell *cells_at(const struct cells *cells, size_t index)
{
    return index < cells->count ? (struct cell *)(void *)(cells->memory + index * cells_stride(cells->size)) : NULL;
}

static unsigned char *cells_place(const struct cells *cells, struct cell *cell, uint32_t place)
{
    return (unsigned char *)(cell + 1) + (place == SECOND ? cells_round(cells->size) : 0);
}

/* NULL if the cell is empty, or past the end. */
static const unsigned char *cells_value(const struct cells *cells, size_t index)
{
    struct cell *cell = cells_at(cells, index);
    uint32_t holds = cell == NULL ? EMPTY : atomic_load_explicit(&cell->holds, memory_order_acquire);
    return holds == FIRST || holds == SECOND ? cells_place(cells, cell, holds) : NULL;
}

bool cells_get(const struct cells *cells, size_t index, void *ret)
{
    const unsigned char *value = cells_value(cells, index);
    if (value == NULL)
        return false;
    memcpy(ret, value, cells->size);
    return true;
}

size_t cells_find_empty(const struct cells *cells)
{
    size_t index = 0;
    while (index < cells->count && cells_value(cells, index) != NULL)
        index++;
    return index;
}

void cells_put(const struct cells *cells, size_t index, const void *value)
{
    struct cell *cell = cells_at(cells, index);
    if (cell == NULL)
        return;
    uint32_t next = atomic_load_explicit(&cell->holds, memory_order_relaxed) == FIRST ? SECOND : FIRST;
    memcpy(cells_place(cells, cell, next), value, cells->size);
    atomic_store_explicit(&cell->holds, next, memory_order_release);
}

void cells_clear(const struct cells *cells, size_t index)
{
    struct cell *cell = cells_at(cells, index);
    if (cell == NULL)
        return;
    atomic_store_explicit(&cell->holds, EMPTY, memory_order_release);
    buf_wipe(cell + 1, 2 * cells_round(cells->size));
}
