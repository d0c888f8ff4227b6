#include "fs/import/answers.h"

#include <stdlib.h>
#include <string.h>

struct answers {
    int64_t keep_ms;
    uint64_t last; /* number */
    struct import_answer places[ANSWERS_MAX];
};

int answers_new(int64_t keep_ms, struct answers **ret, struct fault *f)
{
    struct answers *answers = calloc(1, sizeof(*answers));
    if (answers == NULL)
        return fault_no_memory(f);
    answers->keep_ms = keep_ms;
    *ret = answers;
    return 0;
}

void answers_freep(struct answers **answers)
{
    for (size_t i = 0; *answers != NULL && i < ANSWERS_MAX; i++)
        content_unref((*answers)->places[i].findings);
    free(*answers);
}

static void answers_empty(struct import_answer *place)
{
    content_unref(TAKE(place->findings));
    place->number = 0;
}

static bool answers_is_kept(const struct import_answer *place, int64_t now)
{
    return place->number != 0 && now < place->until;
}

static void answers_forget_old(struct answers *answers, int64_t now)
{
    for (size_t i = 0; i < ANSWERS_MAX; i++)
        if (!answers_is_kept(&answers->places[i], now))
            answers_empty(&answers->places[i]);
}

/* Root has the same limit. */
static size_t answers_count_of(const struct answers *answers, uid_t uid)
{
    size_t count = 0;
    for (size_t i = 0; i < ANSWERS_MAX; i++)
        count += answers->places[i].number != 0 && answers->places[i].uid == uid;
    return count;
}

/* Numbers grow, so the lowest is the oldest. */
static struct import_answer *answers_oldest_of(struct answers *answers, uid_t uid)
{
    struct import_answer *oldest = NULL;
    for (size_t i = 0; i < ANSWERS_MAX; i++) {
        struct import_answer *place = &answers->places[i];
        if (place->number != 0 && place->uid == uid && (oldest == NULL || place->number < oldest->number))
            oldest = place;
    }
    return oldest;
}

static uid_t answers_greediest(const struct answers *answers)
{
    uid_t found = answers->places[0].uid;
    size_t most = 0;
    for (size_t i = 0; i < ANSWERS_MAX; i++) {
        size_t count = answers_count_of(answers, answers->places[i].uid);
        if (count > most) {
            most = count;
            found = answers->places[i].uid;
        }
    }
    return found;
}

static struct import_answer *answers_empty_place(struct answers *answers)
{
    for (size_t i = 0; i < ANSWERS_MAX; i++)
        if (answers->places[i].number == 0)
            return &answers->places[i];
    return NULL;
}

static struct import_answer *answers_place_for(struct answers *answers, const struct import_answer *answer, int64_t now)
{
    answers_forget_old(answers, now);
    for (size_t i = 0; i < ANSWERS_MAX; i++) {
        struct import_answer *place = &answers->places[i];
        if (place->number != 0 && place->uid == answer->uid && strcmp(place->name, answer->name) == 0)
            return place;
    }
    if (answers_count_of(answers, answer->uid) >= ANSWERS_PER_UID)
        return answers_oldest_of(answers, answer->uid);
    struct import_answer *place = answers_empty_place(answers);
    return place != NULL ? place : answers_oldest_of(answers, answers_greediest(answers));
}

void answers_put(struct answers *answers, const struct import_answer *answer, int64_t now)
{
    struct import_answer *place = answers_place_for(answers, answer, now);
    struct content *findings = answer->findings == NULL ? NULL : content_ref(answer->findings);
    answers_empty(place);
    *place = *answer;
    place->findings = findings;
    place->number = ++answers->last;
    place->until = now + answers->keep_ms;
}

const struct import_answer *answers_find(const struct answers *answers, const char *name, uid_t uid, int64_t now)
{
    const struct import_answer *newest = NULL;
    for (size_t i = 0; i < ANSWERS_MAX; i++) {
        const struct import_answer *place = &answers->places[i];
        if (!answers_is_kept(place, now) || strcmp(place->name, name) != 0)
            continue;
        if (place->uid == uid)
            return place;
        if (newest == NULL || place->number > newest->number)
            newest = place;
    }
    return newest;
}

const struct import_answer *answers_get(const struct answers *answers, uint64_t number, int64_t now)
{
    for (size_t i = 0; i < ANSWERS_MAX; i++)
        if (answers_is_kept(&answers->places[i], now) && answers->places[i].number == number)
            return &answers->places[i];
    return NULL;
}

void answers_remove(struct answers *answers, uint64_t number)
{
    for (size_t i = 0; i < ANSWERS_MAX; i++)
        if (answers->places[i].number == number)
            answers_empty(&answers->places[i]);
}

bool answers_name(const char *name, char ret[static ANSWERS_NAME_SIZE])
{
    size_t length = strlen(name), suffix = strlen(ANSWERS_SUFFIX);
    if (length < suffix || length >= ANSWERS_NAME_SIZE || strcmp(name + length - suffix, ANSWERS_SUFFIX) != 0)
        return false;
    memcpy(ret, name, length - suffix);
    ret[length - suffix] = '\0';
    return true;
}
