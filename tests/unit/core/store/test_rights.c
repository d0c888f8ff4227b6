#include "core/store/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/stamp.h"
#include "core/store/dir_store.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

enum { OTHER = 4242 };

static const char record[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static int folder;

static void setup(void)
{
    folder = folder_make();
    folder_write(folder, record, span_of("x"), 0600);
}

static void expect_message(bool hands_over, const char *message)
{
    struct fault f = {.reason = REASON_NONE};
    int result = rights_check_record(folder, record, hands_over, &f);
    law_check(result, &f, (struct span){0});
    assert_string_equal(f.message, message);
    assert_int_equal(f.os_errno, message[0] == '\0' ? 0 : EACCES);
}

TEST(a_store_of_this_user_is_used_with_a_record_or_without)
{
    expect_message(true, "");
    assert_int_equal(unlinkat(folder, record, 0), 0);
    expect_message(true, "");
}

TEST(a_mode_that_keeps_the_owner_out_is_named_with_the_one_that_is_needed)
{
    assert_int_equal(fchmodat(folder, record, 0040, 0), 0);
    expect_message(true, "the set's record in STORE has mode 0040: chmod 0600 it");
    assert_int_equal(fchmod(folder, 0500), 0);
    expect_message(true, "STORE has mode 0500: chmod 0700 it");
    assert_int_equal(fchmod(folder, 0700), 0);
}

TEST(the_owner_of_another_users_directory_or_record_is_named_and_the_one_it_needs)
{
    if (geteuid() != 0)
        skip();
    assert_int_equal(fchownat(folder, record, OTHER, OTHER, 0), 0);
    expect_message(true, "the set's record in STORE belongs to uid 4242: chown it to 0");
    assert_int_equal(fchown(folder, OTHER, OTHER), 0);
    expect_message(true, "STORE belongs to uid 4242: chown it and its files to 0");
    assert_int_equal(fchown(folder, 0, 0), 0);
}

/* Only what is root's is handed over at a start. */
TEST(a_restart_is_a_remedy_where_it_hands_over)
{
    if (geteuid() != 0)
        skip();
    assert_int_equal(fchmod(folder, 0755) | seteuid(OTHER), 0);
    expect_message(true, "STORE belongs to uid 0: chown it and its files to 4242, or restart certfs");
    expect_message(false, "STORE belongs to uid 0: chown it and its files to 4242");
    assert_int_equal(seteuid(0) | fchown(folder, OTHER, OTHER) | seteuid(OTHER), 0);
    expect_message(true, "the set's record in STORE belongs to uid 0: chown it to 4242, or restart certfs");
    assert_int_equal(seteuid(0), 0);
}

static void expect_given_away(int result, struct fault *f)
{
    law_expect(result, f, REASON_STORE_FAILED);
    assert_string_equal(f->message, "STORE belongs to uid 0: chown it and its files to 4242");
    fault_clear(f);
}

TEST(a_store_that_was_given_to_root_is_reported_whatever_is_done_in_it)
{
    CLEANUP(dir_store_freep) struct dir_store *store = NULL;
    CLEANUP(buf_done) struct buf got = {0};
    struct fault f = {.reason = REASON_NONE};
    enum store_removed removed;
    struct stamp stamp;
    bool any;
    if (geteuid() != 0)
        skip();
    assert_int_equal(fchown(folder, OTHER, OTHER) | seteuid(OTHER), 0);
    assert_int_equal(dir_store_open(fcntl(folder, F_DUPFD_CLOEXEC, 3), false, &store, &f), 0);
    assert_int_equal(seteuid(0) | fchown(folder, 0, 0) | seteuid(OTHER), 0);
    expect_given_away(dir_store_stamp(store, record, &stamp, &f), &f);
    expect_given_away(dir_store_get(store, record, &got, &f), &f);
    expect_given_away(dir_store_put(store, record, span_of("y"), 1, &f), &f);
    expect_given_away(dir_store_put_aside(store, record, span_of("y"), 1, &f), &f);
    expect_given_away(dir_store_remove(store, record, &removed, &f), &f);
    expect_given_away(dir_store_has_any(store, record, &any, &f), &f);
    expect_given_away(dir_store_raise_mark(store, 1, &f), &f);
    assert_int_equal(seteuid(0) | fchown(folder, OTHER, OTHER) | seteuid(OTHER), 0);
    law_expect(dir_store_put(store, record, span_of("y"), 1, &f), &f, REASON_STORE_FAILED); /* the record is root's */
    assert_string_equal(f.message, "the set's record in STORE belongs to uid 0: chown it to 4242");
    assert_int_equal(seteuid(0), 0);
}

static void teardown(void)
{
    if (geteuid() != getuid())
        assert_int_equal(seteuid(getuid()), 0); /* after a failure */
    folder_remove(folder);
}

EACH_TEST(setup, teardown);
