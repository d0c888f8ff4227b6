#include "fs/state/pins.h"

#include <search.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/base/fault.h"
#include "core/set/content.h"
#include "core/set/generation.h"
#include "fs/takeover/cells.h"

static int pins_compare(const void *a, const void *b)
{
    const struct pin *left = a, *right = b;
    if (left->thread != right->thread)
        return left->thread < right->thread ? -1 : 1;
    return left->set < right->set ? -1 : left->set > right->set;
}

static int pins_compare_owners(const void *a, const void *b)
{
    uid_t left = ((const struct pin_owner *)a)->uid, right = ((const struct pin_owner *)b)->uid;
    return left < right ? -1 : left > right;
}

void pins_init(struct pins *pins)
{
    *pins = (struct pins){.by_thread = NULL};
    TAILQ_INIT(&pins->oldest_first);
    TAILQ_INIT(&pins->cells.written);
}

static void pins_let_go_of_cells(struct pins *pins)
{
    struct pin *pin;
    while ((pin = TAILQ_FIRST(&pins->cells.written)) != NULL) {
        TAILQ_REMOVE(&pins->cells.written, pin, order_of_cells);
        pin->cell = 0;
    }
    pin_cells_close(&pins->cells);
}

struct pin *pins_find(const struct pins *pins, pid_t thread, uint64_t set)
{
    const struct pin key = {.thread = thread, .set = set};
    struct pin **found = tfind(&key, &pins->by_thread, pins_compare);
    return found == NULL ? NULL : *found;
}

static struct pin_owner *pins_find_owner(const struct pins *pins, uid_t uid)
{
    const struct pin_owner key = {.uid = uid};
    struct pin_owner **found = tfind(&key, &pins->owners, pins_compare_owners);
    return found == NULL ? NULL : *found;
}

static struct pin_owner *pins_open_owner(struct pins *pins, uid_t uid)
{
    struct pin_owner *owner = pins_find_owner(pins, uid);
    if (owner != NULL)
        return owner;
    owner = calloc(1, sizeof(*owner));
    if (owner == NULL)
        return NULL;
    owner->uid = uid;
    TAILQ_INIT(&owner->pins);
    if (tsearch(owner, &pins->owners, pins_compare_owners) != NULL)
        return owner;
    free(owner);
    return NULL;
}

/* Frees an owner without pins. */
static void pins_leave_owner(struct pins *pins, struct pin_owner *owner)
{
    if (owner->count > 0)
        return;
    tdelete(owner, &pins->owners, pins_compare_owners);
    free(owner);
}

static void pins_append(struct pins *pins, struct pin *pin)
{
    TAILQ_INSERT_TAIL(&pins->oldest_first, pin, order);
    TAILQ_INSERT_TAIL(&pin->owner->pins, pin, order_of_owner);
}

static void pins_take_out(struct pins *pins, struct pin *pin)
{
    TAILQ_REMOVE(&pins->oldest_first, pin, order);
    TAILQ_REMOVE(&pin->owner->pins, pin, order_of_owner);
}

void pins_touch(struct pins *pins, struct pin *pin, int64_t now)
{
    pin->last = now;
    pins_take_out(pins, pin);
    pins_append(pins, pin);
}

void pins_drop(struct pins *pins, struct pin *pin)
{
    struct pin_owner *owner = pin->owner;
    pin_cells_drop(&pins->cells, pin);
    tdelete(pin, &pins->by_thread, pins_compare);
    pins_take_out(pins, pin);
    generation_unref(pin->generation);
    free(pin);
    owner->count--;
    pins_leave_owner(pins, owner);
}

static struct pin *pins_make(struct pins *pins, struct pin_owner *owner, pid_t thread, uint64_t set, int64_t now)
{
    struct pin *pin = calloc(1, sizeof(*pin));
    if (pin == NULL)
        return NULL;
    pin->owner = owner;
    pin->thread = thread;
    pin->set = set;
    pin->last = now;
    if (tsearch(pin, &pins->by_thread, pins_compare) == NULL) {
        free(pin);
        return NULL;
    }
    owner->count++;
    pins_append(pins, pin);
    return pin;
}

struct pin *pins_open(struct pins *pins, pid_t thread, uid_t uid, uint64_t set, int64_t now)
{
    struct pin *pin = pins_find(pins, thread, set);
    if (pin != NULL)
        return pin;
    struct pin_owner *owner = pins_find_owner(pins, uid);
    if (owner != NULL && owner->count >= PINS_PER_UID)
        pins_drop(pins, TAILQ_FIRST(&owner->pins));
    owner = pins_open_owner(pins, uid);
    if (owner == NULL)
        return NULL;
    pin = pins_make(pins, owner, thread, set, now);
    pins_leave_owner(pins, owner);
    return pin;
}

void pins_drop_until(struct pins *pins, int64_t until)
{
    struct pin *pin;
    while ((pin = TAILQ_FIRST(&pins->oldest_first)) != NULL && pin->last <= until)
        pins_drop(pins, pin);
}

void pins_done(struct pins *pins)
{
    pins_let_go_of_cells(pins);
    pins_drop_until(pins, INT64_MAX);
}

void pins_keep(struct pins *pins, struct pin *pin)
{
    pin_cells_put(&pins->cells, pin);
}

int64_t pins_newest(const struct pins *pins)
{
    const struct pin *newest = TAILQ_LAST(&pins->oldest_first, pin_list);
    return newest == NULL ? 0 : newest->last;
}

/* ---- after another worker ---- */

/* A cell that is in use. */
struct used_cell {
    int64_t last;
    size_t number;
};

static int pins_compare_cells(const void *a, const void *b)
{
    const struct used_cell *left = a, *right = b;
    return left->last < right->last ? -1 : left->last > right->last;
}

/* The cells that hold a pin, by its last use; those that do not are wiped. */
static size_t pins_list_cells(struct pins *pins, int64_t now, struct used_cell *ret)
{
    size_t count = 0;
    struct pin_cell cell;
    for (size_t number = pins->cells.cells.count; number > 0; number--) {
        if (cells_get(&pins->cells.cells, number - 1, &cell) && cell.thread != 0 && cell.last >= 0 && cell.last <= now)
            ret[count++] = (struct used_cell){.last = cell.last, .number = number};
        else
            cells_clear(&pins->cells.cells, number - 1);
    }
    qsort(ret, count, sizeof(ret[0]), pins_compare_cells);
    return count;
}

static enum material_file pins_file_of(uint32_t file)
{
    return file <= MATERIAL_FILE_COUNT ? (enum material_file)file : MATERIAL_CA;
}

static void pins_fill(struct pin *pin, const struct pin_cell *cell, struct generation *generation)
{
    pin->generation = generation != NULL && generation->resource->set == cell->set ? generation_ref(generation) : NULL;
    pin->opened = cell->opened;
    pin->opened_last = pins_file_of(cell->opened_last);
    pin->over = cell->over != 0;
    pin->joined = cell->joined != 0;
    pin->process = cell->process;
    pin->offered = cell->offered;
    pin->refused = cell->refused;
    pin->refused_file = pins_file_of(cell->refused_file);
    pin->request = cell->request;
    bool replaced = pin->generation != NULL && pin->generation->number != cell->generation;
    pin->answer = replaced && cell->answer == cell->generation ? pin->generation->number : cell->answer;
}

static void pins_restore_cell(struct pins *pins, size_t number,
                              struct generation *(*find)(void *context, uint64_t set, uint64_t number), void *context)
{
    struct pin_cell cell = {.thread = 0};
    (void)cells_get(&pins->cells.cells, number - 1, &cell);
    struct pin *pin = pins_open(pins, (pid_t)cell.thread, cell.uid, cell.set, cell.last);
    if (pin == NULL || pin->cell != 0) {
        cells_clear(&pins->cells.cells, number - 1);
        return;
    }
    CLEANUP(generation_unrefp)
    struct generation *generation = cell.generation == 0 ? NULL : find(context, cell.set, cell.generation);
    pins_fill(pin, &cell, generation);
    pin_cells_take(&pins->cells, pin, number);
}

int pins_restore(struct pins *pins, const struct cells *section, int64_t now,
                 struct generation *(*find)(void *context, uint64_t set, uint64_t number), void *context,
                 struct fault *f)
{
    struct used_cell *used = calloc(section->count + 1, sizeof(*used));
    if (used == NULL)
        return fault_no_memory(f);
    int result = pin_cells_open(&pins->cells, section, f);
    size_t count = result == 0 ? pins_list_cells(pins, now, used) : 0;
    for (size_t i = 0; i < count; i++)
        pins_restore_cell(pins, used[i].number, find, context);
    free(used);
    return result;
}
