/*
 * The rules. A *pass* is what one thread opens of one set, one file after the other.
 *
 * 1. A pass is over when the thread has opened every file of the set, opens a file again (which begins the next one;
 *    MySQL 9: cert, ca, ca, cert, key), opens nothing for PASS_GAP_MS, ends, or writes to control. When ca, cert and
 *    key are opened, the last of them twice in a row begins none: the current one is opened, and what follows is the
 *    next. (nginx, stunnel, PostgreSQL: cert, key, ca, ca.)
 * 2. In a pass every file is of the pass's generation: LOOKUP shows it, OPEN takes no other. (MariaDB, MySQL: ca, cert,
 *    key.) A pass begins, by LOOKUP or by OPEN, with the current generation.
 * 3. The answer of an import waits until no pass of an older generation of its set is left, PASS_LIMIT_MS after
 *    the commit at the latest. Until then a thread that begins a pass begins it with that older generation if threads
 *    of its own process are in a pass of it and none of them has opened this file: they share the reading (Node's
 *    pool, Go). The sharing ends PASS_GAP_MS after the commit.
 * 4. Any other generation is refused with ESTALE. The kernel then walks the path again, with a LOOKUP that asks us
 *    even if the name is cached, and opens what that showed, though the pass ended meanwhile; the program sees nothing
 *    of it. Threads that walk at the same time share a LOOKUP, so that one of them may come with another one's inode:
 *    as there is no third walk, it gets the bytes of its own pass past the page cache (handles go by their own
 *    number). A second refusal of one inode without a LOOKUP between has no path to walk (an O_PATH descriptor, a file
 *    that is bound by itself); a refusal after that LOOKUP would reach the program (another thread's LOOKUP of the same
 *    name came between, in a crowd): the inode is opened as it is, and no pass begins. Where its generation is gone,
 * what is still open of it is opened, else the answer is ENOENT; what other readers are pinned to does not count, or
 * they would keep a generation for ever.
 * 5. Thread id 0 is no identity: there are no passes, and what can be found is opened.
 * 6. When the worker is replaced, passes go on as if no time had passed since the last of them was used: threads that
 *    wait for the next worker open nothing meanwhile. A request that comes again is answered as before.
 *
 * So whatever begins to read after the answer reads the new set, in any order and on any thread; and what one thread
 * opens in a row is of one generation, whatever is imported meanwhile.
 */
#include "fs/state/snapshot.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/base/fault.h"
#include "core/set/content.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "fs/state/answered.h"
#include "fs/state/pin.h"
#include "fs/state/pins.h"

enum { KEPT_MS = 2000 }; /* for what was shown or refused last, rule 4 */

/* The number of the pin that notes what a thread was refused of sets that are not known. */
static const uint64_t no_set = UINT64_MAX;

struct snapshots {
    pthread_mutex_t lock; /* over all below */
    struct pins pins;
    unsigned importing;   /* imports that are not answered yet: rule 3 */
    uint64_t parted;      /* passes of generations before this one are no longer shared, but ended */
    int64_t joined_until; /* an earlier worker's imports are not counted in it: until then there may be some */
    int64_t pause;        /* while no worker ran, in all; the times of pins do not count it */
    struct cells pause_cell;
    struct snapshot_source source;
    struct pass_system system;
};

int snapshots_new(const struct snapshot_source *source, struct snapshots **ret, struct fault *f)
{
    struct snapshots *snapshots = calloc(1, sizeof(*snapshots));
    if (snapshots == NULL)
        return fault_no_memory(f);
    pthread_mutex_init(&snapshots->lock, NULL);
    pins_init(&snapshots->pins);
    snapshots->source = *source;
    snapshots->system = pass_system;
    *ret = snapshots;
    return 0;
}

void snapshots_freep(struct snapshots **snapshots)
{
    if (*snapshots == NULL)
        return;
    pins_done(&(*snapshots)->pins);
    pthread_mutex_destroy(&(*snapshots)->lock);
    free(*snapshots);
}

void snapshots_ask(struct snapshots *snapshots, const struct pass_system *system)
{
    snapshots->system = *system;
}

/* NULL without memory: then the reader reads without passes. */
static struct pin *snapshot_open_pin(struct snapshots *s, const struct snapshot_reader *reader, int64_t now)
{
    return pins_open(&s->pins, reader->thread, reader->uid, reader->set, now);
}

/* ---- from here on with the lock held ---- */

/* The generation that a pass begins with. */
static struct generation *snapshot_next_of(struct snapshots *s, struct pin *reader, enum material_file file,
                                           struct generation *current, int64_t now)
{
    struct generation *shared = NULL;
    bool importing = s->importing > 0 || now < s->joined_until;
    if (importing && current != NULL && current->number > s->parted && !pass_is_repeat(reader, file, now))
        shared = pass_find_shared(&s->pins, &s->system, reader, file, current->number, now);
    return shared != NULL ? shared : current;
}

static void snapshot_begin_next(struct snapshots *s, struct pin *pin, enum material_file file, struct generation *next,
                                const struct generation *current, int64_t now)
{
    if (pass_is_repeat(pin, file, now))
        pass_repeat(&s->pins, pin, next, now);
    else
        pass_begin(&s->pins, pin, next, next != current, now);
}

/* ---- rules 2 and 4 ---- */

/* Asked for with the lock held: else a pass of it could begin unseen after its successor was answered. */
static struct generation *snapshot_current_of(const struct snapshots *s, uint64_t set)
{
    return s->source.current_of(s->source.context, set);
}

/* The name that is shown after a refusal must be opened. If the request comes again, that was noted before. */
static struct generation *snapshot_show(struct snapshots *s, const struct snapshot_reader *reader,
                                        enum material_file file, struct generation *current, int64_t now)
{
    struct pin *pin = snapshot_open_pin(s, reader, now), *unknown = pins_find(&s->pins, reader->thread, no_set);
    if (pin == NULL)
        return generation_ref(current);
    bool refused = answered_has_refusal(pin) || answered_has_refusal(unknown) ||
                   (answered_is_again(pin, reader->request) && pin->offered != 0);
    if (!pass_lacks(pin, file, now))
        snapshot_begin_next(s, pin, file, snapshot_next_of(s, pin, file, current, now), current, now);
    pin->offered = refused ? pin->generation->number : 0;
    pin->refused = 0;
    answered_note(&s->pins, pin, reader->request, pin->generation);
    answered_forget_refusal(&s->pins, unknown); /* not before: whatever is kept last, this comes again as it was */
    return generation_ref(pin->generation);
}

struct generation *snapshots_lookup(struct snapshots *snapshots, const struct snapshot_reader *reader,
                                    enum material_file file, int64_t now)
{
    pthread_mutex_lock(&snapshots->lock);
    CLEANUP(generation_unrefp) struct generation *current = snapshot_current_of(snapshots, reader->set);
    struct generation *shown = NULL;
    if (current != NULL)
        shown = reader->thread == 0 ? generation_ref(current)
                                    : snapshot_show(snapshots, reader, file, current, now - snapshots->pause);
    pthread_mutex_unlock(&snapshots->lock);
    return shown;
}

/* The generation to open, NULL to refuse. An offer made after its pass was over is the last of it. */
static struct generation *snapshot_admit(struct snapshots *s, struct pin *pin, enum material_file file, uint64_t number,
                                         struct generation *current, int64_t now)
{
    if (pass_lacks(pin, file, now))
        return pin->generation->number == number ? pin->generation : NULL;
    struct generation *next = snapshot_next_of(s, pin, file, current, now);
    if (next != NULL && next->number == number) {
        snapshot_begin_next(s, pin, file, next, current, now);
        return next;
    }
    bool offered = pin->offered == number && pin->generation != NULL && pin->generation->number == number;
    pin->over |= offered;
    return offered ? pin->generation : NULL;
}

/* The generation to open instead of an inode that another thread's walk showed to this reader. */
static struct generation *snapshot_insist(struct snapshots *s, struct pin *pin, enum material_file file,
                                          struct generation *current, int64_t now)
{
    if (pass_lacks(pin, file, now))
        return pin->generation;
    struct generation *next = snapshot_next_of(s, pin, file, current, now);
    if (next != NULL)
        snapshot_begin_next(s, pin, file, next, current, now);
    return next;
}

/* Borrowed; NULL: refused. */
static struct generation *snapshot_open_for(struct snapshots *s, struct pin *pin, enum material_file file,
                                            uint64_t number, struct generation *wanted, struct generation *current,
                                            int64_t now)
{
    struct generation *admitted = snapshot_admit(s, pin, file, number, current, now);
    if (admitted == NULL && answered_is_second_walk(pin, file, number))
        admitted = snapshot_insist(s, pin, file, current, now);
    if (admitted == NULL) {
        if (wanted == NULL || !answered_refuse(pin, file, number))
            return NULL;
        pin->refused = 0;
        return wanted;
    }
    pin->opened |= 1U << file;
    pin->opened_last = file;
    pin->offered = 0;
    pin->refused = 0;
    pins_touch(&s->pins, pin, now);
    return admitted;
}

/* Borrowed; NULL: refused. */
static struct generation *snapshot_open_pinned(struct snapshots *s, const struct snapshot_reader *reader,
                                               enum material_file file, uint64_t number, struct generation *wanted,
                                               struct generation *current, int64_t now)
{
    struct generation *opened;
    struct pin *pin = snapshot_open_pin(s, reader, now);
    if (pin == NULL)
        return wanted;
    if (answered_find(pin, reader->request, wanted, &opened))
        pins_touch(&s->pins, pin, now);
    else
        opened = snapshot_open_for(s, pin, file, number, wanted, current, now);
    answered_note(&s->pins, pin, reader->request, opened);
    return opened;
}

struct generation *snapshots_open(struct snapshots *snapshots, const struct snapshot_reader *reader,
                                  enum material_file file, uint64_t number, struct generation *wanted, int64_t now)
{
    if (reader->thread == 0) /* rule 5 */
        return wanted == NULL ? NULL : generation_ref(wanted);
    pthread_mutex_lock(&snapshots->lock);
    CLEANUP(generation_unrefp) struct generation *current = snapshot_current_of(snapshots, reader->set);
    struct generation *opened =
        snapshot_open_pinned(snapshots, reader, file, number, wanted, current, now - snapshots->pause);
    if (opened != NULL)
        generation_ref(opened);
    pthread_mutex_unlock(&snapshots->lock);
    return opened;
}

bool snapshots_refuse_gone(struct snapshots *snapshots, const struct snapshot_reader *reader, enum material_file file,
                           uint64_t number, int64_t now)
{
    const struct snapshot_reader unknown = {.thread = reader->thread, .uid = reader->uid, .set = no_set};
    if (reader->thread == 0)
        return true;
    pthread_mutex_lock(&snapshots->lock);
    bool refused = answered_was_refused(pins_find(&snapshots->pins, reader->thread, no_set), reader->request);
    bool again = !refused && answered_take_refusal(&snapshots->pins, reader->thread, reader->request, file, number);
    struct pin *pin = again ? NULL : snapshot_open_pin(snapshots, &unknown, now - snapshots->pause);
    if (pin != NULL) {
        (void)answered_refuse(pin, file, number);
        answered_note(&snapshots->pins, pin, reader->request, NULL);
    }
    pthread_mutex_unlock(&snapshots->lock);
    return again;
}

struct generation *snapshots_find(struct snapshots *snapshots, uint64_t number)
{
    struct generation *found = NULL;
    struct pin *pin;
    pthread_mutex_lock(&snapshots->lock);
    TAILQ_FOREACH(pin, &snapshots->pins.oldest_first, order)
    {
        if (found == NULL && pin->generation != NULL && pin->generation->number == number)
            found = generation_ref(pin->generation);
    }
    pthread_mutex_unlock(&snapshots->lock);
    return found;
}

/* ---- the end of passes ---- */

/* Drops every pin for which `ends` is true. */
static void snapshot_drop_where(struct snapshots *s, bool (*ends)(const struct pin *pin, uint64_t what), uint64_t what)
{
    struct pin *next;
    pthread_mutex_lock(&s->lock);
    for (struct pin *pin = TAILQ_FIRST(&s->pins.oldest_first); pin != NULL; pin = next) {
        next = TAILQ_NEXT(pin, order);
        if (ends(pin, what))
            pins_drop(&s->pins, pin);
    }
    pthread_mutex_unlock(&s->lock);
}

static bool snapshot_is_of_thread(const struct pin *pin, uint64_t thread)
{
    return (uint64_t)pin->thread == thread;
}

void snapshots_end(struct snapshots *snapshots, pid_t thread)
{
    snapshot_drop_where(snapshots, snapshot_is_of_thread, (uint64_t)thread);
}

static bool snapshot_wipe_set(const struct pin *pin, uint64_t set)
{
    if (pin->set != set)
        return false;
    if (pin->generation != NULL)
        material_revoke(pin->generation->material);
    return true;
}

void snapshots_revoke(struct snapshots *snapshots, uint64_t set)
{
    snapshot_drop_where(snapshots, snapshot_wipe_set, set);
}

int snapshots_expire(struct snapshots *snapshots, int64_t now)
{
    pthread_mutex_lock(&snapshots->lock);
    now -= snapshots->pause;
    pins_drop_until(&snapshots->pins, now - KEPT_MS);
    const struct pin *oldest = TAILQ_FIRST(&snapshots->pins.oldest_first);
    int left = oldest == NULL ? -1 : (int)(oldest->last + KEPT_MS - now);
    pthread_mutex_unlock(&snapshots->lock);
    return left;
}

/* ---- rule 3: the answer ---- */

void snapshots_import(struct snapshots *snapshots, bool begins)
{
    pthread_mutex_lock(&snapshots->lock);
    snapshots->importing += begins ? 1 : -1U;
    pthread_mutex_unlock(&snapshots->lock);
}

bool snapshots_settle(struct snapshots *snapshots, uint64_t set, uint64_t current, int64_t committed, int64_t now)
{
    pthread_mutex_lock(&snapshots->lock);
    if (now - committed >= PASS_GAP_MS && current > snapshots->parted)
        snapshots->parted = current;
    bool settled = pass_have_ended(&snapshots->pins, &snapshots->system, set, current, committed - snapshots->pause,
                                   now - snapshots->pause);
    pthread_mutex_unlock(&snapshots->lock);
    return settled;
}

/* ---- rule 6: after another worker ---- */

/* The time that the last use of a pin would have to be now is not served time. */
static void snapshot_note_pause(struct snapshots *s, int64_t now)
{
    int64_t newest = pins_newest(&s->pins);
    (void)cells_get(&s->pause_cell, 0, &s->pause);
    if (s->pause < 0 || s->pause > now)
        s->pause = 0;
    if (newest == 0)
        return;
    s->pause = now - newest;
    s->joined_until = newest + PASS_LIMIT_MS;
    cells_put(&s->pause_cell, 0, &s->pause);
}

/*
 * The current one where that is gone: the set that is being read is a mixed one then, but the thread's next pass begins
 * where it begins to read again, and not in the middle.
 */
static struct generation *snapshot_find_or_next(void *snapshots, uint64_t set, uint64_t number)
{
    const struct snapshots *s = snapshots;
    struct generation *found = s->source.find(s->source.context, number);
    return found != NULL ? found : snapshot_current_of(s, set);
}

void snapshots_go_on(struct snapshots *snapshots, int64_t now)
{
    pthread_mutex_lock(&snapshots->lock);
    snapshot_note_pause(snapshots, now);
    pthread_mutex_unlock(&snapshots->lock);
}

int snapshots_restore(struct snapshots *snapshots, const struct snapshot_cells *cells, int64_t now, struct fault *f)
{
    _Static_assert(sizeof(snapshots->pause) == SNAPSHOTS_PAUSE_SIZE, "the row of the section has this size");
    pthread_mutex_lock(&snapshots->lock);
    int result = pins_restore(&snapshots->pins, &cells->pins, now, snapshot_find_or_next, snapshots, f);
    snapshots->pause_cell = cells->pause;
    if (result == 0)
        snapshot_note_pause(snapshots, now);
    pthread_mutex_unlock(&snapshots->lock);
    return result;
}
