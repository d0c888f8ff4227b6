#include "core/judge/choice.h"

#include "core/judge/arrange.h"
#include "core/judge/built.h"

enum { TRIES_MAX = 64 };

struct choosing {
    const struct given *given;
    const struct choice_terms *terms;
    struct path *path;
    struct verdict *verdict; /* of the best path so far, with its rank; 0 if there is none */
    unsigned rank;
    int tries;
};

/* A path that OpenSSL does not build in any order of the lists is useless to a server; the handshake reports it. */
enum { RANK_INCOMPLETE = 1, RANK_UNBUILT = 50, RANK_COMPLETE = 100, RANK_ACCEPTED = 200, RANK_CLEAN = 300 };

static unsigned choice_rank_of(const struct choosing *c, const struct path *path, bool built,
                               const struct verdict *verdict)
{
    if (verdict->count == 0 && built)
        return RANK_CLEAN;
    unsigned rank = !path->complete ? RANK_INCOMPLETE : built ? RANK_COMPLETE : RANK_UNBUILT;
    if (verdict->count > 0 && judge_is_accepted(verdict, c->terms->accepted))
        rank = RANK_ACCEPTED;
    return rank + JUDGE_VIOLATIONS_MAX - (unsigned)verdict->count;
}

/* Judges a path and keeps it if it ranks higher than the best one so far. */
static int choice_consider(struct choosing *c, const struct path *path, bool built, struct fault *f)
{
    struct verdict verdict;
    if (judge_path(path, c->given, c->terms->now, c->terms->budget, &verdict, f) != 0)
        return -1;
    unsigned rank = choice_rank_of(c, path, built, &verdict);
    if (rank > c->rank) {
        *c->path = *path;
        *c->verdict = verdict;
        c->rank = rank;
    }
    return 0;
}

static bool choice_try_path(const struct path *path, void *context, struct fault *f)
{
    struct choosing *c = context;
    bool works = false;
    if (c->tries++ == TRIES_MAX || arrange_works(c->given, path, c->terms->now, &works, f) != 0)
        return true;
    return choice_consider(c, path, works, f) != 0 || c->rank == RANK_CLEAN;
}

int choice_make(X509 *leaf, const struct given *given, const struct choice_terms *terms, struct path *ret_path,
                struct verdict *ret, struct fault *f)
{
    struct choosing c = {.given = given, .terms = terms, .path = ret_path, .verdict = ret};
    const struct path_terms in = {leaf, given->chain, given->anchors, terms->now, terms->budget};
    struct path built, longest;
    bool sound = false;
    if (built_path(leaf, given->chain, given->anchors, terms->now, &built, f) != 0 ||
        (built.complete && path_check_signatures(&built, terms->budget, &sound, f) != 0) ||
        (sound && choice_consider(&c, &built, true, f) != 0))
        return -1;
    if (c.rank == RANK_CLEAN)
        return 0;
    if (path_each(&in, choice_try_path, &c, &longest, f) != 0)
        return -1;
    return c.rank > 0 ? 0 : choice_consider(&c, &longest, true, f);
}
