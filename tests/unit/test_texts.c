#include "fs/texts.h"

#include <errno.h>

#include "tests/unit/alloc.h"
#include "tests/unit/harness.h"

enum { SIZE = 4096, ALICE = 1000, BOB = 1001, FIRST = 2000 };

static struct texts texts;

static void open_many(uid_t uid, unsigned count, size_t size)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(texts_open(&texts, uid, size), 0);
}

static void one_user_has_so_many_and_closing_makes_room(void **state)
{
    (void)state;
    open_many(ALICE, TEXTS_PER_USER, SIZE);
    assert_int_equal(texts_open(&texts, ALICE, SIZE), EMFILE);
    open_many(BOB, TEXTS_PER_USER, SIZE);
    texts_close(&texts, ALICE, SIZE);
    open_many(ALICE, 1, SIZE);
    assert_int_equal(texts_open(&texts, ALICE, SIZE), EMFILE);
}

static void all_users_together_have_so_many(void **state)
{
    (void)state;
    for (uid_t uid = FIRST; uid < FIRST + TEXTS_MAX; uid++)
        open_many(uid, 1, SIZE);
    assert_int_equal(texts_open(&texts, ALICE, SIZE), ENFILE);
    texts_close(&texts, FIRST, SIZE);
    open_many(ALICE, 1, SIZE);
}

static void one_users_texts_have_so_many_bytes_and_the_first_may_have_more(void **state)
{
    (void)state;
    open_many(ALICE, 1, TEXTS_BYTES_PER_USER + 1);
    assert_int_equal(texts_open(&texts, ALICE, 1), EMFILE);
    texts_close(&texts, ALICE, TEXTS_BYTES_PER_USER + 1);
    open_many(ALICE, 2, TEXTS_BYTES_PER_USER / 2);
    assert_int_equal(texts_open(&texts, ALICE, 1), EMFILE);
}

static void all_texts_together_have_so_many_bytes(void **state)
{
    (void)state;
    for (uid_t uid = FIRST; uid < FIRST + TEXTS_BYTES_MAX / TEXTS_BYTES_PER_USER; uid++)
        open_many(uid, 1, TEXTS_BYTES_PER_USER);
    assert_int_equal(texts_open(&texts, ALICE, 1), ENFILE);
}

static void a_text_that_is_made_anew_counts_with_its_new_size(void **state)
{
    (void)state;
    open_many(ALICE, 1, SIZE);
    texts_resize(&texts, ALICE, SIZE, TEXTS_BYTES_PER_USER);
    assert_int_equal(texts_open(&texts, ALICE, 1), EMFILE);
    texts_resize(&texts, ALICE, TEXTS_BYTES_PER_USER, SIZE);
    open_many(ALICE, 1, TEXTS_BYTES_PER_USER - SIZE);
    assert_int_equal(texts.all.bytes, TEXTS_BYTES_PER_USER);
}

static void root_is_neither_stopped_nor_counted(void **state)
{
    (void)state;
    for (uid_t uid = FIRST; uid < FIRST + TEXTS_MAX; uid++)
        open_many(uid, 1, SIZE);
    open_many(0, 2 * TEXTS_MAX, SIZE);
    assert_int_equal(texts.all.count, TEXTS_MAX);
    texts_resize(&texts, 0, SIZE, 2 * SIZE);
    texts_close(&texts, 0, SIZE);
    assert_int_equal(texts.all.bytes, (size_t)TEXTS_MAX * SIZE);
}

static void what_was_closed_leaves_nothing(void **state)
{
    (void)state;
    open_many(ALICE, 3, SIZE);
    for (int i = 0; i < 3; i++)
        texts_close(&texts, ALICE, SIZE);
    assert_int_equal(texts.all.count, 0);
    assert_int_equal(texts.all.bytes, 0);
    assert_null(texts.users);
}

static void without_memory_nothing_is_counted(void **state)
{
    (void)state;
    alloc_fail(1);
    assert_int_equal(texts_open(&texts, ALICE, SIZE), ENOMEM);
    alloc_fail(0);
    assert_int_equal(texts.all.count, 0);
    open_many(ALICE, 1, SIZE);
}

static int teardown(void **state)
{
    (void)state;
    texts_done(&texts);
    return 0;
}

#define A_TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(one_user_has_so_many_and_closing_makes_room),
        A_TEST(all_users_together_have_so_many),
        A_TEST(one_users_texts_have_so_many_bytes_and_the_first_may_have_more),
        A_TEST(all_texts_together_have_so_many_bytes),
        A_TEST(a_text_that_is_made_anew_counts_with_its_new_size),
        A_TEST(root_is_neither_stopped_nor_counted),
        A_TEST(what_was_closed_leaves_nothing),
        A_TEST(without_memory_nothing_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
