#include "fs/state/top.h"

#include "fs/takeover/shared.h"

struct top top_of(const struct shared *shared, enum top_table table, size_t count)
{
    struct top top = {.cells = shared_cells(shared, SHARED_TOPS), .table = table};
    struct kept_top kept;
    if (cells_get(&top.cells, table, &kept))
        top.end = kept.end < count ? kept.end : count;
    return top;
}

void top_raise(struct top *top, size_t place)
{
    const struct kept_top kept = {.end = (uint64_t)place + 1};
    if (kept.end <= top->end)
        return;
    top->end = kept.end;
    cells_put(&top->cells, top->table, &kept);
}
