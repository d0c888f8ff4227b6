#include "core/judge/choice.h"

#include <string.h>

#include <openssl/x509v3.h>

#include "core/base/budget.h"
#include "core/base/fault.h"
#include "core/judge/arrange.h"
#include "core/judge/built.h"
#include "core/judge/path.h"
#include "core/x509/ossl_x509.h"
#include "core/x509/renewal.h"

/* The search for a longer path, after one is found, spends at most a tenth of what a document may cost. */
enum { TRIES_MAX = 64, STEPS_FOR_LONGER = BUDGET_STEPS / 10, PLACE_SIZE = 80 };

struct choosing {
    const struct given *given;
    const struct choice_terms *terms;
    struct contest contest;
    uint64_t reserved; /* steps of the budget that are withheld from the search for longer paths */
    int tries;
};

static bool choice_is_usable(const struct choice *choice)
{
    return choice->standing >= STANDING_ACCEPTED;
}

enum use { USE_SERVER = 1, USE_CLIENT = 2, USE_SIGN = 4 };

/* Without digitalSignature an EC key makes no handshake in a version of TLS that signs, for any purpose. */
static unsigned choice_uses_of(const struct choice *choice)
{
    bool signs = (X509_get_key_usage(choice->path.certificates[0]) & KU_DIGITAL_SIGNATURE) != 0;
    return (choice->verdict.for_server ? USE_SERVER : 0U) | (choice->verdict.for_client ? USE_CLIENT : 0U) |
           (signs ? USE_SIGN : 0U);
}

static bool choice_has_uses_of(const struct choice *choice, const struct choice *other)
{
    return (choice_uses_of(other) & ~choice_uses_of(choice)) == 0;
}

/* 0 where the path ends before an anchor, 1 at the leaf itself, 2 at a CA. */
static int choice_reach_of(const struct path *path)
{
    return !path->complete ? 0 : path->pinned ? 1 : 2;
}

static bool choice_is_better(const struct choice *choice, const struct choice *other)
{
    if (choice->standing != other->standing || other->standing == STANDING_NONE)
        return choice->standing > other->standing;
    if (choice_reach_of(&choice->path) != choice_reach_of(&other->path))
        return choice_reach_of(&choice->path) > choice_reach_of(&other->path);
    if (choice->verdict.count != other->verdict.count)
        return choice->verdict.count < other->verdict.count;
    if (choice->until != other->until)
        return choice->until > other->until;
    int64_t leaf = ossl_time(X509_get0_notAfter(choice->path.certificates[0]));
    int64_t other_leaf = ossl_time(X509_get0_notAfter(other->path.certificates[0]));
    return leaf != other_leaf ? leaf > other_leaf
                              : choice_has_uses_of(choice, other) && !choice_has_uses_of(other, choice);
}

/* Another subject is another certificate, and a use that is lost is an outage. */
static bool choice_may_win(const struct contest *contest, const struct choice *choice)
{
    const X509 *leaf = choice->path.certificates[0], *first = contest->first.path.certificates[0];
    return !choice_is_usable(&contest->first) ||
           (choice_has_uses_of(choice, &contest->first) && (leaf == first || renewal_has_names_of(leaf, first)));
}

void choice_enter(struct contest *contest, const struct choice *choice)
{
    if (!choice_may_win(contest, choice))
        return;
    if (!choice_is_usable(&contest->first))
        contest->first = *choice;
    if (choice_is_better(choice, &contest->best))
        contest->best = *choice;
}

static int64_t choice_end_of(const struct path *path)
{
    int64_t end = ossl_time(X509_get0_notAfter(path->certificates[0]));
    for (size_t i = 1; i < path->length; i++) {
        int64_t until = ossl_time(X509_get0_notAfter(path->certificates[i]));
        end = until < end ? until : end;
    }
    return end;
}

static enum standing choice_standing_of(const struct choosing *c, const struct choice *choice, bool built)
{
    if (choice->verdict.count == 0 && built)
        return STANDING_CLEAN;
    if (choice->verdict.count > 0 && judge_is_accepted(&choice->verdict, c->terms->accepted))
        return STANDING_ACCEPTED;
    return !choice->path.complete ? STANDING_INCOMPLETE : built ? STANDING_COMPLETE : STANDING_UNBUILT;
}

/* A good path is not lost to the costs of a search for a better one: choice_search gives back what is withheld. */
static void choice_limit_search(struct choosing *c)
{
    struct budget *budget = c->terms->budget;
    if (c->contest.best.standing != STANDING_CLEAN || c->reserved > 0 || budget->left <= STEPS_FOR_LONGER)
        return;
    c->reserved = budget->left - STEPS_FOR_LONGER;
    budget->left = STEPS_FOR_LONGER;
}

/* Judges a path and keeps it if it is better than those before. */
static int choice_consider(struct choosing *c, const struct path *path, bool built, struct fault *f)
{
    struct choice next = {.path = *path, .until = choice_end_of(path)};
    if (judge_path(path, c->given, c->terms->now, c->terms->budget, &next.verdict, f) != 0)
        return -1;
    next.standing = choice_standing_of(c, &next, built);
    choice_enter(&c->contest, &next);
    return 0;
}

/* The ends of paths from one leaf are at most the leaf's. */
static bool choice_is_final(const struct choice *best)
{
    return best->standing == STANDING_CLEAN && best->until >= ossl_time(X509_get0_notAfter(best->path.certificates[0]));
}

static bool choice_try_path(const struct path *path, void *context, struct fault *f)
{
    struct choosing *c = context;
    struct arrange_conflict conflict;
    if (c->tries++ == TRIES_MAX)
        return true;
    if (c->contest.best.standing == STANDING_CLEAN && choice_end_of(path) <= c->contest.best.until)
        return false;
    if (arrange_find_conflict(c->given, path, c->terms->now, &conflict, f) != 0)
        return true;
    bool ends = choice_consider(c, path, !conflict.exists, f) != 0 || choice_is_final(&c->contest.best);
    choice_limit_search(c);
    return ends;
}

static int choice_search(struct choosing *c, X509 *leaf, struct path *ret_longest, struct fault *f)
{
    const struct path_terms in = {leaf, c->given->chain, c->given->anchors, c->terms->now, c->terms->budget};
    choice_limit_search(c);
    int result = path_each(&in, choice_try_path, c, ret_longest, f);
    c->terms->budget->left += c->reserved;
    if (result == 0 || f->reason != REASON_TOO_COSTLY || c->contest.best.standing != STANDING_CLEAN)
        return result;
    fault_clear(f);
    return 0;
}

/* Reports the certificate that OpenSSL takes in place of one on the path. */
static int choice_note_conflict(struct choosing *c, struct fault *f)
{
    struct verdict *verdict = &c->contest.best.verdict;
    struct arrange_conflict conflict;
    if (c->contest.best.standing != STANDING_UNBUILT || verdict->count > 0)
        return 0;
    if (arrange_find_conflict(c->given, &c->contest.best.path, c->terms->now, &conflict, f) != 0)
        return -1;
    if (conflict.taken == NULL)
        return 0;
    char hidden[PLACE_SIZE], what[FAULT_MESSAGE_SIZE], place[PLACE_SIZE];
    bool sent = strcmp(judge_number_text(c->given, conflict.wanted, hidden, sizeof(hidden)), "ssl_cert") == 0;
    snprintf(what, sizeof(what), "hides %s from OpenSSL; %s", hidden, sent ? "put that into ssl_ca" : "leave it out");
    const char *field = judge_place_before(c->given, conflict.taken, what, place, sizeof(place));
    fault_set(&verdict->violations[verdict->count++], REASON_UNTRUSTED_CHAIN, field, "%s %s", place, what);
    return 0;
}

int choice_make(X509 *leaf, const struct given *given, const struct choice_terms *terms, struct choice *ret,
                struct fault *f)
{
    struct choosing c = {.given = given, .terms = terms};
    const struct choice *best = &c.contest.best;
    struct path built, longest;
    bool sound = false;
    if (built_path(leaf, given->chain, given->anchors, terms->now, &built, f) != 0 ||
        (built.complete && path_check_signatures(&built, terms->budget, &sound, f) != 0) ||
        (sound && choice_consider(&c, &built, true, f) != 0))
        return -1;
    if (!choice_is_final(best)) {
        if (choice_search(&c, leaf, &longest, f) != 0 ||
            (best->standing == STANDING_NONE ? choice_consider(&c, &longest, true, f) : choice_note_conflict(&c, f)) !=
                0)
            return -1;
    }
    *ret = *best;
    return 0;
}
