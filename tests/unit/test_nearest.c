#include "core/nearest.h"

#include <string.h>

#include "tests/unit/harness.h"

static const char *const names[] = {"ssl_ca", "ssl_cert", "ssl_key", "Action", "Accept", "CertificateIdentifier"};

static const char *name_at(const void *list, size_t index)
{
    return ((const char *const *)list)[index];
}

static const char *nearest(const char *written)
{
    return names[nearest_find(written, name_at, names, COUNT_OF(names))];
}

static void the_most_similar_name_is_found(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"ssl_ca", "ssl_ca"},      {"sslca", "ssl_ca"},
        {"ssl-ca", "ssl_ca"},      {"ssl_crt", "ssl_cert"},
        {"ssl_certs", "ssl_cert"}, {"sslkey", "ssl_key"},
        {"key", "ssl_key"},        {"actoin", "Action"},
        {"accepts", "Accept"},     {"CertificateIdentifer", "CertificateIdentifier"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_string_equal(nearest(rows[i][0]), rows[i][1]);
}

static void another_case_is_nearer_than_another_letter(void **state)
{
    (void)state;
    assert_string_equal(nearest("SSL_CA"), "ssl_ca");
    assert_string_equal(nearest("SSL_KEY"), "ssl_key");
    assert_string_equal(nearest("ACTION"), "Action");
    assert_string_equal(nearest("certificateidentifier"), "CertificateIdentifier");
}

static void any_length_is_taken(void **state)
{
    (void)state;
    char text[300];
    for (size_t length = 0; length < sizeof(text); length++) {
        memset(text, 'a', length);
        text[length] = '\0';
        assert_true(nearest_find(text, name_at, names, COUNT_OF(names)) < COUNT_OF(names));
    }
}

static void a_single_name_is_always_the_nearest(void **state)
{
    (void)state;
    assert_int_equal(nearest_find("x", name_at, names, 1), 0);
    assert_int_equal(nearest_find("", name_at, names, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_similar_name_is_found),
        cmocka_unit_test(another_case_is_nearer_than_another_letter),
        cmocka_unit_test(any_length_is_taken),
        cmocka_unit_test(a_single_name_is_always_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
