#include "fs/worker/outliving.h"

#include "fs/import/answer_kept.h"
#include "fs/import/answer_table.h"
#include "fs/import/pending.h"
#include "fs/report/audit.h"
#include "fs/report/journal_kept.h"
#include "fs/report/problems.h"
#include "fs/report/readers.h"
#include "fs/state/blocks.h"
#include "fs/state/handles_kept.h"
#include "fs/state/intents.h"
#include "fs/state/opens.h"
#include "fs/state/pin_cells.h"
#include "fs/state/snapshot.h"
#include "fs/state/top.h"
#include "fs/state/upload_kept.h"
#include "fs/takeover/ends.h"
#include "fs/worker/greeting.h"
#include "fs/worker/slots.h"

/* A row for each section, by the module that owns its values. */
static const struct shared_row rows[] = {
    {.section = SHARED_REQUESTS, .size = SLOTS_SIZE, .count = 1, .raw = true},
    {.section = SHARED_INIT, .size = sizeof(struct greeting), .count = 1},
    {.section = SHARED_PINS, .size = sizeof(struct pin_cell), .count = PIN_CELLS_COUNT},
    {.section = SHARED_PAUSE, .size = SNAPSHOTS_PAUSE_SIZE, .count = 1},
    {.section = SHARED_JOURNAL, .size = sizeof(struct kept_journal), .count = 1},
    {.section = SHARED_READERS, .size = sizeof(struct kept_reader), .count = AUDIT_READERS_MAX},
    {.section = SHARED_AUDIT, .size = sizeof(struct kept_audit), .count = 1},
    {.section = SHARED_ENDS, .size = sizeof(struct kept_end), .count = END_REASONS},
    {.section = SHARED_PROBLEMS, .size = sizeof(struct kept_problem), .count = PROBLEMS_MAX},
    {.section = SHARED_INTENTS, .size = sizeof(struct intent), .count = INTENTS_MAX},
    {.section = SHARED_OPENS, .size = sizeof(struct kept_open), .count = OPENS_MAX},
    {.section = SHARED_HANDLES, .size = sizeof(struct kept_handle), .count = HANDLES_KEPT_MAX},
    {.section = SHARED_UPLOADS, .size = sizeof(struct kept_upload), .count = UPLOADS_KEPT_MAX},
    {.section = SHARED_ANSWERS, .size = BLOCKS_SIZE, .count = BLOCKS_MAX},
    {.section = SHARED_FILES, .size = sizeof(struct kept_file), .count = UPLOADS_KEPT_MAX},
    {.section = SHARED_VERDICTS, .size = sizeof(struct kept_answer), .count = ANSWER_TABLE_MAX},
    {.section = SHARED_TOPS, .size = sizeof(struct kept_top), .count = TOP_TABLES},
    {.section = SHARED_PAGES, .size = sizeof(struct kept_pages), .count = HANDLES_PAGES_MAX},
    {.section = SHARED_REMOVED, .size = sizeof(struct kept_removal), .count = 1},
};

size_t outliving_rows(const struct shared_row **ret)
{
    *ret = rows;
    return sizeof(rows) / sizeof(rows[0]);
}

int outliving_new(struct shared **ret, struct fault *f)
{
    if (shared_new(rows, sizeof(rows) / sizeof(rows[0]), ret, f) != 0)
        return -1;
    atomic_store(&shared_head(*ret)->worker, 1);
    return 0;
}
