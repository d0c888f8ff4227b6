#include "tests/unit/lib/outliving_cells.h"

#include <sys/mman.h>

#include "tests/unit/lib/harness.h"

size_t size_of_cells(const struct cells *cells)
{
    return cells->count * cells_stride(cells->size);
}

struct cells new_cells(size_t size, size_t count)
{
    struct cells cells = {.size = size, .count = count};
    cells.memory = mmap(NULL, size_of_cells(&cells), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(cells.memory, MAP_FAILED);
    return cells;
}

void free_cells(struct cells *cells)
{
    if (cells->memory != NULL)
        munmap(cells->memory, size_of_cells(cells));
    *cells = (struct cells){.count = 0};
}
