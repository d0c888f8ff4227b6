#include "core/draft/leaf.h"

#include <openssl/x509v3.h>

#include "core/judge/bundle.h"
#include "core/judge/wallet_set.h"
#include "core/x509/cert_list.h"

/* The best certificate so far. */
struct best {
    X509 *leaf;
    int rank;
    struct path path;
    struct verdict verdict;
};

enum { RANK_ISSUED = 1, RANK_COMPLETE = 2, RANK_GOOD = 4 };

static int leaf_rank_of(const struct path *path, const struct verdict *verdict, uint32_t accepted)
{
    int rank = judge_is_accepted(verdict, accepted) ? RANK_GOOD : 0;
    if (path->complete)
        rank += RANK_COMPLETE + (path->pinned ? 0 : RANK_ISSUED);
    return rank;
}

static int64_t leaf_end_of(const X509 *certificate)
{
    return ossl_time(X509_get0_notAfter(certificate));
}

static int leaf_consider(X509 *leaf, const struct given *given, const struct choice_terms *terms, struct best *best,
                         struct fault *f)
{
    struct best next = {.leaf = leaf};
    if (choice_make(leaf, given, terms, &next.path, &next.verdict, f) != 0)
        return -1;
    next.rank = leaf_rank_of(&next.path, &next.verdict, terms->accepted);
    bool longer = best->leaf == NULL || leaf_end_of(leaf) > leaf_end_of(best->leaf);
    if (best->leaf == NULL || next.rank > best->rank || (next.rank == best->rank && longer))
        *best = next;
    return 0;
}

static bool leaf_is_rival(X509 *certificate, X509 *leaf, EVP_PKEY *key)
{
    return certificate != leaf && cert_list_belong(certificate, key) &&
           (X509_check_ca(certificate) != 0) == (X509_check_ca(leaf) != 0);
}

/* Which certificates of a wallet are chain and which are anchors depends on the leaf. */
static int leaf_consider_rivals(struct decoded *in, const struct choice_terms *terms, struct best *best,
                                struct fault *f)
{
    STACK_OF(X509) *list = in->given.bundle != NULL ? in->given.bundle : in->given.chain;
    for (int i = 0; i < sk_X509_num(list); i++) {
        X509 *rival = sk_X509_value(list, i);
        if (!leaf_is_rival(rival, in->leaf, in->key))
            continue;
        if ((in->given.wallet && wallet_set_split(&in->given, rival, terms->budget, f) != 0) ||
            leaf_consider(rival, &in->given, terms, best, f) != 0)
            return -1;
    }
    return 0;
}

/* The lists of the leaf, also where choosing failed; a wallet's were paid for. */
static int leaf_split(struct decoded *in, bool other, struct fault *f)
{
    if (in->given.wallet)
        return wallet_set_split(&in->given, in->leaf, NULL, f);
    return other && in->given.bundle != NULL ? bundle_split(&in->given, in->leaf, f) : 0;
}

int leaf_choose(struct decoded *in, const struct choice_terms *terms, struct path *ret_path, struct verdict *ret,
                struct fault *f)
{
    struct best best = {.leaf = NULL};
    struct fault lists = {.reason = REASON_NONE};
    X509 *first = in->leaf;
    int result = leaf_consider(in->leaf, &in->given, terms, &best, f);
    if (result == 0 && in->key != NULL)
        result = leaf_consider_rivals(in, terms, &best, f);
    if (result == 0) {
        in->leaf = best.leaf;
        *ret_path = best.path;
        *ret = best.verdict;
    }
    if (leaf_split(in, in->leaf != first, &lists) == 0 || result != 0)
        return result;
    *f = lists;
    return -1;
}
