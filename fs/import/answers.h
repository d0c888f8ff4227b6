/*
 * answers: how the requests of import/ ended, for NAME.answer: one sentence each, and what was found on the way.
 *
 * It is kept for a while after its verdict and stands for that request alone, never for a byte of it. It
 * belongs to the user who created the file: another one who uses the same name has one of his own, and neither
 * replaces the other's. There is room for ANSWERS_MAX, of which one user fills ANSWERS_PER_UID at most; then his
 * oldest goes, or where all are taken the oldest of the user who has the most. It has no lock: it is used with the one
 * of pending.h held.
 */
#ifndef CERTFS_FS_IMPORT_ANSWERS_H
#define CERTFS_FS_IMPORT_ANSWERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/set/content.h"

enum {
    ANSWERS_MAX = 256,
    ANSWERS_PER_UID = 64,
    ANSWERS_KEEP_MS = 60 * 1000,
    ANSWERS_NAME_SIZE = 256, /* with the final NUL: what a directory entry can hold */
};

#define ANSWERS_SUFFIX ".answer"

struct answers;

struct import_answer {
    uint64_t number;              /* of its own, never used again; 0: an empty place */
    char name[ANSWERS_NAME_SIZE]; /* of the file that was judged, without the suffix */
    uid_t uid;                    /* who created that file, and may read this */
    gid_t gid;
    int64_t time;  /* seconds since the epoch */
    int64_t until; /* milliseconds of the steady clock */
    char sentence[FAULT_MESSAGE_SIZE];
    struct content *findings; /* the lines below the sentence, at most 5 KiB (answer.h); NULL for none */
};

/* Each is kept for `keep_ms`. Fault: no_memory. */
MUST_CHECK int answers_new(int64_t keep_ms, struct answers **ret, struct fault *f);
void answers_freep(struct answers **answers); /* accepts NULL */

/*
 * Keeps a copy, in the place of one of the same name and user, with a reference of its own to `findings`. `number` and
 * `until` are given here; `now` in milliseconds of the steady clock, as everywhere here.
 */
void answers_put(struct answers *answers, const struct import_answer *answer, int64_t now);

/*
 * The one of this user's file of this name; where he has none, the newest of all who used the name: he sees that it is
 * there. NULL when there is none, or none any more.
 */
const struct import_answer *answers_find(const struct answers *answers, const char *name, uid_t uid, int64_t now);

/* The one of this number, NULL as above. */
const struct import_answer *answers_get(const struct answers *answers, uint64_t number, int64_t now);

void answers_remove(struct answers *answers, uint64_t number);

/* Whether a name in import/ is that of an answer; if so `ret` is the name of the file it is about. */
bool answers_name(const char *name, char ret[static ANSWERS_NAME_SIZE]);

#endif
