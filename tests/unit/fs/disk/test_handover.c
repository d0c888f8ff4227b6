/* STORE changes hands whole or not at all. These need root. */
#include "fs/disk/handover.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

#define RECORD "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define OTHER "2413fb3709b05939f04cf2e92f7d0897fc2596f9ad0b8a9ea855c7bfebaae892"

static const struct account worker = {.user = 890, .group = 891}, root = {.user = 0, .group = 0};
static int store, elsewhere;

static void before(void)
{
    if (geteuid() != 0)
        skip();
    store = folder_make();
    elsewhere = folder_make();
    folder_write(store, RECORD, span_of("a record"), 0600);
    folder_write(store, RECORD ".unopened.2", span_of("another"), 0600);
    folder_write(store, "generation.7", span_of(""), 0600);
    folder_write(store, "notes", span_of("of the operator"), 0600);
}

static void after(void)
{
    if (geteuid() != 0)
        return;
    folder_remove(store);
    folder_remove(elsewhere);
}

static uid_t owner_of(const char *name)
{
    struct stat facts;
    assert_int_equal(fstatat(store, name, &facts, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH), 0);
    return facts.st_uid;
}

static void expect_owner(uid_t uid)
{
    static const char *const ours[] = {"", RECORD, RECORD ".unopened.2", "generation.7"};
    for (size_t i = 0; i < COUNT_OF(ours); i++)
        if (owner_of(ours[i]) != uid)
            fail_msg("\"%s\" belongs to uid %u", ours[i], (unsigned)owner_of(ours[i]));
    assert_int_equal(owner_of("notes"), 0);
}

static void give(const struct account *to)
{
    struct fault f = {0};
    bool untouched;
    law_check(handover_store(store, "/the/store", to, &untouched, &f), &f, (struct span){NULL, 0});
    if (f.reason != REASON_NONE)
        fail_msg("refused: %s", f.message);
    assert_int_equal(untouched, to->user == 0);
}

static void expect_refused(const struct account *to, const char *sentence, bool expected_untouched)
{
    struct fault f = {0};
    bool untouched;
    law_expect(handover_store(store, "/the/store", to, &untouched, &f), &f, REASON_SYSTEM);
    assert_string_equal(f.message, sentence);
    assert_int_equal(untouched, expected_untouched);
}

TEST(the_directory_records_and_the_mark_are_given_and_nothing_else)
{
    struct stat facts;
    give(&worker);
    expect_owner(worker.user);
    assert_int_equal(fstatat(store, RECORD, &facts, 0), 0);
    assert_int_equal(facts.st_gid, worker.group);
    assert_int_equal(facts.st_mode & 07777, 0600);
}

TEST(files_that_root_adds_are_given_by_the_next_handover)
{
    give(&worker);
    folder_write(store, OTHER, span_of("put back by root"), 0600);
    give(&worker);
    expect_owner(worker.user);
    assert_int_equal(owner_of(OTHER), worker.user);
}

TEST(an_interrupted_handover_is_continued)
{
    assert_int_equal(fchownat(store, RECORD, worker.user, worker.group, 0), 0);
    give(&worker);
    expect_owner(worker.user);
}

TEST(a_worker_that_stays_root_changes_nothing)
{
    give(&root);
    expect_owner(0);
}

TEST(a_store_of_somebody_else_is_refused_with_the_cure)
{
    give(&worker);
    expect_refused(&root, "STORE belongs to uid 890, not to root or the worker: chown -R root /the/store", false);
    assert_int_equal(fchown(store, 4242, 0), 0);
    expect_refused(&worker, "STORE belongs to uid 4242, not to root or the worker: chown -R root /the/store", false);
}

/* ---- what cannot be given ---- */

static void make_link_outside(void)
{
    assert_int_equal(linkat(store, RECORD, elsewhere, "backup", 0), 0);
}

static void make_foreign(void)
{
    assert_int_equal(fchownat(store, RECORD, 4242, 0, 0), 0);
}

static void make_fifo(void)
{
    assert_int_equal(unlinkat(store, RECORD, 0), 0);
    assert_int_equal(mkfifoat(store, RECORD, 0600), 0);
}

static void make_symbolic_link(void)
{
    assert_int_equal(unlinkat(store, RECORD, 0), 0);
    assert_int_equal(symlinkat("notes", store, RECORD), 0);
}

static void make_directory(void)
{
    assert_int_equal(unlinkat(store, RECORD, 0), 0);
    assert_int_equal(mkdirat(store, RECORD, 0700), 0);
}

static const struct {
    void (*make)(void);
    const char *sentence;
} strange[] = {
    {make_link_outside, RECORD " has links outside STORE: cp -p F n && mv n F"},
    {make_foreign, RECORD " belongs to uid 4242: chown it to root"},
    {make_fifo, RECORD " in STORE is not a regular file: move it away"},
    {make_symbolic_link, RECORD " in STORE is not a regular file: move it away"},
    {make_directory, RECORD " in STORE is not a regular file: move it away"},
};

TEST(a_store_with_a_record_that_cannot_be_given_is_left_as_it_is)
{
    for (size_t i = 0; i < COUNT_OF(strange); i++) {
        strange[i].make();
        expect_refused(&worker, strange[i].sentence, true);
        assert_int_equal(owner_of(""), 0);
        assert_int_equal(owner_of("generation.7"), 0);
        (void)unlinkat(store, RECORD, AT_REMOVEDIR);
        after();
        before();
    }
}

TEST(the_same_is_refused_in_a_store_that_was_given)
{
    give(&worker);
    make_foreign();
    expect_refused(&worker, RECORD " belongs to uid 4242: chown it to root", false);
}

TEST(strange_files_with_other_names_do_not_matter)
{
    assert_int_equal(mkdirat(store, "lost+found", 0700), 0);
    assert_int_equal(symlinkat("nowhere", store, "link"), 0);
    assert_int_equal(linkat(store, "notes", elsewhere, "notes", 0), 0);
    give(&worker);
    expect_owner(worker.user);
    assert_int_equal(owner_of("lost+found"), 0);
    assert_int_equal(unlinkat(store, "lost+found", AT_REMOVEDIR), 0);
}

TEST(names_within_store_are_no_links_outside)
{
    assert_int_equal(linkat(store, RECORD, store, RECORD ".certfs-old", 0), 0);
    assert_int_equal(linkat(store, RECORD, store, RECORD ".unopened", 0), 0);
    give(&worker);
    expect_owner(worker.user);
    assert_int_equal(linkat(store, RECORD, elsewhere, "backup", 0), 0);
    expect_refused(&worker, RECORD " has links outside STORE: cp -p F n && mv n F", false);
}

EACH_TEST(before, after);
