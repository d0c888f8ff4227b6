#include "fs/verdicts.h"

#include <stdlib.h>
#include <string.h>

struct verdicts {
    int64_t keep_ms;
    uint64_t last; /* number */
    struct verdict places[VERDICTS_MAX];
};

int verdicts_new(int64_t keep_ms, struct verdicts **ret, struct fault *f)
{
    struct verdicts *verdicts = calloc(1, sizeof(*verdicts));
    if (verdicts == NULL)
        return fault_no_memory(f);
    verdicts->keep_ms = keep_ms;
    *ret = verdicts;
    return 0;
}

void verdicts_freep(struct verdicts **verdicts)
{
    free(*verdicts);
}

static bool is_kept(const struct verdict *place, int64_t now)
{
    return place->number != 0 && now < place->until;
}

/* What has had its time makes room first; numbers grow, so that the lowest is the oldest. */
static struct verdict *oldest(struct verdicts *verdicts, const uid_t *uid, int64_t now, size_t *ret_count)
{
    struct verdict *found = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < VERDICTS_MAX; i++) {
        struct verdict *place = &verdicts->places[i];
        if (!is_kept(place, now))
            place->number = 0;
        if (uid != NULL && (place->number == 0 || place->uid != *uid))
            continue;
        *ret_count += place->number != 0;
        if (found == NULL || place->number < found->number)
            found = place;
    }
    return found;
}

static struct verdict *place_for(struct verdicts *verdicts, const struct verdict *verdict, int64_t now)
{
    size_t count;
    for (size_t i = 0; i < VERDICTS_MAX; i++)
        if (is_kept(&verdicts->places[i], now) && strcmp(verdicts->places[i].name, verdict->name) == 0)
            return &verdicts->places[i];
    struct verdict *own = oldest(verdicts, &verdict->uid, now, &count);
    return count >= VERDICTS_PER_UID ? own : oldest(verdicts, NULL, now, &count);
}

void verdicts_put(struct verdicts *verdicts, const struct verdict *verdict, int64_t now)
{
    struct verdict *place = place_for(verdicts, verdict, now);
    *place = *verdict;
    place->number = ++verdicts->last;
    place->until = now + verdicts->keep_ms;
}

const struct verdict *verdicts_find(const struct verdicts *verdicts, const char *name, int64_t now)
{
    for (size_t i = 0; i < VERDICTS_MAX; i++)
        if (is_kept(&verdicts->places[i], now) && strcmp(verdicts->places[i].name, name) == 0)
            return &verdicts->places[i];
    return NULL;
}

const struct verdict *verdicts_get(const struct verdicts *verdicts, uint64_t number, int64_t now)
{
    for (size_t i = 0; i < VERDICTS_MAX; i++)
        if (is_kept(&verdicts->places[i], now) && verdicts->places[i].number == number)
            return &verdicts->places[i];
    return NULL;
}

void verdicts_remove(struct verdicts *verdicts, uint64_t number)
{
    for (size_t i = 0; i < VERDICTS_MAX; i++)
        if (verdicts->places[i].number == number)
            verdicts->places[i].number = 0;
}

bool verdicts_name(const char *name, char ret[static VERDICTS_NAME_SIZE])
{
    size_t length = strlen(name), suffix = strlen(VERDICTS_SUFFIX);
    if (length < suffix || length >= VERDICTS_NAME_SIZE || strcmp(name + length - suffix, VERDICTS_SUFFIX) != 0)
        return false;
    memcpy(ret, name, length - suffix);
    ret[length - suffix] = '\0';
    return true;
}
