/*
 * ending: whether the document was too costly or the judge failed, where a judge ended without an answer.
 */
#ifndef CERTFS_FS_JUDGE_ENDING_H
#define CERTFS_FS_JUDGE_ENDING_H

#include "core/base/fault.h"
#include "fs/judge/orders.h"

/* How the conversation ended. */
enum ending_how {
    ENDING_CLOSED,   /* the judge closed it, or died */
    ENDING_LATE,     /* its time was over */
    ENDING_NONSENSE, /* it sent what no judge sends */
};

enum { ENDING_LINE_SIZE = 512 };

/*
 * `report`: REPORT_ENDED, or another kind if the zygote did not report that; its text is then what the zygote does
 * instead. `limit_ms`: the time that the judge had. `ret_line` gets a line for the log, "" for none: what a document
 * costs is its sender's matter. Sets the fault too_costly or judge_failed, unless `f` is set. Returns -1.
 */
int ending_explain(enum ending_how how, const struct report *report, int64_t limit_ms,
                   char ret_line[static ENDING_LINE_SIZE], struct fault *f);

#endif
