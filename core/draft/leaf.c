#include "core/draft/leaf.h"

#include <openssl/x509v3.h>

#include "core/base/fault.h"
#include "core/judge/bundle.h"
#include "core/judge/judge.h"
#include "core/judge/wallet_set.h"
#include "core/x509/cert_list.h"

static int leaf_consider(X509 *leaf, const struct given *given, const struct choice_terms *terms,
                         struct contest *contest, struct fault *f)
{
    struct choice next;
    if (choice_make(leaf, given, terms, &next, f) != 0)
        return -1;
    choice_enter(contest, &next);
    return 0;
}

static bool leaf_is_rival(X509 *certificate, X509 *leaf, EVP_PKEY *key)
{
    return certificate != leaf && cert_list_belong(certificate, key) &&
           (X509_check_ca(certificate) != 0) == (X509_check_ca(leaf) != 0);
}

/* Which certificates of a wallet are chain and which are anchors depends on the leaf. */
static int leaf_consider_rivals(struct decoded *in, const struct choice_terms *terms, struct contest *contest,
                                struct fault *f)
{
    STACK_OF(X509) *list = in->given.bundle != NULL ? in->given.bundle : in->given.chain;
    EVP_PKEY *key = in->key != NULL ? in->key : X509_get0_pubkey(in->leaf);
    for (int i = 0; i < sk_X509_num(list) && key != NULL; i++) {
        X509 *rival = sk_X509_value(list, i);
        if (!leaf_is_rival(rival, in->leaf, key))
            continue;
        if ((in->given.wallet && wallet_set_split(&in->given, rival, terms->budget, f) != 0) ||
            leaf_consider(rival, &in->given, terms, contest, f) != 0)
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

int leaf_choose(struct decoded *in, const struct choice_terms *terms, struct choice *ret, struct fault *f)
{
    struct contest contest = {.best = {.standing = STANDING_NONE}};
    struct fault lists = {.reason = REASON_NONE};
    X509 *first = in->leaf;
    int result = leaf_consider(in->leaf, &in->given, terms, &contest, f);
    if (result == 0)
        result = leaf_consider_rivals(in, terms, &contest, f);
    if (result == 0) {
        *ret = contest.best;
        in->leaf = ret->path.certificates[0];
    }
    if (leaf_split(in, in->leaf != first, &lists) == 0 || result != 0)
        return result;
    *f = lists;
    return -1;
}
