/*
 * outliving_cells: cells (fs/takeover/cells.h) in memory of their own, for tests.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_OUTLIVING_CELLS_H
#define CERTFS_TESTS_UNIT_LIB_OUTLIVING_CELLS_H

#include "fs/takeover/cells.h"

/* Empty ones, shared with children. */
struct cells new_cells(size_t size, size_t count);
size_t size_of_cells(const struct cells *cells);
void free_cells(struct cells *cells); /* accepts those that are all zero */

#endif
