/*
 * A wallet as in JSON.
 */
#include <string.h>

#include "core/base/base64.h"
#include "core/pem/wallet.h"
#include "tests/unit/lib/harness.h"

TEST(base64_is_decoded_on_any_number_of_lines)
{
    static const char *const texts[] = {"AQIDBA==", "AQID\nBA==\n", " AQ ID\tBA= =\r\n"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        CLEANUP(buf_done) struct buf bytes = {0};
        struct fault f = {0};
        law_expect(wallet_decode(span_of(texts[i]), &bytes, &f), &f, REASON_NONE);
        assert_true(span_equal(buf_span(&bytes), span_of("\x01\x02\x03\x04")));
    }
}

TEST(invalid_base64_is_refused)
{
    static const char *const texts[] = {"A", "AQIDBA=",  "AQ=DBA==",   "AQIDBA===",        "====",
                                        "=", "AQID-A==", "/etc/x.sso", "\xc3\xa4\xc3\xa4", "AQIDBA==AQID"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        CLEANUP(buf_done) struct buf bytes = {0};
        struct fault f = {0};
        law_expect(wallet_decode(span_of(texts[i]), &bytes, &f), &f, REASON_MALFORMED_PEM);
        assert_non_null(strstr(f.message, "base64"));
    }
    CLEANUP(buf_done) struct buf pem = {0}, bytes = {0}, none = {0};
    struct fault f = {0};
    law_expect(wallet_decode(span_of("a1f84e3600"), &none, &f), &f, REASON_MALFORMED_PEM);
    assert_non_null(strstr(f.message, "hexadecimal"));
    f = (struct fault){0};
    add_text(&pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    law_expect(wallet_decode(buf_span(&pem), &bytes, &f), &f, REASON_MALFORMED_PEM);
    assert_non_null(strstr(f.message, "CertificatePem is for that"));
}

TEST(encoding_and_decoding_gives_the_same_bytes)
{
    static const char bytes[] = "\xA1\xF8\x4E"
                                "6789";
    for (size_t length = 0; length < sizeof(bytes); length++) {
        CLEANUP(buf_done) struct buf text = {0}, again = {0};
        struct fault f = {0};
        add_text(&text, "AAAA");
        law_expect(base64_encode((struct span){(const unsigned char *)bytes, length}, &text, &f), &f, REASON_NONE);
        law_expect(wallet_decode(buf_span(&text), &again, &f), &f, REASON_NONE);
        assert_int_equal(again.len, 3 + length);
        assert_memory_equal(again.data + 3, bytes, length);
        assert_int_equal(wallet_begins((struct span){(const unsigned char *)bytes, length}), length >= 3);
    }
}
