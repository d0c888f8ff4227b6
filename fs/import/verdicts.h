/*
 * verdicts: how the requests of import/ ended, for NAME.answer: one sentence each, and what was found on the way.
 *
 * It is kept for a while after its verdict and stands for that request alone, never for a byte of it. It
 * belongs to the user who created the file: another one who uses the same name has one of his own, and neither
 * replaces the other's. There is room for VERDICTS_MAX, of which one user fills VERDICTS_PER_UID at most; then his
 * oldest goes, or where all are taken the oldest of the user who has the most. It has no lock: it is used with the one
 * of drops.h held.
 */
#ifndef CERTFS_FS_IMPORT_VERDICTS_H
#define CERTFS_FS_IMPORT_VERDICTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/set/content.h"

enum {
    VERDICTS_MAX = 256,
    VERDICTS_PER_UID = 64,
    VERDICTS_KEEP_MS = 60 * 1000,
    VERDICTS_NAME_SIZE = 256, /* with the final NUL: what a directory entry can hold */
};

#define VERDICTS_SUFFIX ".answer"

struct verdicts;

struct verdict {
    uint64_t number;               /* of its own, never used again; 0: an empty place */
    char name[VERDICTS_NAME_SIZE]; /* of the file that was judged, without the suffix */
    uid_t uid;                     /* who created that file, and may read this */
    gid_t gid;
    int64_t time;  /* seconds since the epoch */
    int64_t until; /* milliseconds of the steady clock */
    char sentence[FAULT_MESSAGE_SIZE];
    struct content *findings; /* the lines below the sentence, at most 5 KiB (answer.h); NULL for none */
};

/* Each is kept for `keep_ms`. Fault: no_memory. */
MUST_CHECK int verdicts_new(int64_t keep_ms, struct verdicts **ret, struct fault *f);
void verdicts_freep(struct verdicts **verdicts); /* accepts NULL */

/*
 * Keeps a copy, in the place of one of the same name and user, with a reference of its own to `findings`. `number` and
 * `until` are given here; `now` in milliseconds of the steady clock, as everywhere here.
 */
void verdicts_put(struct verdicts *verdicts, const struct verdict *verdict, int64_t now);

/*
 * The one of this user's file of this name; where he has none, the newest of all who used the name: he sees that it is
 * there. NULL when there is none, or none any more.
 */
const struct verdict *verdicts_find(const struct verdicts *verdicts, const char *name, uid_t uid, int64_t now);

/* The one of this number, NULL as above. */
const struct verdict *verdicts_get(const struct verdicts *verdicts, uint64_t number, int64_t now);

void verdicts_remove(struct verdicts *verdicts, uint64_t number);

/* Whether a name in import/ is that of an answer; if so `ret` is the name of the file it is about. */
bool verdicts_name(const char *name, char ret[static VERDICTS_NAME_SIZE]);

#endif
