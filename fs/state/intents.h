/*
 * intents: changes that are being made, in memory that outlives the worker: what each will have done, noted before
 * anything on disk changes. So a worker that takes over knows how a write ends that comes again, and makes no change
 * twice.
 *
 * The importer puts them in and follows their stages; each is cleared when its write is answered and the change has
 * spread. A successor decides once, before its threads start, which of those that it finds were carried out; it forgets
 * the others. One lock.
 */
#ifndef CERTFS_FS_STATE_INTENTS_H
#define CERTFS_FS_STATE_INTENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/about/cert_info.h"
#include "core/about/findings.h"
#include "core/about/identifier.h"
#include "core/action/outcome.h"
#include "core/base/buf.h"
#include "fs/host/process.h"
#include "fs/report/journal.h"
#include "fs/takeover/cells.h"

enum {
    INTENTS_MAX = 24, /* one is being made, 16 spread: the rest have spread, and may be asked for again */
    INTENT_ANSWER_MAX = 8192,
    INTENT_WIPED_MAX = 24,
    INTENT_FIELD_SIZE = 24,
    INTENT_NAME_SIZE = 256,
};

enum intent_stage {
    INTENT_BEGUN = 1, /* nothing is known of the disk */
    INTENT_COMMITTED, /* on disk */
    INTENT_RECORDED,  /* in the journal and in the log too */
    INTENT_SPREAD,    /* and announced: all that is left is its answer */
};

/* Findings of a request; fields are by name. */
struct intent_repair {
    uint32_t repair;
    char field[INTENT_FIELD_SIZE];
};

struct intent_warning {
    uint32_t warning;
    char field[INTENT_FIELD_SIZE];
    char message[FAULT_MESSAGE_SIZE];
};

/* A value of SHARED_INTENTS: members are only appended, and zero is absent. */
struct intent {
    uint64_t unique; /* the kernel's number of the write that completed the document */
    uint32_t stage;  /* enum intent_stage */
    uint32_t action; /* enum action */
    uint64_t generation, set;
    uint64_t record; /* the inode of the set's record before; 0: there was none */
    uint32_t changed, record_missing, record_bad, unopened_removed; /* as in struct commit */
    uint32_t wiped_count;
    uint32_t answer_length; /* 0: it is longer than INTENT_ANSWER_MAX */
    uint64_t wiped[INTENT_WIPED_MAX];
    uint32_t via, uid, gid;
    int32_t pid, thread;
    int64_t login;
    char program[PROCESS_NAME_SIZE];
    char identifier[IDENTIFIER_MAX + 1];
    char sentence[FAULT_MESSAGE_SIZE];
    char old_sha256[CERT_INFO_HEX_SIZE], new_sha256[CERT_INFO_HEX_SIZE];
    uint32_t waived, repair_count, warning_count;
    struct intent_repair repairs[FINDINGS_REPAIRS_MAX];
    struct intent_warning warnings[FINDINGS_WARNINGS_MAX];
    char answer[INTENT_ANSWER_MAX];
};

/* Writes what the outcome of a request by `writer` will be; unique, record and answer are the caller's to add. */
void intent_write(const struct outcome *outcome, const struct writer *writer, struct intent *ret);

/* The answer, if it is short enough. */
void intent_write_answer(struct span answer, struct intent *ret);

/*
 * The other way: without `commit.current`, and without a document of DMS. Release with outcome_done. Fault: no_memory.
 */
MUST_CHECK int intent_read(const struct intent *intent, struct outcome *ret, struct fault *f);
struct writer intent_writer(const struct intent *intent);

struct intents;

/* `cells`: of the section, copied; none in a worker that leaves nothing. Fault: no_memory. */
MUST_CHECK int intents_new(const struct cells *cells, struct intents **ret, struct fault *f);
void intents_freep(struct intents **intents); /* accepts NULL */

/* Notes one that begins; `stage` is set here. Returns its place. One that has ended may have to go for it. */
int intents_begin(struct intents *intents, struct intent *intent);

/* It has reached this stage. Does nothing for a place below 0, like the next two. */
void intents_reach(struct intents *intents, int place, enum intent_stage stage);

/* Wipes it: it was refused, or all that had to follow has. */
void intents_end(struct intents *intents, int place);

/* ---- of the worker before ---- */

/* Copies one that another worker left at this place. False: there is none. */
bool intents_get(struct intents *intents, int place, struct intent *ret);

/* It was carried out: the process that sends its write again is answered from it. */
void intents_keep(struct intents *intents, int place);

/* The place of one that was kept, by the number of its write; -1 for none. Any thread. */
int intents_find_kept(struct intents *intents, uint64_t unique);

#endif
