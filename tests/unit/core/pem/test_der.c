#include "core/pem/der.h"

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"

#define BYTES(text) ((struct span){(const unsigned char *)(text), sizeof(text) - 1})

TEST(elements_follow_each_other)
{
    struct span rest = BYTES("\x02\x01\x05\x30\x03\x04\x01\xAA");
    struct der element;
    assert_true(der_next(&rest, &element));
    assert_int_equal(element.tag, DER_INTEGER);
    assert_true(span_equal(element.content, BYTES("\x05")));
    assert_true(span_equal(element.whole, BYTES("\x02\x01\x05")));
    struct span inside, octets;
    assert_true(der_take(&rest, DER_SEQUENCE, &inside));
    assert_int_equal(rest.len, 0);
    assert_false(der_next(&rest, &element));
    assert_true(der_take(&inside, DER_OCTETS, &octets));
    assert_true(span_equal(octets, BYTES("\xAA")));
}

TEST(long_lengths_are_read)
{
    static unsigned char bytes[70000] = {DER_OCTETS, 0x83, 0x01, 0x00, 0x00};
    struct span rest = {bytes, 5 + 65536}, octets;
    assert_true(der_take(&rest, DER_OCTETS, &octets));
    assert_int_equal(octets.len, 65536);
    rest = (struct span){bytes, 5 + 65535};
    assert_false(der_take(&rest, DER_OCTETS, &octets));
}

TEST(the_number_after_a_prefix_is_returned)
{
    const struct span prefix = DER_OID("\x2A\x86\x48");
    assert_int_equal(der_last_arc(BYTES("\x2A\x86\x48\x05"), prefix), 5);
    assert_int_equal(der_last_arc(BYTES("\x2A\x86\x48"), prefix), -1);
    assert_int_equal(der_last_arc(BYTES("\x2A\x86\x48\x05\x01"), prefix), -1);
    assert_int_equal(der_last_arc(BYTES("\x2A\x86\x49\x05"), prefix), -1);
    assert_int_equal(der_last_arc(BYTES(""), prefix), -1);
}

TEST(anything_but_der_is_refused_and_stays_unread)
{
    const struct span rows[] = {
        BYTES(""),
        BYTES("\x02"),
        BYTES("\x02\x02\x01"),                 /* truncated */
        BYTES("\x02\x81\x01\x05"),             /* a length in a longer form than it needs */
        BYTES("\x02\x82\x00\x81"),             /* the same with a leading zero */
        BYTES("\x30\x80\x02\x01\x05\x00\x00"), /* no length */
        BYTES("\x1F\x81\x01\x01\x05"),         /* a tag of more than one byte */
        BYTES("\x02\x85\x01\x00\x00\x00\x00"), /* a length of five bytes */
        BYTES("\x02\xFF\x01\x01"),
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct span rest = rows[i];
        struct der element;
        assert_false(der_next(&rest, &element));
        assert_int_equal(rest.len, rows[i].len);
    }
}

TEST(another_tag_is_not_accepted)
{
    struct span rest = BYTES("\x02\x01\x05"), content;
    assert_false(der_take(&rest, DER_OCTETS, &content));
    assert_true(der_take_optional(&rest, DER_OCTETS, &content));
    assert_int_equal(content.len, 0);
    assert_int_equal(rest.len, 3);
    assert_true(der_take_optional(&rest, DER_INTEGER, &content));
    assert_int_equal(content.len, 1);
    assert_true(der_take_optional(&rest, DER_INTEGER, &content));
    rest = BYTES("\x02\x05\x05");
    assert_false(der_take_optional(&rest, DER_INTEGER, &content));
}

TEST(integers_are_measured)
{
    const struct {
        struct span content;
        size_t bits;
    } rows[] = {
        {BYTES("\x00"), 0}, {BYTES("\x01"), 1}, {BYTES("\x7F"), 7}, {BYTES("\x00\x80"), 8}, {BYTES("\x01\x00\x01"), 17},
    };
    size_t bits;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(der_integer_bits(rows[i].content, &bits));
        assert_int_equal(bits, rows[i].bits);
    }
    assert_false(der_integer_bits(BYTES(""), &bits));
    assert_false(der_integer_bits(BYTES("\x80"), &bits));
}

static void take_all(struct span mutant, void *context)
{
    struct der element;
    size_t taken = 0;
    (void)context;
    for (struct span rest = mutant; der_next(&rest, &element);)
        taken += element.whole.len;
    assert_in_range(taken, 0, mutant.len);
}

TEST(every_mutant_is_read_within_its_bounds)
{
    (void)mutate_each(BYTES("\x30\x81\x80\x02\x01\x05\x30\x03\x04\x01\xAA\x03\x02\x00\x01"), 1, take_all, NULL);
}
