#include "fs/state/pin_cells.h"

#include "core/set/generation.h"

int pin_cells_open(struct pin_cells *cells, const struct cells *section, struct fault *f)
{
    TAILQ_INIT(&cells->written);
    cells->cells = *section;
    return places_new(section->count, &cells->places, f);
}

void pin_cells_close(struct pin_cells *cells)
{
    places_done(&cells->places);
}

void pin_cells_take(struct pin_cells *cells, struct pin *pin, size_t number)
{
    (void)places_occupy(&cells->places, number - 1); /* it is already where pin_cells_find has found it */
    pin->cell = number;
    TAILQ_INSERT_TAIL(&cells->written, pin, order_of_cells);
}

static void pin_cells_find(struct pin_cells *cells, struct pin *pin)
{
    struct pin *oldest = TAILQ_FIRST(&cells->written);
    size_t place = places_take(&cells->places);
    if (place == PLACES_NONE && oldest != NULL) {
        pin_cells_drop(cells, oldest);
        place = places_take(&cells->places);
    }
    if (place != PLACES_NONE)
        pin_cells_take(cells, pin, place + 1);
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
    cells_clear(&cells->cells, pin->cell - 1);
    places_free(&cells->places, pin->cell - 1);
    pin->cell = 0;
}
