#include "core/about/tags.h"

#include <string.h>

#include "core/about/unicode.h"
#include "tests/unit/lib/harness.h"

enum { LAST = 0x10FFFF, ROUNDS = 20000 };

/* Checks a text as a key and as a value; the other one is valid. */
static enum reason add(struct span key, struct span value, struct fault *f)
{
    CLEANUP(tags_unrefp) struct tags *tags = NULL;
    struct tag_input entry = {.key = key, .value = value};
    *f = (struct fault){0};
    law_check(tags_add(NULL, &entry, 1, "Tags", &tags, f), f, (struct span){NULL, 0});
    if (f->reason == REASON_NONE) {
        assert_int_equal(tags_count(tags), 1);
        assert_true(span_equal(span_of(tags_at(tags, 0)->key), key));
        assert_true(span_equal(span_of(tags_at(tags, 0)->value), value));
    } else {
        assert_null(tags);
    }
    return f->reason;
}

static enum reason of_key(struct span key)
{
    struct fault f;
    enum reason reason = add(key, span_of("value"), &f);
    assert_string_equal(f.field, reason == REASON_NONE ? "" : "Tags[0].Key");
    return reason;
}

static enum reason of_value(struct span value)
{
    struct fault f;
    enum reason reason = add(span_of("key"), value, &f);
    assert_string_equal(f.field, reason == REASON_NONE ? "" : "Tags[0].Value");
    return reason;
}

static void expect_both(const char *text, enum reason reason)
{
    if (of_key(span_of(text)) != reason || of_value(span_of(text)) != reason)
        fail_msg("\"%s\" gives not %s", text, reason_name(reason));
}

static struct span repeated(struct buf *buf, const char *text, size_t times)
{
    buf->len = 0;
    for (size_t i = 0; i < times; i++)
        add_text(buf, text);
    return buf_span(buf);
}

TEST(lengths_are_counted_in_characters)
{
    static const char *const letters[] = {"a", "\xC3\xA9", "\xE4\xB8\xAD", "\xF0\x90\x90\x80"};
    for (size_t i = 0; i < COUNT_OF(letters); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        for (size_t length = 1; length <= 2 * TAGS_VALUE_MAX; length++) {
            struct span span = repeated(&text, letters[i], length);
            assert_int_equal(of_key(span), length <= 128 ? REASON_NONE : REASON_TOO_LARGE);
            assert_int_equal(of_value(span), length <= 256 ? REASON_NONE : REASON_TOO_LARGE);
        }
    }
}

TEST(a_value_may_be_empty_a_key_may_not)
{
    assert_int_equal(of_value(span_of("")), REASON_NONE);
    assert_int_equal(of_value((struct span){NULL, 0}), REASON_NONE);
    assert_int_equal(of_key(span_of("")), REASON_MISSING_FIELD);
    assert_int_equal(of_key((struct span){NULL, 0}), REASON_MISSING_FIELD);
}

TEST(ascii_letters_digits_the_blank_and_seven_marks_are_allowed)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.:/=+-";
    for (int c = 0; c < 0x80; c++)
        for (size_t at = 0; at < 3; at++) {
            unsigned char text[] = {'x', 'x', 'x'};
            text[at] = (unsigned char)c;
            enum reason reason = c > 0 && strchr(allowed, c) != NULL ? REASON_NONE : REASON_WRONG_TYPE;
            assert_int_equal(of_key((struct span){text, 3}), reason);
            assert_int_equal(of_value((struct span){text, 3}), reason);
        }
}

TEST(beyond_ascii_the_category_decides)
{
    for (uint32_t c = 0x80; c <= LAST; c++) {
        unsigned char text[] = {(unsigned char)(0xF0 | c >> 18), (unsigned char)(0x80 | (c >> 12 & 0x3F)),
                                (unsigned char)(0x80 | (c >> 6 & 0x3F)), (unsigned char)(0x80 | (c & 0x3F))};
        size_t skipped = 0;
        if (c < 0x800) {
            skipped = 2;
            text[2] = (unsigned char)(0xC0 | c >> 6);
        } else if (c < 0x10000) {
            skipped = 1;
            text[1] = (unsigned char)(0xE0 | c >> 12);
        }
        bool allowed = unicode_is_letter_separator_or_number(c);
        struct span span = {text + skipped, sizeof(text) - skipped};
        if (of_value(span) != (allowed ? REASON_NONE : REASON_WRONG_TYPE))
            fail_msg("U+%04X", c);
    }
}

TEST(samples_of_many_scripts_are_accepted_or_refused)
{
    static const char *const good[] = {
        "Stra\xC3\x9F\x65",                                 /* precomposed Latin */
        "\xD8\xA7\xD9\xA0\xD9\xA3",                         /* an Arabic letter and two Arabic-Indic digits */
        "\xE4\xB8\xAD\xE6\x96\x87\xE3\x80\x80\xE2\x85\xA4", /* Han, U+3000, a Roman five */
        "a\xC2\xA0z",                                       /* no-break space */
        "a\xE2\x80\xA8z\xE2\x80\xA9",                       /* line and paragraph separators */
        "\xC2\xBD\xC2\xB2",                                 /* a half, superscript two */
        " ",
    };
    static const char *const bad[] = {
        "e\xCC\x81",                /* a combining acute */
        "\xF0\x9F\x98\x80",         /* an emoji */
        "a\xE2\x80\x8Bz",           /* zero-width space, a format character */
        "\xEF\xBB\xBF\x61",         /* byte-order mark */
        "\xE2\x82\xAC",             /* euro */
        "\xE0\xA4\x95\xE0\xA4\xBE", /* a Devanagari vowel sign, Mc */
        "\xC2\x85",                 /* next line, a control character */
        "\xEE\x80\x80",             /* private use */
        "a@b",
        "a\\b",
        "a\nb",
    };
    for (size_t i = 0; i < COUNT_OF(good); i++)
        expect_both(good[i], REASON_NONE);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        expect_both(bad[i], REASON_WRONG_TYPE);
}

TEST(invalid_utf8_is_refused)
{
    static const char *const rows[] = {"\x80", "a\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "a\xFFz"};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect_both(rows[i], REASON_WRONG_TYPE);
    static const unsigned char nul[] = {'a', 0, 'b'};
    assert_int_equal(of_key((struct span){nul, 3}), REASON_WRONG_TYPE);
    assert_int_equal(of_value((struct span){nul, 3}), REASON_WRONG_TYPE);
}

TEST(reserved_prefixes_are_refused_in_every_case)
{
    static const char *const bad[] = {"aws:", "dms:", "AWS:name", "Dms:x", "aWs:cloudformation:stack", "dmS:1"};
    static const char *const good[] = {"aws", "dms", "aws-x", "xaws:", " aws:", "aw:s", "awsx:", "rds:", "a", "ws:"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        expect_both(bad[i], REASON_WRONG_TYPE);
    for (size_t i = 0; i < COUNT_OF(good); i++)
        expect_both(good[i], REASON_NONE);
}

TEST(the_message_names_the_character_and_its_position)
{
    struct fault f;
    CLEANUP(buf_done) struct buf text = {0};
    add(span_of("\xC3\xA9\xC3\xA9@"), span_of(""), &f);
    assert_string_equal(f.message, "character 3 is not a letter, number, separator or _ . : / = + -");
    add(span_of("a\xFF"), span_of(""), &f);
    assert_string_equal(f.message, "character 2 is not in UTF-8");
    add(span_of("aws:x"), span_of(""), &f);
    assert_string_equal(f.message, "it begins with aws: or dms:, which are reserved");
    add(span_of("a"), repeated(&text, "b", TAGS_VALUE_MAX + 1), &f);
    assert_string_equal(f.message, "more than 256 characters");
    add(span_of(""), span_of("value"), &f);
    assert_string_equal(f.message, "a tag with a value needs a key of 1 to 128 characters");
}

static uint32_t below(uint32_t *seed, uint32_t limit)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % limit;
}

static const struct piece {
    const char *text;
    uint32_t characters;
    bool allowed;
    bool reserved; /* as a beginning */
} pieces[] = {
    {"a", 1, true, false},
    {"\xF0\x90\x90\x80", 1, true, false},
    {"\xC3\xA9-", 2, true, false},
    {":", 1, true, false},
    {"\xE3\x80\x80", 1, true, false},
    {"\xD9\xA3", 1, true, false},
    {"aws:", 4, true, true},
    {"dMS:", 4, true, true},
    {"/=+._", 5, true, false},
    {"\xCC\x81", 1, false, false},
    {"@", 1, false, false},
    {"\xE2\x82\xAC", 1, false, false},
};

/* Appends random pieces, some of the first `kinds`; returns the expected reason for a limit of `max`. */
static enum reason compose(uint32_t *seed, uint32_t kinds, uint32_t max, struct buf *ret)
{
    uint32_t characters = 0, first_wrong = UINT32_MAX, count = below(seed, 2) ? max / 2 : 3;
    bool reserved = false;
    for (uint32_t i = 0; i <= count; i++) {
        const struct piece *piece = &pieces[below(seed, kinds)];
        reserved |= i == 0 && piece->reserved;
        if (!piece->allowed && first_wrong == UINT32_MAX)
            first_wrong = characters;
        add_text(ret, piece->text);
        characters += piece->characters;
    }
    if (first_wrong < max)
        return REASON_WRONG_TYPE;
    if (characters > max)
        return REASON_TOO_LARGE;
    return reserved ? REASON_WRONG_TYPE : REASON_NONE;
}

TEST(random_texts_are_judged_as_expected)
{
    uint32_t seed = 7, outcomes[REASON_COUNT] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        CLEANUP(buf_done) struct buf key = {0}, value = {0};
        uint32_t kinds = below(&seed, 4) > 0 ? 9 : COUNT_OF(pieces);
        enum reason expected = compose(&seed, kinds, TAGS_KEY_MAX, &key);
        assert_int_equal(of_key(buf_span(&key)), expected);
        outcomes[expected]++;
        expected = compose(&seed, kinds, TAGS_VALUE_MAX, &value);
        assert_int_equal(of_value(buf_span(&value)), expected);
    }
    assert_true(outcomes[REASON_NONE] > ROUNDS / 10 && outcomes[REASON_TOO_LARGE] > ROUNDS / 10);
    assert_true(outcomes[REASON_WRONG_TYPE] > ROUNDS / 10);
}
