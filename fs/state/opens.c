#include "fs/state/opens.h"

#include "fs/takeover/shared.h"

int opens_new(const struct shared *shared, struct opens *ret, struct fault *f)
{
    *ret = (struct opens){.cells = shared_cells(shared, SHARED_OPENS)};
    ret->top = top_of(shared, TOP_OPENS, ret->cells.count);
    return places_new(ret->cells.count, &ret->places, f);
}

void opens_done(struct opens *opens)
{
    places_done(&opens->places);
}

size_t opens_keep(struct opens *opens, size_t place, const struct kept_open *kept)
{
    if (place == PLACES_NONE)
        place = places_take(&opens->places);
    if (place != PLACES_NONE) {
        top_raise(&opens->top, place);
        cells_put(&opens->cells, place, kept);
    }
    return place;
}

void opens_drop(struct opens *opens, size_t place)
{
    cells_clear(&opens->cells, place);
    places_free(&opens->places, place);
}

bool opens_next(struct opens *opens, size_t *place, struct kept_open *ret)
{
    while (*place < opens->top.end && !cells_get(&opens->cells, *place, ret))
        ++*place;
    return *place < opens->top.end && places_occupy(&opens->places, *place);
}
