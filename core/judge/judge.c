#include "core/judge/judge.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "core/about/lifetimes.h"
#include "core/base/budget.h"
#include "core/base/fault.h"
#include "core/judge/cause.h"
#include "core/judge/price.h"
#include "core/x509/ossl_x509.h"
#include "core/x509/private_key.h"

enum {
    NAME_SIZE = 29, /* of a subject, so that messages stay under 120 characters */
    NAME_SIZE_MIN = 9,
    NUMBER_SIZE = 44,
    ISSUER_SIZE = 26,
    PLACE_SIZE = NAME_SIZE + NUMBER_SIZE,
};

/* The context of the verify callback. */
struct judge_context {
    const struct path *path;
    const struct given *given;
    int64_t now;
    struct verdict *verdict;
};

/* Counts from 1; 0 if the list does not contain the certificate. */
static int judge_position_in(const STACK_OF(X509) *list, const X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(list); i++)
        if (X509_cmp(sk_X509_value(list, i), certificate) == 0)
            return i + 1;
    return 0;
}

void given_done(struct given *given)
{
    sk_X509_pop_free(given->chain, X509_free);
    sk_X509_pop_free(given->anchors, X509_free);
    sk_X509_pop_free(given->bundle, X509_free);
}

const char *judge_field(const struct given *given, const char *field)
{
    if (given->bundle == NULL)
        return field;
    return given->wallet ? "CertificateWallet" : "CertificatePem";
}

/* Returns the list that contains a certificate, and its field. */
static const STACK_OF(X509) *judge_list_of(const struct given *given, const X509 *certificate, const char **ret_field)
{
    bool in_chain = given->bundle == NULL && judge_position_in(given->chain, certificate) > 0;
    *ret_field = judge_field(given, in_chain ? "ssl_cert" : "ssl_ca");
    return given->bundle != NULL ? given->bundle : in_chain ? given->chain : given->anchors;
}

const char *judge_number_text(const struct given *given, const X509 *certificate, char *ret, size_t size)
{
    const char *field;
    const STACK_OF(X509) *list = judge_list_of(given, certificate, &field);
    snprintf(ret, size, "certificate %d of %s", judge_position_in(list, certificate), field);
    return field;
}

const char *judge_place_before(const struct given *given, const X509 *certificate, const char *what, char *ret,
                               size_t size)
{
    char number[NUMBER_SIZE], name[NAME_SIZE];
    const char *field = judge_number_text(given, certificate, number, sizeof(number));
    size_t used = strlen(number) + strlen(" () ") + strlen(what);
    size_t left = used < FAULT_MESSAGE_SIZE ? FAULT_MESSAGE_SIZE - used : 0;
    snprintf(ret, size, "%s", number);
    if (left < NAME_SIZE_MIN)
        return field;
    ossl_subject_text(certificate, name, left < sizeof(name) ? left : sizeof(name));
    snprintf(ret, size, "%s (%s)", number, name);
    return field;
}

void judge_place_text(const struct given *given, const X509 *certificate, char *ret, size_t size)
{
    (void)judge_place_before(given, certificate, "", ret, size);
}

void judge_place_number(const struct given *given, int index, char *ret, size_t size)
{
    char name[NAME_SIZE];
    ossl_subject_text(sk_X509_value(given->anchors, index), name, sizeof(name));
    snprintf(ret, size, "certificate %d of %s (%s)", index + 1, judge_field(given, "ssl_ca"), name);
}

static const char *judge_field_of(const struct judge_context *j, const X509 *certificate)
{
    const char *field;
    (void)judge_list_of(j->given, certificate, &field);
    return field;
}

static bool judge_has_violation(const struct verdict *verdict, enum reason reason)
{
    for (size_t i = 0; i < verdict->count; i++)
        if (verdict->violations[i].reason == reason)
            return true;
    return false;
}

bool judge_is_accepted(const struct verdict *verdict, uint32_t accepted)
{
    for (size_t i = 0; i < verdict->count; i++)
        if ((accepted >> verdict->violations[i].reason & 1) == 0)
            return false;
    return true;
}

/* Returns a free entry for a violation of this reason; NULL if there is one already. */
static struct fault *judge_new_violation(struct judge_context *j, enum reason reason)
{
    if (judge_has_violation(j->verdict, reason) || j->verdict->count == JUDGE_VIOLATIONS_MAX)
        return NULL;
    struct fault *violation = &j->verdict->violations[j->verdict->count++];
    fault_clear(violation);
    return violation;
}

static void judge_violate_time(struct judge_context *j, enum reason reason, const X509 *certificate)
{
    struct fault *violation = judge_new_violation(j, reason);
    if (violation == NULL)
        return;
    bool expired = reason == REASON_EXPIRED;
    char place[PLACE_SIZE];
    judge_place_text(j->given, certificate, place, sizeof(place));
    lifetimes_fault(reason, judge_field_of(j, certificate), place,
                    ossl_time(expired ? X509_get0_notAfter(certificate) : X509_get0_notBefore(certificate)), j->now,
                    violation);
}

static void judge_violate(struct judge_context *j, enum reason reason, const X509 *certificate, const char *what)
{
    struct fault *violation = judge_new_violation(j, reason);
    if (violation == NULL)
        return;
    char place[PLACE_SIZE];
    const char *field = judge_place_before(j->given, certificate, what, place, sizeof(place));
    fault_set(violation, reason, field, "%s %s", place, what);
}

static void judge_violate_no_ca(struct judge_context *j, const struct cause *cause)
{
    char issued[NUMBER_SIZE], what[NUMBER_SIZE + 48];
    (void)judge_number_text(j->given, j->path->certificates[cause->index > 0 ? cause->index - 1 : 0], issued,
                            sizeof(issued));
    snprintf(what, sizeof(what), "is not a CA, yet it issued %s; reissue it as a CA", issued);
    judge_violate(j, REASON_NOT_A_CA, j->path->certificates[cause->index], cause->what[0] == '\0' ? what : cause->what);
}

/* Adds one error of X509_verify_cert at `depth` of the path. */
static void judge_note_error(struct judge_context *j, int error, int depth)
{
    size_t index = depth < 0 ? 0 : (size_t)depth;
    struct cause cause;
    cause_find(j->path, error, index < j->path->length ? index : j->path->length - 1, &cause);
    const X509 *certificate = j->path->certificates[cause.index];
    switch (cause.reason) {
    case REASON_EXPIRED:
    case REASON_NOT_YET_VALID:
        judge_violate_time(j, cause.reason, certificate);
        break;
    case REASON_NOT_A_CA:
        judge_violate_no_ca(j, &cause);
        break;
    case REASON_UNTRUSTED_CHAIN:
        /* A leaf mistaken for its own issuer also fails the signature check; only the name is reported. */
        if (!judge_has_violation(j->verdict, REASON_SAME_NAME))
            judge_violate(j, cause.reason, certificate, cause.what);
        break;
    default:
        judge_violate(j, cause.reason, certificate, cause.what);
    }
}

/* Continues after every error, so that all are collected. */
static int judge_on_verified(int ok, X509_STORE_CTX *context)
{
    struct judge_context *j = X509_STORE_CTX_get_app_data(context);
    if (!ok)
        judge_note_error(j, X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_error_depth(context));
    return 1;
}

static X509 *judge_issuer_by_name(const STACK_OF(X509) *list, const X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        X509 *candidate = sk_X509_value(list, i);
        if (path_is_named_issuer(candidate, certificate))
            return candidate;
    }
    return NULL;
}

/* The reason why a path is incomplete: a message to follow the certificate's place, and a short form. */
struct ending {
    const char *sentence;
    const char *words;
    const char *missing; /* where the issuer is missing, if the sentence ends with its name; else NULL */
};

/* `self_signed`: signed by its own key, whatever its key identifiers are. */
static struct ending judge_why_incomplete(const struct judge_context *j, X509 *last, bool self_signed)
{
    bool bundle = j->given->bundle != NULL, in_anchors = judge_position_in(j->given->anchors, last) > 0;
    if (self_signed && !path_is_root(last))
        return (struct ending){"is self-signed, but its key identifiers do not agree; have it reissued",
                               "it is no CA's", NULL};
    if (in_anchors && !bundle && last == j->path->certificates[0])
        return (struct ending){"is in ssl_ca itself; its issuer is expected there", "put its issuer in ssl_ca", NULL};
    if (judge_issuer_by_name(j->given->bundle, last) != NULL)
        return (struct ending){"is not signed by the CA of its issuer's name (old?); add the right one",
                               "its CA has another key", NULL};
    if (bundle)
        return (struct ending){"was issued by", "", judge_field(j->given, "")};
    if (in_anchors && !path_is_root(last))
        return (struct ending){"is an intermediate of", "its root is missing", "ssl_ca"};
    if (path_is_root(last))
        return (struct ending){"is self-signed and not in ssl_ca; add it there", "it is not in ssl_ca", NULL};
    if (judge_issuer_by_name(j->given->anchors, last) != NULL)
        return (struct ending){"is not signed by the CA of its issuer's name in ssl_ca; add the right one",
                               "its CA has another key", NULL};
    X509 *namesake = judge_issuer_by_name(j->given->chain, last);
    if (namesake != NULL && path_is_root(namesake))
        return (struct ending){"has an issuer that is not in ssl_ca, but in ssl_cert; put it into ssl_ca",
                               "put its issuer in ssl_ca", NULL};
    if (namesake != NULL)
        return (struct ending){"is not signed by its issuer's namesake in ssl_cert (old?); add the right one",
                               "its CA has another key", NULL};
    return (struct ending){"was issued by", "its issuer is missing", "ssl_cert (intermediate) or ssl_ca (root)"};
}

/* Returns a CA with the right name and a key of an unsupported algorithm; NULL if there is none. */
static X509 *judge_unusable_issuer(const STACK_OF(X509) *list, const X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        X509 *candidate = sk_X509_value(list, i);
        EVP_PKEY *key = X509_get0_pubkey(candidate);
        if ((key == NULL || !private_key_is_usable(key)) && path_is_named_issuer(candidate, certificate))
            return candidate;
    }
    return NULL;
}

/* Names the issuer instead of the certificate, which is identified by its number. */
static void judge_violate_missing(struct judge_context *j, const X509 *last, const struct ending *ending)
{
    char issuer[ISSUER_SIZE];
    const char *field;
    struct fault *violation = judge_new_violation(j, REASON_UNTRUSTED_CHAIN);
    if (violation == NULL)
        return;
    int position = judge_position_in(judge_list_of(j->given, last, &field), last);
    ossl_name_text(X509_get_issuer_name(last), issuer, sizeof(issuer));
    fault_set(violation, REASON_UNTRUSTED_CHAIN, field, "certificate %d of %s %s %s, missing in %s", position, field,
              ending->sentence, issuer, ending->missing);
}

/* Adds the violation of a path that ends before an anchor. Fault: too_costly. */
static int judge_violate_incomplete(struct judge_context *j, struct budget *budget, struct fault *f)
{
    X509 *last = j->path->certificates[j->path->length - 1];
    const struct path alone = {.certificates = {last}, .length = 1, .pinned = true};
    bool self_signed = (X509_get_extension_flags(last) & EXFLAG_SI) != 0;
    if (self_signed && path_check_signatures(&alone, budget, &self_signed, f) != 0)
        return -1;
    X509 *unusable = judge_unusable_issuer(j->given->anchors, last);
    if (unusable == NULL)
        unusable = judge_unusable_issuer(j->given->chain, last);
    if (unusable != NULL)
        judge_violate(j, REASON_UNSUPPORTED, unusable, "has an unsupported key (not RSA, EC, Ed25519 or Ed448)");
    const struct ending ending = judge_why_incomplete(j, last, self_signed);
    char what[FAULT_MESSAGE_SIZE];
    bool moved = j->given->bundle == NULL && j->path->length == 1 && judge_position_in(j->given->chain, last) > 1;
    snprintf(what, sizeof(what), "is the one that matches ssl_key; %s", ending.words);
    if (ending.missing != NULL && !moved)
        judge_violate_missing(j, last, &ending);
    else
        judge_violate(j, REASON_UNTRUSTED_CHAIN, last, moved ? what : ending.sentence);
    return 0;
}

/* OpenSSL accepts a self-signed certificate as a root regardless of basicConstraints, so CAs are checked here. */
static void judge_issuers(struct judge_context *j)
{
    for (size_t i = 1; i < j->path->length; i++)
        if (X509_check_ca(j->path->certificates[i]) == 0)
            judge_note_error(j, X509_V_ERR_INVALID_CA, (int)i);
}

static void judge_keys(struct judge_context *j)
{
    for (size_t i = 0; i < j->path->length; i++) {
        EVP_PKEY *key = X509_get0_pubkey(j->path->certificates[i]);
        if (key != NULL && private_key_weakness(key) != NULL)
            judge_note_error(j, X509_V_ERR_CA_KEY_TOO_SMALL, (int)i);
    }
}

static void judge_set_parameters(X509_STORE_CTX *context, const struct judge_context *j)
{
    X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_auth_level(parameters, JUDGE_SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_time(parameters, (time_t)j->now);
    X509_VERIFY_PARAM_set_depth(parameters, PATH_LENGTH_MAX);
    if (!j->path->complete)
        X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
}

/* In an incomplete path only the last one is trusted, since OpenSSL would stop at any other. */
bool judge_divide(const struct path *path, const struct given *given, STACK_OF(X509) *trusted, STACK_OF(X509) *sent)
{
    size_t last = path->length - 1;
    bool ready = trusted != NULL && sent != NULL;
    for (size_t i = last == 0 ? 0 : 1; i <= last && ready; i++) {
        X509 *certificate = path->certificates[i];
        bool anchor = i == last || (path->complete && judge_position_in(given->anchors, certificate) > 0);
        ready = sk_X509_push(anchor ? trusted : sent, certificate) > 0;
    }
    return ready;
}

static int judge_verify(struct judge_context *j, struct fault *f)
{
    CLEANUP(ossl_store_ctx_freep) X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *trusted = sk_X509_new_null(), *sent = sk_X509_new_null();
    bool ready = context != NULL && judge_divide(j->path, j->given, trusted, sent) &&
                 X509_STORE_CTX_init(context, NULL, j->path->certificates[0], sent) == 1;
    if (ready) {
        X509_STORE_CTX_set0_trusted_stack(context, trusted);
        X509_STORE_CTX_set_app_data(context, j);
        X509_STORE_CTX_set_verify_cb(context, judge_on_verified);
        judge_set_parameters(context, j);
        int result = X509_verify_cert(context);
        /* The callback ignores every error, so a failure here is an internal error of OpenSSL. */
        if (result <= 0)
            judge_note_error(j, X509_STORE_CTX_get_error(context), 0);
    }
    sk_X509_free(trusted);
    sk_X509_free(sent);
    ossl_clear_errors();
    return ready ? 0 : fault_no_memory(f);
}

/* Checks purposes only; signatures were verified before. */
bool judge_serves(const struct path *path, int purpose)
{
    for (size_t i = 0; i < path->length; i++)
        if (X509_check_purpose(path->certificates[i], purpose, i > 0) <= 0)
            return false;
    return true;
}

static void judge_violate_purpose(struct judge_context *j)
{
    struct cause cause;
    cause_of_no_purpose(j->path, &cause);
    judge_violate(j, cause.reason, j->path->certificates[cause.index], cause.what);
}

int judge_path(const struct path *path, const struct given *given, int64_t now, struct budget *budget,
               struct verdict *ret, struct fault *f)
{
    struct judge_context j = {.path = path, .given = given, .now = now, .verdict = ret};
    ret->count = 0;
    ret->for_server = judge_serves(path, X509_PURPOSE_SSL_SERVER);
    ret->for_client = judge_serves(path, X509_PURPOSE_SSL_CLIENT);
    if (!path->complete && sk_X509_num(given->anchors) > 0 && judge_violate_incomplete(&j, budget, f) != 0)
        return -1;
    judge_issuers(&j);
    judge_keys(&j);
    if (budget_spend(budget, price_of_path(path), judge_field(given, "ssl_cert"), f) != 0 || judge_verify(&j, f) != 0)
        return -1;
    if (!ret->for_server && !ret->for_client && !judge_has_violation(ret, REASON_NOT_A_CA))
        judge_violate_purpose(&j);
    return 0;
}
