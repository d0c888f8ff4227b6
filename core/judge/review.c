#include "core/judge/review.h"

#include <openssl/x509v3.h>

#include "core/judge/path.h"
#include "core/x509/cert_list.h"
#include "core/x509/ossl_x509.h"
#include "core/x509/private_key.h"
#include "core/x509/renewal.h"

enum { PLACE_SIZE = 72, NAME_SIZE = 20 };

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
                             "the certificate is a CA: anyone who reads key.pem can issue certificates");
}

/* Problems that the certificate would cause as an anchor on the path, regardless of time. */
enum trouble { TROUBLE_NONE, TROUBLE_UNKNOWN, TROUBLE_WEAK, TROUBLE_NO_CA, TROUBLE_COUNT };

static enum trouble review_trouble_with(X509 *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (key == NULL || !private_key_is_usable(key))
        return TROUBLE_UNKNOWN;
    if (private_key_weakness(key) != NULL || !cert_list_have_strong_signature(certificate))
        return TROUBLE_WEAK;
    return X509_check_ca(certificate) == 0 ? TROUBLE_NO_CA : TROUBLE_NONE;
}

/* The same in words; NULL if there is none. */
static const char *review_trouble_text(X509 *certificate, int64_t now)
{
    static const char *const words[TROUBLE_COUNT] = {
        [TROUBLE_UNKNOWN] = "of an unknown algorithm", [TROUBLE_WEAK] = "weak", [TROUBLE_NO_CA] = "not a CA"};
    return ossl_time(X509_get0_notAfter(certificate)) < now ? "expired" : words[review_trouble_with(certificate)];
}

/* Writes the number that it has in ssl_ca, though it is in ssl_cert as well. */
static void review_place_anchor(const struct given *given, int index, char *ret, size_t size)
{
    if (given->bundle == NULL)
        judge_place_number(given, index, ret, size);
    else
        judge_place_text(given, sk_X509_value(given->anchors, index), ret, size);
}

static void review_anchors(const struct path *path, const struct given *given, int64_t now, struct findings *findings)
{
    int count = 0;
    char place[PLACE_SIZE] = "";
    const char *first = "";
    for (int i = 0; i < sk_X509_num(given->anchors); i++) {
        X509 *certificate = sk_X509_value(given->anchors, i);
        const char *trouble = path_contains(path, certificate) ? NULL : review_trouble_text(certificate, now);
        if (trouble == NULL)
            continue;
        if (count++ == 0) {
            review_place_anchor(given, i, place, sizeof(place));
            first = trouble;
        }
    }
    ossl_clear_errors();
    if (count > 0)
        findings_add_warning(findings, WARNING_OFF_PATH, judge_field(given, "ssl_ca"),
                             "%s is %s; off the path, %d like that in %s", place, first, count,
                             judge_field(given, "ssl_ca"));
}

/* Whether it has the leaf's key, but was issued for another subject or other alternative names. */
static bool review_has_other_names(const X509 *leaf, X509 *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(leaf);
    return key != NULL && X509_check_ca(certificate) == 0 && cert_list_belong(certificate, key) &&
           !renewal_has_names_of(certificate, leaf);
}

static void review_chain(const struct path *path, const struct given *given, struct findings *findings)
{
    for (int i = 0; i < sk_X509_num(given->chain); i++) {
        X509 *certificate = sk_X509_value(given->chain, i);
        if (path_contains(path, certificate) || path_is_root(certificate) || !cert_list_load(certificate) ||
            review_has_other_names(path->certificates[0], certificate))
            continue;
        char place[PLACE_SIZE];
        judge_place_text(given, certificate, place, sizeof(place));
        findings_add_warning(findings, WARNING_OFF_PATH, judge_field(given, "ssl_cert"), "%s is not on the path to %s",
                             place, given->bundle == NULL ? "ssl_ca" : "a CA");
        return;
    }
}

/* A sign that the root was renewed in one of both places. */
static void review_foreign_root(const struct given *given, struct findings *findings)
{
    for (int i = 0; i < sk_X509_num(given->chain) && given->bundle == NULL; i++) {
        X509 *certificate = sk_X509_value(given->chain, i);
        if (!path_is_root(certificate) || X509_check_ca(certificate) == 0 ||
            cert_list_contain(given->anchors, certificate) || !cert_list_load(certificate))
            continue;
        char place[PLACE_SIZE];
        judge_place_text(given, certificate, place, sizeof(place));
        findings_add_warning(findings, WARNING_OFF_PATH, "ssl_cert",
                             "%s is a root that is not in ssl_ca; if it is the new one, add it there", place);
        return;
    }
}

/* It is no renewal of the leaf, so it is not served in its place, however long it lasts. */
static void review_other_names_of_key(const struct path *path, const struct given *given, struct findings *findings)
{
    X509 *leaf = path->certificates[0];
    const STACK_OF(X509) *list = given->bundle != NULL ? given->bundle : given->chain;
    for (int i = 0; i < sk_X509_num(list); i++) {
        X509 *certificate = sk_X509_value(list, i);
        if (path_contains(path, certificate) || !review_has_other_names(leaf, certificate))
            continue;
        char place[PLACE_SIZE], name[NAME_SIZE], other[NAME_SIZE];
        (void)judge_number_text(given, certificate, place, sizeof(place));
        ossl_subject_text(leaf, name, sizeof(name));
        ossl_subject_text(certificate, other, sizeof(other));
        findings_add_warning(
            findings, WARNING_OFF_PATH, judge_field(given, "ssl_cert"),
            "%s (%s) has the key of %s, but another %s: not served", place, other, name,
            X509_NAME_cmp(X509_get_subject_name(leaf), X509_get_subject_name(certificate)) != 0 ? "subject" : "SAN");
        return;
    }
}

/* In a wallet, a certificate in neither list is another certificate of the leaf's key (wallet_set.h). */
static void review_left_out(const struct given *given, struct findings *findings)
{
    int count = 0;
    char place[PLACE_SIZE] = "";
    for (int i = 0; i < sk_X509_num(given->bundle) && given->wallet; i++) {
        X509 *certificate = sk_X509_value(given->bundle, i);
        if (!cert_list_contain(given->chain, certificate) && !cert_list_contain(given->anchors, certificate) &&
            count++ == 0)
            judge_place_text(given, certificate, place, sizeof(place));
    }
    if (count > 0)
        findings_add_warning(findings, WARNING_OFF_PATH, judge_field(given, "ssl_cert"),
                             "%s has the leaf's key too and is left out; %d like that", place, count);
}

void review_set(const struct path *path, const struct given *given, const struct verdict *verdict, int64_t now,
                struct findings *findings)
{
    review_directions(given, verdict, findings);
    review_leaf(path, given, findings);
    review_anchors(path, given, now, findings);
    review_chain(path, given, findings);
    review_foreign_root(given, findings);
    review_other_names_of_key(path, given, findings);
    review_left_out(given, findings);
}

/* Reports the number of each kind and the first position. Expired ones are reported by lifetimes.h. */
void review_anchors_alone(const struct given *given, struct findings *findings)
{
    static const char *const one[TROUBLE_COUNT] = {
        [TROUBLE_UNKNOWN] = "is of unknown kind", [TROUBLE_WEAK] = "is weak", [TROUBLE_NO_CA] = "is not a CA"};
    static const char *const several[TROUBLE_COUNT] = {
        [TROUBLE_UNKNOWN] = "are of unknown kind", [TROUBLE_WEAK] = "are weak", [TROUBLE_NO_CA] = "are not CAs"};
    int all = sk_X509_num(given->anchors), counts[TROUBLE_COUNT] = {0}, firsts[TROUBLE_COUNT] = {0};
    for (int i = 0; i < all; i++) {
        enum trouble trouble = review_trouble_with(sk_X509_value(given->anchors, i));
        if (counts[trouble]++ == 0)
            firsts[trouble] = i;
    }
    ossl_clear_errors();
    for (enum trouble trouble = TROUBLE_UNKNOWN; trouble < TROUBLE_COUNT; trouble++) {
        char place[PLACE_SIZE];
        if (counts[trouble] == 0)
            continue;
        judge_place_number(given, firsts[trouble], place, sizeof(place));
        findings_add_warning(findings, WARNING_WEAK_ANCHORS, judge_field(given, "ssl_ca"),
                             "%d of %d certificate%s %s: %s", counts[trouble], all, all == 1 ? "" : "s",
                             counts[trouble] == 1 ? one[trouble] : several[trouble], place);
    }
}

void review_lost_direction(bool served_for_server, bool served_for_client, const struct verdict *next,
                           struct findings *findings)
{
    if (served_for_server && !next->for_server)
        findings_add_warning(findings, WARNING_LOST_DIRECTION, "ssl_cert",
                             "the served certificate is good for a TLS server, this one is not");
    if (served_for_client && !next->for_client)
        findings_add_warning(findings, WARNING_LOST_DIRECTION, "ssl_cert",
                             "the served certificate is good for a TLS client, this one is not");
}
