#include "core/judge/strict.h"

#include "core/base/cleanup.h"
#include "core/judge/built.h"
#include "core/judge/path.h"
#include "core/x509/ossl_x509.h"

enum { PLACE_SIZE = 44 };

/* The first error found. */
struct refusal {
    int error, depth; /* X509_V_OK: none */
};

static int strict_note(int ok, X509_STORE_CTX *context)
{
    struct refusal *refusal = X509_STORE_CTX_get_app_data(context);
    if (!ok && refusal->error == X509_V_OK)
        *refusal = (struct refusal){X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_error_depth(context)};
    return 1;
}

static const char *strict_words_of(int error)
{
    static const struct {
        int error;
        const char *words;
    } rows[] = {
        {X509_V_ERR_INVALID_CA, "has no basicConstraints=CA:TRUE"},
        {X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA, "has a pathlen, but is not a CA"},
        {X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN, "has a pathlen, no keyCertSign"},
        {X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA, "has keyCertSign, but is not a CA"},
        {X509_V_ERR_ISSUER_NAME_EMPTY, "has an empty issuer"},
        {X509_V_ERR_SUBJECT_NAME_EMPTY, "has an empty subject"},
        {X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER, "lacks authorityKeyIdentifier"},
        {X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER, "lacks subjectKeyIdentifier"},
        {X509_V_ERR_EMPTY_SUBJECT_ALT_NAME, "has an empty subjectAltName"},
        {X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL, "has no subject, SAN not critical"},
        {X509_V_ERR_CA_BCONS_NOT_CRITICAL, "has basicConstraints uncritical"},
        {X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL, "has its authority key id critical"},
        {X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL, "has its subject key id critical"},
        {X509_V_ERR_CA_CERT_MISSING_KEY_USAGE, "lacks keyUsage"},
        {X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3, "has extensions, not version 3"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].error == error)
            return rows[i].words;
    return "does not keep to RFC 5280";
}

/* Uses the path alone, so that no other one is built. Finds nothing if allocation fails; the warning is best effort. */
static struct refusal strict_ask(const struct path *path, const struct given *given, int64_t now)
{
    struct refusal refusal = {X509_V_OK, 0};
    STACK_OF(X509) *trusted = sk_X509_new_null(), *sent = sk_X509_new_null();
    bool ready = judge_divide(path, given, trusted, sent);
    CLEANUP(ossl_store_ctx_freep)
    X509_STORE_CTX *context = ready ? built_context(path->certificates[0], sent, trusted, now) : NULL;
    if (context != NULL) {
        X509_STORE_CTX_set_app_data(context, &refusal);
        X509_STORE_CTX_set_verify_cb(context, strict_note);
        X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), X509_V_FLAG_X509_STRICT);
        (void)X509_verify_cert(context);
    }
    sk_X509_free(trusted);
    sk_X509_free(sent);
    ossl_clear_errors();
    return refusal;
}

void strict_review(const struct path *path, const struct given *given, int64_t now, struct findings *findings)
{
    struct refusal refusal = strict_ask(path, given, now);
    if (refusal.error == X509_V_OK)
        return;
    size_t depth = refusal.depth < 0 || (size_t)refusal.depth >= path->length ? 0 : (size_t)refusal.depth;
    char place[PLACE_SIZE];
    const char *field = judge_number_text(given, path->certificates[depth], place, sizeof(place));
    findings_add_warning(findings, WARNING_STRICT_PEERS, field,
                         "%s %s: strict peers (Python 3.13) refuse it; reissue it", place,
                         strict_words_of(refusal.error));
}
