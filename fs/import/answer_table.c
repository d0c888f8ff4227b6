#include "fs/import/answer_table.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "fs/import/answer_kept.h"
#include "fs/state/top.h"
#include "fs/takeover/cells.h"
#include "fs/takeover/shared.h"

struct answer_table {
    int64_t keep_ms;
    uint64_t last; /* number; the worker's own is in it, as in handles.c */
    struct cells cells;
    struct top top;
    struct import_answer places[ANSWER_TABLE_MAX];
};

int answer_table_new(const struct shared *shared, int64_t keep_ms, struct answer_table **ret, struct fault *f)
{
    struct answer_table *answers = calloc(1, sizeof(*answers));
    if (answers == NULL)
        return fault_no_memory(f);
    answers->keep_ms = keep_ms;
    answers->last = shared_first_number(shared) - 1;
    answers->cells = shared_cells(shared, SHARED_VERDICTS);
    answers->top = top_of(shared, TOP_ANSWERS, ANSWER_TABLE_MAX);
    for (size_t i = 0; i < answers->top.end; i++)
        if (answer_kept_restore(&answers->cells, i, &answers->places[i], f) != 0) {
            answer_table_freep(&answers);
            return -1;
        }
    *ret = answers;
    return 0;
}

void answer_table_freep(struct answer_table **answers)
{
    for (size_t i = 0; *answers != NULL && i < ANSWER_TABLE_MAX; i++)
        content_unref((*answers)->places[i].findings);
    free(*answers);
}

static void answer_table_empty(struct answer_table *answers, struct import_answer *place)
{
    if (place->number != 0)
        cells_clear(&answers->cells, (size_t)(place - answers->places));
    content_unref(TAKE(place->findings));
    place->number = 0;
}

static bool answer_table_is_kept(const struct import_answer *place, int64_t now)
{
    return place->number != 0 && now < place->until;
}

static void answer_table_forget_old(struct answer_table *answers, int64_t now)
{
    for (size_t i = 0; i < ANSWER_TABLE_MAX; i++)
        if (!answer_table_is_kept(&answers->places[i], now))
            answer_table_empty(answers, &answers->places[i]);
}

/* Root has the same limit. */
static size_t answer_table_count_of(const struct answer_table *answers, uid_t uid)
{
    size_t count = 0;
    for (size_t i = 0; i < ANSWER_TABLE_MAX; i++)
        count += answers->places[i].number != 0 && answers->places[i].uid == uid;
    return count;
}

/* Numbers grow, so the lowest is the oldest. */
static struct import_answer *answer_table_oldest_of(struct answer_table *answers, uid_t uid)
{
    struct import_answer *oldest = NULL;
    for (size_t i = 0; i < ANSWER_TABLE_MAX; i++) {
        struct import_answer *place = &answers->places[i];
        if (place->number != 0 && place->uid == uid && (oldest == NULL || place->number < oldest->number))
            oldest = place;
    }
    return oldest;
}

static uid_t answer_table_greediest(const struct answer_table *answers)
{
    uid_t found = answers->places[0].uid;
    size_t most = 0;
    for (size_t i = 0; i < ANSWER_TABLE_MAX; i++) {
        size_t count = answer_table_count_of(answers, answers->places[i].uid);
        if (count > most) {
            most = count;
            found = answers->places[i].uid;
        }
    }
    return found;
}

static struct import_answer *answer_table_empty_place(struct answer_table *answers)
{
    for (size_t i = 0; i < ANSWER_TABLE_MAX; i++)
        if (answers->places[i].number == 0)
            return &answers->places[i];
    return NULL;
}

static struct import_answer *answer_table_place_for(struct answer_table *answers, const struct import_answer *answer,
                                                    int64_t now)
{
    answer_table_forget_old(answers, now);
    for (size_t i = 0; i < ANSWER_TABLE_MAX; i++) {
        struct import_answer *place = &answers->places[i];
        if (place->number != 0 && place->uid == answer->uid && strcmp(place->name, answer->name) == 0)
            return place;
    }
    if (answer_table_count_of(answers, answer->uid) >= ANSWER_TABLE_PER_UID)
        return answer_table_oldest_of(answers, answer->uid);
    struct import_answer *place = answer_table_empty_place(answers);
    return place != NULL ? place : answer_table_oldest_of(answers, answer_table_greediest(answers));
}

void answer_table_put(struct answer_table *answers, const struct import_answer *answer, int64_t now)
{
    struct import_answer *place = answer_table_place_for(answers, answer, now);
    struct content *findings = answer->findings == NULL ? NULL : content_ref(answer->findings);
    content_unref(TAKE(place->findings));
    *place = *answer;
    place->findings = findings;
    place->number = ++answers->last;
    place->until = now + answers->keep_ms;
    top_raise(&answers->top, (size_t)(place - answers->places));
    answer_kept_put(&answers->cells, (size_t)(place - answers->places), place);
}

const struct import_answer *answer_table_find(const struct answer_table *answers, const char *name, uid_t uid,
                                              int64_t now)
{
    const struct import_answer *newest = NULL;
    for (size_t i = 0; i < ANSWER_TABLE_MAX; i++) {
        const struct import_answer *place = &answers->places[i];
        if (!answer_table_is_kept(place, now) || strcmp(place->name, name) != 0)
            continue;
        if (place->uid == uid)
            return place;
        if (newest == NULL || place->number > newest->number)
            newest = place;
    }
    return newest;
}

const struct import_answer *answer_table_get(const struct answer_table *answers, uint64_t number, int64_t now)
{
    for (size_t i = 0; i < ANSWER_TABLE_MAX; i++)
        if (answer_table_is_kept(&answers->places[i], now) && answers->places[i].number == number)
            return &answers->places[i];
    return NULL;
}

void answer_table_remove(struct answer_table *answers, uint64_t number)
{
    for (size_t i = 0; i < ANSWER_TABLE_MAX; i++)
        if (answers->places[i].number == number)
            answer_table_empty(answers, &answers->places[i]);
}

bool answer_table_name(const char *name, char ret[static ANSWER_TABLE_NAME_SIZE])
{
    size_t length = strlen(name), suffix = strlen(ANSWER_TABLE_SUFFIX);
    if (length < suffix || length >= ANSWER_TABLE_NAME_SIZE || strcmp(name + length - suffix, ANSWER_TABLE_SUFFIX) != 0)
        return false;
    memcpy(ret, name, length - suffix);
    ret[length - suffix] = '\0';
    return true;
}
