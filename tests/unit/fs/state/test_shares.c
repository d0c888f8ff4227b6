#include "fs/state/shares.h"

#include <errno.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

enum { SIZE = 4096, ALICE = 1000, BOB = 1001, FIRST = 2000 };

static struct shares shares = {.limits = &shares_of_texts};

static void open_many(uid_t uid, unsigned count, size_t size)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(shares_open(&shares, uid, size), 0);
}

TEST(one_user_has_so_many_and_closing_makes_room)
{
    open_many(ALICE, shares_of_texts.per_user, SIZE);
    assert_int_equal(shares_open(&shares, ALICE, SIZE), EMFILE);
    open_many(BOB, shares_of_texts.per_user, SIZE);
    shares_close(&shares, ALICE, SIZE);
    open_many(ALICE, 1, SIZE);
    assert_int_equal(shares_open(&shares, ALICE, SIZE), EMFILE);
}

TEST(all_users_together_have_so_many)
{
    for (uid_t uid = FIRST; uid < FIRST + shares_of_texts.all; uid++)
        open_many(uid, 1, SIZE);
    assert_int_equal(shares_open(&shares, ALICE, SIZE), ENFILE);
    shares_close(&shares, FIRST, SIZE);
    open_many(ALICE, 1, SIZE);
}

TEST(one_users_shares_have_so_many_bytes_and_the_first_may_have_more)
{
    open_many(ALICE, 1, shares_of_texts.bytes_per_user + 1);
    assert_int_equal(shares_open(&shares, ALICE, 1), EMFILE);
    shares_close(&shares, ALICE, shares_of_texts.bytes_per_user + 1);
    open_many(ALICE, 2, shares_of_texts.bytes_per_user / 2);
    assert_int_equal(shares_open(&shares, ALICE, 1), EMFILE);
}

TEST(all_shares_together_have_so_many_bytes)
{
    for (uid_t uid = FIRST; uid < FIRST + shares_of_texts.bytes_all / shares_of_texts.bytes_per_user; uid++)
        open_many(uid, 1, shares_of_texts.bytes_per_user);
    assert_int_equal(shares_open(&shares, ALICE, 1), ENFILE);
}

TEST(a_text_that_is_made_anew_counts_with_its_new_size)
{
    open_many(ALICE, 1, SIZE);
    shares_resize(&shares, ALICE, SIZE, shares_of_texts.bytes_per_user);
    assert_int_equal(shares_open(&shares, ALICE, 1), EMFILE);
    shares_resize(&shares, ALICE, shares_of_texts.bytes_per_user, SIZE);
    open_many(ALICE, 1, shares_of_texts.bytes_per_user - SIZE);
    assert_int_equal(shares.all.bytes, shares_of_texts.bytes_per_user);
}

/* As many as they can take, each until it is stopped. */
TEST(a_few_greedy_users_leave_room_for_others)
{
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

TEST(root_is_neither_stopped_nor_counted)
{
    for (uid_t uid = FIRST; uid < FIRST + shares_of_texts.all; uid++)
        open_many(uid, 1, SIZE);
    open_many(0, 2 * shares_of_texts.all, SIZE);
    assert_int_equal(shares.all.count, shares_of_texts.all);
    shares_resize(&shares, 0, SIZE, 2 * SIZE);
    shares_close(&shares, 0, SIZE);
    assert_int_equal(shares.all.bytes, (size_t)shares_of_texts.all * SIZE);
}

TEST(a_closed_share_leaves_nothing)
{
    open_many(ALICE, 3, SIZE);
    for (int i = 0; i < 3; i++)
        shares_close(&shares, ALICE, SIZE);
    assert_int_equal(shares.all.count, 0);
    assert_int_equal(shares.all.bytes, 0);
    assert_null(shares.users);
}

TEST(without_memory_nothing_is_counted)
{
    alloc_fail(1);
    assert_int_equal(shares_open(&shares, ALICE, SIZE), ENOMEM);
    alloc_fail(0);
    assert_int_equal(shares.all.count, 0);
    open_many(ALICE, 1, SIZE);
}

static void teardown(void)
{
    shares_done(&shares);
}

EACH_TEST(NULL, teardown);
