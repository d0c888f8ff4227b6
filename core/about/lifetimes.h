/*
 * lifetimes: when the certificates of a set hold, and what the time makes of that.
 *
 * They are kept with a set as numbers, so that its end and the warnings about it are told anew as time passes, and
 * nothing is decoded for it. All times are seconds since the epoch.
 */
#ifndef CERTFS_CORE_ABOUT_LIFETIMES_H
#define CERTFS_CORE_ABOUT_LIFETIMES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/about/findings.h"

enum { LIFETIMES_PLACE_SIZE = 72, LIFETIMES_SOON = 30 * 86400 };

/* When a certificate holds. */
struct lifetime {
    int64_t from, until;
    char place[LIFETIMES_PLACE_SIZE]; /* as judge_place_text has it */
};

/* Those of a path, the leaf first; or of trust anchors that stand alone. All zero: none. */
struct lifetimes {
    struct lifetime *list; /* owned */
    size_t count;
    bool anchors;
};

/* Adds one at the end; 0, or -1 for want of memory. */
MUST_CHECK int lifetimes_add(struct lifetimes *lifetimes, const struct lifetime *lifetime);
void lifetimes_done(struct lifetimes *lifetimes);

/* The end of a set. */
struct set_end {
    int64_t until;
    const char *of; /* the place of the certificate that ends first; "" where no trust anchor holds any more */
};

/*
 * When the set ends: the earliest end on its path; of anchors alone the next one among those that hold at the time
 * `now`, and where none does the last one that did. There has to be a lifetime.
 */
struct set_end lifetimes_end(const struct lifetimes *lifetimes, int64_t now);

/*
 * Adds what they say at the time `now`: fails_today for what is not `waived` (bits 1 << reason), short_lifetime,
 * ends_before_leaf, ends_soon; of anchors expired_anchors.
 */
void lifetimes_review(const struct lifetimes *lifetimes, uint32_t waived, int64_t now, struct findings *findings);

/* The fault expired or not_yet_valid of a certificate at this place, whose `limit` is not kept at the time `now`. */
void lifetimes_fault(enum reason reason, const char *field, const char *place, int64_t limit, int64_t now,
                     struct fault *ret);

/* "2026-12-29"; "" for a time that has no date. */
enum { LIFETIMES_DATE_SIZE = 24 };
void lifetimes_date(int64_t when, char ret[LIFETIMES_DATE_SIZE]);

#endif
