/*
 * The journal as it outlives the worker, for one of the same or of another version.
 */
#include "fs/report/journal_kept.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/cut_points.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/outliving_cells.h"

enum { BEGUN = 1700000000 };

static struct cells journal_cell;
static struct journal *journal;

static void begin_worker(int64_t now)
{
    struct fault f = {0};
    law_expect(journal_new(&journal, &f), &f, REASON_NONE);
    law_expect(journal_restore(journal, &journal_cell, now, &f), &f, REASON_NONE);
}

static void set_up(void)
{
    journal_cell = new_cells(sizeof(struct kept_journal), 1);
    begin_worker(BEGUN);
}

static void tear_down(void)
{
    journal_freep(&journal);
    free_cells(&journal_cell);
}

static void take_over(void)
{
    journal_freep(&journal);
    begin_worker(BEGUN + 1000);
}

static struct journal_entry entry_of(enum reason reason, enum action action)
{
    struct journal_entry entry = {.time = BEGUN + 7, .action = action, .sentence = "imported"};
    if (reason != REASON_NONE)
        (void)fault_set(&entry.fault, reason, "ssl_key", "the key does not belong to the certificate");
    return entry;
}

TEST(the_mount_began_with_the_first_worker)
{
    assert_int_equal(journal_mounted(journal), BEGUN);
    take_over();
    assert_int_equal(journal_mounted(journal), BEGUN);
}

TEST(the_version_goes_on)
{
    const struct journal_entry entry = entry_of(REASON_NONE, ACTION_IMPORT_MATERIAL);
    for (int i = 0; i < 5; i++) {
        uint64_t before = journal_version(journal);
        journal_record(journal, &entry, NULL);
        take_over();
        assert_true(journal_version(journal) > before + 1);
    }
}

static void record_another(void *unused)
{
    (void)unused;
    const struct journal_entry entry = entry_of(REASON_EXPIRED, ACTION_IMPORT_CERTIFICATE);
    journal_record(journal, &entry, NULL);
}

/* The last request and the counters are of one moment. */
static void see_that_it_is_whole(void *context)
{
    unsigned *seen = context;
    struct fault f = {0};
    struct journal *next = NULL;
    assert_int_equal(journal_new(&next, &f), 0);
    assert_int_equal(journal_restore(next, &journal_cell, BEGUN, &f), 0);
    uint64_t count = journal_count(next, REASON_EXPIRED);
    assert_int_equal(journal_last(next).fault.reason, count == 0 ? REASON_NONE : REASON_EXPIRED);
    assert_int_equal(journal_count(next, REASON_NONE), 1);
    seen[count == 0 ? 0 : 1]++;
    journal_freep(&next);
}

TEST(at_whatever_instruction_the_worker_is_killed_the_journal_is_of_one_moment)
{
    unsigned seen[2] = {0};
    const struct journal_entry entry = entry_of(REASON_NONE, ACTION_IMPORT_MATERIAL);
    journal_record(journal, &entry, NULL);
    (void)cut_points_visit(record_another, see_that_it_is_whole, seen, journal_cell.memory,
                           size_of_cells(&journal_cell));
    assert_true(seen[0] > 0 && seen[1] > 0);
}

/* ---- other versions ---- */

static struct kept_journal edit(void)
{
    struct kept_journal kept;
    assert_true(cells_get(&journal_cell, 0, &kept));
    return kept;
}

TEST(a_reason_that_only_another_version_knows_keeps_its_count)
{
    const struct journal_entry entry = entry_of(REASON_QUOTA, ACTION_IMPORT_CERTIFICATE);
    struct kept_journal kept = edit();
    snprintf(kept.counts[REASON_COUNT + 1].reason, KEPT_NAME_SIZE, "%s", "of_the_future");
    kept.counts[REASON_COUNT + 1].count = 12;
    cells_put(&journal_cell, 0, &kept);
    take_over();
    journal_record(journal, &entry, NULL);
    kept = edit();
    assert_string_equal(kept.counts[REASON_COUNT + 1].reason, "of_the_future");
    assert_int_equal(kept.counts[REASON_COUNT + 1].count, 12);
}

TEST(counts_are_found_by_name_wherever_another_version_has_them)
{
    struct kept_journal kept = edit();
    memset(kept.counts, 0, sizeof(kept.counts));
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++) {
        snprintf(kept.counts[KEPT_REASONS - 1 - reason].reason, KEPT_NAME_SIZE, "%s", reason_name(reason));
        kept.counts[KEPT_REASONS - 1 - reason].count = reason + 1;
    }
    cells_put(&journal_cell, 0, &kept);
    take_over();
    for (int workers = 0; workers < 2; workers++) {
        for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
            assert_int_equal(journal_count(journal, reason), reason + 1);
        take_over();
    }
}

TEST(a_refusal_for_a_reason_of_another_version_is_one)
{
    struct kept_journal kept = edit();
    kept.time = BEGUN;
    snprintf(kept.reason, sizeof(kept.reason), "%s", "of_the_future");
    snprintf(kept.action, sizeof(kept.action), "%s", "OfTheFuture");
    snprintf(kept.warnings[0].warning, KEPT_NAME_SIZE, "%s", "of_the_future");
    snprintf(kept.repairs[0].repair, KEPT_NAME_SIZE, "%s", "of_the_future");
    cells_put(&journal_cell, 0, &kept);
    take_over();
    assert_int_not_equal(journal_last(journal).fault.reason, REASON_NONE);
    assert_int_equal(journal_findings(journal).warning_count, 0);
    assert_int_equal(journal_findings(journal).repair_count, 0);
}

/* An earlier version has fewer members, a later one more. */
TEST(a_member_that_the_other_version_did_not_have_is_absent)
{
    const struct journal_entry entry = entry_of(REASON_NONE, ACTION_IMPORT_MATERIAL);
    journal_record(journal, &entry, NULL);
    struct kept_journal kept = edit();
    memset((char *)&kept + offsetof(struct kept_journal, report), 0,
           sizeof(kept) - offsetof(struct kept_journal, report));
    cells_put(&journal_cell, 0, &kept);
    take_over();
    assert_string_equal(journal_last(journal).sentence, "imported");
    assert_int_equal(journal_count(journal, REASON_NONE), 0);
    journal_record(journal, &entry, NULL);
    assert_int_equal(journal_count(journal, REASON_NONE), 1);
}

static void restore_in_vain(void *unused)
{
    (void)unused;
    struct fault f = {0};
    struct journal *next = NULL;
    if (journal_new(&next, &f) == 0)
        (void)!journal_restore(next, &journal_cell, BEGUN, &f);
    journal_freep(&next);
}

TEST(without_memory_the_next_worker_is_refused)
{
    assert_true(alloc_fail_each(restore_in_vain, NULL) > 0);
}

EACH_TEST(set_up, tear_down);
