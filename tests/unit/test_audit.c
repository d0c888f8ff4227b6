#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "tests/unit/auditing.h"
#include "tests/unit/harness.h"

enum { PATIENCE_MS = 20000 };

static void expect_line(int priority, const char *text)
{
    struct link_message message;
    assert_true(next_line(&message));
    assert_string_equal(message.text, text);
    assert_int_equal(message.priority, priority);
}

static void expect_no_line(void)
{
    struct link_message message;
    if (next_line(&message))
        fail_msg("an unexpected line: %s", message.text);
}

/* ---- opens of a key ---- */

static void an_open_of_a_key_is_one_line(void **state)
{
    (void)state;
    char expected[256];
    note_open(27, 28, getpid(), 7);
    audit_write(audit);
    snprintf(expected, sizeof(expected), "key.pem opened by uid 27, gid 28, pid %d (test_audit), set /, generation 7",
             (int)getpid());
    expect_line(LOG_INFO, expected);
    expect_no_line();
}

static void the_set_is_named(void **state)
{
    (void)state;
    char expected[256];
    audit_note_open(audit, 27, 28, getpid(), named, 9);
    audit_write(audit);
    snprintf(expected, sizeof(expected),
             "key.pem opened by uid 27, gid 28, pid %d (test_audit), set replica-1, generation 9", (int)getpid());
    expect_line(LOG_INFO, expected);
}

static void *open_in_thread(void *unused)
{
    (void)unused;
    note_open(27, 28, gettid(), 7);
    return NULL;
}

/* As a server does that makes a thread for each connection. */
static void an_open_of_a_thread_that_ended_since_is_its_processs(void **state)
{
    (void)state;
    pthread_t thread;
    struct link_message message;
    struct audit_reader readers[AUDIT_READERS_MAX];
    char part[32];
    assert_int_equal(pthread_create(&thread, NULL, open_in_thread, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    audit_write(audit);
    assert_int_equal(audit_readers(audit, readers), 1);
    assert_int_equal(readers[0].pid, getpid());
    assert_true(next_line(&message));
    snprintf(part, sizeof(part), "pid %d (", (int)getpid());
    assert_non_null(strstr(message.text, part));
}

/* A pid that no process can have. */
static void a_process_that_is_gone_is_told_by_its_number(void **state)
{
    (void)state;
    struct audit_reader readers[AUDIT_READERS_MAX];
    note_open(0, 0, 999999999, 1);
    audit_write(audit);
    expect_line(LOG_INFO, "key.pem opened by uid 0, gid 0, pid 999999999 (?), set /, generation 1");
    assert_int_equal(audit_readers(audit, readers), 0);
}

static void what_is_noted_wakes_the_writer_and_what_is_written_lets_it_rest(void **state)
{
    (void)state;
    struct pollfd wait = {.fd = audit_fd(audit), .events = POLLIN};
    assert_int_equal(poll(&wait, 1, 0), 0);
    note_open(27, 28, getpid(), 7);
    assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
    audit_write(audit);
    assert_int_equal(poll(&wait, 1, 0), 0);
    note_open(27, 28, getpid(), 8);
    assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
}

/* What the lines that were sent account for: each open by a line, or by a number of more opens. */
static uint64_t accounted(void)
{
    struct link_message message;
    uint64_t sum = 0;
    unsigned long long more;
    while (next_line(&message)) {
        char *rest;
        more = strtoull(message.text, &rest, 10);
        sum += strncmp(rest, " more opens of key.pem", 22) == 0 ? more : 1;
    }
    return sum;
}

/* As many as the importer finds after a burst; nobody takes lines off meanwhile. */
static void expect_accounted(unsigned opens)
{
    for (unsigned i = 0; i < opens; i++)
        note_open(27, 28, getpid(), 7);
    assert_int_equal(audit_opens(audit), opens);
    uint64_t sum = 0;
    for (int round = 0; round < 20 && sum < opens; round++) {
        audit_write(audit); /* as much as the line has room for */
        sum += accounted();
    }
    assert_int_equal(sum, opens);
}

static void every_open_of_a_small_burst_is_listed_or_counted(void **state)
{
    (void)state;
    expect_accounted(50);
}

static void every_open_of_a_burst_is_listed_or_counted(void **state)
{
    (void)state;
    expect_accounted(400);
}

static void every_open_beyond_what_can_be_kept_is_counted(void **state)
{
    (void)state;
    expect_accounted(5000);
}

/* ---- requests ---- */

static struct journal_entry request(void)
{
    struct journal_entry entry = {.time = 1,
                                  .action = ACTION_IMPORT_MATERIAL,
                                  .writer = {.uid = 1000, .pid = 4711},
                                  .program = "cat",
                                  .generation = 7,
                                  .sentence = "imported",
                                  .old_sha256 = "aa",
                                  .new_sha256 = "bb"};
    return entry;
}

static void a_request_is_one_line(void **state)
{
    (void)state;
    char expected[256];
    const struct journal_entry entry = request();
    audit_note_request(audit, &entry);
    audit_write(audit);
    snprintf(expected, sizeof(expected), "%s by uid 1000, pid 4711 (cat), set /, generation 7, leaf aa -> bb: imported",
             action_name(ACTION_IMPORT_MATERIAL));
    expect_line(LOG_NOTICE, expected);
    expect_no_line();
}

static void a_request_about_a_named_set_names_it(void **state)
{
    (void)state;
    struct link_message message;
    struct journal_entry entry = request();
    entry.action = ACTION_DELETE_CERTIFICATE;
    snprintf(entry.set, sizeof(entry.set), "replica-1");
    audit_note_request(audit, &entry);
    audit_write(audit);
    assert_true(next_line(&message));
    assert_non_null(strstr(message.text, "DeleteCertificate by uid 1000, pid 4711 (cat), set replica-1, generation 7"));
}

static void a_refused_one_says_why_and_a_waiver_is_named(void **state)
{
    (void)state;
    struct link_message message;
    struct journal_entry entry = request();
    (void)fault_set(&entry.fault, REASON_KEY_MISMATCH, "ssl_key", "the key is another one's");
    entry.old_sha256[0] = '\0';
    entry.new_sha256[0] = '\0';
    entry.waived = 1U << REASON_EXPIRED | 1U << REASON_WEAK_KEY;
    audit_note_request(audit, &entry);
    audit_write(audit);
    assert_true(next_line(&message));
    assert_int_equal(message.priority, LOG_WARNING);
    assert_non_null(strstr(message.text, "leaf none -> none, waived "));
    assert_non_null(strstr(message.text, "expired"));
    assert_non_null(strstr(message.text, "weak_key"));
    assert_non_null(strstr(message.text, ": refused, key_mismatch: the key is another one's"));
}

/* The longest that every part can be must leave the verdict in the line. */
static void the_longest_request_still_fits_into_its_line(void **state)
{
    (void)state;
    struct link_message message;
    struct journal_entry entry = request();
    memset(entry.old_sha256, 'a', sizeof(entry.old_sha256) - 1);
    memset(entry.new_sha256, 'b', sizeof(entry.new_sha256) - 1);
    snprintf(entry.program, sizeof(entry.program), "%s", "fifteen letters");
    memset(entry.set, 'x', IDENTIFIER_MAX);
    entry.generation = 1000000000;
    entry.writer = (struct writer){.uid = 4294967294, .pid = 4194304};
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
        entry.waived |= (uint32_t)reason_is_waivable(reason) << reason;
    (void)fault_set(&entry.fault, REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId", "%120s", "the end");
    audit_note_request(audit, &entry);
    audit_write(audit);
    assert_true(next_line(&message));
    assert_non_null(strstr(message.text, entry.set));
    assert_non_null(strstr(message.text, "refused, key_not_accessible"));
    assert_non_null(strstr(message.text, "the end"));
}

/* Who may read the key could otherwise hide that a set was replaced. */
static void a_burst_of_opens_does_not_hide_a_request(void **state)
{
    (void)state;
    struct link_message message;
    const struct journal_entry entry = request();
    for (int i = 0; i < 2000; i++)
        note_open(27, 28, getpid(), 7);
    audit_note_request(audit, &entry);
    bool found = false;
    for (int round = 0; round < 20; round++) {
        audit_write(audit);
        while (next_line(&message))
            found = found || strstr(message.text, "leaf aa -> bb") != NULL;
    }
    assert_true(found);
}

/* ---- a log that nobody reads ---- */

static void where_nobody_reads_the_log_noting_and_writing_go_on(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 100; i++)
            note_open(27, 28, getpid(), 7);
        audit_write(audit);
    }
    assert_int_equal(audit_opens(audit), 10000);
}

static void where_the_supervisor_is_gone_too(void **state)
{
    (void)state;
    const struct journal_entry entry = request();
    close(supervisor);
    note_open(27, 28, getpid(), 7);
    audit_note_request(audit, &entry);
    audit_write(audit);
    supervisor = dup(worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AUDITING_TEST(an_open_of_a_key_is_one_line),
        AUDITING_TEST(the_set_is_named),
        AUDITING_TEST(an_open_of_a_thread_that_ended_since_is_its_processs),
        AUDITING_TEST(a_process_that_is_gone_is_told_by_its_number),
        AUDITING_TEST(what_is_noted_wakes_the_writer_and_what_is_written_lets_it_rest),
        AUDITING_TEST(every_open_of_a_small_burst_is_listed_or_counted),
        AUDITING_TEST(every_open_of_a_burst_is_listed_or_counted),
        AUDITING_TEST(every_open_beyond_what_can_be_kept_is_counted),
        AUDITING_TEST(a_request_is_one_line),
        AUDITING_TEST(a_request_about_a_named_set_names_it),
        AUDITING_TEST(a_refused_one_says_why_and_a_waiver_is_named),
        AUDITING_TEST(the_longest_request_still_fits_into_its_line),
        AUDITING_TEST(a_burst_of_opens_does_not_hide_a_request),
        AUDITING_TEST(where_nobody_reads_the_log_noting_and_writing_go_on),
        AUDITING_TEST(where_the_supervisor_is_gone_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
