#include "core/judge/cause.h"

#include <stdio.h>

#include <openssl/x509v3.h>

#include "core/base/fault.h"
#include "core/base/ossl.h"
#include "core/x509/cert_list.h"
#include "core/x509/private_key.h"

enum { EXTENSION_SIZE = 28 };

static const char unreadable[] = "has an extension that cannot be read; have it reissued";

/* Errors that need no look at the certificate. `what` is NULL if the caller writes a better message. */
static const struct {
    int error;
    enum reason reason;
    const char *what;
} errors[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, REASON_EXPIRED, NULL},
    {X509_V_ERR_CERT_NOT_YET_VALID, REASON_NOT_YET_VALID, NULL},
    {X509_V_ERR_EE_KEY_TOO_SMALL, REASON_WEAK_KEY, NULL},
    {X509_V_ERR_CA_KEY_TOO_SMALL, REASON_WEAK_KEY, NULL},
    {X509_V_ERR_EC_KEY_EXPLICIT_PARAMS, REASON_WEAK_KEY, NULL},
    {X509_V_ERR_CA_MD_TOO_WEAK, REASON_WEAK_SIGNATURE, NULL},
    {X509_V_ERR_INVALID_CA, REASON_NOT_A_CA, NULL},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, REASON_NOT_A_CA, NULL},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, REASON_SAME_NAME, "has the name of its CA; give the two different names"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, REASON_SAME_NAME, "has the name of its CA; give the two different names"},
    {X509_V_ERR_PERMITTED_VIOLATION, REASON_UNTRUSTED_CHAIN,
     "has a name that its CA may not certify (nameConstraints); change name or CA"},
    {X509_V_ERR_EXCLUDED_VIOLATION, REASON_UNTRUSTED_CHAIN,
     "has a name that its CA may not certify (nameConstraints); change name or CA"},
    {X509_V_ERR_SUBTREE_MINMAX, REASON_UNTRUSTED_CHAIN,
     "is below nameConstraints that OpenSSL cannot check; use another CA"},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, REASON_UNTRUSTED_CHAIN,
     "is below nameConstraints that OpenSSL cannot check; use another CA"},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, REASON_UNTRUSTED_CHAIN,
     "is below nameConstraints that OpenSSL cannot read; use another CA"},
    {X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, REASON_UNTRUSTED_CHAIN,
     "has a name that OpenSSL cannot read (nameConstraints); change the name"},
    {X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED, REASON_UNTRUSTED_CHAIN,
     "is a proxy certificate, which TLS libraries refuse; use an ordinary one"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, REASON_UNTRUSTED_CHAIN,
     "is damaged, or its CA has another key; copy both again"},
    {X509_V_ERR_UNNESTED_RESOURCE, REASON_UNTRUSTED_CHAIN,
     "lacks addresses or AS numbers (RFC 3779) of one below it; reissue that one"},
    {X509_V_ERR_INVALID_EXTENSION, REASON_UNTRUSTED_CHAIN, unreadable},
    {X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, REASON_UNTRUSTED_CHAIN,
     "has a key that cannot be read; have it reissued"},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, REASON_UNTRUSTED_CHAIN, "has too long a path to its root"},
    {X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, REASON_UNTRUSTED_CHAIN, "has an invalid notBefore; have it reissued"},
    {X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, REASON_UNTRUSTED_CHAIN, "has an invalid notAfter; have it reissued"},
};

static void cause_set(struct cause *ret, enum reason reason, const char *what)
{
    ret->reason = reason;
    snprintf(ret->what, sizeof(ret->what), "%s", what);
}

/* Common names; for other digests the name used by OpenSSL. */
static const char *cause_digest_name(int nid)
{
    static const struct {
        int nid;
        const char *name;
    } names[] = {{NID_sha1, "SHA-1"}, {NID_sha224, "SHA-224"}, {NID_md5, "MD5"}, {NID_md4, "MD4"}, {NID_md2, "MD2"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].nid == nid)
            return names[i].name;
    return OBJ_nid2sn(nid);
}

void cause_signature_text(X509 *certificate, char *ret, size_t size)
{
    int algorithm = X509_get_signature_nid(certificate), digest = NID_undef;
    bool known = X509_get_signature_info(certificate, &digest, NULL, NULL, NULL) == 1 && digest != NID_undef;
    ossl_clear_errors();
    if (algorithm == NID_rsassaPss && known)
        snprintf(ret, size, "RSASSA-PSS with %s", cause_digest_name(digest));
    else
        snprintf(ret, size, "%s", known ? cause_digest_name(digest) : OBJ_nid2sn(algorithm));
}

static void cause_explain_signature(X509 *certificate, struct cause *ret)
{
    char name[48];
    cause_signature_text(certificate, name, sizeof(name));
    snprintf(ret->what, sizeof(ret->what), "is signed with %s; SHA-256 or better is needed", name);
}

static void cause_explain_key(X509 *certificate, struct cause *ret)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    const char *weakness = key == NULL ? NULL : private_key_weakness(key);
    if (weakness != NULL)
        snprintf(ret->what, sizeof(ret->what), "has %s", weakness);
    else
        snprintf(ret->what, sizeof(ret->what), "has a key that is too weak; P-256 or RSA-2048 is needed");
}

static bool cause_same_name_and_key(X509 *a, X509 *b)
{
    EVP_PKEY *key = X509_get0_pubkey(a);
    bool same = X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(b)) == 0 && key != NULL &&
                cert_list_belong(b, key);
    ossl_clear_errors();
    return same;
}

/* Its own issuer by name, though ssl_ca has another certificate: one of another key, or of the same. */
static void cause_explain_same_name(const struct path *path, size_t index, struct cause *ret)
{
    if (index + 1 >= path->length || !cause_same_name_and_key(path->certificates[index], path->certificates[index + 1]))
        return;
    ret->index = index + 1;
    cause_set(ret, REASON_SAME_NAME,
              "is an older or newer certificate of the same key; put the leaf itself in its place");
}

/* Returns the position of a duplicate extension; -1 if there is none. */
static int cause_repeated_extension(const X509 *certificate)
{
    for (int i = 0; i < X509_get_ext_count(certificate); i++) {
        const ASN1_OBJECT *object = X509_EXTENSION_get_object(X509_get_ext(certificate, i));
        if (X509_get_ext_by_OBJ(certificate, object, i) >= 0)
            return i;
    }
    return -1;
}

/* Writes the name of an extension, or its number if OpenSSL has no name for it and the number fits. */
static void cause_extension_text(const X509 *certificate, int position, char *ret, size_t size)
{
    const ASN1_OBJECT *object = X509_EXTENSION_get_object(X509_get_ext(certificate, position));
    int nid = OBJ_obj2nid(object), length = OBJ_obj2txt(ret, (int)size, object, 1);
    if (nid != NID_undef)
        snprintf(ret, size, "%s", OBJ_nid2sn(nid));
    else if (length <= 0 || (size_t)length >= size)
        snprintf(ret, size, "of a long number");
}

static bool cause_explain_invalid(X509 *certificate, size_t index, struct cause *ret)
{
    char name[EXTENSION_SIZE];
    if ((X509_get_extension_flags(certificate) & EXFLAG_INVALID) == 0)
        return false;
    int repeated = cause_repeated_extension(certificate);
    ret->index = index;
    cause_set(ret, REASON_UNTRUSTED_CHAIN, unreadable);
    if (repeated >= 0) {
        cause_extension_text(certificate, repeated, name, sizeof(name));
        snprintf(ret->what, sizeof(ret->what), "has the extension %s twice; have it reissued", name);
    }
    return true;
}

static void cause_explain_no_ca(const struct path *path, size_t index, struct cause *ret)
{
    X509 *issuer = path->certificates[index], *issued = index > 0 ? path->certificates[index - 1] : NULL;
    if (cause_explain_invalid(issuer, index, ret)) /* OpenSSL reads none of its extensions then */
        return;
    uint32_t flags = X509_get_extension_flags(issuer);
    bool constraints = (flags & EXFLAG_BCONS) != 0, ca = constraints && (flags & EXFLAG_CA) != 0;
    bool signs = (X509_get_key_usage(issuer) & KU_KEY_CERT_SIGN) != 0;
    if (issued != NULL && cause_same_name_and_key(issuer, issued))
        cause_set(ret, REASON_NOT_A_CA, "is not a CA; put the renewed certificate in its place");
    else if (ca && !signs)
        cause_set(ret, REASON_NOT_A_CA, "may not sign certificates: its keyUsage lacks keyCertSign; reissue it");
    else if (!constraints)
        cause_set(ret, REASON_NOT_A_CA, "is not a CA: it lacks basicConstraints CA:TRUE; have it reissued");
    else
        ret->reason = REASON_NOT_A_CA;
}

/* Counts the CA certificates between the leaf and this one, without self-issued ones. */
static size_t cause_count_below(const struct path *path, size_t index)
{
    size_t count = 0;
    for (size_t i = 1; i < index; i++)
        if ((X509_get_extension_flags(path->certificates[i]) & EXFLAG_SI) == 0)
            count++;
    return count;
}

static void cause_explain_path_length(const struct path *path, size_t index, struct cause *ret)
{
    long allowed = X509_get_pathlen(path->certificates[index]);
    size_t count = cause_count_below(path, index);
    ret->reason = REASON_UNTRUSTED_CHAIN;
    snprintf(ret->what, sizeof(ret->what),
             "may have %ld CA%s below it (pathlen), and %zu %s there; reissue it with pathlen:%zu", allowed,
             allowed == 1 ? "" : "s", count, count == 1 ? "is" : "are", count);
}

static void cause_explain_critical(const X509 *certificate, struct cause *ret)
{
    char name[EXTENSION_SIZE];
    for (int i = 0; i < X509_get_ext_count(certificate); i++) {
        X509_EXTENSION *extension = X509_get_ext(certificate, i);
        if (X509_EXTENSION_get_critical(extension) == 0 || X509_supported_extension(extension) != 0)
            continue;
        cause_extension_text(certificate, i, name, sizeof(name));
        ret->reason = REASON_UNTRUSTED_CHAIN;
        snprintf(ret->what, sizeof(ret->what), "has a critical extension unknown to OpenSSL: %s; reissue it", name);
        return;
    }
    cause_set(ret, REASON_UNTRUSTED_CHAIN, "has a critical extension unknown to OpenSSL; have it reissued");
}

/* The issuer signed the certificate and is on the path; explain why OpenSSL does not accept it. */
static void cause_explain_issuer(const struct path *path, size_t index, struct cause *ret)
{
    static const struct {
        int error;
        const char *what;
    } mismatches[] = {
        {X509_V_ERR_AKID_SKID_MISMATCH,
         "names another key identifier than its CA has; add that other CA or reissue it"},
        {X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH,
         "names another issuer or serial than its CA has; add that other CA or reissue it"},
        {X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH,
         "is signed by another kind of key than its CA has; add the CA that signed it"},
    };
    cause_set(ret, REASON_UNTRUSTED_CHAIN, "has an issuer that is not in ssl_ca nor in ssl_cert");
    if (index + 1 >= path->length)
        return;
    X509 *certificate = path->certificates[index], *issuer = path->certificates[index + 1];
    cause_set(ret, REASON_UNTRUSTED_CHAIN, "has its issuer where OpenSSL does not look for it; put that in ssl_ca too");
    if (cause_explain_invalid(certificate, index, ret) || cause_explain_invalid(issuer, index + 1, ret))
        return;
    int error = X509_check_issued(issuer, certificate);
    ossl_clear_errors();
    if (error == X509_V_ERR_KEYUSAGE_NO_CERTSIGN) {
        ret->index = index + 1;
        cause_set(ret, REASON_NOT_A_CA, "may not sign certificates: its keyUsage lacks keyCertSign; reissue it");
    }
    for (size_t i = 0; i < sizeof(mismatches) / sizeof(mismatches[0]); i++)
        if (mismatches[i].error == error)
            cause_set(ret, REASON_UNTRUSTED_CHAIN, mismatches[i].what);
}

static bool cause_is_about_issuer(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY || error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

static void cause_find_in_table(int error, struct cause *ret)
{
    cause_set(ret, REASON_UNTRUSTED_CHAIN, X509_verify_cert_error_string(error));
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (errors[i].error == error)
            cause_set(ret, errors[i].reason, errors[i].what == NULL ? "" : errors[i].what);
}

void cause_find(const struct path *path, int error, size_t index, struct cause *ret)
{
    X509 *certificate = path->certificates[index];
    ret->index = index;
    cause_find_in_table(error, ret);
    if (ret->reason == REASON_WEAK_KEY)
        cause_explain_key(certificate, ret);
    else if (ret->reason == REASON_WEAK_SIGNATURE)
        cause_explain_signature(certificate, ret);
    else if (ret->reason == REASON_NOT_A_CA)
        cause_explain_no_ca(path, index, ret);
    else if (ret->reason == REASON_SAME_NAME)
        cause_explain_same_name(path, index, ret);
    else if (error == X509_V_ERR_PATH_LENGTH_EXCEEDED)
        cause_explain_path_length(path, index, ret);
    else if (error == X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION)
        cause_explain_critical(certificate, ret);
    else if (cause_is_about_issuer(error))
        cause_explain_issuer(path, index, ret);
}

/* Whether it may be part of a path for a TLS server or for a client, alone. */
static bool cause_is_for(X509 *certificate, int purpose, size_t index)
{
    return X509_check_purpose(certificate, purpose, index > 0) > 0;
}

static const char *cause_of_no_side(X509 *certificate, size_t index)
{
    const uint32_t uses = KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT;
    if (index > 0)
        return "cannot issue for TLS: extendedKeyUsage lacks serverAuth, clientAuth; reissue it";
    if ((X509_get_extended_key_usage(certificate) & (XKU_SSL_SERVER | XKU_SSL_CLIENT)) == 0)
        return "serves no TLS: extendedKeyUsage lacks serverAuth, clientAuth; reissue it";
    if ((X509_get_key_usage(certificate) & uses) == 0)
        return "serves no TLS: its keyUsage lacks digitalSignature; reissue it";
    return "is good neither for a TLS server nor for a client";
}

void cause_of_no_purpose(const struct path *path, struct cause *ret)
{
    for (size_t i = 0; i < path->length; i++) {
        X509 *certificate = path->certificates[i];
        if (cause_is_for(certificate, X509_PURPOSE_SSL_SERVER, i) ||
            cause_is_for(certificate, X509_PURPOSE_SSL_CLIENT, i))
            continue;
        ret->index = i;
        cause_set(ret, REASON_WRONG_PURPOSE, cause_of_no_side(certificate, i));
        return;
    }
    ret->index = 0;
    cause_set(ret, REASON_WRONG_PURPOSE,
              "is for one side of TLS, its CA for the other (extendedKeyUsage); reissue one");
}
