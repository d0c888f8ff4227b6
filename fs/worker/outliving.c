#include "fs/worker/outliving.h"

/* A row for each section, by the module that owns its values. */
static const struct shared_row rows[] = {
    {.section = SHARED_REQUESTS, .size = 1024 * 1024 + 4096, .count = 17, .raw = true},
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
