/*
 * answer_table: how the requests of import/ ended, for NAME.answer: one sentence each, and the findings.
 *
 * An answer is kept for a while after the verdict and holds no byte of the request. It belongs to the user who created
 * the file: another user of the same name has another one, and neither replaces the other's. There are at most
 * ANSWER_TABLE_MAX, and ANSWER_TABLE_PER_UID of one user; one more evicts the user's oldest, or, if all places are
 * taken, the oldest of the user who has the most. The caller holds the lock of pending.h.
 */
#ifndef CERTFS_FS_IMPORT_ANSWER_TABLE_H
#define CERTFS_FS_IMPORT_ANSWER_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/fault.h"
#include "core/set/content.h"

enum {
    ANSWER_TABLE_MAX = 256,
    ANSWER_TABLE_PER_UID = 64,
    ANSWER_TABLE_KEEP_MS = 60 * 1000,
    ANSWER_TABLE_NAME_SIZE = 256, /* with the final NUL: what a directory entry can hold */
};

#define ANSWER_TABLE_SUFFIX ".answer"

struct answer_table;
struct shared;

struct import_answer {
    uint64_t number;                   /* unique, never reused; 0: an empty place */
    char name[ANSWER_TABLE_NAME_SIZE]; /* of the file that was judged, without the suffix */
    uid_t uid;                         /* of its creator, who may read this */
    gid_t gid;
    int64_t time;  /* seconds since the epoch */
    int64_t until; /* milliseconds of the steady clock */
    char sentence[FAULT_MESSAGE_SIZE];
    struct content *findings; /* the lines below the sentence, at most 5 KiB (answer.h); NULL for none */
};

/*
 * Each is kept for `keep_ms`, and in `shared` for a worker that follows; NULL: it is not. The table begins with the
 * answers that a worker before this one has kept there. Fault: no_memory.
 */
MUST_CHECK int answer_table_new(const struct shared *shared, int64_t keep_ms, struct answer_table **ret,
                                struct fault *f);
void answer_table_freep(struct answer_table **answers); /* accepts NULL */

/*
 * Keeps a copy, with its own reference to `findings`; it replaces one of the same name and user. Sets `number` and
 * `until`. `now` is in milliseconds of the steady clock, as everywhere here.
 */
void answer_table_put(struct answer_table *answers, const struct import_answer *answer, int64_t now);

/*
 * The answer to this user's file of this name; if there is none, the newest answer to anybody's. NULL: there is none,
 * or no longer.
 */
const struct import_answer *answer_table_find(const struct answer_table *answers, const char *name, uid_t uid,
                                              int64_t now);

/* The answer of this number; NULL as above. */
const struct import_answer *answer_table_get(const struct answer_table *answers, uint64_t number, int64_t now);

void answer_table_remove(struct answer_table *answers, uint64_t number);

/* Whether a name in import/ is that of an answer; if so `ret` is the name of the file that was judged. */
bool answer_table_name(const char *name, char ret[static ANSWER_TABLE_NAME_SIZE]);

#endif
