#include "fs/shares.h"

#include <errno.h>

#include "tests/unit/alloc.h"
#include "tests/unit/harness.h"

enum { SIZE = 4096, ALICE = 1000, BOB = 1001, FIRST = 2000 };

static struct shares shares = {.limits = &shares_of_texts};

static void open_many(uid_t uid, unsigned count, size_t size)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(shares_open(&shares, uid, size), 0);
}

static void one_user_has_so_many_and_closing_makes_room(void **state)
{
    (void)state;
    open_many(ALICE, shares_of_texts.per_user, SIZE);
    assert_int_equal(shares_open(&shares, ALICE, SIZE), EMFILE);
    open_many(BOB, shares_of_texts.per_user, SIZE);
    shares_close(&shares, ALICE, SIZE);
    open_many(ALICE, 1, SIZE);
    assert_int_equal(shares_open(&shares, ALICE, SIZE), EMFILE);
}

static void all_users_together_have_so_many(void **state)
{
    (void)state;
    for (uid_t uid = FIRST; uid < FIRST + shares_of_texts.all; uid++)
        open_many(uid, 1, SIZE);
    assert_int_equal(shares_open(&shares, ALICE, SIZE), ENFILE);
    shares_close(&shares, FIRST, SIZE);
    open_many(ALICE, 1, SIZE);
}

static void one_users_shares_have_so_many_bytes_and_the_first_may_have_more(void **state)
{
    (void)state;
    open_many(ALICE, 1, shares_of_texts.bytes_per_user + 1);
    assert_int_equal(shares_open(&shares, ALICE, 1), EMFILE);
    shares_close(&shares, ALICE, shares_of_texts.bytes_per_user + 1);
    open_many(ALICE, 2, shares_of_texts.bytes_per_user / 2);
    assert_int_equal(shares_open(&shares, ALICE, 1), EMFILE);
}

static void all_shares_together_have_so_many_bytes(void **state)
{
    (void)state;
    for (uid_t uid = FIRST; uid < FIRST + shares_of_texts.bytes_all / shares_of_texts.bytes_per_user; uid++)
        open_many(uid, 1, shares_of_texts.bytes_per_user);
    assert_int_equal(shares_open(&shares, ALICE, 1), ENFILE);
}

static void a_text_that_is_made_anew_counts_with_its_new_size(void **state)
{
    (void)state;
    open_many(ALICE, 1, SIZE);
    shares_resize(&shares, ALICE, SIZE, shares_of_texts.bytes_per_user);
    assert_int_equal(shares_open(&shares, ALICE, 1), EMFILE);
    shares_resize(&shares, ALICE, shares_of_texts.bytes_per_user, SIZE);
    open_many(ALICE, 1, shares_of_texts.bytes_per_user - SIZE);
    assert_int_equal(shares.all.bytes, shares_of_texts.bytes_per_user);
}

/* As many as they can take, each until he is stopped. */
static void a_few_greedy_users_leave_room_for_others(void **state)
{
    (void)state;
    static const struct share_limits *const kinds[] = {&shares_of_texts, &shares_of_import};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct shares some = {.limits = kinds[i]};
        for (uid_t uid = FIRST; uid < FIRST + kinds[i]->all / kinds[i]->per_user + 2; uid++)
            while (shares_open(&some, uid, 0) == 0)
                continue;
        assert_true(some.all.count > kinds[i]->all * 3 / 4 && some.all.count < kinds[i]->all);
        assert_int_equal(shares_open(&some, ALICE, 0), 0);
        shares_done(&some);
    }
}

static void root_is_neither_stopped_nor_counted(void **state)
{
    (void)state;
    for (uid_t uid = FIRST; uid < FIRST + shares_of_texts.all; uid++)
        open_many(uid, 1, SIZE);
    open_many(0, 2 * shares_of_texts.all, SIZE);
    assert_int_equal(shares.all.count, shares_of_texts.all);
    shares_resize(&shares, 0, SIZE, 2 * SIZE);
    shares_close(&shares, 0, SIZE);
    assert_int_equal(shares.all.bytes, (size_t)shares_of_texts.all * SIZE);
}

static void what_was_closed_leaves_nothing(void **state)
{
    (void)state;
    open_many(ALICE, 3, SIZE);
    for (int i = 0; i < 3; i++)
        shares_close(&shares, ALICE, SIZE);
    assert_int_equal(shares.all.count, 0);
    assert_int_equal(shares.all.bytes, 0);
    assert_null(shares.users);
}

static void without_memory_nothing_is_counted(void **state)
{
    (void)state;
    alloc_fail(1);
    assert_int_equal(shares_open(&shares, ALICE, SIZE), ENOMEM);
    alloc_fail(0);
    assert_int_equal(shares.all.count, 0);
    open_many(ALICE, 1, SIZE);
}

static int teardown(void **state)
{
    (void)state;
    shares_done(&shares);
    return 0;
}

#define A_TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(one_user_has_so_many_and_closing_makes_room),
        A_TEST(all_users_together_have_so_many),
        A_TEST(one_users_shares_have_so_many_bytes_and_the_first_may_have_more),
        A_TEST(all_shares_together_have_so_many_bytes),
        A_TEST(a_text_that_is_made_anew_counts_with_its_new_size),
        A_TEST(a_few_greedy_users_leave_room_for_others),
        A_TEST(root_is_neither_stopped_nor_counted),
        A_TEST(what_was_closed_leaves_nothing),
        A_TEST(without_memory_nothing_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
