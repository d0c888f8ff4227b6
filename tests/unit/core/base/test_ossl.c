#include "core/base/text.h"
#include "core/x509/ossl_x509.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "tests/unit/lib/harness.h"

static void expect_name(int type, const char *value, int length, const char *text)
{
    X509_NAME *name = X509_NAME_new();
    assert_int_equal(
        X509_NAME_add_entry_by_NID(name, NID_organizationName, MBSTRING_ASC, (const unsigned char *)"Org", -1, -1, 0),
        1);
    assert_int_equal(
        X509_NAME_add_entry_by_NID(name, NID_commonName, type, (const unsigned char *)value, length, -1, 0), 1);
    char written[200];
    ossl_name_text(name, written, sizeof(written));
    assert_string_equal(written, text);
    X509_NAME_free(name);
    assert_int_equal(ERR_peek_error(), 0);
}

TEST(a_name_is_written_in_the_format_of_rfc_2253)
{
    expect_name(MBSTRING_UTF8, "db.example.com", -1, "CN=db.example.com,O=Org");
    expect_name(MBSTRING_UTF8, "a,b+c\"d", -1, "CN=a\\,b\\+c\\\"d,O=Org");
}

TEST(control_and_8_bit_characters_are_escaped)
{
    expect_name(MBSTRING_UTF8, "a\n\x1b[31mb\x7f", -1, "CN=a\\0A\\1B[31mb\\7F,O=Org");
    expect_name(MBSTRING_UTF8, "\xC3\xA9", -1, "CN=\\C3\\A9,O=Org");
    expect_name(V_ASN1_T61STRING, "\xE9", 1, "CN=\\C3\\A9,O=Org");
    expect_name(V_ASN1_BMPSTRING, "\x20\x2E", 2, "CN=\\E2\\80\\AE,O=Org");
    expect_name(V_ASN1_UTF8STRING, "a\0b", 3, "CN=a\\00b,O=Org");
}

TEST(every_name_is_printable_ascii)
{
    for (int byte = 0; byte < 256; byte++) {
        X509_NAME *name = X509_NAME_new();
        const unsigned char value[2] = {(unsigned char)byte, 'x'};
        assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_T61STRING, value, 2, -1, 0), 1);
        char text[80];
        ossl_name_text(name, text, sizeof(text));
        assert_true(strlen(text) >= 5);
        for (const char *at = text; *at != '\0'; at++)
            assert_in_range(*at, ' ', '~');
        X509_NAME_free(name);
    }
}

TEST(a_name_that_does_not_fit_is_truncated_visibly)
{
    X509_NAME *name = X509_NAME_new();
    assert_int_equal(
        X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, (const unsigned char *)"0123456789", -1, -1, 0),
        1);
    for (size_t size = 5; size <= 20; size++) {
        char text[20];
        memset(text, 'z', sizeof(text));
        ossl_name_text(name, text, size);
        assert_true(strlen(text) < size);
        if (size > strlen("CN=0123456789"))
            assert_string_equal(text, "CN=0123456789");
        else
            assert_string_equal(text + size - 4, "...");
    }
    X509_NAME_free(name);
}

TEST(a_cut_is_never_within_an_escape)
{
    static const struct {
        const char *text, *cut;
    } rows[] = {{"CN=abcdefgh", "CN=abcd..."},
                {"CN=abc\\E6xyz", "CN=abc..."},
                {"CN=ab\\E6wxyz", "CN=ab..."},
                {"CN=abc\\,wxyz", "CN=abc..."},
                {"CN=a\\E6uvwxyz", "CN=a\\E6..."}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[11];
        snprintf(text, sizeof(text), "%s", rows[i].text);
        text_cut(text, sizeof(text));
        assert_string_equal(text, rows[i].cut);
    }
    char whole[12] = "CN=abc\\E6x";
    text_cut(whole, sizeof(whole));
    assert_string_equal(whole, "CN=abc\\E6x");
}

/* Certificates without a subject. */
TEST(an_empty_subject_is_its_first_alternative_name)
{
    static const struct {
        const char *names, *text;
    } rows[] = {{"DNS:db1.example.com,DNS:db2", "DNS:db1.example.com"},
                {"IP:192.0.2.1", "IP:192.0.2.1"},
                {"IP:2001:db8::1", "IP:2001:db8::1"},
                {"email:a@example.com", "email:a@example.com"},
                {"URI:spiffe://example.com/db", "URI:spiffe://example.com/db"},
                {"RID:1.2.3,DNS:db1", "DNS:db1"},
                {NULL, "no name"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[40];
        X509 *certificate = X509_new();
        X509_EXTENSION *extension =
            rows[i].names == NULL ? NULL : X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, rows[i].names);
        if (extension != NULL)
            assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
        ossl_subject_text(certificate, text, sizeof(text));
        assert_string_equal(text, rows[i].text);
        X509_EXTENSION_free(extension);
        X509_free(certificate);
    }
}

TEST(an_empty_name_is_empty)
{
    X509_NAME *name = X509_NAME_new();
    char text[10];
    ossl_name_text(name, text, sizeof(text));
    assert_string_equal(text, "");
    X509_NAME_free(name);
}

TEST(times_are_seconds_since_the_epoch)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {
        {"19700101000000Z", 0},
        {"20380119031408Z", INT64_C(2147483648)},
        {"19500101000000Z", INT64_C(-631152000)},
        {"99991231235959Z", INT64_C(253402300799)},
        {"260101000000Z", INT64_C(1767225600)},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ASN1_TIME *time = ASN1_TIME_new();
        assert_int_equal(ASN1_TIME_set_string(time, rows[i].text), 1);
        assert_int_equal(ossl_time(time), rows[i].seconds);
        ASN1_TIME_free(time);
    }
}

TEST(a_time_that_does_not_parse_is_0)
{
    ASN1_TIME *time = ASN1_TIME_new();
    assert_int_equal(ASN1_STRING_set(time, "yesterday", -1), 1);
    assert_int_equal(ossl_time(time), 0);
    ASN1_TIME_free(time);
    assert_int_equal(ERR_peek_error(), 0);
}

TEST(taking_the_error_empties_the_queue)
{
    assert_string_equal(ossl_take_error(), "");
    ERR_raise(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH);
    ERR_raise(ERR_LIB_X509, X509_R_NO_CERT_SET_FOR_US_TO_VERIFY);
    assert_string_equal(ossl_take_error(), "no cert set for us to verify");
    assert_int_equal(ERR_peek_error(), 0);
    ERR_raise(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH);
    ossl_clear_errors();
    assert_int_equal(ERR_peek_error(), 0);
}

TEST(owners_accept_nothing)
{
    X509 *certificate = NULL;
    EVP_PKEY *key = NULL;
    STACK_OF(X509) *stack = NULL;
    ossl_x509_freep(&certificate);
    ossl_key_freep(&key);
    ossl_stack_freep(&stack);
}
