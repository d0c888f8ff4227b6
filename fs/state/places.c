#include "fs/state/places.h"

#include <stdlib.h>

#include "core/base/fault.h"

enum { BITS = 64 };

int places_new(size_t count, struct places *ret, struct fault *f)
{
    *ret = (struct places){.count = 0};
    if (count == 0)
        return 0;
    ret->used = calloc((count + BITS - 1) / BITS, sizeof(ret->used[0]));
    if (ret->used == NULL)
        return fault_no_memory(f);
    ret->count = count;
    return 0;
}

void places_done(struct places *places)
{
    free(places->used);
    *places = (struct places){.count = 0};
}

bool places_occupy(struct places *places, size_t place)
{
    if (place >= places->count || (places->used[place / BITS] >> place % BITS & 1) != 0)
        return false;
    places->used[place / BITS] |= UINT64_C(1) << place % BITS;
    return true;
}

size_t places_take(struct places *places)
{
    for (size_t word = places->lowest / BITS; word * BITS < places->count; word++) {
        if (places->used[word] == UINT64_MAX)
            continue;
        size_t place = word * BITS + (size_t)__builtin_ctzll(~places->used[word]);
        places->lowest = place < places->count ? place : places->count;
        return places_occupy(places, place) ? place : PLACES_NONE;
    }
    places->lowest = places->count;
    return PLACES_NONE;
}

void places_free(struct places *places, size_t place)
{
    if (place >= places->count)
        return;
    places->used[place / BITS] &= ~(UINT64_C(1) << place % BITS);
    places->lowest = place < places->lowest ? place : places->lowest;
}
