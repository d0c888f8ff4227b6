/*
 * cells: values in shared memory, each whole or not there, at whatever instruction the process that writes them is
 * killed.
 *
 * A cell has two places for its value and a word that names the one that holds it, or neither. The caller keeps two
 * threads from writing one cell at a time.
 */
#ifndef CERTFS_FS_TAKEOVER_CELLS_H
#define CERTFS_FS_TAKEOVER_CELLS_H

#include <stdbool.h>
#include <stddef.h>

/* All zero: there are none; then putting and clearing do nothing, and every cell is empty. */
struct cells {
    unsigned char *memory;
    size_t size; /* of a value, in bytes */
    size_t count;
};

/* How many bytes a cell takes whose value has this size. */
size_t cells_stride(size_t size);

/* Copies the value of a cell. False if it is empty, or `index` is past the end; `ret` is unchanged then. */
bool cells_get(const struct cells *cells, size_t index, void *ret);

/* Replaces the value of a cell. Does nothing past the end. */
void cells_put(const struct cells *cells, size_t index, const void *value);

/* The first cell that is empty; `count` if none is. O(n). */
size_t cells_find_empty(const struct cells *cells);

/* Empties a cell and wipes it. Does nothing past the end. */
void cells_clear(const struct cells *cells, size_t index);

#endif
