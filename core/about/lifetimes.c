#include "core/about/lifetimes.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/fault.h"

enum { DAY = 86400, TIME_SIZE = 32, DAYS_SIZE = 32 };

int lifetimes_add(struct lifetimes *lifetimes, const struct lifetime *lifetime)
{
    /* Double the capacity at each power of two. */
    if ((lifetimes->count & (lifetimes->count - 1)) == 0) {
        size_t room = lifetimes->count == 0 ? 1 : 2 * lifetimes->count;
        struct lifetime *list = reallocarray(lifetimes->list, room, sizeof(*list));
        if (list == NULL)
            return -1;
        lifetimes->list = list;
    }
    lifetimes->list[lifetimes->count++] = *lifetime;
    return 0;
}

void lifetimes_done(struct lifetimes *lifetimes)
{
    free(lifetimes->list);
    *lifetimes = (struct lifetimes){.list = NULL};
}

void lifetimes_date(int64_t when, char ret[LIFETIMES_DATE_SIZE])
{
    struct tm parts;
    time_t seconds = (time_t)when;
    if (gmtime_r(&seconds, &parts) == NULL || strftime(ret, LIFETIMES_DATE_SIZE, "%Y-%m-%d", &parts) == 0)
        ret[0] = '\0';
}

static void lifetimes_time_text(int64_t when, char ret[TIME_SIZE])
{
    struct tm parts;
    time_t seconds = (time_t)when;
    if (gmtime_r(&seconds, &parts) == NULL || strftime(ret, TIME_SIZE, "%Y-%m-%d %H:%M UTC", &parts) == 0)
        snprintf(ret, TIME_SIZE, "an unknown time");
}

void lifetimes_fault(enum reason reason, const char *field, const char *place, int64_t limit, int64_t now,
                     struct fault *ret)
{
    char limit_text[TIME_SIZE], now_text[TIME_SIZE];
    lifetimes_time_text(limit, limit_text);
    lifetimes_time_text(now, now_text);
    fault_set(ret, reason, field, "%s %s %s; it is %s", place, reason == REASON_EXPIRED ? "expired" : "is valid from",
              limit_text, now_text);
}

/* "1 day"; whole days. */
static void lifetimes_days_text(int64_t seconds, char ret[DAYS_SIZE])
{
    long long days = seconds > 0 ? seconds / DAY : 0;
    snprintf(ret, DAYS_SIZE, "%lld day%s", days, days == 1 ? "" : "s");
}

static bool lifetimes_holds(const struct lifetime *lifetime, int64_t now)
{
    return lifetime->from <= now && now <= lifetime->until;
}

struct set_end lifetimes_end(const struct lifetimes *lifetimes, int64_t now)
{
    const struct lifetime *first = NULL, *last = NULL;
    for (size_t i = 0; i < lifetimes->count; i++) {
        const struct lifetime *lifetime = &lifetimes->list[i];
        if (last == NULL || lifetime->until > last->until)
            last = lifetime;
        bool counts = !lifetimes->anchors || lifetimes_holds(lifetime, now);
        if (counts && (first == NULL || lifetime->until < first->until))
            first = lifetime;
    }
    if (first != NULL)
        return (struct set_end){first->until, first->place};
    return (struct set_end){last == NULL ? 0 : last->until, ""};
}

/* ---- a path */

/* Warns about the first certificate of each kind, starting at the anchor as X509_verify_cert does. */
static void lifetimes_review_dates(const struct lifetimes *l, bool expired, int64_t now, struct findings *findings)
{
    for (size_t i = l->count; i-- > 0;) {
        const struct lifetime *lifetime = &l->list[i];
        if (expired ? now <= lifetime->until : now >= lifetime->from)
            continue;
        struct fault fault = {.reason = REASON_NONE};
        lifetimes_fault(expired ? REASON_EXPIRED : REASON_NOT_YET_VALID, "", lifetime->place,
                        expired ? lifetime->until : lifetime->from, now, &fault);
        findings_add_warning(findings, WARNING_FAILS_TODAY, "", "%s", fault.message);
        return;
    }
}

/* Warns about the first certificate of the path that is near its end. */
static void lifetimes_review_shortness(const struct lifetimes *l, int64_t now, struct findings *findings)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct lifetime *lifetime = &l->list[i];
        int64_t left = lifetime->until - now;
        if (left >= (lifetime->until - lifetime->from) / 3)
            continue;
        char days[DAYS_SIZE];
        lifetimes_days_text(left, days);
        findings_add_warning(findings, WARNING_SHORT_LIFETIME, "", "%s has %s left, under a third of its life",
                             lifetime->place, days);
        return;
    }
}

/* A CA created together with its leaf, with the same lifetime, ends moments before it; that needs no warning. */
static void lifetimes_review_path(const struct lifetimes *l, uint32_t waived, int64_t now, struct findings *findings)
{
    const struct set_end end = lifetimes_end(l, now);
    char date[LIFETIMES_DATE_SIZE];
    if ((waived >> REASON_EXPIRED & 1) == 0)
        lifetimes_review_dates(l, true, now, findings);
    if ((waived >> REASON_NOT_YET_VALID & 1) == 0)
        lifetimes_review_dates(l, false, now, findings);
    lifetimes_review_shortness(l, now, findings);
    lifetimes_date(end.until, date);
    if (end.until < l->list[0].until - DAY)
        findings_add_warning(findings, WARNING_ENDS_BEFORE_LEAF, "", "%s ends on %.10s, before the certificate itself",
                             end.of, date);
}

/* ---- trust anchors alone */

/* Counts those that are expired, or those that are not valid yet. */
static void lifetimes_count_anchors(const struct lifetimes *l, bool expired, int64_t now, struct findings *findings)
{
    const struct lifetime *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < l->count; i++) {
        if (expired ? l->list[i].until >= now : l->list[i].from <= now)
            continue;
        first = first == NULL ? &l->list[i] : first;
        count++;
    }
    if (first != NULL)
        findings_add_warning(findings, expired ? WARNING_EXPIRED_ANCHORS : WARNING_FAILS_TODAY, "",
                             "%zu of %zu certificate%s %s %s: %s", count, l->count, l->count == 1 ? "" : "s",
                             count == 1 ? "is" : "are", expired ? "expired" : "not valid yet", first->place);
}

/* One that comes later is the next CA, unless none holds before. */
static void lifetimes_review_anchors(const struct lifetimes *l, int64_t now, struct findings *findings)
{
    bool any = false;
    for (size_t i = 0; i < l->count && !any; i++)
        any = lifetimes_holds(&l->list[i], now);
    lifetimes_count_anchors(l, true, now, findings);
    if (!any)
        lifetimes_count_anchors(l, false, now, findings);
}

/* ---- both */

static void lifetimes_review_end(const struct lifetimes *l, int64_t now, struct findings *findings)
{
    const struct set_end end = lifetimes_end(l, now);
    char date[LIFETIMES_DATE_SIZE], days[DAYS_SIZE];
    if (now > end.until || end.until - now > LIFETIMES_SOON || end.of[0] == '\0')
        return;
    lifetimes_date(end.until, date);
    lifetimes_days_text(end.until - now, days);
    findings_add_warning(findings, WARNING_ENDS_SOON, "", "%s ends on %.10s, in %s", end.of, date, days);
}

void lifetimes_review(const struct lifetimes *lifetimes, uint32_t waived, int64_t now, struct findings *findings)
{
    if (lifetimes->count == 0)
        return;
    if (lifetimes->anchors)
        lifetimes_review_anchors(lifetimes, now, findings);
    else
        lifetimes_review_path(lifetimes, waived, now, findings);
    lifetimes_review_end(lifetimes, now, findings);
}
