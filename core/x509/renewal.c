#include "core/x509/renewal.h"

#include <openssl/x509v3.h>

#include "core/base/buf.h"

enum { NAMES_MAX = 128 };

static void renewal_free_names(GENERAL_NAMES **names)
{
    GENERAL_NAMES_free(*names);
}

static bool renewal_holds_name(const GENERAL_NAMES *names, GENERAL_NAME *name)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(names, i), name) == 0)
            return true;
    return false;
}

static bool renewal_holds_names(const GENERAL_NAMES *names, const GENERAL_NAMES *others)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(others); i++)
        if (!renewal_holds_name(names, sk_GENERAL_NAME_value(others, i)))
            return false;
    return true;
}

static bool renewal_has_alternative_names_of(const X509 *certificate, const X509 *other)
{
    if (span_equal(ossl_extension(certificate, NID_subject_alt_name), ossl_extension(other, NID_subject_alt_name)))
        return true;
    CLEANUP(renewal_free_names)
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    CLEANUP(renewal_free_names)
    GENERAL_NAMES *others = X509_get_ext_d2i(other, NID_subject_alt_name, NULL, NULL);
    ossl_clear_errors();
    return names != NULL && others != NULL && sk_GENERAL_NAME_num(names) <= NAMES_MAX &&
           sk_GENERAL_NAME_num(others) <= NAMES_MAX && renewal_holds_names(names, others) &&
           renewal_holds_names(others, names);
}

bool renewal_has_names_of(const X509 *certificate, const X509 *other)
{
    return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_subject_name(other)) == 0 &&
           renewal_has_alternative_names_of(certificate, other);
}
