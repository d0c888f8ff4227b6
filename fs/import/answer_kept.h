/*
 * answer_kept: how an answer of import/ is kept in SHARED_VERDICTS, for a worker that follows this one.
 */
#ifndef CERTFS_FS_IMPORT_ANSWER_KEPT_H
#define CERTFS_FS_IMPORT_ANSWER_KEPT_H

#include "core/base/cleanup.h"
#include "core/base/fault.h"
#include "fs/import/answer_table.h"
#include "fs/takeover/cells.h"

enum { ANSWER_KEPT_FINDINGS = 6 * 1024 }; /* answer.h has fewer */

/* Members are only ever appended. */
struct kept_answer {
    uint64_t number;
    int64_t time, until;
    uint32_t uid, gid;
    char name[ANSWER_TABLE_NAME_SIZE], sentence[FAULT_MESSAGE_SIZE];
    uint32_t findings_size;
    unsigned char findings[ANSWER_KEPT_FINDINGS];
};

void answer_kept_put(const struct cells *cells, size_t index, const struct import_answer *answer);

/* Fills an empty answer; it stays empty if none is kept there. Fault: no_memory. */
MUST_CHECK int answer_kept_restore(const struct cells *cells, size_t index, struct import_answer *ret, struct fault *f);

#endif
