#include "core/about/identifier.h"

#include <regex.h>
#include <string.h>

#include "tests/unit/lib/harness.h"

enum { ROUNDS = 20000 };

static regex_t rule;

/* The rule again, as a regular expression. */
static bool oracle(const char *text)
{
    return strlen(text) <= 255 && regexec(&rule, text, 0, NULL, 0) == 0;
}

/* Both functions must agree with the oracle, and a refusal must keep the law. */
static void agree(const char *text)
{
    struct fault f = {0};
    bool expected = oracle(text);
    if (identifier_is_valid(text) != expected)
        fail_msg("\"%s\" must be %s", text, expected ? "taken" : "refused");
    int result = identifier_check(span_of(text), "CertificateIdentifier", &f);
    law_check(result, &f, span_of(text));
    assert_int_equal(result, expected ? 0 : -1);
    if (expected)
        return;
    assert_int_equal(f.reason, REASON_WRONG_TYPE);
    assert_string_equal(f.field, "CertificateIdentifier");
}

TEST(every_byte_is_judged_at_every_kind_of_position)
{
    static const char *const frames[] = {"?",   "?b",   "a?",    "?-b",  "a-?",   "a?b",   "a?-b", "a-?b",
                                         "-?b", "a--?", "a?--b", "?bcd", "abcd?", "a-?-b", "1?",   "ab-?"};
    for (size_t i = 0; i < COUNT_OF(frames); i++)
        for (int byte = 1; byte < 256; byte++) {
            char text[8] = {0};
            memcpy(text, frames[i], strlen(frames[i]));
            *strchr(text, '?') = (char)byte;
            agree(text);
        }
}

TEST(every_byte_is_judged_where_the_length_ends)
{
    for (size_t length = IDENTIFIER_MAX - 2; length <= IDENTIFIER_MAX + 2; length++)
        for (int byte = 1; byte < 256; byte++) {
            char text[IDENTIFIER_MAX + 3] = {0};
            memset(text, 'a', length);
            agree(text);
            text[length - 1] = (char)byte;
            agree(text);
            memcpy(text + length - 2, (char[]){(char)byte, 'a'}, 2);
            agree(text);
        }
}

TEST(every_length_is_judged)
{
    char text[600];
    for (size_t length = 0; length < sizeof(text); length++) {
        memset(text, 'Z', length);
        text[length] = '\0';
        assert_int_equal(identifier_is_valid(text), length >= 1 && length <= 255);
        agree(text);
    }
}

static uint32_t below(uint32_t *seed, uint32_t limit)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % limit;
}

TEST(random_texts_are_judged_as_by_the_oracle)
{
    static const char letters[] = "aaZz09b---_. /@[`{\xC3\xA9";
    uint32_t seed = 7, taken = 0;
    for (int round = 0; round < ROUNDS; round++) {
        char text[16] = {0};
        uint32_t length = below(&seed, sizeof(text));
        /* Most rounds use the alphabet, since nearly all other texts are refused for the same reason. */
        uint32_t alphabet = below(&seed, 4) > 0 ? 10 : sizeof(letters) - 1;
        for (uint32_t i = 0; i < length; i++)
            text[i] = letters[below(&seed, alphabet)];
        agree(text);
        taken += oracle(text) ? 1 : 0;
    }
    assert_in_range(taken, ROUNDS / 10, ROUNDS - ROUNDS / 10);
}

TEST(the_message_names_the_flaw_and_its_position)
{
    static const char *const rows[][2] = {
        {"", "an identifier has 1 to 255 characters; this one is empty"},
        {"1a", "the first character is a digit; an ASCII letter is expected"},
        {"-a", "the first character is a hyphen; an ASCII letter is expected"},
        {" a", "the first character is a blank; an ASCII letter is expected"},
        {"\xC3\xA9", "the first character is not an ASCII character; an ASCII letter is expected"},
        {"ab_c", "character 3 is a punctuation mark; ASCII letters, digits and hyphens are allowed"},
        {"ab\tc", "character 3 is a control character; ASCII letters, digits and hyphens are allowed"},
        {"ab\x7f", "character 3 is a control character; ASCII letters, digits and hyphens are allowed"},
        {"abc\xC3\xA9", "character 4 is not an ASCII character; ASCII letters, digits and hyphens are allowed"},
        {"ab c", "character 3 is a blank; ASCII letters, digits and hyphens are allowed"},
        {"a-b--c", "characters 4 and 5 are both hyphens; single ones are allowed"},
        {"a--", "characters 2 and 3 are both hyphens; single ones are allowed"},
        {"a-", "the last character is a hyphen; a letter or a digit is expected"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fault f = {0};
        law_expect(identifier_check(span_of(rows[i][0]), "CertificateIdentifier", &f), &f, REASON_WRONG_TYPE);
        assert_string_equal(f.message, rows[i][1]);
    }
}

TEST(an_identifier_that_is_too_long_is_refused)
{
    char text[IDENTIFIER_MAX + 2] = {0};
    struct fault f = {0};
    memset(text, 'a', IDENTIFIER_MAX + 1);
    law_expect(identifier_check(span_of(text), "CertificateIdentifier", &f), &f, REASON_WRONG_TYPE);
    assert_string_equal(f.message, "more than 255 characters in an identifier");
}

TEST(a_nul_within_is_refused)
{
    static const unsigned char text[] = {'a', 0, 'b'};
    struct fault f = {0};
    law_expect(identifier_check((struct span){text, 3}, "", &f), &f, REASON_WRONG_TYPE);
    fault_clear(&f);
    law_expect(identifier_check((struct span){text, 1}, "", &f), &f, REASON_NONE);
    law_expect(identifier_check((struct span){NULL, 0}, "", &f), &f, REASON_WRONG_TYPE);
}

TEST(identifiers_are_equal_if_only_case_differs)
{
    for (int a = 1; a < 256; a++)
        for (int b = 1; b < 256; b++) {
            char left[] = {'x', (char)a, '\0'}, right[] = {'X', (char)b, '\0'};
            bool letters = (a | 0x20) >= 'a' && (a | 0x20) <= 'z';
            assert_int_equal(identifier_same(left, right), a == b || (letters && (a ^ b) == 0x20));
        }
}

TEST(names_with_different_lengths_differ)
{
    assert_true(identifier_same("", ""));
    assert_true(identifier_same("Replica-1", "rEPLICA-1"));
    assert_false(identifier_same("replica", "replica-1"));
    assert_false(identifier_same("replica-1", "replica"));
    assert_false(identifier_same("", "a"));
    assert_false(identifier_same("a", ""));
}

static void setup(void)
{
    assert_int_equal(regcomp(&rule, "^[A-Za-z](-?[A-Za-z0-9])*$", REG_EXTENDED | REG_NOSUB), 0);
}

static void teardown(void)
{
    regfree(&rule);
}

ALL_TESTS(setup, teardown);
