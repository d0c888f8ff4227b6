#include "core/pem/prose.h"

#include <stdio.h>
#include <string.h>

#include "core/pem/pem.h"
#include "tests/unit/lib/harness.h"

/* Each is placed before, between and after good blocks, with line breaks of every kind. */
static const char *const prose[] = {
    "subject=CN = BACK-END CA",
    "    friendlyName: FRONT-END",
    "Issuer: DC = corp, CN = CORP-ENDPOINT-CA",
    "BACK-END",
    "WEEK-END-----",
    "# BEGIN CERTIFICATE CHAIN",
    "# ==== BEGIN CERTIFICATE AUTHORITY (corp) ====",
    "==== BEGIN CERTIFICATE AUTHORITY (corp) ====",
    "# keep the PRIVATE KEY-file elsewhere",
    "keep the PRIVATE KEY-file elsewhere",
    "; -----END CERTIFICATE-----",
    "// -----BEGIN CERTIFICATE-----",
    "   ## -----BEGIN CERTIFICATE-----",
    "- BEGIN with the root, then the issuing CA",
    "- END of the list",
    "-- END OF BUNDLE --",
    "--- END ---",
    "----------------------------------------",
    "it goes from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
    "the line -----BEGIN is the first",
    "BEGIN CERTIFICATE CHAIN",
    "the BEGIN CERTIFICATE line",
    "C:\\new\\root-END",
    "ENDPOINT-01",
    "BEGINNING-OF-CHAIN",
    "-----BEGINNING OF CHAIN-----",
    "> the line -----BEGIN CERTIFICATE----- comes first",
    "> 2. -----END CERTIFICATE----- is the last line",
    "1 s:C = SE, CN = BACK-END CA",
    "  i:C = SE, CN = FRONT-END ROOT",
    "Bag Attributes",
    "```pem",
    "\xE2\x80\x94 END of the list",
    "WEEK\342\200\223END",
    "the dashes of \342\200\223\342\200\223BEGIN CERTIFICATE are wrong",
};

/* The same words where they are the rest of a boundary. */
static const char *const damage[] = {
    "-----END CERTIFICATE-----",
    "----BEGIN CERTIFICATE-----",
    "-BEGIN CERTIFICATE-----",
    "-END CERTIFICATE-----",
    "- BEGIN CERTIFICATE-----",
    "- - - - -BEGIN CERTIFICATE- - - - -",
    "- END CERTIFICATE-----",
    "BEGIN CERTIFICATE-----",
    "END CERTIFICATE-----",
    "BEGIN CERTIFICATE",
    "END RSA PRIVATE KEY",
    "BEGIN RSA PRIVATE KEY-----",
    "PRIVATE KEY-----",
    "A PRIVATE KEY-",
    "-----END",
    "-----Begin Certificate-----",
    "-----begin certificate-----",
    "  ----END X509 CRL-----",
    "\xEF\xBB\xBF----BEGIN CERTIFICATE-----",
    "-----BEGINCERTIFICATE-----",
    "-----ENDCERTIFICATE-----",
    "-----BEGIN\302\240CERTIFICATE-----",
    "-----BEGIN_CERTIFICATE-----",
    "------BEGIN CERTIFICATE------",
    "> -----BEGIN CERTIFICATE-----",
    ">> -----END CERTIFICATE-----",
    "| -----BEGIN CERTIFICATE----- |",
    "12: -----BEGIN RSA PRIVATE KEY-----",
    "  14 -----END RSA PRIVATE KEY-----",
    "\xC2\xA0-----END CERTIFICATE-----",
    "\xE2\x80\x8B-----BEGIN CERTIFICATE-----",
    "\342\200\223\342\200\223BEGIN CERTIFICATE\342\200\223\342\200\223",
    "\xE2\x80\x94\xE2\x80\x94-END CERTIFICATE\xE2\x80\x94\xE2\x80\x94-",
    "\342\210\222\342\210\222\342\210\222\342\210\222\342\210\222BEGIN X509 CRL-----",
};

#define BODY "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"
#define BLOCK "-----BEGIN CERTIFICATE-----%s" BODY "%s-----END CERTIFICATE-----%s"

static const char *const breaks[] = {"\n", "\r\n", "\\n", "\\\\n", "\\\\\\\\r\\\\\\\\n", "\\\n"};

/* Returns the number of blocks of a text with `line` before, between and after two good ones; -1 if it is refused. */
static int blocks_around(const char *line, const char *line_break, unsigned places)
{
    CLEANUP(pem_done) struct pem pem = {0};
    struct findings findings = {0};
    struct fault f = {0};
    char text[2000] = "", good[400];
    snprintf(good, sizeof(good), BLOCK, line_break, line_break, line_break);
    for (unsigned place = 0; place < 3; place++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof(text) - used, "%s%s%s", (places >> place & 1) != 0 ? line : "",
                 (places >> place & 1) != 0 ? line_break : "", place < 2 ? good : "");
    }
    int result = pem_parse(span_of(text), "ssl_ca", &pem, &findings, &f);
    return result == 0 ? (int)pem.count : -1;
}

TEST(words_are_prose_wherever_they_stand)
{
    for (size_t i = 0; i < COUNT_OF(prose); i++)
        for (size_t j = 0; j < COUNT_OF(breaks); j++)
            for (unsigned places = 1; places < 8; places++)
                if (blocks_around(prose[i], breaks[j], places) != 2)
                    fail_msg("%s at %u, with break %zu", prose[i], places, j);
}

TEST(a_broken_boundary_is_refused_wherever_it_stands)
{
    for (size_t i = 0; i < COUNT_OF(damage); i++)
        for (size_t j = 0; j < COUNT_OF(breaks); j++)
            for (unsigned places = 1; places < 8; places++)
                if (blocks_around(damage[i], breaks[j], places) != -1)
                    fail_msg("%s at %u, with break %zu", damage[i], places, j);
}

TEST(dashes_of_a_word_processor_are_named)
{
    CLEANUP(pem_done) struct pem pem = {0};
    struct findings findings = {0};
    struct fault f = {0};
    assert_int_equal(pem_parse(span_of("\xE2\x80\x94\xE2\x80\x93 BEGIN CERTIFICATE \xE2\x80\x94\xE2\x80\x93\n"),
                               "ssl_ca", &pem, &findings, &f),
                     -1);
    assert_non_null(strstr(f.message, "its dashes are not hyphens"));
}

#define WHOLE "-----BEGIN CERTIFICATE----- " BODY " -----END CERTIFICATE-----"

static const struct {
    const char *text;
    int blocks; /* -1: refused */
} folded[] = {
    {WHOLE " " WHOLE, 2},
    {"# my CA " WHOLE, 1},
    {"Bag Attributes friendlyName: BACK-END " WHOLE " the next one " WHOLE, 2},
    {WHOLE " #-----BEGIN CERTIFICATE----- #" BODY " #-----END CERTIFICATE----- " WHOLE, 2},
    {"#-----BEGIN CERTIFICATE----- #" BODY " #-----END CERTIFICATE----- " WHOLE, 1},
    {BODY " -----END CERTIFICATE----- " WHOLE, -1},
    {WHOLE " " BODY " -----END CERTIFICATE-----", -1},
    {"my CA ----BEGIN CERTIFICATE----- " BODY " -----END CERTIFICATE-----", -1},
    {WHOLE " -----BEGIN CERTIFICATE----- " BODY, -1},
};

TEST(a_text_without_line_breaks_has_blocks_within_its_line)
{
    for (size_t i = 0; i < COUNT_OF(folded); i++) {
        CLEANUP(pem_done) struct pem pem = {0};
        struct findings findings = {0};
        struct fault f = {0};
        int result = pem_parse(span_of(folded[i].text), "ssl_ca", &pem, &findings, &f);
        if ((result == 0 ? (int)pem.count : -1) != folded[i].blocks)
            fail_msg("%zu: %d, %s", i, result == 0 ? (int)pem.count : -1, f.message);
    }
}

#define COMMENTED(mark) mark "-----BEGIN CERTIFICATE-----\n" mark BODY "\n" mark "-----END CERTIFICATE-----\n"

TEST(a_whole_block_after_comment_marks_is_prose)
{
    static const char *const commented[] = {COMMENTED("#"),  COMMENTED("# "),    COMMENTED("; "),
                                            COMMENTED("//"), COMMENTED("  ## "), "#-----BEGIN CERTIFICATE-----\n"};
    for (size_t i = 0; i < COUNT_OF(commented); i++)
        if (blocks_around(commented[i], "\n", 7) != 2)
            fail_msg("%s", commented[i]);
    /* A mark in front of the first line only leaves a body and an END. */
    assert_int_equal(blocks_around("#-----BEGIN CERTIFICATE-----\n" BODY "\n-----END CERTIFICATE-----", "\n", 1), -1);
}

/* The cost of hostile text must not grow with the square of its length. */
TEST(hostile_prose_costs_linear_time)
{
    static const char *const pieces[] = {"\\",        "#-----BEGIN ", "-----BEGIN ", "a -----BEGIN M",
                                         "-----END ", "- ",           "\\n#",        " "};
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        CLEANUP(pem_done) struct pem pem = {0};
        struct findings findings = {0};
        struct fault f = {0};
        while (text.len < 1024 * 1024)
            add_text(&text, pieces[i]);
        assert_int_equal(pem_parse(buf_span(&text), "ssl_ca", &pem, &findings, &f), -1);
    }
}
