#include "core/pem/canonical.h"

#include <string.h>

#include "core/about/findings.h"
#include "core/pem/pem.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"

enum { LENGTH_MAX = 200 };

static const char label[] = "CERTIFICATE";

/* As many blocks of as many bytes, of which each value occurs. */
static void write_blocks(size_t count, size_t length, struct buf *ret)
{
    unsigned char der[LENGTH_MAX];
    struct fault f = {0};
    for (size_t i = 0; i < length; i++)
        der[i] = (unsigned char)(7 * i + length);
    for (size_t i = 0; i < count; i++)
        law_expect(pem_write(label, (struct span){der, length}, ret, &f), &f, REASON_NONE);
}

TEST(blocks_of_any_length_are_counted)
{
    for (size_t length = 1; length <= LENGTH_MAX; length++)
        for (size_t count = 1; count <= 3; count++) {
            CLEANUP(buf_done) struct buf text = {0};
            write_blocks(count, length, &text);
            assert_int_equal(canonical_count(buf_span(&text), label), count);
            assert_int_equal(canonical_count(buf_span(&text), "PRIVATE KEY"), 0);
        }
}

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"
#define LINE60 "AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIIIJJJJKKKKLLLLMMMMNNNNOOOO"
#define LINE LINE60 "PPPP"

static const struct {
    size_t count;
    const char *text;
} texts[] = {
    {1, BEGIN LINE "\n" END},
    {1, BEGIN LINE "\n" LINE "\nQUJD\n" END},
    {1, BEGIN "QUI=\n" END},
    {1, BEGIN "QQ==\n" END},
    {0, ""},
    {0, "\n"},
    {0, BEGIN END},                                          /* nothing in it */
    {0, BEGIN "\n" END},                                     /* a blank line */
    {0, BEGIN "QUJD" END},                                   /* no line feed */
    {0, BEGIN "QUJD\r\n" END},                               /* Windows line ends */
    {0, BEGIN "QUJD \n" END},                                /* a blank behind it */
    {0, BEGIN "QUJD\n" LINE "\n" END},                       /* a short line, and more */
    {0, BEGIN LINE "QUJD\n" END},                            /* a long line */
    {0, BEGIN "QUJ\n" END},                                  /* no whole group */
    {0, BEGIN "QR==\n" END},                                 /* spare bits that are lost */
    {0, BEGIN "QUJ=\n" END},                                 /* the same, of one padding */
    {0, BEGIN "Q===\n" END},                                 /* too much padding */
    {0, BEGIN "====\n" END},                                 /* padding alone */
    {0, BEGIN "QU=D\n" END},                                 /* padding inside */
    {0, BEGIN "QUI=\nQUJD\n" END},                           /* and more behind padding */
    {0, BEGIN LINE60 "QUI=\nQUJD\n" END},                    /* the same behind a full line */
    {0, BEGIN "QU-D\n" END},                                 /* another alphabet */
    {0, BEGIN "Proc-Type: 4,ENCRYPTED\n\nQUJD\n" END},       /* a header */
    {0, "x\n" BEGIN "QUJD\n" END},                           /* text around */
    {0, BEGIN "QUJD\n" END "x\n"},                           /* the same, behind */
    {0, BEGIN "QUJD\n" END "\n"},                            /* and a blank line */
    {0, BEGIN "QUJD\n-----END CERTIFICATE-----"},            /* no final newline */
    {0, BEGIN "QUJD\n-----END CERTIFICATE----\n"},           /* a damaged boundary */
    {0, BEGIN "QUJD\n-----END PRIVATE KEY-----\n"},          /* another label at the end */
    {0, "-----BEGIN X509 CERTIFICATE-----\nQUJD\n" END},     /* another one at the beginning */
    {0, "-----BEGIN CERTIFICATE REQUEST-----\nQUJD\n" END},  /* one that begins like it */
    {0, BEGIN "QUJD\n" END "-----BEGIN PRIVATE KEY-----\n"}, /* a block of another kind */
    {0, BEGIN "QUJD\n"},                                     /* no end */
    {0, BEGIN},                                              /* no body either */
};

TEST(no_other_form_is_canonical)
{
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (canonical_count(span_of(texts[i].text), label) != texts[i].count)
            fail_msg("%zu blocks: %s", canonical_count(span_of(texts[i].text), label), texts[i].text);
}

TEST(a_nul_is_no_character_of_a_block)
{
    static const char text[] = BEGIN "QU\0D\n" END;
    assert_int_equal(canonical_count((struct span){(const unsigned char *)text, sizeof(text) - 1}, label), 0);
}

/* The promise: decoded and written again it is the same text. */
static void take_mutant(struct span mutant, void *taken)
{
    CLEANUP(pem_done) struct pem pem = {0};
    CLEANUP(buf_done) struct buf again = {0};
    struct findings findings = {.repair_count = 0};
    struct fault f = {0};
    size_t count = canonical_count(mutant, label);
    if (count == 0)
        return;
    law_expect(pem_parse(mutant, "ssl_ca", &pem, &findings, &f), &f, REASON_NONE);
    assert_int_equal(pem.count, count);
    assert_int_equal(findings.repair_count, 0);
    for (size_t i = 0; i < count; i++)
        law_expect(pem_write(label, buf_span(&pem.blocks[i].der), &again, &f), &f, REASON_NONE);
    assert_true(span_equal(buf_span(&again), mutant));
    ++*(size_t *)taken;
}

TEST(every_mutant_that_is_canonical_is_written_the_same)
{
    for (size_t length = 48; length <= 50; length++) {
        CLEANUP(buf_done) struct buf text = {0};
        size_t taken = 0;
        write_blocks(2, length, &text);
        size_t count = mutate_each(buf_span(&text), 1, take_mutant, &taken);
        assert_in_range(taken, 1, count);
    }
}

ALL_TESTS(start_core, NULL);
