/*
 * registry: which generation of each set is current. The one mutable thing in core.
 *
 * It is changed by one thread (the importer), read by any, and one lets what was retired go. The order of a change is:
 * on disk first (store), visible second, acknowledged by the caller last. A replaced generation stays reachable for a
 * while, so that a reader that is between looking up a name and opening it still finds what it looked up. One replaced
 * material per set is kept for RestorePrevious. A set is named by its identifier, whatever the case of its letters; ""
 * is the root set. Within the program it has a number too: that of its first generation, 0 for the root set. Generation
 * numbers are one counter over all sets.
 *
 * Locks: core has two, the registry's, which is held for the moment of a pointer swap, and one in each content
 * (content.h), which is held while a reader borrows its bytes. No thread takes one while it holds the other, and no
 * function of core calls out of core with one held, but for a reader that replies between content_borrow and
 * content_return. So both come last in any order: a caller may hold its own locks, but never a borrowed content, when
 * it calls the registry.
 */
#ifndef CERTFS_CORE_REGISTRY_REGISTRY_H
#define CERTFS_CORE_REGISTRY_REGISTRY_H

#include "core/about/tags.h"
#include "core/base/cleanup.h"
#include "core/set/generation.h"

enum { REGISTRY_RETIRED_MAX = 16, REGISTRY_RETIRED_SECONDS = 60 };

/* The time, twice: of day for people, steady for measuring. Seconds. */
struct moment {
    int64_t wall;
    int64_t steady;
};

struct store;
struct registry;

/* The result of a change. */
struct commit {
    bool changed;
    uint64_t generation;                      /* the set's current one, or where nothing is served the newest number */
    uint64_t set;                             /* the number of the set that it was about */
    uint64_t wiped[REGISTRY_RETIRED_MAX + 1]; /* of a removal: the numbers of what was current and retired */
    size_t wiped_count;
    const struct generation *current; /* borrowed, until the set changes again; NULL: nothing is served now */
    bool record_missing;              /* the set was served, but its record was not on disk */
    bool record_bad;                  /* the same, but its record did not open to it; it is written again */
    bool unopened_removed;            /* of a removal: nothing was served, a record that had not opened was removed */
};

/* A material that is to become current in a set. Everything is borrowed. */
struct registry_entry {
    const char *identifier; /* as it is to be written if the set is new */
    const char *key_id;     /* of the key-encryption key; NULL: the default one */
    struct material *material;
    struct tags *tags;
    const char *arn; /* of a set that is new */
    int64_t created; /* of a set that is new; seconds since the epoch */
};

/*
 * A change that is complete but for being made: its number is chosen, nothing on disk has changed. `commit` is what the
 * function returns if it succeeds (but for record_missing of a removal, which is known when it is made); a request that
 * changes nothing on disk intends nothing. Called without a lock.
 */
typedef void registry_intend(void *context, const struct commit *commit);

/* An empty registry that keeps everything in memory. Fault: no_memory. */
MUST_CHECK int registry_new(struct registry **ret, struct fault *f);
void registry_freep(struct registry **registry); /* accepts NULL; frees the store too */

/*
 * For load.h, before there is a second thread.
 *
 * registry_adopt puts a generation from disk in its place; own references are taken. Its numbers count as given.
 * Faults: no_memory, store_failed (the name is taken, or a number: see registry_has_numbers).
 * registry_adopt_retired puts a generation back that had been replaced `since`; a `hidden` one is not listed. Faults:
 * no_memory, not_found (its set is not served, or serves it). registry_skip counts a number as given, with all below
 * it. registry_attach hands over the store; from then on changes go to disk first.
 */
MUST_CHECK int registry_adopt(struct registry *registry, struct generation *generation, struct material *previous,
                              struct tags *tags, struct fault *f);
MUST_CHECK int registry_adopt_retired(struct registry *registry, struct generation *generation, int64_t since,
                                      bool hidden, struct fault *f);
bool registry_has_numbers(const struct registry *registry, uint64_t generation, uint64_t set);
void registry_skip(struct registry *registry, uint64_t number);
void registry_attach(struct registry *registry, struct store *store);

/* A reference of the current generation of a set, NULL when nothing is served. */
struct generation *registry_current(struct registry *registry, const char *identifier);

/* A set as it is served, at one moment. All zero: it is not. Release with served_done, which empties it. */
struct served {
    struct generation *current;
    struct material *previous; /* what RestorePrevious would bring back; NULL: nothing */
    struct tags *tags;         /* NULL: none */
};

void registry_look(struct registry *registry, const char *identifier, struct served *ret);
void served_done(struct served *served);

/* The same as registry_current by the set's number. */
struct generation *registry_current_of(struct registry *registry, uint64_t set);

/* The same for the named set with the smallest number above this one, NULL behind the last: for walking over all. */
struct generation *registry_next(struct registry *registry, uint64_t after);

/* How many named sets there are. */
size_t registry_count(struct registry *registry);

/* A reference of a set's tags; NULL is none. */
struct tags *registry_tags(struct registry *registry, uint64_t set);

/* A reference of a current or retired generation, NULL if it is neither. */
struct generation *registry_find(struct registry *registry, uint64_t number);

/*
 * The numbers of a set's current and retired generations, newest first, REGISTRY_RETIRED_MAX + 1 at most. Returns how
 * many there are; with NULL that is all, and costs the same however many sets there are.
 */
size_t registry_list(struct registry *registry, const char *identifier, uint64_t *ret);

/* Whether a key-encryption key of this name can be used. */
bool registry_has_key(const struct registry *registry, const char *key_id);

/* The newest number that was given; 0 before the first commit. */
uint64_t registry_number(struct registry *registry);

/* From now on this is called before each of the four changes below; NULL: nothing is. */
void registry_call_before(struct registry *registry, registry_intend *intend, void *context);

/*
 * Makes an entry current. Without a store there are no keys: then any key_id is refused. Equal to what is served:
 * there is no new generation; tags that differ are stored all the same, and a record that is missing, or that does not
 * open to what is served, is written again. A key that was replaced by another one is refused while other sets use it.
 * Faults: no_memory, store_failed, key_not_accessible.
 */
MUST_CHECK int registry_commit(struct registry *registry, const struct registry_entry *entry, struct moment now,
                               struct commit *ret, struct fault *f);

/* Replaces the tags of a set; that is no new generation, so `ret` is unchanged. Faults: not_found, as commit. */
MUST_CHECK int registry_retag(struct registry *registry, const char *identifier, struct tags *tags, struct commit *ret,
                              struct fault *f);

/* Swaps the current material of a set with the previous one, under a new number. Faults: not_found, as commit. */
MUST_CHECK int registry_restore(struct registry *registry, const char *identifier, struct moment now,
                                struct commit *ret, struct fault *f);

/*
 * Removes a set: current, previous and retired are wiped at once, even if readers hold them open, and nothing is left
 * on disk, neither of what was served nor of what did not open. A set that is nowhere is removed already. Fault:
 * store_failed; the set is as it was then.
 */
MUST_CHECK int registry_remove(struct registry *registry, const char *identifier, struct commit *ret, struct fault *f);

/*
 * Drops what is kept for a process that follows this one of replaced generations that neither this registry has nor
 * anybody else, by `is_used`. Returns how many are left. Any thread.
 */
typedef bool registry_use(void *context, uint64_t number);
size_t registry_sweep(struct registry *registry, registry_use *is_used, void *context);

/* Lets go of generations that were retired long enough ago. Returns the seconds until the next one, -1 for none. */
int registry_expire(struct registry *registry, struct moment now);

#endif
