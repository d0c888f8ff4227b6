#include "core/review.h"

#include <openssl/x509v3.h>

#include "core/key.h"

enum { PLACE_SIZE = 72, SECURITY_BITS_MIN = 112 /* of level 2 */ };

static void review_directions(const struct given *given, const struct verdict *verdict, struct findings *findings)
{
    if (verdict->for_server != verdict->for_client)
        findings_add_warning(findings, WARNING_ONE_DIRECTION, judge_field(given, "ssl_cert"),
                             "the certificate is good for a TLS %s only", verdict->for_server ? "server" : "client");
}

static void review_leaf(const struct path *path, const struct given *given, struct findings *findings)
{
    X509 *leaf = path->certificates[0];
    if (path->pinned)
        findings_add_warning(findings, WARNING_PINNING, judge_field(given, "ssl_ca"),
                             "%s holds the certificate itself: peers trust this one certificate and no CA",
                             given->bundle == NULL ? "ssl_ca" : "ca.pem");
    if (X509_check_ca(leaf) != 0)
        findings_add_warning(findings, WARNING_CA_AS_LEAF, judge_field(given, "ssl_cert"),
                             "the certificate is a CA's own: whoever reads key.pem can issue others");
}

bool review_lifetime_text(const char *place, int64_t from, int64_t until, int64_t now, struct findings *findings)
{
    if (until - now >= (until - from) / 3)
        return false;
    findings_add_warning(findings, WARNING_SHORT_LIFETIME, "", "%s has %lld days left, under a third of its life",
                         place, (long long)(until > now ? (until - now) / 86400 : 0));
    return true;
}

/* The first on the path that is near its end. */
static void review_lifetime(const struct path *path, const struct given *given, int64_t now, struct findings *findings)
{
    for (size_t i = 0; i < path->length; i++) {
        int64_t from = ossl_time(X509_get0_notBefore(path->certificates[i]));
        int64_t until = ossl_time(X509_get0_notAfter(path->certificates[i]));
        char place[PLACE_SIZE];
        judge_place_text(given, path->certificates[i], place, sizeof(place));
        if (review_lifetime_text(place, from, until, now, findings))
            return;
    }
}

static bool has_weak_signature(X509 *certificate)
{
    int bits = 0;
    bool known = X509_get_signature_info(certificate, NULL, NULL, &bits, NULL) == 1;
    return !path_is_root(certificate) && (!known || bits < SECURITY_BITS_MIN);
}

/* What would be wrong with the certificate if it were an anchor on the path; NULL for nothing. */
static const char *trouble_with(X509 *certificate, int64_t now)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (ossl_time(X509_get0_notAfter(certificate)) < now)
        return "expired";
    if (key == NULL || !key_is_usable(key))
        return "of an unknown algorithm";
    if (key_weakness(key) != NULL || has_weak_signature(certificate))
        return "weak";
    return X509_check_ca(certificate) == 0 ? "no CA" : NULL;
}

static void review_anchors(const struct path *path, const struct given *given, int64_t now, struct findings *findings)
{
    int count = 0;
    char place[PLACE_SIZE] = "";
    const char *first = "";
    for (int i = 0; i < sk_X509_num(given->anchors); i++) {
        X509 *certificate = sk_X509_value(given->anchors, i);
        const char *trouble = path_contains(path, certificate) ? NULL : trouble_with(certificate, now);
        if (trouble == NULL)
            continue;
        if (count++ == 0) {
            judge_place_text(given, certificate, place, sizeof(place));
            first = trouble;
        }
    }
    ossl_clear_errors();
    if (count > 0)
        findings_add_warning(findings, WARNING_OFF_PATH, judge_field(given, "ssl_ca"),
                             "%s is %s; off the path, %d like that in %s", place, first, count,
                             judge_field(given, "ssl_ca"));
}

static void review_chain(const struct path *path, const struct given *given, struct findings *findings)
{
    for (int i = 0; i < sk_X509_num(given->chain); i++) {
        X509 *certificate = sk_X509_value(given->chain, i);
        if (path_contains(path, certificate) || path_is_root(certificate))
            continue;
        char place[PLACE_SIZE];
        judge_place_text(given, certificate, place, sizeof(place));
        findings_add_warning(findings, WARNING_OFF_PATH, judge_field(given, "ssl_cert"), "%s is not on the path to %s",
                             place, given->bundle == NULL ? "ssl_ca" : "a CA");
        return;
    }
}

void review_set(const struct path *path, const struct given *given, const struct verdict *verdict, int64_t now,
                struct findings *findings)
{
    review_directions(given, verdict, findings);
    review_leaf(path, given, findings);
    review_lifetime(path, given, now, findings);
    review_anchors(path, given, now, findings);
    review_chain(path, given, findings);
}

void review_anchors_alone(const struct given *given, int64_t now, struct findings *findings)
{
    const struct path none = {.length = 0};
    review_anchors(&none, given, now, findings);
}

static void review_lost(const struct review_side *served, const struct review_side *next, struct findings *findings)
{
    if (served->for_server && !next->for_server)
        findings_add_warning(findings, WARNING_LOST_DIRECTION, "ssl_cert",
                             "the served certificate is good for a TLS server, this one is not");
    if (served->for_client && !next->for_client)
        findings_add_warning(findings, WARNING_LOST_DIRECTION, "ssl_cert",
                             "the served certificate is good for a TLS client, this one is not");
}

/* Each side judges the other as far as both were good for their part. */
static bool shake_hands(SSL_CTX *a, const struct review_side *a_side, SSL_CTX *b, const struct review_side *b_side)
{
    struct fault ignored = {.reason = REASON_NONE};
    return proof_handshake(a, b, a_side->for_server, b_side->for_client, &ignored) == 0 &&
           proof_handshake(b, a, b_side->for_server, a_side->for_client, &ignored) == 0;
}

static bool trust_each_other(const struct review_side *served, const struct review_side *next, int64_t now)
{
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *old = NULL;
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *new = NULL;
    struct fault ignored = {.reason = REASON_NONE};
    return proof_load(&served->files, now, JUDGE_SECURITY_LEVEL, &old, &ignored) == 0 &&
           proof_load(&next->files, now, JUDGE_SECURITY_LEVEL, &new, &ignored) == 0 &&
           shake_hands(old, served, new, next);
}

void review_change(const struct review_side *served, const struct review_side *next, int64_t now,
                   struct findings *findings)
{
    review_lost(served, next, findings);
    /* A waived set may fail for what was waived; and who trusts by the same ca.pem trusts the other's path too. */
    if (!served->strict || !next->strict || span_equal(served->files.ca, next->files.ca))
        return;
    if (!trust_each_other(served, next, now))
        findings_add_warning(
            findings, WARNING_TRUST_BREAK, "ssl_ca",
            "peers on the served set and on this one fail each other: import old and new CA together first");
}
