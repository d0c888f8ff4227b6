/*
 * judged: the results of judging a set that do not change, as text in its record.
 *
 * A start that reads it decodes no certificate and checks no signature. It is a list of lines, "NAME VALUE"; unknown
 * lines are skipped, so that later versions may add some. It holds dates, but nothing that depends on the current time.
 */
#ifndef CERTFS_CORE_SET_JUDGED_H
#define CERTFS_CORE_SET_JUDGED_H

#include "core/about/cert_info.h"
#include "core/about/findings.h"
#include "core/about/lifetimes.h"
#include "core/base/buf.h"
#include "core/set/content.h"

enum { JUDGED_DIGEST_SIZE = 32 };

struct judged {
    const struct cert_info *facts;
    const struct findings *findings;
    const struct lifetimes *lifetimes;
    bool for_server, for_client;
    struct span files[MATERIAL_PEM_COUNT]; /* a text is about these bytes and no others */
};

/* Appends the text. Faults: no_memory, too_large. */
MUST_CHECK int judged_write(const struct judged *judged, struct buf *ret, struct fault *f);

/* The same, read; all zero before. Release with judged_done. */
struct judged_read {
    struct cert_info facts;
    struct findings findings;
    struct lifetimes lifetimes;
    bool for_server, for_client;
    size_t sizes[MATERIAL_PEM_COUNT];
    unsigned char digest[JUDGED_DIGEST_SIZE];
};

/* Returns false if a line that has to be there is missing or makes no sense: the set has to be judged again. */
bool judged_parse(struct span text, struct judged_read *ret);
void judged_done(struct judged_read *judged);

/* Whether the text was written about these files. */
bool judged_is_about(const struct judged_read *judged, const struct span files[MATERIAL_PEM_COUNT]);

#endif
