#include "core/judge/path.h"

#include <stdlib.h>

#include <openssl/x509v3.h>

#include "core/base/fault.h"
#include "core/x509/cert_list.h"
#include "core/x509/private_key.h"

enum { CANDIDATES_PER_STEP = 8 }; /* candidates examined in one step of the budget */

/* A possible issuer; listed once even if it is in both lists. */
struct candidate {
    X509 *certificate;
    bool anchor; /* is in ssl_ca */
    bool root;
    bool valid;
    bool used; /* is on the path */
};

struct search {
    struct candidate *candidates;
    size_t count;
    struct budget *budget;
    path_visit *visit;
    void *context;
    struct path path;     /* current path of the search */
    struct path *longest; /* longest path so far */
    bool found;           /* visit returned true: end the search */
    struct fault *fault;
};

/* In the order of preference; repeated for certificates that are not valid or whose key identifiers disagree. */
enum kind { KIND_ROOT, KIND_SENT, KIND_TRUSTED, KIND_COUNT };

bool path_is_root(X509 *certificate)
{
    bool root = (X509_get_extension_flags(certificate) & EXFLAG_SS) != 0;
    ossl_clear_errors();
    return root;
}

bool path_contains(const struct path *path, const X509 *certificate)
{
    for (size_t i = 0; i < path->length; i++)
        if (X509_cmp(path->certificates[i], certificate) == 0)
            return true;
    return false;
}

bool path_is_named_issuer(const X509 *issuer, const X509 *certificate)
{
    return X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(certificate)) == 0;
}

/* Pays for the verification and does it. Returns false with a fault if the budget does not suffice. */
static bool path_has_signed(struct budget *budget, X509 *issuer, X509 *certificate, struct fault *f)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    bool verified = key != NULL && private_key_is_usable(key) &&
                    budget_spend(budget, private_key_price(key), "ssl_ca", f) == 0 &&
                    X509_verify(certificate, key) == 1;
    ossl_clear_errors();
    return verified;
}

int path_check_signatures(const struct path *path, struct budget *budget, bool *ret, struct fault *f)
{
    *ret = !path->pinned || path_has_signed(budget, path->certificates[0], path->certificates[0], f);
    for (size_t i = 1; i < path->length && *ret; i++)
        *ret = path_has_signed(budget, path->certificates[i], path->certificates[i - 1], f);
    return f->reason == REASON_NONE ? 0 : -1;
}

static void path_push(struct search *s, X509 *certificate)
{
    s->path.certificates[s->path.length++] = certificate;
    if (s->path.length > s->longest->length)
        *s->longest = s->path;
}

static bool path_is_over(const struct search *s)
{
    return s->found || s->fault->reason != REASON_NONE;
}

static enum kind path_kind_of(const struct candidate *candidate)
{
    if (!candidate->anchor)
        return KIND_SENT;
    return candidate->root ? KIND_ROOT : KIND_TRUSTED;
}

static void path_extend(struct search *s);

static void path_complete(struct search *s)
{
    s->path.complete = true;
    s->found = s->visit(&s->path, s->context, s->fault);
    s->path.complete = false;
}

/* Continues the search with this issuer of the last certificate. */
static void path_follow(struct search *s, struct candidate *candidate)
{
    candidate->used = true;
    path_push(s, candidate->certificate);
    if (path_kind_of(candidate) == KIND_ROOT)
        path_complete(s);
    else
        path_extend(s);
    s->path.length--;
    candidate->used = false;
}

static void path_try_some(struct search *s, enum kind kind, bool valid, bool fits)
{
    X509 *last = s->path.certificates[s->path.length - 1];
    for (size_t i = 0; i < s->count && !path_is_over(s); i++) {
        struct candidate *candidate = &s->candidates[i];
        if (candidate->used || candidate->valid != valid || path_kind_of(candidate) != kind ||
            !path_is_named_issuer(candidate->certificate, last) ||
            (X509_check_issued(candidate->certificate, last) == X509_V_OK) != fits)
            continue;
        if (path_has_signed(s->budget, candidate->certificate, last, s->fault))
            path_follow(s, candidate);
    }
}

static void path_extend(struct search *s)
{
    if (s->path.length + 1 >= PATH_LENGTH_MAX ||
        budget_spend(s->budget, s->count / CANDIDATES_PER_STEP + 1, "ssl_ca", s->fault) != 0)
        return;
    for (int trouble = 0; trouble < 4; trouble++)
        for (enum kind kind = 0; kind < KIND_COUNT; kind++)
            path_try_some(s, kind, (trouble & 1) == 0, (trouble & 2) == 0);
}

static void path_add(struct search *s, X509 *certificate, bool anchor, int64_t now)
{
    bool valid =
        ossl_time(X509_get0_notBefore(certificate)) <= now && now <= ossl_time(X509_get0_notAfter(certificate));
    s->candidates[s->count++] = (struct candidate){
        .certificate = certificate, .anchor = anchor, .root = path_is_root(certificate), .valid = valid};
}

/* Ignores roots in the chain that are not in ssl_ca: they are not trusted and have no issuer. */
static int path_add_candidates(struct search *s, X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors,
                               int64_t now)
{
    s->candidates = calloc((size_t)(sk_X509_num(chain) + sk_X509_num(anchors)) + 1, sizeof(*s->candidates));
    if (s->candidates == NULL)
        return -1;
    for (int i = 0; i < sk_X509_num(anchors); i++)
        path_add(s, sk_X509_value(anchors, i), true, now);
    for (int i = 0; i < sk_X509_num(chain); i++)
        if (!path_is_root(sk_X509_value(chain, i)) && !cert_list_contain(anchors, sk_X509_value(chain, i)))
            path_add(s, sk_X509_value(chain, i), false, now);
    for (size_t i = 0; i < s->count; i++)
        s->candidates[i].used = X509_cmp(s->candidates[i].certificate, leaf) == 0;
    return 0;
}

static void path_walk(struct search *s, X509 *leaf, STACK_OF(X509) *anchors)
{
    path_push(s, leaf);
    if (path_is_root(leaf) && cert_list_contain(anchors, leaf) && path_has_signed(s->budget, leaf, leaf, s->fault)) {
        s->path.pinned = true;
        path_complete(s);
    } else if (!path_is_over(s)) {
        path_extend(s);
    }
}

int path_each(const struct path_terms *terms, path_visit *visit, void *context, struct path *ret_longest,
              struct fault *f)
{
    struct search s = {.budget = terms->budget, .visit = visit, .context = context, .longest = ret_longest, .fault = f};
    *ret_longest = (struct path){.length = 0};
    if (path_add_candidates(&s, terms->leaf, terms->chain, terms->anchors, terms->now) != 0)
        return fault_no_memory(f);
    path_walk(&s, terms->leaf, terms->anchors);
    free(s.candidates);
    ossl_clear_errors();
    return f->reason == REASON_NONE ? 0 : -1;
}
