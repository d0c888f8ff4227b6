/*
 * judged: what judging a set found that does not change, as text in the set's record.
 *
 * A start that reads it decodes no certificate and checks no signature. It is a list of lines, "NAME VALUE"; unknown
 * lines are skipped, so that later versions may add some. What depends on the time is not in it, but the dates are.
 */
#ifndef CERTFS_CORE_JUDGED_H
#define CERTFS_CORE_JUDGED_H

#include "core/facts.h"
#include "core/findings.h"
#include "core/judge.h"

enum { JUDGED_FILES = 3, JUDGED_PLACE_SIZE = 72, JUDGED_DIGEST_SIZE = 32 };

/* When a certificate on the path holds. */
struct lifetime {
    int64_t from, until;           /* seconds since the epoch */
    char place[JUDGED_PLACE_SIZE]; /* as judge_place_text has it */
};

/* Those of a path. */
void judged_lifetimes(const struct path *path, const struct given *given, struct lifetime ret[PATH_LENGTH_MAX]);

struct judged {
    const struct facts *facts;
    const struct findings *findings;
    const struct lifetime *lifetimes; /* of the path, leaf first */
    size_t lifetime_count;
    bool for_server, for_client;
    struct span files[JUDGED_FILES]; /* ca.pem, cert.pem, key.pem: a text is about these bytes and no others */
};

/* Appends the text. Faults: no_memory, too_large. */
MUST_CHECK int judged_write(const struct judged *judged, struct buf *ret, struct fault *f);

/* The same, read; all zero before. */
struct judged_read {
    struct facts facts;
    struct findings findings;
    struct lifetime lifetimes[PATH_LENGTH_MAX];
    size_t lifetime_count;
    bool for_server, for_client;
    size_t sizes[JUDGED_FILES];
    unsigned char digest[JUDGED_DIGEST_SIZE];
};

/* Returns false if a line that has to be there is missing or makes no sense: the set has to be judged again. */
bool judged_parse(struct span text, struct judged_read *ret);

/* Whether the text was written about these files. */
bool judged_is_about(const struct judged_read *judged, const struct span files[JUDGED_FILES]);

/* Adds what the lifetimes say at the time `now`: fails_today for what is not waived, short_lifetime. */
void judged_review(const struct lifetime *lifetimes, size_t count, uint32_t waived, int64_t now,
                   struct findings *findings);

#endif
