#include "fs/report/problems.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

/* Paths and names may hold anything; status and the log are printable. */
static void problems_copy(char ret[static PROBLEMS_SIZE], const char *sentence)
{
    text_fit(sentence, ret, PROBLEMS_SIZE);
    text_make_printable(ret);
}

/* ---- with the lock held ---- */

static void problems_append(struct problems *problems, enum problem_kind kind, const char *about, const char *sentence)
{
    if (problems->count == PROBLEMS_MAX) {
        problems->unlisted += kind == PROBLEM_TO_MEND && about[0] == '\0' ? 1 : 0;
        return;
    }
    struct problem *problem = &problems->list[problems->count++];
    problem->kind = kind;
    problem->cell = 0;
    snprintf(problem->about, sizeof(problem->about), "%s", about);
    problems_copy(problem->sentence, sentence);
}

static void problems_put(struct problems *problems, enum problem_kind kind, const char *sentence)
{
    pthread_mutex_lock(&problems->lock);
    problems_append(problems, kind, "", sentence);
    pthread_mutex_unlock(&problems->lock);
}

void problems_add(void *problems, const char *sentence)
{
    problems_put(problems, PROBLEM_TO_MEND, sentence);
}

void problems_remark(struct problems *problems, const char *sentence)
{
    problems_put(problems, PROBLEM_REMARK, sentence);
}

static void problems_leave_cell(struct problems *problems, struct problem *problem)
{
    if (problem->cell == 0)
        return;
    cells_clear(&problems->cells, problem->cell - 1);
    problem->cell = 0;
}

static void problems_write_cell(struct problems *problems, struct problem *problem)
{
    struct kept_problem kept = {.remark = problem->kind == PROBLEM_REMARK};
    size_t cell = problem->cell != 0 ? problem->cell - 1 : cells_find_empty(&problems->cells);
    if (cell == problems->cells.count)
        return;
    problem->cell = cell + 1;
    snprintf(kept.about, sizeof(kept.about), "%s", problem->about);
    snprintf(kept.sentence, sizeof(kept.sentence), "%s", problem->sentence);
    cells_put(&problems->cells, cell, &kept);
}

static void problems_remove_about(struct problems *problems, const char *about)
{
    size_t kept = 0;
    for (size_t i = 0; i < problems->count; i++)
        if (strcmp(problems->list[i].about, about) != 0)
            problems->list[kept++] = problems->list[i];
        else
            problems_leave_cell(problems, &problems->list[i]);
    problems->count = kept;
}

static struct problem *problems_find(struct problems *problems, const char *about)
{
    for (size_t i = 0; i < problems->count; i++)
        if (strcmp(problems->list[i].about, about) == 0)
            return &problems->list[i];
    return NULL;
}

/* NULL: it is removed, or there is no place for it. */
static struct problem *problems_put_about(struct problems *problems, enum problem_kind kind, const char *about,
                                          const char *sentence)
{
    struct problem *problem = problems_find(problems, about);
    if (sentence[0] == '\0')
        problems_remove_about(problems, about);
    else if (problem != NULL)
        problems_copy(problem->sentence, sentence);
    else
        problems_append(problems, kind, about, sentence);
    return problems_find(problems, about);
}

/* ---- */

static void problems_set_kind(struct problems *problems, enum problem_kind kind, const char *about,
                              const char *sentence)
{
    pthread_mutex_lock(&problems->lock);
    (void)problems_put_about(problems, kind, about, sentence);
    pthread_mutex_unlock(&problems->lock);
}

void problems_set_lasting(struct problems *problems, enum problem_kind kind, const char *about, const char *sentence)
{
    pthread_mutex_lock(&problems->lock);
    struct problem *problem = problems_put_about(problems, kind, about, sentence);
    if (problem != NULL)
        problems_write_cell(problems, problem);
    pthread_mutex_unlock(&problems->lock);
}

/* False: there is nothing of use in the cell. */
static bool problems_restore_cell(struct problems *problems, size_t cell)
{
    struct kept_problem kept;
    if (!cells_get(&problems->cells, cell, &kept) || kept.about[0] == '\0')
        return false;
    kept.about[PROBLEMS_ABOUT_SIZE - 1] = kept.sentence[PROBLEMS_SIZE - 1] = '\0';
    enum problem_kind kind = kept.remark != 0 ? PROBLEM_REMARK : PROBLEM_TO_MEND;
    struct problem *problem = problems_put_about(problems, kind, kept.about, kept.sentence);
    if (problem == NULL || problem->cell != 0)
        return false;
    problem->cell = cell + 1;
    return true;
}

void problems_restore(struct problems *problems, const struct cells *cells)
{
    pthread_mutex_lock(&problems->lock);
    problems->cells = *cells;
    for (size_t cell = 0; cell < PROBLEMS_MAX; cell++)
        if (!problems_restore_cell(problems, cell))
            cells_clear(cells, cell);
    pthread_mutex_unlock(&problems->lock);
}

void problems_set(struct problems *problems, const char *about, const char *sentence)
{
    problems_set_kind(problems, PROBLEM_TO_MEND, about, sentence);
}

void problems_set_remark(struct problems *problems, const char *about, const char *sentence)
{
    problems_set_kind(problems, PROBLEM_REMARK, about, sentence);
}

void problems_replace(struct problems *problems, const char *about, const struct problems *by)
{
    pthread_mutex_lock(&problems->lock);
    problems_remove_about(problems, about);
    for (size_t i = 0; i < by->count; i++)
        problems_append(problems, by->list[i].kind, about, by->list[i].sentence);
    pthread_mutex_unlock(&problems->lock);
}

size_t problems_count(struct problems *problems)
{
    pthread_mutex_lock(&problems->lock);
    size_t count = problems->unlisted;
    for (size_t i = 0; i < problems->count; i++)
        count += problems->list[i].kind == PROBLEM_TO_MEND ? 1 : 0;
    pthread_mutex_unlock(&problems->lock);
    return count;
}

int problems_visit(struct problems *problems, enum problem_kind kind, int (*visit)(void *context, const char *sentence),
                   void *context)
{
    int result = 0;
    pthread_mutex_lock(&problems->lock);
    for (size_t i = 0; i < problems->count && result == 0; i++)
        if (problems->list[i].kind == kind)
            result = visit(context, problems->list[i].sentence);
    if (result == 0 && kind == PROBLEM_TO_MEND && problems->unlisted > 0)
        result = visit(context, "there are more problems like these");
    pthread_mutex_unlock(&problems->lock);
    return result;
}
