/*
 * The rules.
 *
 * A pin belongs to one thread and one set. It holds a generation, since when, which files were opened of it, and
 * which inode was refused last. It is fresh for SNAPSHOT_WINDOW_MS from its beginning.
 *
 * 1. A reader is *inside* a snapshot for a file if its pin is fresh and this file was not opened under it yet.
 *    Opening a file a second time is the sign of a reader that starts over.
 * 2. LOOKUP, inside: the pinned generation. Not inside: the current one, and a new snapshot begins with it.
 *    What was shown is noted as offered.
 * 3. OPEN, inside: the pinned generation is right, any other is refused. Not inside: the current one is right, and a
 *    new snapshot begins with it; so is the one that was offered last, once, for a reader whose window ended between
 *    its lookup and its open. Any other is refused.
 * 4. Refused means ESTALE. The kernel then walks the path again with a LOOKUP that asks us even if the name is
 *    cached, rule 2 shows the right inode, and the second OPEN passes: the program sees nothing of it.
 * 5. A second refusal of the same inode without a LOOKUP between has no path to walk (an O_PATH descriptor, a file
 *    bound by itself): such a reader gets the generation of the inode that it holds.
 * 6. A generation that is gone from the vault is refused in the same way, by a pin of no set; pins of other readers do
 *    not count, or they would keep it for ever. At the second refusal the reader gets what is still open of this inode
 *    (/proc/self/fd), else ENOENT: ESTALE is for the kernel alone.
 * 7. Thread id 0 is no identity: no pins; what can still be found is opened.
 * 8. Writing to control ends the writer's pins.
 *
 * What follows: ca, cert and key opened by one thread within the window belong together, whatever
 * is imported meanwhile, and a reader that starts over gets the newest set. Two threads or processes that share the
 * reading have generations/N instead.
 */
#include "fs/snapshot.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <sys/queue.h>

enum { KEPT_MS = 2 * SNAPSHOT_WINDOW_MS }; /* for rules 3, 5 and 6, which look back beyond the window */

/* Of the pin that notes what a thread was refused of sets that are not known. */
static const uint64_t no_set = UINT64_MAX;

struct pin {
    TAILQ_ENTRY(pin) order; /* by `since` */
    pid_t thread;
    uid_t uid;
    uint64_t set;
    int64_t since;
    struct generation *generation; /* NULL: only a refusal is noted */
    unsigned opened;               /* bit 1 << file */
    uint64_t offered;              /* generation number, 0: none */
    uint64_t refused;              /* generation number, 0: none */
    enum material_file refused_file;
};

/* How many pins a user has. */
struct owner {
    uid_t uid;
    unsigned pins;
};

TAILQ_HEAD(pins, pin);

struct snapshots {
    pthread_mutex_t lock; /* over all below */
    struct pins oldest_first;
    void *by_thread; /* of struct pin, by thread and set: tsearch(3) */
    void *owners;    /* of struct owner, by uid */
};

static int compare_pins(const void *a, const void *b)
{
    const struct pin *left = a, *right = b;
    if (left->thread != right->thread)
        return left->thread < right->thread ? -1 : 1;
    return left->set < right->set ? -1 : left->set > right->set;
}

static int compare_owners(const void *a, const void *b)
{
    uid_t left = ((const struct owner *)a)->uid, right = ((const struct owner *)b)->uid;
    return left < right ? -1 : left > right;
}

int snapshots_new(struct snapshots **ret, struct fault *f)
{
    struct snapshots *snapshots = calloc(1, sizeof(*snapshots));
    if (snapshots == NULL)
        return fault_no_memory(f);
    pthread_mutex_init(&snapshots->lock, NULL);
    TAILQ_INIT(&snapshots->oldest_first);
    *ret = snapshots;
    return 0;
}

/* ---- pins; all with the lock held ---- */

static struct pin *find(struct snapshots *s, const struct snapshot_reader *reader)
{
    const struct pin key = {.thread = reader->thread, .set = reader->set};
    struct pin **found = tfind(&key, &s->by_thread, compare_pins);
    return found == NULL ? NULL : *found;
}

static struct owner *find_owner(struct snapshots *s, uid_t uid)
{
    const struct owner key = {.uid = uid};
    struct owner **found = tfind(&key, &s->owners, compare_owners);
    return found == NULL ? NULL : *found;
}

static struct owner *open_owner(struct snapshots *s, uid_t uid)
{
    struct owner *owner = find_owner(s, uid);
    if (owner != NULL)
        return owner;
    owner = calloc(1, sizeof(*owner));
    if (owner == NULL)
        return NULL;
    owner->uid = uid;
    if (tsearch(owner, &s->owners, compare_owners) != NULL)
        return owner;
    free(owner);
    return NULL;
}

static void drop(struct snapshots *s, struct pin *pin)
{
    struct owner *owner = find_owner(s, pin->uid);
    if (--owner->pins == 0) {
        tdelete(owner, &s->owners, compare_owners);
        free(owner);
    }
    tdelete(pin, &s->by_thread, compare_pins);
    TAILQ_REMOVE(&s->oldest_first, pin, order);
    generation_unref(pin->generation);
    free(pin);
}

static void drop_oldest_of(struct snapshots *s, uid_t uid)
{
    struct pin *pin;
    TAILQ_FOREACH(pin, &s->oldest_first, order)
    {
        if (pin->uid != uid)
            continue;
        drop(s, pin);
        return;
    }
}

/* The reader's pin, an empty one if it has none. NULL for want of memory: then it reads without a snapshot. */
static struct pin *open_pin(struct snapshots *s, const struct snapshot_reader *reader, int64_t now)
{
    struct pin *pin = find(s, reader);
    if (pin != NULL)
        return pin;
    const struct owner *full = find_owner(s, reader->uid);
    if (full != NULL && full->pins >= SNAPSHOT_PINS_PER_UID)
        drop_oldest_of(s, reader->uid);
    struct owner *owner = open_owner(s, reader->uid);
    pin = owner == NULL ? NULL : calloc(1, sizeof(*pin));
    if (pin == NULL)
        return NULL;
    pin->thread = reader->thread;
    pin->uid = reader->uid;
    pin->set = reader->set;
    pin->since = now;
    if (tsearch(pin, &s->by_thread, compare_pins) == NULL) {
        free(pin);
        return NULL;
    }
    owner->pins++;
    TAILQ_INSERT_TAIL(&s->oldest_first, pin, order);
    return pin;
}

static void begin(struct snapshots *s, struct pin *pin, struct generation *generation, int64_t now)
{
    generation_ref(generation);
    generation_unref(pin->generation);
    pin->generation = generation;
    pin->since = now;
    pin->opened = 0;
    pin->offered = 0;
    TAILQ_REMOVE(&s->oldest_first, pin, order);
    TAILQ_INSERT_TAIL(&s->oldest_first, pin, order);
}

static bool is_fresh(const struct pin *pin, int64_t now)
{
    return pin->generation != NULL && now - pin->since < SNAPSHOT_WINDOW_MS;
}

/* Rule 1. */
static bool is_inside(const struct pin *pin, enum material_file file, int64_t now)
{
    return is_fresh(pin, now) && (pin->opened & 1U << file) == 0;
}

/* ---- the rules ---- */

/* For rule 6: the name was looked up. */
static void forget_refusal(struct snapshots *s, const struct snapshot_reader *reader)
{
    const struct snapshot_reader unknown = {.thread = reader->thread, .set = no_set};
    struct pin *pin = find(s, &unknown);
    if (pin != NULL)
        pin->refused = 0;
}

/* Rule 2. */
static struct generation *show(struct snapshots *s, const struct snapshot_reader *reader, enum material_file file,
                               struct generation *current, int64_t now)
{
    forget_refusal(s, reader);
    struct pin *pin = open_pin(s, reader, now);
    if (pin == NULL)
        return generation_ref(current);
    if (!is_inside(pin, file, now))
        begin(s, pin, current, now);
    pin->offered = pin->generation->number;
    pin->refused = 0;
    return generation_ref(pin->generation);
}

struct generation *snapshots_lookup(struct snapshots *snapshots, const struct snapshot_reader *reader,
                                    enum material_file file, struct generation *current, int64_t now)
{
    if (current == NULL)
        return NULL;
    if (reader->thread == 0)
        return generation_ref(current);
    pthread_mutex_lock(&snapshots->lock);
    struct generation *shown = show(snapshots, reader, file, current, now);
    pthread_mutex_unlock(&snapshots->lock);
    return shown;
}

/* Rule 3: the generation to open, NULL to refuse. */
static struct generation *admit(struct snapshots *s, struct pin *pin, enum material_file file, uint64_t number,
                                struct generation *current, int64_t now)
{
    if (is_inside(pin, file, now))
        return pin->generation->number == number ? pin->generation : NULL;
    if (current != NULL && current->number == number) {
        begin(s, pin, current, now);
        return current;
    }
    bool offered = pin->generation != NULL && pin->offered == number && pin->generation->number == number;
    return offered ? pin->generation : NULL;
}

/* Rule 5: notes the refusal; true if the same inode was refused just before. */
static bool is_refused_again(struct pin *pin, enum material_file file, uint64_t number)
{
    bool again = pin->refused == number && pin->refused_file == file;
    pin->refused = number;
    pin->refused_file = file;
    return again;
}

static struct generation *open_for(struct snapshots *s, struct pin *pin, enum material_file file, uint64_t number,
                                   struct generation *wanted, struct generation *current, int64_t now)
{
    struct generation *admitted = admit(s, pin, file, number, current, now);
    if (admitted == NULL) {
        if (wanted == NULL || !is_refused_again(pin, file, number))
            return NULL;
        begin(s, pin, wanted, now);
        admitted = wanted;
    }
    pin->opened |= 1U << file;
    pin->offered = 0;
    pin->refused = 0;
    return generation_ref(admitted);
}

struct generation *snapshots_open(struct snapshots *snapshots, const struct snapshot_reader *reader,
                                  enum material_file file, uint64_t number, struct generation *wanted,
                                  struct generation *current, int64_t now)
{
    if (reader->thread == 0) /* rule 7 */
        return wanted == NULL ? NULL : generation_ref(wanted);
    pthread_mutex_lock(&snapshots->lock);
    struct pin *pin = open_pin(snapshots, reader, now);
    struct generation *opened = pin == NULL ? wanted == NULL ? NULL : generation_ref(wanted)
                                            : open_for(snapshots, pin, file, number, wanted, current, now);
    pthread_mutex_unlock(&snapshots->lock);
    return opened;
}

/* The first refusal may have been noted while the set was known. */
static bool take_refusal(struct snapshots *s, pid_t thread, enum material_file file, uint64_t number)
{
    struct pin *pin;
    TAILQ_FOREACH(pin, &s->oldest_first, order)
    {
        if (pin->thread != thread || pin->refused != number || pin->refused_file != file)
            continue;
        pin->refused = 0;
        return true;
    }
    return false;
}

bool snapshots_refuse_gone(struct snapshots *snapshots, pid_t thread, uid_t uid, enum material_file file,
                           uint64_t number, int64_t now)
{
    const struct snapshot_reader reader = {.thread = thread, .uid = uid, .set = no_set};
    if (thread == 0)
        return true;
    pthread_mutex_lock(&snapshots->lock);
    bool again = take_refusal(snapshots, thread, file, number);
    struct pin *pin = again ? NULL : open_pin(snapshots, &reader, now);
    if (pin != NULL)
        (void)is_refused_again(pin, file, number);
    pthread_mutex_unlock(&snapshots->lock);
    return again;
}

struct generation *snapshots_find(struct snapshots *snapshots, uint64_t number)
{
    struct generation *found = NULL;
    struct pin *pin;
    pthread_mutex_lock(&snapshots->lock);
    TAILQ_FOREACH(pin, &snapshots->oldest_first, order)
    {
        if (found == NULL && pin->generation != NULL && pin->generation->number == number)
            found = generation_ref(pin->generation);
    }
    pthread_mutex_unlock(&snapshots->lock);
    return found;
}

/* Drops every pin that `ends` says yes to. */
static void drop_where(struct snapshots *s, bool (*ends)(const struct pin *pin, uint64_t what), uint64_t what)
{
    struct pin *next;
    pthread_mutex_lock(&s->lock);
    for (struct pin *pin = TAILQ_FIRST(&s->oldest_first); pin != NULL; pin = next) {
        next = TAILQ_NEXT(pin, order);
        if (ends(pin, what))
            drop(s, pin);
    }
    pthread_mutex_unlock(&s->lock);
}

static bool is_of_thread(const struct pin *pin, uint64_t thread)
{
    return (uint64_t)pin->thread == thread;
}

void snapshots_end(struct snapshots *snapshots, pid_t thread)
{
    drop_where(snapshots, is_of_thread, (uint64_t)thread);
}

static bool wipe_set(const struct pin *pin, uint64_t set)
{
    if (pin->set != set)
        return false;
    if (pin->generation != NULL)
        material_revoke(pin->generation->material);
    return true;
}

void snapshots_revoke(struct snapshots *snapshots, uint64_t set)
{
    drop_where(snapshots, wipe_set, set);
}

int snapshots_expire(struct snapshots *snapshots, int64_t now)
{
    pthread_mutex_lock(&snapshots->lock);
    struct pin *pin;
    while ((pin = TAILQ_FIRST(&snapshots->oldest_first)) != NULL && now - pin->since >= KEPT_MS)
        drop(snapshots, pin);
    int left = pin == NULL ? -1 : (int)(pin->since + KEPT_MS - now);
    pthread_mutex_unlock(&snapshots->lock);
    return left;
}

void snapshots_freep(struct snapshots **snapshots)
{
    if (*snapshots == NULL)
        return;
    (void)snapshots_expire(*snapshots, INT64_MAX / 2);
    pthread_mutex_destroy(&(*snapshots)->lock);
    free(*snapshots);
}
