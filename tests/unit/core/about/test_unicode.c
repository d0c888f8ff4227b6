#include "core/about/unicode.h"

#include <iconv.h>
#include <string.h>

#include "core/about/unicode_table.h"
#include "tests/unit/lib/harness.h"

enum { LAST = 0x10FFFF };

/* One byte of each class that UTF-8 distinguishes, and its neighbours. */
static const unsigned char telling[] = {0x00, 0x41, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0,
                                        0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1,
                                        0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF};

static iconv_t decoder;

/* Decodes the first character with libc and returns its length, or 0 if there is none. */
static size_t oracle(const unsigned char *bytes, size_t len, uint32_t *ret)
{
    char copy[8];
    memcpy(copy, bytes, len);
    char *in = copy, *out = (char *)ret;
    size_t in_left = len, out_left = sizeof(*ret);
    iconv(decoder, NULL, NULL, NULL, NULL);
    iconv(decoder, &in, &in_left, &out, &out_left);
    return out_left == 0 ? len - in_left : 0;
}

static void agree(const unsigned char *bytes, size_t len)
{
    uint32_t expected = 0, found = 0;
    size_t length = oracle(bytes, len, &expected);
    struct span rest = {bytes, len};
    assert_int_equal(unicode_next(&rest, &found), length > 0 ? 0 : -1);
    assert_int_equal(rest.len, len - length);
    assert_ptr_equal(rest.data, bytes + length);
    assert_int_equal(found, expected);
}

TEST(short_sequences_are_decoded_as_by_libc)
{
    for (int first = 0; first < 256; first++)
        for (int second = 0; second < 256; second++) {
            const unsigned char bytes[] = {(unsigned char)first, (unsigned char)second};
            agree(bytes, 1);
            agree(bytes, 2);
        }
}

TEST(long_sequences_are_decoded_as_by_libc)
{
    enum { KINDS = COUNT_OF(telling) };
    for (size_t i = 0; i < KINDS * KINDS * KINDS * KINDS; i++) {
        const unsigned char bytes[] = {telling[i / KINDS / KINDS / KINDS], telling[i / KINDS / KINDS % KINDS],
                                       telling[i / KINDS % KINDS], telling[i % KINDS]};
        if (i % KINDS == 0)
            agree(bytes, 3);
        agree(bytes, 4);
    }
}

static size_t encode(uint32_t c, unsigned char ret[static 4])
{
    static const uint32_t limits[] = {0x80, 0x800, 0x10000, LAST + 1};
    static const unsigned char marks[] = {0, 0xC0, 0xE0, 0xF0};
    size_t length = 1;
    while (c >= limits[length - 1])
        length++;
    for (size_t i = length; i-- > 0; c >>= 6)
        ret[i] = (unsigned char)(i > 0 ? 0x80 | (c & 0x3F) : marks[length - 1] | c);
    return length;
}

TEST(every_character_comes_back)
{
    for (uint32_t c = 0; c <= LAST; c++) {
        unsigned char bytes[4];
        struct span rest = {bytes, encode(c, bytes)};
        uint32_t found = 0;
        bool surrogate = c >= 0xD800 && c <= 0xDFFF;
        assert_int_equal(unicode_next(&rest, &found), surrogate ? -1 : 0);
        assert_true(surrogate || (found == c && rest.len == 0));
    }
}

TEST(a_truncated_character_is_refused)
{
    static const uint32_t samples[] = {0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, LAST};
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        unsigned char bytes[4];
        size_t length = encode(samples[i], bytes);
        for (size_t len = 0; len < length; len++) {
            struct span rest = {bytes, len};
            uint32_t found = 7;
            assert_int_equal(unicode_next(&rest, &found), -1);
            assert_true(rest.len == len && found == 7);
        }
    }
    struct span none = {NULL, 0};
    uint32_t found;
    assert_int_equal(unicode_next(&none, &found), -1);
}

TEST(the_ranges_ascend_and_do_not_touch)
{
    for (size_t i = 0; i < COUNT_OF(unicode_ranges); i++) {
        assert_true(unicode_ranges[i].first <= unicode_ranges[i].last);
        assert_true(i == 0 || unicode_ranges[i].first > unicode_ranges[i - 1].last + 1);
    }
    assert_true(unicode_ranges[COUNT_OF(unicode_ranges) - 1].last <= LAST);
}

TEST(binary_search_agrees_with_linear_search)
{
    size_t at = 0;
    for (uint32_t c = 0; c <= LAST + 1000; c++) {
        while (at < COUNT_OF(unicode_ranges) && c > unicode_ranges[at].last)
            at++;
        bool expected = at < COUNT_OF(unicode_ranges) && c >= unicode_ranges[at].first;
        if (unicode_is_letter_separator_or_number(c) != expected)
            fail_msg("U+%04X", c);
    }
    assert_false(unicode_is_letter_separator_or_number(UINT32_MAX));
}

TEST(every_category_is_judged_by_its_kind)
{
    static const struct {
        const char *category;
        uint32_t code_point;
        bool belongs;
    } rows[] = {
        {"Lu", 0x0041, true},  {"Ll", 0x00E9, true},  {"Lt", 0x01C5, true},   {"Lm", 0x02B0, true},
        {"Lo", 0x4E2D, true},  {"Lo", 0x2A6DF, true}, {"Lu", 0x10400, true},  {"Nd", 0x0037, true},
        {"Nd", 0x0663, true},  {"Nl", 0x2164, true},  {"No", 0x00BD, true},   {"Zs", 0x0020, true},
        {"Zs", 0x00A0, true},  {"Zs", 0x3000, true},  {"Zl", 0x2028, true},   {"Zp", 0x2029, true},
        {"Mn", 0x0301, false}, {"Mc", 0x0903, false}, {"Me", 0x20DD, false},  {"Pc", 0x005F, false},
        {"Pd", 0x002D, false}, {"Ps", 0x0028, false}, {"Pe", 0x0029, false},  {"Pi", 0x00AB, false},
        {"Pf", 0x00BB, false}, {"Po", 0x0040, false}, {"Sm", 0x002B, false},  {"Sc", 0x20AC, false},
        {"Sk", 0x005E, false}, {"So", 0x00A9, false}, {"So", 0x1F600, false}, {"Cc", 0x0000, false},
        {"Cc", 0x0009, false}, {"Cc", 0x0085, false}, {"Cf", 0x200B, false},  {"Cf", 0xFEFF, false},
        {"Cs", 0xD800, false}, {"Co", 0xE000, false}, {"Cn", 0x0378, false},  {"Cn", LAST, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (unicode_is_letter_separator_or_number(rows[i].code_point) != rows[i].belongs)
            fail_msg("U+%04X is %s", rows[i].code_point, rows[i].category);
}

static void setup(void)
{
    decoder = iconv_open("UTF-32LE", "UTF-8");
    assert_false(decoder == (iconv_t)-1);
}

static void teardown(void)
{
    assert_int_equal(iconv_close(decoder), 0);
}

ALL_TESTS(setup, teardown);
