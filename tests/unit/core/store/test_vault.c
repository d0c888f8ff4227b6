/* Records in memory: each is there whole or not at all, whenever the process that writes them is killed. */
#include "core/store/vault.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/lib/fail_syscalls.h"
#include "tests/unit/lib/harness.h"

enum { CALLS_MAX = 60, LARGE = 20000 };

static int memory;
static struct vault *vault;

static void reopen(void)
{
    struct fault f = {0};
    vault_freep(&vault);
    vault = NULL;
    law_expect(vault_open(memory, &vault, &f), &f, REASON_NONE);
}

static void set_up(void)
{
    memory = memfd_create("vault", MFD_CLOEXEC);
    vault = NULL;
    reopen();
}

static void tear_down(void)
{
    vault_freep(&vault);
    close(memory);
}

EACH_TEST(set_up, tear_down);

/* So many times the letter. */
static struct span text(char letter, size_t size)
{
    static unsigned char bytes[LARGE];
    memset(bytes, letter, size);
    return (struct span){bytes, size};
}

static void put(const char *name, char letter, size_t size)
{
    struct fault f = {0};
    law_expect(vault_put(vault, name, text(letter, size), 7, &f), &f, REASON_NONE);
}

static void retire(uint64_t number, const char *name, char letter, size_t size)
{
    struct vault_retired retired = {.number = number, .since = 5};
    struct fault f = {0};
    memcpy(retired.name, name, strlen(name));
    law_expect(vault_retire(vault, &retired, text(letter, size), &f), &f, REASON_NONE);
}

/* The letter of the record, which must be whole; 0 for none. */
static char letter_of(const char *name, uint64_t number)
{
    CLEANUP(buf_done) struct buf got = {0};
    struct fault f = {0};
    int result = name != NULL ? vault_get(vault, name, &got, &f) : vault_get_retired(vault, number, &got, &f);
    law_check(result, &f, (struct span){NULL, 0});
    if (result != 0)
        return 0;
    assert_true(got.len > 0 && span_equal(buf_span(&got), text((char)got.data[0], got.len)));
    return (char)got.data[0];
}

static blkcnt_t blocks(void)
{
    struct stat facts;
    assert_int_equal(fstat(memory, &facts), 0);
    return facts.st_blocks;
}

static int count_name(void *context, const char *name)
{
    (void)name;
    ++*(int *)context;
    return 0;
}

static int names(void)
{
    int count = 0;
    struct fault f = {0};
    assert_int_equal(vault_each(vault, count_name, &count, &f), 0);
    return count;
}

TEST(a_record_is_there_for_the_next_process)
{
    struct stamp stamp, other;
    struct fault f = {0};
    put("a", 'x', LARGE);
    put("b", 'y', 1);
    assert_int_equal(vault_stamp(vault, "a", &stamp, &f), 0);
    reopen();
    assert_int_equal(letter_of("a", 0), 'x');
    assert_int_equal(letter_of("b", 0), 'y');
    assert_int_equal(vault_mark(vault), 7);
    assert_int_equal(names(), 2);
    assert_int_equal(vault_stamp(vault, "a", &other, &f), 0);
    assert_true(stamp_equal(&stamp, &other));
    put("a", 'x', LARGE);
    assert_int_equal(vault_stamp(vault, "a", &other, &f), 0);
    assert_false(stamp_equal(&stamp, &other));
    assert_true(vault_remove(vault, "a"));
    assert_false(vault_remove(vault, "a"));
    reopen();
    assert_false(vault_has(vault, "a"));
    law_expect(vault_stamp(vault, "a", &other, &f), &f, REASON_NOT_FOUND);
}

TEST(the_mark_never_goes_back)
{
    struct fault f = {0};
    assert_int_equal(vault_raise_mark(vault, 9, &f), 0);
    put("a", 'x', 1);
    assert_int_equal(vault_mark(vault), 9);
    reopen();
    assert_int_equal(vault_mark(vault), 9);
}

TEST(memory_of_records_that_are_gone_is_given_back)
{
    put("a", 'x', LARGE);
    retire(1, "a", 'x', LARGE);
    const blkcnt_t before = blocks();
    for (int i = 0; i < 100; i++) {
        put("a", 'x', LARGE);
        retire(1, "a", 'x', LARGE);
    }
    assert_int_equal(blocks(), before);
    assert_true(vault_remove(vault, "a"));
    vault_drop_retired(vault, 1);
    vault_drop_retired(vault, 1);
    assert_in_range(blocks(), 0, before - 2 * LARGE / 512);
}

TEST(those_that_were_replaced_are_listed_by_their_numbers)
{
    struct vault_retired listed[VAULT_LISTED];
    for (uint64_t i = 1; i <= VAULT_LISTED + 1; i++)
        retire(2 * i, i == 3 ? "b" : "a", 'x', 10);
    put("a", 'y', 10);
    assert_int_equal(vault_list_retired(vault, 0, listed), VAULT_LISTED);
    assert_int_equal(listed[0].number, 2);
    assert_int_equal(listed[0].since, 5);
    assert_string_equal(listed[2].name, "b");
    assert_int_equal(vault_list_retired(vault, listed[VAULT_LISTED - 1].number, listed), 1);
    vault_drop_retired_of(vault, "a");
    assert_int_equal(vault_list_retired(vault, 0, listed), 1);
    assert_int_equal(letter_of("a", 0), 'y');
    reopen();
    assert_int_equal(letter_of(NULL, 6), 'x');
}

TEST(the_oldest_go_when_all_that_were_replaced_are_too_large)
{
    const uint64_t fit = VAULT_RETIRED_BYTES / LARGE;
    for (uint64_t i = 1; i <= fit; i++)
        retire(i, "a", 'x', LARGE);
    assert_int_equal(letter_of(NULL, 1), 'x');
    retire(fit + 1, "a", 'x', LARGE);
    assert_int_equal(letter_of(NULL, 1), 0);
    assert_int_equal(letter_of(NULL, 2), 'x');
    reopen();
    retire(fit + 2, "a", 'x', LARGE);
    assert_int_equal(letter_of(NULL, 2), 0);
}

/* ---- killed ---- */

static void change(int which)
{
    switch (which) {
    case 0:
        put("a", 'n', LARGE);
        break;
    case 1:
        put("c", 'n', LARGE);
        break;
    case 2:
        vault_remove(vault, "a");
        break;
    case 3:
        retire(4, "a", 'n', LARGE);
        break;
    case 4:
        retire(5, "a", 'n', LARGE);
        break;
    case 5:
        vault_drop_retired_of(vault, "a");
        break;
    default:
        reopen();
        break;
    }
}

enum { REOPENING = 6, CHANGES };

static bool change_and_die(int which, size_t nth)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        calls_end(nth);
        change(which);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == CALLS_ENDED));
    return WEXITSTATUS(status) != 0;
}

/* Whether it was killed at the nth call. The new state may not be followed by the old one at a later call. */
static bool kill_at(int which, size_t nth)
{
    set_up();
    put("a", 'o', LARGE);
    put("b", 'b', LARGE);
    retire(4, "a", 'o', LARGE);
    if (which == REOPENING) /* behind one that was killed when the new record was valid, and the old one not dropped */
        assert_true(change_and_die(0, 4));
    bool killed = change_and_die(which, nth);
    reopen();
    assert_int_equal(letter_of("b", 0), 'b');
    char a = letter_of("a", 0), c = letter_of("c", 0), four = letter_of(NULL, 4), five = letter_of(NULL, 5);
    assert_true(a == 'o' || (a == 'n' && (which == 0 || which == REOPENING)) || (a == 0 && which == 2));
    assert_true(c == 0 || (c == 'n' && which == 1));
    assert_true(four == 'o' || (four == 'n' && which == 3) || (four == 0 && which == 5));
    assert_true(five == 0 || (five == 'n' && which == 4));
    assert_true(killed || which == REOPENING || a + c + four + five != 'o' + 'o');
    const blkcnt_t used = blocks();
    reopen();
    assert_int_equal(blocks(), used);
    /* All that is left is what was put: nothing of the change that was not made takes memory. */
    const int whole = (a != 0) + 1 + (c != 0) + (four != 0) + (five != 0);
    assert_in_range(used, 0, (blkcnt_t)whole * (LARGE + 4096) / 512 + 3 * 8);
    put("a", 'z', 5);
    assert_int_equal(letter_of("a", 0), 'z');
    tear_down();
    return killed;
}

TEST(a_change_is_made_or_not_whenever_the_process_is_killed)
{
    tear_down();
    for (int which = 0; which < CHANGES; which++) {
        size_t nth = 1;
        for (; kill_at(which, nth); nth++)
            assert_true(nth < CALLS_MAX);
        assert_true(nth > 2);
    }
    set_up();
}

/* ---- spoilt by an intruder ---- */

TEST(a_file_of_another_kind_is_refused_and_a_wild_slot_ignored)
{
    static const char wild[128] = "\1\0\0\0\1\0\0\0\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377";
    struct fault f = {0};
    struct vault *other = NULL;
    put("a", 'x', 10);
    put("b", 'y', 10);
    assert_int_equal(pwrite(memory, wild, sizeof(wild), 4096), sizeof(wild));
    reopen();
    assert_int_equal(letter_of("a", 0), 0);
    assert_int_equal(letter_of("b", 0), 'y');
    assert_int_equal(pwrite(memory, "vault 2", 8, 0), 8);
    law_expect(vault_open(memory, &other, &f), &f, REASON_STORE_FAILED);
}
