#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/audit_fixture.h"
#include "tests/unit/lib/harness.h"

static void expect_accounted(unsigned opens)
{
    for (unsigned i = 0; i < opens; i++)
        note_open(27, 28, getpid(), 7);
    assert_int_equal(audit_opens(audit), opens);
    assert_int_equal(accounted("event=key_open", 27), opens);
}

TEST(every_open_of_a_small_burst_is_listed_or_counted)
{
    expect_accounted(50);
}

TEST(every_open_of_a_burst_is_listed_or_counted)
{
    expect_accounted(400);
}

TEST(every_open_beyond_what_can_be_kept_is_counted)
{
    expect_accounted(5000);
}

/* ---- floods ---- */

TEST(a_burst_of_opens_does_not_hide_a_request)
{
    const struct journal_entry entry = audited_request();
    for (int i = 0; i < 2000; i++)
        note_open(27, 28, getpid(), 7);
    audit_note_request(audit, &entry);
    assert_int_equal(accounted("new=bb", 1000), 1);
}

TEST(refusals_are_one_line_and_one_count_for_each_user_and_way)
{
    struct journal_entry entries[] = {audited_refusal(27, VIA_IMPORT), audited_refusal(28, VIA_IMPORT),
                                      audited_refusal(27, VIA_CONTROL)};
    for (int i = 0; i < 30000; i++)
        audit_note_request(audit, &entries[i % 3]);
    audit_write(audit);
    unsigned lines = 0;
    while (take_line())
        lines++;
    assert_in_range(lines, 3, 6); /* a second may have ended meanwhile */
    uint64_t sum = accounted("via=import", 27);
    assert_in_range(sum, 10000 - 2, 10000 - 1);
}

TEST(each_user_has_its_own_counts)
{
    struct journal_entry entries[] = {audited_refusal(27, VIA_IMPORT), audited_refusal(28, VIA_IMPORT),
                                      audited_refusal(27, VIA_CONTROL)};
    for (int i = 0; i < 2000; i++)
        audit_note_request(audit, &entries[i % 2 == 0 ? 0 : i % 3 == 0 ? 1 : 2]);
    uint64_t of_import = accounted("via=import", 27);
    assert_int_equal(of_import, 1000);
}

/* Each action of root stays a line, however busy others are. */
TEST(no_flood_of_others_hides_what_root_does)
{
    struct journal_entry flood[] = {audited_refusal(27, VIA_IMPORT), audited_request(),
                                    audited_refusal(28, VIA_CONTROL)};
    struct journal_entry roots = audited_request();
    flood[1].writer.via = VIA_IMPORT;
    flood[1].writer.uid = 27;
    roots.writer.uid = 0;
    for (int i = 0; i < 30000; i++) {
        flood[i % 3].writer.uid = (uid_t)(27 + i % 500); /* as many users as a user namespace may have */
        audit_note_request(audit, &flood[i % 3]);
        note_open((uid_t)(27 + i % 500), 28, getpid(), 7);
        if (i % 1000 == 0)
            audit_note_request(audit, &roots);
        if (i % 1000 == 0)
            note_open(0, 0, getpid(), 7);
    }
    unsigned requests = 0, opens = 0;
    while (next_of_all(&message))
        if (strstr(message.text, " uid=0 ") != NULL && strstr(message.text, "count=") == NULL) {
            requests += strstr(message.text, "event=request") != NULL;
            opens += strstr(message.text, "event=key_open") != NULL;
        }
    assert_int_equal(requests, 30);
    assert_int_equal(opens, 30);
}

/* Those are the owner's of the files. */
TEST(no_flood_of_strangers_takes_the_place_of_a_user_that_is_known)
{
    audit_reserve(audit, 999);
    for (int i = 0; i < 20000; i++)
        note_open((uid_t)(5000 + i % 500), 28, getpid(), 7);
    note_open(999, 28, getpid(), 8);
    assert_int_equal(accounted("generation=8", 999), 1);
}

TEST(a_flood_of_controls_owner_hides_no_open)
{
    const struct journal_entry entry = audited_request();
    for (int i = 0; i < 20000; i++)
        audit_note_request(audit, &entry);
    note_open(27, 28, getpid(), 8);
    assert_int_equal(accounted("generation=8", 27), 1);
}

/* As long as the supervisor does not run. */
TEST(thousands_of_imports_wait_for_a_log_that_nobody_takes)
{
    const struct journal_entry entry = audited_request();
    for (int i = 0; i < 4002; i++)
        audit_note_request(audit, &entry);
    audit_write(audit);
    unsigned lines = 0;
    for (int round = 0; round < 200; round++) {
        while (take_line())
            lines += strstr(message.text, "count=") == NULL;
        audit_write(audit);
    }
    assert_int_equal(lines, 4002);
}

TEST(further_events_are_counted_by_their_kind)
{
    const struct journal_entry entry = audited_request();
    for (int i = 0; i < 20000; i++)
        audit_note_request(audit, &entry);
    assert_int_equal(accounted("action=rds_import_binlog_ssl_material", 1000), 20000);
}

TEST(without_memory_it_is_counted)
{
    alloc_fail(1);
    note_open(27, 28, getpid(), 7);
    alloc_fail(0);
    note_open(27, 28, getpid(), 7);
    assert_int_equal(accounted("event=key_open", 27), 2);
}

EACH_TEST(auditing_setup, auditing_teardown);
