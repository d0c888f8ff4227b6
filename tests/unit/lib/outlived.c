#include "tests/unit/lib/outlived.h"

#include "fs/import/answer_kept.h"
#include "fs/import/pending.h"
#include "fs/state/blocks.h"
#include "fs/state/handles_kept.h"
#include "fs/state/opens.h"
#include "fs/state/top.h"
#include "fs/state/upload_kept.h"
#include "tests/unit/lib/harness.h"

struct shared *outlived_new(void)
{
    static const struct shared_row rows[] = {
        {.section = SHARED_OPENS, .size = sizeof(struct kept_open), .count = 8},
        {.section = SHARED_HANDLES, .size = sizeof(struct kept_handle), .count = 8},
        {.section = SHARED_UPLOADS, .size = sizeof(struct kept_upload), .count = 8},
        {.section = SHARED_ANSWERS, .size = BLOCKS_SIZE, .count = 8},
        {.section = SHARED_FILES, .size = sizeof(struct kept_file), .count = 8},
        {.section = SHARED_VERDICTS, .size = sizeof(struct kept_answer), .count = ANSWER_TABLE_MAX},
        {.section = SHARED_TOPS, .size = sizeof(struct kept_top), .count = TOP_TABLES},
        {.section = SHARED_PAGES, .size = sizeof(struct kept_pages), .count = HANDLES_PAGES_MAX},
        {.section = SHARED_REMOVED, .size = sizeof(struct kept_removal), .count = 1},
    };
    struct fault f = {0};
    struct shared *shared = NULL;
    law_expect(shared_new(rows, COUNT_OF(rows), &shared, &f), &f, REASON_NONE);
    outlived_next(shared);
    return shared;
}

void outlived_next(struct shared *shared)
{
    atomic_fetch_add(&shared_head(shared)->worker, 1);
}
