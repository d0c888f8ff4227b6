#include "fs/state/pass.h"

#include <errno.h>
#include <signal.h>

#include "core/set/content.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "fs/host/process.h"
#include "fs/state/pin.h"

enum { LOOKS = 16 }; /* threads that are looked up in /proc when one begins a pass */

static bool pass_lives(pid_t thread)
{
    return kill(thread, 0) == 0 || errno != ESRCH;
}

const struct pass_system pass_system = {.lives = pass_lives, .process_of = process_find};

enum { PEM_FILES = (1 << MATERIAL_PEM_COUNT) - 1 }; /* their bits */

/* The files that a generation has, as bits. */
static unsigned pass_files_of(const struct generation *generation)
{
    unsigned files = generation->resource->set == 0 ? 0 : 1U << MATERIAL_FILE_COUNT; /* certificate.json */
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++)
        if (material_content(generation->material, file) != NULL)
            files |= 1U << file;
    return files;
}

/* Rule 1. */
static bool pass_goes_on(const struct pin *pin, int64_t now)
{
    return pin->generation != NULL && !pin->over && now - pin->last < PASS_GAP_MS &&
           (pass_files_of(pin->generation) & ~pin->opened) != 0;
}

bool pass_lacks(const struct pin *pin, enum material_file file, int64_t now)
{
    return pass_goes_on(pin, now) && (pin->opened & 1U << file) == 0;
}

bool pass_is_repeat(const struct pin *pin, enum material_file file, int64_t now)
{
    return pin->generation != NULL && pin->opened_last == file && now - pin->last < PASS_GAP_MS &&
           (pass_files_of(pin->generation) & PEM_FILES & ~pin->opened) == 0;
}

/* It goes on, or nobody has ended it yet. */
static bool pass_is_before(const struct pin *pin, uint64_t set, uint64_t current)
{
    return pin->set == set && pin->generation != NULL && !pin->over && pin->generation->number < current;
}

static bool pass_is_old(const struct pin *pin, uint64_t set, uint64_t current, int64_t now)
{
    return pass_is_before(pin, set, current) && pass_goes_on(pin, now);
}

void pass_begin(struct pins *pins, struct pin *pin, struct generation *generation, bool joined, int64_t now)
{
    generation_ref(generation);
    generation_unref(pin->generation);
    pin->generation = generation;
    pin->opened = 0;
    pin->offered = 0;
    pin->over = false;
    pin->joined = joined;
    pins_touch(pins, pin, now);
}

void pass_repeat(struct pins *pins, struct pin *pin, struct generation *generation, int64_t now)
{
    unsigned opened = pin->opened;
    pass_begin(pins, pin, generation, false, now);
    pin->opened = opened;
    pin->over = true;
}

/* ---- rule 3: threads of one process ---- */

/* Whether the process of the thread is known; looks it up if `looks` are left. */
static bool pass_has_process(struct pins *pins, const struct pass_system *system, struct pin *pin, unsigned *looks)
{
    if (pin->process == 0 && *looks > 0) {
        pid_t process = system->process_of(pin->thread);
        pin->process = process == 0 ? -1 : process;
        pins_keep(pins, pin);
        --*looks;
    }
    return pin->process > 0;
}

struct generation *pass_find_shared(struct pins *pins, const struct pass_system *system, struct pin *reader,
                                    enum material_file file, uint64_t current, int64_t now)
{
    struct generation *shared = NULL;
    unsigned opened = 0, looks = LOOKS;
    struct pin *pin;
    TAILQ_FOREACH_REVERSE(pin, &reader->owner->pins, pin_list, order_of_owner)
    {
        if (pin == reader || pin->opened == 0 || !pass_is_old(pin, reader->set, current, now) ||
            !pass_has_process(pins, system, reader, &looks) || !pass_has_process(pins, system, pin, &looks) ||
            pin->process != reader->process)
            continue;
        if (shared == NULL || shared->number < pin->generation->number)
            opened = 0;
        if (shared == NULL || shared->number <= pin->generation->number) {
            shared = pin->generation;
            opened |= pin->opened;
        }
    }
    return shared != NULL && (opened & 1U << file) == 0 ? shared : NULL;
}

/* ---- rule 3: the answer ---- */

/* Whether the time of a pass of an older generation is over, so many milliseconds after the commit. */
static bool pass_has_ended(const struct pass_system *system, const struct pin *pin, int64_t passed)
{
    return passed >= PASS_LIMIT_MS || (pin->joined && passed >= PASS_GAP_MS) || !system->lives(pin->thread);
}

/* Stops at the first pass that goes on, so many threads do not make this expensive: each dead one is looked up once. */
bool pass_have_ended(struct pins *pins, const struct pass_system *system, uint64_t set, uint64_t current,
                     int64_t committed, int64_t now)
{
    struct pin *pin;
    TAILQ_FOREACH(pin, &pins->oldest_first, order)
    {
        if (!pass_is_before(pin, set, current))
            continue;
        if (pass_goes_on(pin, now) && !pass_has_ended(system, pin, now - committed))
            return false;
        pin->over = true;
        pins_keep(pins, pin);
    }
    return true;
}
