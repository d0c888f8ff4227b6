/*
 * lifetimes: the validity periods of a set's certificates, and warnings about them.
 *
 * They are kept as numbers, so that a set's end and its warnings can be computed again at any time without decoding
 * certificates. All times are seconds since the epoch.
 */
#ifndef CERTFS_CORE_ABOUT_LIFETIMES_H
#define CERTFS_CORE_ABOUT_LIFETIMES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/about/findings.h"
#include "core/base/fault.h"

enum { LIFETIMES_PLACE_SIZE = 72, LIFETIMES_SOON = 30 * 86400 };

/* The validity period of one certificate. */
struct lifetime {
    int64_t from, until;
    char place[LIFETIMES_PLACE_SIZE]; /* from judge_place_text */
};

/* The certificates of a path, the leaf first, or trust anchors alone. All zero is an empty list. */
struct lifetimes {
    struct lifetime *list; /* owned */
    size_t count;
    bool anchors;
};

/* Appends one; -1 if allocation fails. */
MUST_CHECK int lifetimes_add(struct lifetimes *lifetimes, const struct lifetime *lifetime);
void lifetimes_done(struct lifetimes *lifetimes);

/* The end of a set. */
struct set_end {
    int64_t until;
    const char *of; /* the place of the certificate that ends first; "" if no trust anchor is valid */
};

/*
 * Returns the end of the set: the earliest end on its path. For anchors alone, the next end among those valid at the
 * time `now`, or the last end if none is valid. The list must not be empty.
 */
struct set_end lifetimes_end(const struct lifetimes *lifetimes, int64_t now);

/*
 * Adds the warnings that apply at the time `now`: fails_today unless `waived` (bits 1 << reason), short_lifetime,
 * ends_before_leaf, ends_soon; for anchors alone expired_anchors, ends_soon, and fails_today if none is valid and one
 * will be.
 */
void lifetimes_review(const struct lifetimes *lifetimes, uint32_t waived, int64_t now, struct findings *findings);

/*
 * Fills `ret` with expired or not_yet_valid for the certificate at `place`, whose `limit` is missed at the time `now`.
 */
void lifetimes_fault(enum reason reason, const char *field, const char *place, int64_t limit, int64_t now,
                     struct fault *ret);

/* "2026-12-29"; "" if the time has no date. */
enum { LIFETIMES_DATE_SIZE = 24 };
void lifetimes_date(int64_t when, char ret[LIFETIMES_DATE_SIZE]);

#endif
