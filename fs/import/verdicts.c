#include "fs/import/verdicts.h"

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
    for (size_t i = 0; *verdicts != NULL && i < VERDICTS_MAX; i++)
        content_unref((*verdicts)->places[i].findings);
    free(*verdicts);
}

static void empty(struct verdict *place)
{
    content_unref(TAKE(place->findings));
    place->number = 0;
}

static bool is_kept(const struct verdict *place, int64_t now)
{
    return place->number != 0 && now < place->until;
}

static void forget_old(struct verdicts *verdicts, int64_t now)
{
    for (size_t i = 0; i < VERDICTS_MAX; i++)
        if (!is_kept(&verdicts->places[i], now))
            empty(&verdicts->places[i]);
}

/* uid 0 has the same share. */
static size_t count_of(const struct verdicts *verdicts, uid_t uid)
{
    size_t count = 0;
    for (size_t i = 0; i < VERDICTS_MAX; i++)
        count += verdicts->places[i].number != 0 && verdicts->places[i].uid == uid;
    return count;
}

/* Numbers grow, so that the lowest is the oldest. */
static struct verdict *oldest_of(struct verdicts *verdicts, uid_t uid)
{
    struct verdict *oldest = NULL;
    for (size_t i = 0; i < VERDICTS_MAX; i++) {
        struct verdict *place = &verdicts->places[i];
        if (place->number != 0 && place->uid == uid && (oldest == NULL || place->number < oldest->number))
            oldest = place;
    }
    return oldest;
}

static uid_t greediest(const struct verdicts *verdicts)
{
    uid_t found = verdicts->places[0].uid;
    size_t most = 0;
    for (size_t i = 0; i < VERDICTS_MAX; i++) {
        size_t count = count_of(verdicts, verdicts->places[i].uid);
        if (count > most) {
            most = count;
            found = verdicts->places[i].uid;
        }
    }
    return found;
}

static struct verdict *empty_place(struct verdicts *verdicts)
{
    for (size_t i = 0; i < VERDICTS_MAX; i++)
        if (verdicts->places[i].number == 0)
            return &verdicts->places[i];
    return NULL;
}

static struct verdict *place_for(struct verdicts *verdicts, const struct verdict *verdict, int64_t now)
{
    forget_old(verdicts, now);
    for (size_t i = 0; i < VERDICTS_MAX; i++) {
        struct verdict *place = &verdicts->places[i];
        if (place->number != 0 && place->uid == verdict->uid && strcmp(place->name, verdict->name) == 0)
            return place;
    }
    if (count_of(verdicts, verdict->uid) >= VERDICTS_PER_UID)
        return oldest_of(verdicts, verdict->uid);
    struct verdict *place = empty_place(verdicts);
    return place != NULL ? place : oldest_of(verdicts, greediest(verdicts));
}

void verdicts_put(struct verdicts *verdicts, const struct verdict *verdict, int64_t now)
{
    struct verdict *place = place_for(verdicts, verdict, now);
    struct content *findings = verdict->findings == NULL ? NULL : content_ref(verdict->findings);
    empty(place);
    *place = *verdict;
    place->findings = findings;
    place->number = ++verdicts->last;
    place->until = now + verdicts->keep_ms;
}

const struct verdict *verdicts_find(const struct verdicts *verdicts, const char *name, uid_t uid, int64_t now)
{
    const struct verdict *newest = NULL;
    for (size_t i = 0; i < VERDICTS_MAX; i++) {
        const struct verdict *place = &verdicts->places[i];
        if (!is_kept(place, now) || strcmp(place->name, name) != 0)
            continue;
        if (place->uid == uid)
            return place;
        if (newest == NULL || place->number > newest->number)
            newest = place;
    }
    return newest;
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
            empty(&verdicts->places[i]);
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
