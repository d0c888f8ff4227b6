#include "core/json/nearest.h"

#include <string.h>

#include "tests/unit/lib/harness.h"

static const char *const names[] = {"ssl_ca", "ssl_cert", "ssl_key", "Action", "Accept", "CertificateIdentifier"};

static const char *name_at(const void *list, size_t index)
{
    return ((const char *const *)list)[index];
}

static const char *nearest(const char *written)
{
    size_t found = nearest_find(written, name_at, names, COUNT_OF(names));
    return found < COUNT_OF(names) ? names[found] : "none";
}

static const char *const rows[][2] = {
    {"ssl_ca", "ssl_ca"},
    {"sslca", "ssl_ca"},
    {"ssl-ca", "ssl_ca"},
    {"SSL_CA", "ssl_ca"},
    {"ssl_cacert", "ssl_ca"},
    {"ssl_ca_cert", "ssl_ca"},
    {"ssl_ca_file", "ssl_ca"},
    {"MASTER_SSL_CA", "ssl_ca"},
    {"ca", "ssl_ca"},
    {"ssl_crt", "ssl_cert"},
    {"ssl_certs", "ssl_cert"},
    {"ssl_certificate", "ssl_cert"},
    {"cert", "ssl_cert"},
    {"sslkey", "ssl_key"},
    {"ssl_kye", "ssl_key"},
    {"key", "ssl_key"},
    {"actoin", "Action"},
    {"ACTION", "Action"},
    {"accepts", "Accept"},
    {"accept", "Accept"},
    {"CertificateIdentifer", "CertificateIdentifier"},
    {"CertificateId", "CertificateIdentifier"},
    {"certificateidentifier", "CertificateIdentifier"},
    {"ssl_cret", "ssl_cert"},
    {"identifier", "CertificateIdentifier"},
    {"CertificateIdentifyer", "CertificateIdentifier"},
    /* An unrelated word has no nearest name. */
    {"", "none"},
    {"id", "none"},
    {"CertificateName", "none"},
    {"CertificateChain", "none"},
    {"CertificateType", "none"},
    {"x", "none"},
    {"pem", "none"},
    {"tls.crt", "none"},
    {"ca_chain", "none"},
    {"privateKey", "none"},
    {"request_id", "none"},
    {"apiVersion", "none"},
    {"data", "none"},
    {"password", "none"},
};

TEST(the_name_probably_meant_is_suggested)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_string_equal(nearest(rows[i][0]), rows[i][1]);
}

static const char *all_but_ssl_ca(const void *list, size_t index)
{
    const char *name = name_at(list, index);
    return strcmp(name, "ssl_ca") == 0 ? NULL : name;
}

TEST(forbidden_names_are_not_suggested)
{
    char list[80];
    assert_int_equal(nearest_find("ssl_crl", all_but_ssl_ca, names, 1), 1);
    assert_int_equal(nearest_find("ssl_ca", all_but_ssl_ca, names, 1), 1);
    nearest_list(all_but_ssl_ca, names, COUNT_OF(names), list, sizeof(list));
    assert_string_equal(list, "ssl_cert, ssl_key, Action, Accept, CertificateIdentifier");
}

TEST(a_list_that_is_too_long_ends_in_and_more)
{
    char list[80];
    for (size_t size = 20; size <= 60; size++) {
        nearest_list(name_at, names, COUNT_OF(names), list, size);
        assert_true(strlen(list) < size);
        assert_string_equal(list + strlen(list) - 10, ", and more");
    }
    nearest_list(name_at, names, 2, list, sizeof(list));
    assert_string_equal(list, "ssl_ca, ssl_cert");
}

TEST(any_length_is_accepted)
{
    char text[300];
    for (size_t length = 0; length < sizeof(text); length++) {
        memset(text, 'a', length);
        text[length] = '\0';
        assert_string_equal(nearest(text), "none");
    }
}
