/*
 * The worker is replaced: what last, status and metrics show comes back, and no counter goes back.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/report/journal_kept.h"
#include "fs/report/metrics.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/outliving_cells.h"
#include "tests/unit/lib/status_fixture.h"

enum { BEGUN = 1700000000 };

static struct cells journal_cell;
static struct audit_cells audit_cells;
static uint64_t lost;

static void restore(int64_t now)
{
    struct fault f = {0};
    law_expect(journal_restore(source.journal, &journal_cell, now, &f), &f, REASON_NONE);
    lost = audit_restore(source.audit, &audit_cells, source.registry);
}

static void set_up(void)
{
    source_setup();
    journal_cell = new_cells(sizeof(struct kept_journal), 1);
    audit_cells.readers = new_cells(sizeof(struct kept_reader), AUDIT_READERS_MAX);
    audit_cells.counts = new_cells(sizeof(struct kept_audit), 1);
    restore(BEGUN);
}

static void tear_down(void)
{
    source_teardown();
    free_cells(&journal_cell);
    free_cells(&audit_cells.readers);
    free_cells(&audit_cells.counts);
}

static void take_over(void)
{
    struct fault f = {0};
    audit_freep(&source.audit);
    journal_freep(&source.journal);
    assert_int_equal(journal_new(&source.journal, &f), 0);
    source_new_audit();
    restore(BEGUN + 1000);
}

/* All three texts, one after the other. */
static void write_all(struct buf *ret)
{
    struct fault f = {0};
    law_expect(status_write_last(&source, ret, &f), &f, REASON_NONE);
    law_expect(status_write(&source, ret, &f), &f, REASON_NONE);
    law_expect(metrics_write(&source, ret, &f), &f, REASON_NONE);
}

static void expect_the_same_afterwards(void)
{
    CLEANUP(buf_done) struct buf before = {0};
    CLEANUP(buf_done) struct buf after = {0};
    write_all(&before);
    take_over();
    write_all(&after);
    assert_int_equal(after.len, before.len);
    assert_memory_equal(after.data, before.data, before.len);
}

static struct journal_entry entry_of(enum reason reason, enum action action)
{
    struct journal_entry entry = {
        .time = BEGUN + 7, .action = action, .writer = {.uid = 27, .pid = 4711}, .sentence = "imported"};
    if (reason != REASON_NONE)
        (void)fault_set(&entry.fault, reason, "ssl_key", "the key does not belong to the certificate");
    return entry;
}

/* ---- the journal ---- */

TEST(each_reason_and_each_action_comes_back)
{
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
        for (enum action action = ACTION_NONE; action < ACTION_COUNT; action++) {
            const struct journal_entry entry = entry_of(reason, action);
            journal_record(source.journal, &entry, NULL);
            if (action == (enum action)(reason % ACTION_COUNT))
                expect_the_same_afterwards();
            assert_int_equal(journal_count(source.journal, reason), action + 1);
        }
}

TEST(all_repairs_and_warnings_of_the_last_request_come_back)
{
    struct findings findings = {.repair_count = 0};
    const struct journal_entry entry = entry_of(REASON_NONE, ACTION_IMPORT_MATERIAL);
    for (enum repair repair = 0; repair < REPAIR_COUNT; repair++) {
        findings_add_repair(&findings, repair, findings_field("ssl_ca"));
        findings_add_repair(&findings, repair, findings_field("CertificateWallet"));
        findings_add_repair(&findings, repair, findings_field(""));
    }
    for (enum warning warning = 0; warning < WARNING_COUNT; warning++)
        findings_add_warning(&findings, warning, findings_field("ssl_cert"), "%0*d", FAULT_MESSAGE_SIZE - 1, 7);
    journal_record(source.journal, &entry, &findings);
    expect_the_same_afterwards();
}

TEST(the_longest_texts_come_back_whole)
{
    struct journal_entry entry = entry_of(REASON_QUOTA, ACTION_ADD_TAGS);
    char report[JOURNAL_REPORT_SIZE];
    memset(entry.fault.message, 'm', sizeof(entry.fault.message) - 1);
    memset(entry.fault.field, 'f', sizeof(entry.fault.field) - 1);
    memset(entry.sentence, 's', sizeof(entry.sentence) - 1);
    memset(report, 'r', sizeof(report) - 1);
    report[sizeof(report) - 1] = '\0';
    journal_record(source.journal, &entry, NULL);
    journal_set_report(source.journal, report, true);
    journal_set_report(source.journal, report, false);
    journal_set_report(source.journal, report, false);
    expect_the_same_afterwards();
    assert_int_equal(journal_runs(source.journal).ok, 2);
    assert_int_equal(journal_runs(source.journal).failed, 1);
}

TEST(a_mount_without_requests_is_one_afterwards_too)
{
    expect_the_same_afterwards();
    assert_int_equal(journal_time(source.journal), 0);
}

TEST(cells_of_reports_may_hold_anything)
{
    uint32_t seed = 1;
    CLEANUP(buf_done) struct buf texts = {0};
    struct cells all[] = {journal_cell, audit_cells.readers, audit_cells.counts};
    for (int round = 0; round < 30; round++) {
        for (size_t i = 0; i < COUNT_OF(all); i++)
            for (size_t at = 0; at < size_of_cells(&all[i]); at++) {
                seed = seed * 1664525 + 1013904223;
                const size_t in_cell = at % cells_stride(all[i].size);
                all[i].memory[at] = (unsigned char)(in_cell >= 8 ? seed >> 24 : in_cell == 0 ? 1U : 0U);
            }
        take_over();
        buf_done(&texts);
        write_all(&texts);
        for (size_t at = 0; at < texts.len; at++)
            assert_true(texts.data[at] == '\n' || (texts.data[at] >= ' ' && texts.data[at] <= '~'));
    }
}

/* ---- audit ---- */

static void note_open(const char *identifier, uint64_t request)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(source.registry, identifier);
    audit_note_open(source.audit, &(struct audit_open){.uid = 27,
                                                       .gid = 28,
                                                       .thread = getpid(),
                                                       .resource = current->resource,
                                                       .generation = current->number,
                                                       .request = request});
}

static void commit(const char *identifier)
{
    struct fault f = {0};
    struct commit done;
    CLEANUP(material_unrefp) struct material *material = set_material_of_key(2);
    const struct registry_entry entry = {.identifier = identifier, .material = material};
    law_expect(registry_commit(source.registry, &entry, (struct moment){BEGUN, 1}, &done, &f), &f, REASON_NONE);
}

TEST(opened_keys_and_their_readers_come_back)
{
    commit("");
    commit("Replica-1");
    note_open("Replica-1", 2);
    note_open("", 4);
    audit_write(source.audit);
    expect_the_same_afterwards();
    expect_the_same_afterwards();
    note_open("Replica-1", 6);
    assert_int_equal(audit_opens(source.audit), 3);
    audit_write(source.audit);
    expect_the_same_afterwards();
}

TEST(a_reader_of_a_set_that_was_removed_comes_back_by_its_name)
{
    struct fault f = {0};
    struct commit done;
    commit("Replica-1");
    note_open("Replica-1", 2);
    audit_write(source.audit);
    law_expect(registry_remove(source.registry, "replica-1", &done, &f), &f, REASON_NONE);
    expect_the_same_afterwards();
    commit("replica-1");
    expect_the_same_afterwards();
}

static void remember(struct readers *readers, pid_t pid, struct resource *set)
{
    readers_remember(readers, &(struct audit_reader){.pid = pid, .resource = set, .started = process_started(pid)});
}

static size_t count_of_cells(const struct cells *cells)
{
    struct kept_reader kept;
    size_t count = 0;
    for (size_t i = 0; i < cells->count; i++)
        count += cells_get(cells, i, &kept);
    return count;
}

/* The oldest one comes first, wherever its cell is; and one that has ended has none. */
TEST(the_list_of_readers_keeps_its_order)
{
    struct audit_reader list[AUDIT_READERS_MAX];
    CLEANUP(resource_unrefp) struct resource *one = resource_new("one", 5, "", 0), *two = resource_new("two", 6, "", 0);
    struct readers *readers = readers_new();
    readers_restore(readers, &audit_cells.readers, source.registry);
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    assert_true(child > 0);
    remember(readers, child, one);
    remember(readers, getpid(), one);
    assert_int_equal(count_of_cells(&audit_cells.readers), 2);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    readers_tidy(readers);
    assert_int_equal(count_of_cells(&audit_cells.readers), 1);
    remember(readers, getpid(), two);
    readers_freep(&readers);
    readers = readers_new();
    readers_restore(readers, &audit_cells.readers, source.registry);
    assert_int_equal(readers_list(readers, list), 2);
    assert_string_equal(list[0].resource->identifier, "one");
    assert_string_equal(list[1].resource->identifier, "two");
    readers_done(list, 2);
    readers_freep(&readers);
}

TEST(an_open_that_comes_again_is_counted_and_noted_once)
{
    commit("");
    note_open("", 2);
    take_over();
    note_open("", 2);
    assert_int_equal(audit_opens(source.audit), 1);
    note_open("", 4);
    assert_int_equal(audit_opens(source.audit), 2);
    note_open("", 0);
    note_open("", 0);
    assert_int_equal(audit_opens(source.audit), 4);
}

TEST(lines_that_were_not_written_are_counted_once)
{
    const struct journal_entry entry = entry_of(REASON_NONE, ACTION_IMPORT_MATERIAL);
    commit("");
    note_open("", 2);
    audit_write(source.audit);
    take_over();
    assert_int_equal(lost, 0);
    note_open("", 4);
    audit_note_request(source.audit, &entry);
    take_over();
    assert_int_equal(lost, 2);
    take_over();
    assert_int_equal(lost, 0);
}

EACH_TEST(set_up, tear_down);
