#include "fs/takeover/ends.h"

#include <stdio.h>

#include "core/base/text.h"

static const char *const names[END_REASONS] = {
    [END_KILLED] = "killed",   [END_CRASHED] = "crashed",   [END_HUNG] = "hung",
    [END_UNREADY] = "unready", [END_DISTRUST] = "distrust", [END_UPGRADED] = "upgraded",
};

const char *end_reason_name(enum end_reason reason)
{
    return names[reason];
}

struct kept_end ends_get(const struct cells *cells, enum end_reason reason)
{
    struct kept_end end = {.count = 0};
    (void)cells_get(cells, reason, &end);
    end.sentence[END_SENTENCE_SIZE - 1] = '\0';
    text_make_printable(end.sentence);
    return end;
}

void ends_note(const struct cells *cells, enum end_reason reason, int64_t now, const char *sentence)
{
    struct kept_end end = ends_get(cells, reason);
    end.count++;
    end.last = now;
    text_fit(sentence, end.sentence, END_SENTENCE_SIZE);
    cells_put(cells, reason, &end);
}

uint64_t ends_count(const struct cells *cells)
{
    uint64_t count = 0;
    for (enum end_reason reason = 0; reason < END_REASONS; reason++)
        count += ends_get(cells, reason).count;
    return count;
}

enum end_reason ends_newest(const struct cells *cells)
{
    enum end_reason newest = END_REASONS;
    int64_t last = 0;
    for (enum end_reason reason = 0; reason < END_REASONS; reason++) {
        const struct kept_end end = ends_get(cells, reason);
        if (end.count == 0 || end.last < last)
            continue;
        newest = reason;
        last = end.last;
    }
    return newest;
}
