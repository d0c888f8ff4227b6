#include "fs/state/pin_cells.h"

#include <stdlib.h>

#include "core/base/fault.h"
#include "core/set/generation.h"

int pin_cells_open(struct pin_cells *cells, const struct cells *section, struct fault *f)
{
    TAILQ_INIT(&cells->written);
    cells->cells = *section;
    cells->free = section->count == 0 ? NULL : calloc(section->count, sizeof(cells->free[0]));
    cells->free_count = 0;
    return section->count == 0 || cells->free != NULL ? 0 : fault_no_memory(f);
}

void pin_cells_close(struct pin_cells *cells)
{
    free(cells->free);
    cells->free = NULL;
    cells->free_count = 0;
}

void pin_cells_give(struct pin_cells *cells, size_t number)
{
    cells_clear(&cells->cells, number - 1);
    cells->free[cells->free_count++] = (uint32_t)number;
}

void pin_cells_take(struct pin_cells *cells, struct pin *pin, size_t number)
{
    pin->cell = number;
    TAILQ_INSERT_TAIL(&cells->written, pin, order_of_cells);
}

static void pin_cells_find(struct pin_cells *cells, struct pin *pin)
{
    struct pin *oldest = TAILQ_FIRST(&cells->written);
    if (cells->free_count == 0 && oldest != NULL)
        pin_cells_drop(cells, oldest);
    if (cells->free_count > 0)
        pin_cells_take(cells, pin, cells->free[--cells->free_count]);
}

void pin_cells_put(struct pin_cells *cells, struct pin *pin)
{
    const struct pin_cell value = {.set = pin->set,
                                   .generation = pin->generation == NULL ? 0 : pin->generation->number,
                                   .offered = pin->offered,
                                   .refused = pin->refused,
                                   .request = pin->request,
                                   .answer = pin->answer,
                                   .last = pin->last,
                                   .thread = (uint32_t)pin->thread,
                                   .uid = pin->owner->uid,
                                   .process = pin->process,
                                   .opened = pin->opened,
                                   .opened_last = pin->opened_last,
                                   .refused_file = pin->refused_file,
                                   .over = pin->over,
                                   .joined = pin->joined};
    if (pin->cell == 0)
        pin_cells_find(cells, pin);
    if (pin->cell == 0)
        return;
    cells_put(&cells->cells, pin->cell - 1, &value);
    TAILQ_REMOVE(&cells->written, pin, order_of_cells);
    TAILQ_INSERT_TAIL(&cells->written, pin, order_of_cells);
}

void pin_cells_drop(struct pin_cells *cells, struct pin *pin)
{
    if (pin->cell == 0)
        return;
    TAILQ_REMOVE(&cells->written, pin, order_of_cells);
    pin_cells_give(cells, pin->cell);
    pin->cell = 0;
}
