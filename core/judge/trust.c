#include "core/judge/trust.h"

#include <openssl/x509v3.h>

#include "core/judge/built.h"
#include "core/judge/judge.h"
#include "core/judge/path.h"
#include "core/judge/price.h"
#include "core/x509/cert_list.h"

enum { CANDIDATES_PER_STEP = 8 }; /* candidates examined for each certificate of the path */

static int trust_verify(const struct trust_side *peer, const struct trust_side *judge, int64_t now, bool *ret,
                        struct fault *f)
{
    CLEANUP(ossl_store_ctx_freep) X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (context == NULL || X509_STORE_CTX_init(context, NULL, sk_X509_value(peer->chain, 0), peer->chain) != 1)
        return fault_no_memory(f);
    X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
    X509_STORE_CTX_set0_trusted_stack(context, judge->anchors);
    X509_VERIFY_PARAM_set_auth_level(parameters, JUDGE_SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_time(parameters, (time_t)now);
    X509_VERIFY_PARAM_set_depth(parameters, PATH_LENGTH_MAX);
    *ret = X509_verify_cert(context) == 1;
    ossl_clear_errors();
    return 0;
}

/* The purpose does not influence which path is built, so the signatures are verified once for both purposes. */
static bool trust_serves(const struct path *path, const struct trust_side *peer)
{
    return (!peer->for_server || judge_serves(path, X509_PURPOSE_SSL_SERVER)) &&
           (!peer->for_client || judge_serves(path, X509_PURPOSE_SSL_CLIENT));
}

/* Whether `judge` accepts `peer`. */
static int trust_accepts(const struct trust_side *judge, const struct trust_side *peer, int64_t now,
                         struct budget *budget, bool *ret, struct fault *f)
{
    struct path path;
    uint64_t candidates = (uint64_t)(sk_X509_num(judge->anchors) + sk_X509_num(peer->chain));
    *ret = false;
    if (budget_spend(budget, PATH_LENGTH_MAX * candidates / CANDIDATES_PER_STEP, "ssl_ca", f) != 0 ||
        built_path(sk_X509_value(peer->chain, 0), peer->chain, judge->anchors, now, &path, f) != 0)
        return -1;
    if (!path.complete || !trust_serves(&path, peer))
        return 0;
    return budget_spend(budget, price_of_path(&path), "ssl_ca", f) == 0 ? trust_verify(peer, judge, now, ret, f) : -1;
}

static const char *trust_text(bool served_accepts, bool next_accepts)
{
    if (!served_accepts && !next_accepts)
        return "peers on the served set and on this one reject each other: import old and new CA together first";
    return next_accepts
               ? "peers on the served set reject this one: import the served certificate with old and new CA first"
               : "peers on this set reject the served one: import old and new CA together first";
}

/* The served set is trusted, but decoding it again still costs the sender of the new one. */
static int trust_decode(const struct trust_served *served, struct budget *budget, struct trust_side *ret,
                        struct fault *f)
{
    struct findings ignored = {.repair_count = 0};
    ret->for_server = served->for_server;
    ret->for_client = served->for_client;
    return cert_list_parse(served->ca, "ssl_ca", 0, budget, &ret->anchors, &ignored, f) == 0
               ? cert_list_parse(served->cert, "ssl_cert", 0, budget, &ret->chain, &ignored, f)
               : -1;
}

void trust_review(const struct trust_served *served, const struct trust_side *next, int64_t now, struct budget *budget,
                  struct findings *findings)
{
    struct trust_side old = {.chain = NULL};
    struct fault f = {.reason = REASON_NONE};
    bool served_accepts = false, next_accepts = false;
    int result = trust_decode(served, budget, &old, &f);
    if (result == 0)
        result = trust_accepts(&old, next, now, budget, &served_accepts, &f);
    if (result == 0)
        result = trust_accepts(next, &old, now, budget, &next_accepts, &f);
    sk_X509_pop_free(old.chain, X509_free);
    sk_X509_pop_free(old.anchors, X509_free);
    if (result != 0)
        findings_add_warning(findings, WARNING_TRUST_BREAK, "ssl_ca",
                             "not checked whether peers on the served set accept this one: it takes too much work");
    else if (!served_accepts || !next_accepts)
        findings_add_warning(findings, WARNING_TRUST_BREAK, "ssl_ca", "%s", trust_text(served_accepts, next_accepts));
}
