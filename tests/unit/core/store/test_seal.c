#include "core/store/seal.h"

#include <string.h>

#include <openssl/err.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"

static const unsigned char key[KEK_SIZE] = {1, 2, 3};
static const unsigned char other_key[KEK_SIZE] = {1, 2, 4};
static const char text[] = "{\"ssl_key\":\"this stands for a private key\"}";

static struct span of(const unsigned char bytes[KEK_SIZE])
{
    return (struct span){bytes, KEK_SIZE};
}

static void seal(struct span plain, const char *id, struct buf *ret)
{
    struct fault f = {0};
    law_expect(seal_close(plain, of(key), id, ret, &f), &f, REASON_NONE);
    assert_int_equal(ERR_peek_error(), 0);
}

static int unseal(struct span sealed, const unsigned char with[KEK_SIZE], const char *id, struct buf *ret,
                  struct fault *f)
{
    int result = seal_open(sealed, of(with), id, ret, f);
    law_check(result, f, span_of(text));
    assert_int_equal(ERR_peek_error(), 0);
    return result;
}

TEST(a_sealed_text_opens_with_its_key)
{
    static const size_t lengths[] = {1, 15, 16, 17, 127, 128, 255, 256, 65535, 65536, 1048576};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        CLEANUP(buf_done) struct buf plain = {0}, sealed = {0}, opened = {0};
        char id[KEK_ID_MAX + 1] = "";
        struct fault f = {0};
        assert_int_equal(buf_reserve(&plain, lengths[i], &f), 0);
        for (plain.len = 0; plain.len < lengths[i]; plain.len++)
            plain.data[plain.len] = (unsigned char)plain.len;
        seal(buf_span(&plain), "alias/certfs", &sealed);
        law_expect(seal_key_id(buf_span(&sealed), id, &f), &f, REASON_NONE);
        assert_string_equal(id, "alias/certfs");
        assert_int_equal(unseal(buf_span(&sealed), key, id, &opened, &f), 0);
        assert_true(span_equal(buf_span(&plain), buf_span(&opened)));
    }
}

TEST(the_plain_text_is_not_in_what_is_sealed)
{
    CLEANUP(buf_done) struct buf sealed = {0}, again = {0};
    seal(span_of(text), "certfs", &sealed);
    seal(span_of(text), "certfs", &again);
    assert_false(span_has(buf_span(&sealed), span_of("private")));
    assert_false(span_has(buf_span(&sealed), of(key)));
    assert_false(span_equal(buf_span(&sealed), buf_span(&again)));
}

TEST(another_key_does_not_open_it)
{
    CLEANUP(buf_done) struct buf sealed = {0}, opened = {0};
    struct fault f = {0};
    seal(span_of(text), "certfs", &sealed);
    law_expect(unseal(buf_span(&sealed), other_key, "certfs", &opened, &f), &f, REASON_STORE_FAILED);
    assert_int_equal(opened.len, 0);
}

TEST(another_identifier_does_not_open_it)
{
    CLEANUP(buf_done) struct buf sealed = {0}, opened = {0};
    struct fault f = {0};
    seal(span_of(text), "certfs", &sealed);
    law_expect(unseal(buf_span(&sealed), key, "certfz", &opened, &f), &f, REASON_STORE_FAILED);
}

/* Nothing of a record can be changed, inside or outside of what the tag covers. */
static void take_mutant(struct span mutant, void *context)
{
    (void)context;
    CLEANUP(buf_done) struct buf opened = {0};
    char id[KEK_ID_MAX + 1] = "";
    struct fault f = {0};
    if (unseal(mutant, key, "certfs", &opened, &f) == 0)
        fail_msg("a changed record was opened");
    assert_int_equal(f.reason, REASON_STORE_FAILED);
    assert_int_equal(opened.len, 0);
    fault_clear(&f);
    int result = seal_key_id(mutant, id, &f);
    law_check(result, &f, span_of(text));
    assert_true(result != 0 || kek_is_id(id));
}

TEST(no_mutant_is_opened)
{
    CLEANUP(buf_done) struct buf sealed = {0};
    seal(span_of(text), "certfs", &sealed);
    mutate_each(buf_span(&sealed), 1, take_mutant, NULL);
}

TEST(bytes_behind_a_record_are_refused)
{
    CLEANUP(buf_done) struct buf sealed = {0};
    seal(span_of(text), "certfs", &sealed);
    add_bytes(&sealed, (struct span){(const unsigned char *)"\0\0", 2});
    take_mutant(buf_span(&sealed), NULL);
}

/* Found by the fuzzer: elements in the right number, all of them empty or nearly so. */
TEST(a_skeleton_of_a_record_is_refused)
{
    static const unsigned char skeleton[25] = {[6] = 0x80, [7] = 1, [8] = 'a', [23] = 2};
    take_mutant((struct span){skeleton, sizeof(skeleton)}, NULL);
}

TEST(no_piece_of_text_or_key_is_left_behind)
{
    const struct span secrets[] = {span_of("stands for a private"), of(key)};
    for (size_t i = 0; i < COUNT_OF(secrets); i++) {
        CLEANUP(buf_done) struct buf sealed = {0}, opened = {0};
        struct fault f = {0};
        alloc_watch(secrets[i]);
        seal(span_of(text), "certfs", &sealed);
        assert_int_equal(unseal(buf_span(&sealed), key, "certfs", &opened, &f), 0);
        buf_done(&opened);
        assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
    }
}

static void attempt(void *context)
{
    const struct buf *sealed = context;
    CLEANUP(buf_done) struct buf again = {0}, opened = {0};
    struct fault f = {0};
    law_check(seal_close(span_of(text), of(key), "certfs", &again, &f), &f, span_of(text));
    fault_clear(&f);
    law_check(seal_open(buf_span(sealed), of(key), "certfs", &opened, &f), &f, span_of(text));
    ERR_clear_error();
}

/* OpenSSL may keep what it allocates for later, so that blocks are not counted here. */
TEST(failed_allocations_anywhere_keep_the_law)
{
    CLEANUP(buf_done) struct buf sealed = {0};
    seal(span_of(text), "certfs", &sealed);
    bool enough = false;
    for (size_t nth = 1; !enough; nth++) {
        alloc_fail(nth);
        attempt(&sealed);
        enough = !alloc_has_failed();
        alloc_fail(0);
        assert_in_range(nth, 1, 100000);
    }
}

ALL_TESTS(start_core, NULL);
