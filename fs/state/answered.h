/*
 * answered: what a thread was answered last about a set, refusals included: rules 4 and 6 of snapshot.c.
 *
 * That is kept in the thread's pin. The caller holds the lock of the pins. `request` is the kernel's number of a LOOKUP
 * or OPEN, 0 where it is not known.
 */
#ifndef CERTFS_FS_STATE_ANSWERED_H
#define CERTFS_FS_STATE_ANSWERED_H

#include "core/set/content.h"
#include "fs/state/pins.h"

/* Whether the request comes again: an earlier worker carried it out, and ended before it was answered. */
bool answered_is_again(const struct pin *pin, uint64_t request);

/* Keeps the pin, with the generation that the request is given; NULL: it is refused. */
void answered_note(struct pins *pins, struct pin *pin, uint64_t request, const struct generation *answer);

/*
 * Finds the generation that the request was given before, borrowed; NULL: it was refused. `wanted` is the generation of
 * the inode, NULL where it is gone. False: the request is new, or that generation is gone.
 */
bool answered_find(const struct pin *pin, uint64_t request, struct generation *wanted, struct generation **ret);

/* Whether this request was refused before. The pin may be NULL, here and in the next two. */
bool answered_was_refused(const struct pin *pin, uint64_t request);

/* Whether the last OPEN was refused, and nothing was looked up since. */
bool answered_has_refusal(const struct pin *pin);

/* Forgets the refusal, and keeps the pin. */
void answered_forget_refusal(struct pins *pins, struct pin *pin);

/* Notes the refusal; true if the same inode was refused just before. */
bool answered_refuse(struct pin *pin, enum material_file file, uint64_t number);

/* Whether the kernel walked the path again after a refusal; it does so once. */
bool answered_is_second_walk(const struct pin *pin, enum material_file file, uint64_t number);

/*
 * The same as answered_refuse of whichever set it was noted for, while that was known; if it is true, the refusal is
 * forgotten and the pin is kept.
 */
bool answered_take_refusal(struct pins *pins, pid_t thread, uint64_t request, enum material_file file, uint64_t number);

#endif
