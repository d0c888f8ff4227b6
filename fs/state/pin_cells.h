/*
 * pin_cells: pins in shared memory, where they outlive the worker.
 *
 * One cell for each pin, while there are enough; then the pin whose cell was written the longest time ago loses it, and
 * what it holds ends with this worker. The caller holds the lock of the pins.
 */
#ifndef CERTFS_FS_STATE_PIN_CELLS_H
#define CERTFS_FS_STATE_PIN_CELLS_H

#include <sys/types.h>

#include "core/base/cleanup.h"
#include "fs/state/pin.h"
#include "fs/state/places.h"
#include "fs/takeover/cells.h"

struct fault;

enum { PIN_CELLS_COUNT = 4096 };

/* The value of a cell, as struct pin; members are only ever appended, and zero is absent. */
struct pin_cell {
    uint64_t set, generation, offered, refused, request, answer;
    int64_t last;
    uint32_t thread, uid;
    int32_t process;
    uint32_t opened, opened_last, refused_file;
    uint8_t over, joined;
    uint8_t unused[6];
};

struct pin_cells {
    struct cells cells;
    struct places places;
    struct pin_list written; /* the pins that have one; written the longest time ago first */
};

/* All cells of the section are free until pin_cells_take, whatever they hold. Fault: no_memory. */
MUST_CHECK int pin_cells_open(struct pin_cells *cells, const struct cells *section, struct fault *f);
void pin_cells_close(struct pin_cells *cells);

/* Gives the pin the cell of this number, which holds it. */
void pin_cells_take(struct pin_cells *cells, struct pin *pin, size_t number);

/* Writes the pin into its cell, in one step; first it gets one, if it has none. */
void pin_cells_put(struct pin_cells *cells, struct pin *pin);

/* Takes the pin's cell away, if it has one. */
void pin_cells_drop(struct pin_cells *cells, struct pin *pin);

#endif
