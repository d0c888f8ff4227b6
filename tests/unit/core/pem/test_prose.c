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
    "END ENTITY CERTIFICATE",
    "BEGIN ROOT CERTIFICATE",
    "END USER PUBLIC KEY",
    "---------- END OF LIST ----------",
    "-----END OF MESSAGE-----",
    "-----END ENTITY CERTIFICATES-----",
    "----- END -----",
    "---------- BEGIN ----------",
    "-----BEGIN-----",
    "-- BEGIN CERTIFICATE",
    "--- END RSA PRIVATE KEY",
    "END CERTIFICATE - see below",
    "-----BEGIN FORWARDED MESSAGE",
    "-----BEGIN ORIGINAL TEXT",
    "NO PRIVATE KEY-----",
    "WITHOUT PRIVATE KEY---",
    "BEGIN PKCS",
    "===== BEGIN CERTIFICATE =====",
    "_____END CERTIFICATE_____",
    "host app: -----BEGIN CERTIFICATE-----",
    "host app: -----END CERTIFICATE-----",
    "==================================================",
    "/usr/local/share/certificates/Internal/roots",
    "friendlyName: DigiCertGlobalG2TLSRSASHA2562020CA1",
    "DigiCertGlobalG2TLSRSASHA2562020CA1",
    "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08",
    "pin-sha256=\"d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=\"",
    "SHA256:d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM",
    "the text starts with MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A and ends soon",
    "http://ocsp.example.com/MFEwTzBNMEswSTAJBgUrDgMCGgUABBQ50otx",
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
    "\357\274\215\357\274\215\357\274\215\357\274\215BEGIN CERTIFICATE-----",
    "\342\224\200\342\224\200\342\224\200\342\224\200END CERTIFICATE-----",
    "-----BEGIN%20CERTIFICATE-----",
    "-----END&nbsp;CERTIFICATE-----",
    "-----BEGIN CERTIFICATE",
    "-----BEGIN RSA PRIV",
    "-----END CERTIF",
    "  -----BEGIN C",
    "-----END PKCS7-----",
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA",
    "  MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA  ",
    "> FDESMBAGA1UEAwwJU2Vjb25kIENBMB4XDTI2MTEyMDA4NDYzMVoXDTI5MDIwNzA4",
    "HQ8BAf8EBAMCAQYwHQYDVR0OBBYEFJs18cA5lBi81NUx/+mXPAtNdPPAMB8GA1Ud",
    "MC4CAQAwBQYDK2VwBCIEIJ1uqjxJyT1hO0OxyrEN2ZMbzSLQyKZTNr8XxqfR4nqw",
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW",
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJJakFOQmdrcQ==",
    "ca.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJJakFOQmdrcQ==",
    "ssl_ca=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA",
    "\"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\" + newline",
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
    char text[4000] = "", good[400];
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

/* The text around each line of a block that a log, a listing or a program printed. # is the number of the line. */
static const struct {
    const char *before, *after;
} dresses[] = {
    {"Nov 30 08:00:0# db1 app[12]: ", ""},
    {"2026-11-30T08:00:00.12#Z ", ""},
    {"[INFO] ", ""},
    {"level=info msg=\"", "\""},
    {"web_1  | ", ""},
    {"stdout F ", ""},
    {"\x1b[32m", "\x1b[0m"},
    {"\x1b[K", ""},
    {"[01;31m", "[0m"},
    {"ca.pem:", ""},
    {"ca.pem-#:", ""},
    {"echo \"", "\" >> ca.pem"},
    {"s = s & \"", "\" & vbCrLf"},
    {"REM ", ""},
    {"rem: ", ""},
    {"<li>", "</li>"},
    {"<td class=\"pem\">", "</td><td></td>"},
    {"printf '", "'"},
    {"\"", "\\n\" +"},
    {"+", ""},
    {"* ", " *"},
    {"dn: ", " (cont.)"},
};

static const char *const marks[][2] = {
    {"-----", "-----"},   {"=====", "====="}, {"_____", "_____"},
    {"~~~~~ ", " ~~~~~"}, {"-- ", ""},        {"\xEF\xBC\x8D\xEF\xBC\x8D\xEF\xBC\x8D", "\xEF\xBC\x8D"},
};

/* Copies the text with the number in place of a #; returns its length. */
static size_t add_numbered(char *ret, size_t size, const char *text, size_t number)
{
    size_t mark = strcspn(text, "#");
    if (text[mark] == '\0')
        return (size_t)snprintf(ret, size, "%s", text);
    return (size_t)snprintf(ret, size, "%.*s%zu%s", (int)mark, text, number, text + mark + 1);
}

/* A block, each line of which has the dress around it; its body has one to three lines. */
static void dress_block(size_t dress, size_t mark, const char *label, size_t lines, char *ret, size_t size)
{
    static const char *const body[] = {"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", "7IIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo",
                                       "4lgw=="};
    size_t used = 0;
    for (size_t i = 0; i < lines + 2; i++) {
        used += (size_t)snprintf(ret + used, size - used, i == 0 ? "" : "\n");
        used += add_numbered(ret + used, size - used, dresses[dress].before, i);
        if (i == 0 || i == lines + 1)
            used += (size_t)snprintf(ret + used, size - used, "%s%s %s%s", marks[mark][0], i == 0 ? "BEGIN" : "END",
                                     label, marks[mark][1]);
        else
            used += (size_t)snprintf(ret + used, size - used, "%s", body[i - 1]);
        used += (size_t)snprintf(ret + used, size - used, "%s", dresses[dress].after);
    }
}

TEST(a_block_whose_lines_have_something_around_them_is_refused_wherever_it_stands)
{
    static const char *const labels[] = {"CERTIFICATE", "RSA PRIVATE KEY", "OUR ROOT"};
    char text[800];
    for (size_t i = 0; i < COUNT_OF(dresses) * COUNT_OF(marks) * COUNT_OF(labels) * 3; i++) {
        size_t dress = i % COUNT_OF(dresses), rest = i / COUNT_OF(dresses);
        size_t mark = rest % COUNT_OF(marks), label = rest / COUNT_OF(marks) % COUNT_OF(labels);
        dress_block(dress, mark, labels[label], 1 + rest / COUNT_OF(marks) / COUNT_OF(labels), text, sizeof(text));
        for (unsigned places = 1; places < 5; places *= 2)
            if (blocks_around(text, "\n", places) != -1)
                fail_msg("%s at %u", text, places);
    }
}

TEST(damage_is_named_with_its_line)
{
    static const struct {
        const char *text, *is;
    } rows[] = {
        {"\nhost: -----BEGIN CERTIFICATE-----\nhost: " BODY "\n", "block 1 of ssl_ca: from line 2 on other dashes, or"},
        {"my CA\r\n\r\n" BODY "\n-----END CERTIFICATE-----\n",
         "block 1 of ssl_ca: line 3 is base64 outside of it; a BEGIN or END line is broken"},
        {"my CA\\n---BEGIN CERTIFICATE-----\\n", "other half, in line 2"},
        {"my CA\n" BODY "\n", "ssl_ca is not PEM: "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(pem_done) struct pem pem = {0};
        struct findings findings = {0};
        struct fault f = {0};
        assert_int_equal(pem_parse(span_of(rows[i].text), "ssl_ca", &pem, &findings, &f), -1);
        if (strstr(f.message, rows[i].is) == NULL)
            fail_msg("%s: %s", rows[i].text, f.message);
    }
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
