#include "core/pem/pem.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/harness.h"

/* Refused texts; test_pem.c has the accepted ones. */

static int parse(struct span text, struct pem *ret, struct findings *findings, struct fault *f)
{
    int result = pem_parse(text, "ssl_cert", ret, findings, f);
    law_check(result, f, span_of("AAAAAAAAAAAAAAAA"));
    if (result != 0)
        assert_string_equal(f->field, "ssl_cert");
    return result;
}

static void expect_refusal(const char *text, enum reason reason)
{
    CLEANUP(pem_done) struct pem pem = {0};
    struct findings findings = {0};
    struct fault f = {0};
    if (parse(span_of(text), &pem, &findings, &f) == 0)
        fail_msg("taken: %s", text);
    law_expect(-1, &f, reason);
    assert_int_equal(pem.count, 0);
    assert_null(pem.blocks);
}

static const struct {
    const char *text;
    enum reason reason;
} refusals[] = {
    {"", REASON_MALFORMED_PEM},
    {"hello", REASON_MALFORMED_PEM},
    {"MIIBIjANBgkq", REASON_MALFORMED_PEM},
    {"/etc/mysql/ca.pem", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAAAA\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAAAA\n----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE----\nAAAA\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END X509 CRL-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATES-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN -----\nAAAA\n-----END -----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN certificate-----\nAAAA\n-----END certificate-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN A LABEL THAT IS LONGER THAN THE 64 BYTES FOR WHICH THERE IS ROOM HERE-----\nAAAA\n"
     "-----END A LABEL THAT IS LONGER THAN THE 64 BYTES FOR WHICH THERE IS ROOM HERE-----\n",
     REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAAAAA\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nA===\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\n====\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAA==AAAA\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAA*A\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAA-A\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAA_A\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\n# AAAA\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\n\\xAAAA\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nAAAA\n",
     REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE----\nAAAA\n"
     "-----END CERTIFICATE-----\n",
     REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAAAA\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
     REASON_MALFORMED_PEM},
    {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----END CERTIFICATE-----\n", REASON_MALFORMED_PEM},
};

TEST(damage_that_leaves_a_choice_is_refused)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++)
        expect_refusal(refusals[i].text, refusals[i].reason);
}

/* The body of a block with another label is not read: the message names the label. */
TEST(a_foreign_block_is_known_by_its_label_alone)
{
    static const char *const texts[] = {
        "-----BEGIN X9.42 DH PARAMETERS-----\nAAAA\n-----END X9.42 DH PARAMETERS-----\n",
        "-----BEGIN PGP SIGNATURE-----\nVersion: 1\n\niQ*=\n=ab\n-----END PGP SIGNATURE-----\n",
        "-----BEGIN X-Y_Z+1/2-----\n\n-----END X-Y_Z+1/2-----\n",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        CLEANUP(pem_done) struct pem pem = {0};
        struct findings findings = {0};
        struct fault f = {0};
        law_expect(parse(span_of(texts[i]), &pem, &findings, &f), &f, REASON_NONE);
        assert_int_equal(pem.count, 1);
        assert_int_equal(pem.blocks[0].der.len, 0);
    }
}

static const struct {
    const char *body;
    const char *is;
} strangers[] = {
    {"AA\\AA", "a backslash that is not base64, in line 2 of it"},
    {"AAAA\\/", "its base64 is incomplete"},
    {"# AAAA", "a # that is not base64, in line 2 of it"},
    {"> AAAA", "a > (a quoted mail?) that is not base64, in line 2 of it"},
    {"AA%2B", "a % (percent-encoded?) that is not base64, in line 2 of it"},
    {"AA\xC2\xA0", "a character beyond ASCII that is not base64, in line 2 of it"},
    {"AA*", "a character that is not base64, in line 2 of it"},
    {"AAAA\nAA_A", "an underscore (base64url?) that is not base64, in line 3 of it"},
};

TEST(a_character_that_is_not_base64_is_named_by_kind_and_line)
{
    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        CLEANUP(pem_done) struct pem pem = {0};
        struct findings findings = {0};
        struct fault f = {0};
        char text[200];
        snprintf(text, sizeof(text), "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n", strangers[i].body);
        assert_int_equal(parse(span_of(text), &pem, &findings, &f), -1);
        assert_non_null(strstr(f.message, strangers[i].is));
    }
}

TEST(a_boundary_that_is_broken_is_named_by_what_broke_it)
{
    static const struct {
        const char *text;
        const char *is;
    } rows[] = {
        {"-----BEGIN%20CERTIFICATE-----%0AAAAA%0A-----END%20CERTIFICATE-----",
         "percent-encoded; decode the text first"},
        {"-----BEGIN+CERTIFICATE-----%0AAAAA%0A-----END+CERTIFICATE-----", "percent-encoded; decode the text first"},
        {"\xE2\x80\x94\xE2\x80\x94-BEGIN CERTIFICATE-----\nAAAA\n", "its dashes are not hyphens"},
        {"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- -----BEGIN CERTIFICATE-----\n",
         "it is a PGP SIGNED MESSAGE; take"},
        {"---BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "a BEGIN or END line is broken, quoted"},
        {"-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n", "is incomplete; a part of it is lost, copy"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(pem_done) struct pem pem = {0};
        struct findings findings = {0};
        struct fault f = {0};
        law_expect(parse(span_of(rows[i].text), &pem, &findings, &f), &f, REASON_MALFORMED_PEM);
        if (strstr(f.message, rows[i].is) == NULL)
            fail_msg("%s: %s", rows[i].text, f.message);
    }
}

TEST(the_fault_counts_the_blocks)
{
    CLEANUP(pem_done) struct pem pem = {0};
    struct findings findings = {0};
    struct fault f = {0};
    assert_int_equal(
        parse(span_of(
                  "-----BEGIN X-----\n*\n-----END X-----\n-----BEGIN PRIVATE KEY-----\n*\n-----END PRIVATE KEY-----\n"),
              &pem, &findings, &f),
        -1);
    assert_non_null(strstr(f.message, "block 2 of ssl_cert"));
}

TEST(a_nul_byte_is_refused_wherever_it_stands)
{
    static const char sample[] = "-----BEGIN X-----\nAAAA\nAAAA\n-----END X-----\n";
    const struct span whole = span_of(sample);
    for (size_t i = 0; i <= whole.len; i++) {
        CLEANUP(pem_done) struct pem pem = {0};
        CLEANUP(buf_done) struct buf text = {0};
        struct findings findings = {0};
        struct fault f = {0};
        assert_int_equal(buf_append(&text, (struct span){whole.data, i}, &f), 0);
        assert_int_equal(buf_append(&text, (struct span){(const unsigned char *)"", 1}, &f), 0);
        assert_int_equal(buf_append(&text, (struct span){whole.data + i, whole.len - i}, &f), 0);
        if (parse(buf_span(&text), &pem, &findings, &f) == 0)
            fail_msg("a NUL at %zu was taken", i);
    }
}

TEST(a_nul_after_a_backslash_is_refused)
{
    static const char text[] = "-----BEGIN X-----\nAAAA\\\0AAAA\n-----END X-----\n";
    CLEANUP(pem_done) struct pem pem = {0};
    struct findings findings = {0};
    struct fault f = {0};
    assert_int_equal(parse((struct span){(const unsigned char *)text, sizeof(text) - 1}, &pem, &findings, &f), -1);
}

static int parse_many(size_t count, struct fault *f)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(pem_done) struct pem pem = {0};
    struct findings findings = {0};
    for (size_t i = 0; i < count; i++)
        assert_int_equal(buf_append_text(&text, "-----BEGIN X-----\nAAAA\n-----END X-----\n", f), 0);
    return parse(buf_span(&text), &pem, &findings, f);
}

TEST(the_number_of_blocks_is_bounded)
{
    struct fault f = {0};
    law_expect(parse_many(PEM_BLOCKS_MAX, &f), &f, REASON_NONE);
    law_expect(parse_many(PEM_BLOCKS_MAX + 1, &f), &f, REASON_TOO_LARGE);
}
