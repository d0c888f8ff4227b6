#include "fs/report/restarts.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "core/json/json.h"
#include "fs/report/problems.h"
#include "fs/takeover/ends.h"

enum { DATE_SIZE = 32 };

static void restarts_write_date(int64_t time, char ret[static DATE_SIZE])
{
    struct tm parts;
    const time_t seconds = (time_t)time;
    if (gmtime_r(&seconds, &parts) == NULL || strftime(ret, DATE_SIZE, "%FT%TZ", &parts) == 0)
        snprintf(ret, DATE_SIZE, "%" PRId64, time);
}

/* Whether it is to be reported. A clock that was set back does not make it vanish. */
static bool restarts_is_young(const struct kept_end *end, int64_t since, int64_t now)
{
    return end->count > 0 && end->last > since && now - end->last < RESTARTS_YOUNG;
}

static void restarts_report_crash(struct problems *problems, const struct cells *ends, int64_t since, int64_t now)
{
    struct kept_end newest = {.count = 0};
    char sentence[PROBLEMS_SIZE] = "", date[DATE_SIZE];
    uint64_t count = 0;
    for (enum end_reason reason = 0; reason < END_REASONS; reason++) {
        const struct kept_end end = ends_get(ends, reason);
        if (reason == END_KILLED || reason == END_UPGRADED || !restarts_is_young(&end, since, now))
            continue;
        count += end.count;
        newest = end.last >= newest.last ? end : newest;
    }
    restarts_write_date(newest.last, date);
    if (count > 0)
        snprintf(
            sentence, sizeof(sentence),
            "certfs's worker failed at %s and was replaced: %s; report it with the log; a day without another failure "
            "ends this, or an upgrade (failures so far: %" PRIu64 ")",
            date, newest.sentence, count);
    problems_set(problems, "worker failed", sentence);
}

void restarts_report(struct problems *problems, const struct cells *ends, int64_t now)
{
    const struct kept_end killed = ends_get(ends, END_KILLED);
    char sentence[PROBLEMS_SIZE] = "", date[DATE_SIZE];
    restarts_report_crash(problems, ends, ends_get(ends, END_UPGRADED).last, now);
    restarts_write_date(killed.last, date);
    if (restarts_is_young(&killed, 0, now))
        snprintf(sentence, sizeof(sentence),
                 "certfs's worker was killed from outside at %s and was replaced; the kernel's log shows it if memory "
                 "had run "
                 "out (so far: %" PRIu64 ")",
                 date, killed.count);
    problems_set_remark(problems, "worker killed", sentence);
}

int restarts_add(struct json *status, const struct cells *ends)
{
    enum end_reason newest = ends_newest(ends);
    struct json *restarts = json_add_object(status, "restarts");
    int failed = json_add_number(restarts, "count", ends_count(ends));
    if (newest == END_REASONS)
        return failed | json_add_null(restarts, "last");
    const struct kept_end end = ends_get(ends, newest);
    struct json *last = json_add_object(restarts, "last");
    failed |= json_add_number(last, "time", (uint64_t)end.last);
    failed |= json_add_text(last, "reason", end_reason_name(newest));
    return failed | json_add_text(last, "message", end.sentence);
}
