#include "fs/audit.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "fs/link.h"
#include "tests/unit/harness.h"

enum { PATIENCE_MS = 20000 };

static struct audit *audit;
static int supervisor, worker;
static struct resource *root, *named;

/* Of the root set's key. */
static void note_open(uid_t uid, gid_t gid, pid_t pid, uint64_t number)
{
    const struct generation generation = {.number = number, .resource = root};
    audit_note_open(audit, uid, gid, pid, &generation);
}

/* The next line of the log; false when there is none. */
static bool next_line(struct link_message *ret)
{
    struct pollfd wait = {.fd = supervisor, .events = POLLIN};
    ret->priority = -1;
    if (poll(&wait, 1, 0) != 1)
        return false;
    link_receive(supervisor, ret);
    assert_int_equal(ret->kind, LINK_LOG);
    return true;
}

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
    const struct generation generation = {.number = 9, .resource = named};
    audit_note_open(audit, 27, 28, getpid(), &generation);
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

/* ---- readers ---- */

static void a_living_reader_is_listed_with_the_newest_generation_that_it_opened(void **state)
{
    (void)state;
    struct audit_reader readers[AUDIT_READERS_MAX];
    note_open(27, 28, getpid(), 3);
    note_open(27, 28, getpid(), 4);
    audit_write(audit);
    assert_int_equal(audit_readers(audit, readers), 1);
    assert_int_equal(readers[0].pid, getpid());
    assert_int_equal(readers[0].uid, 27);
    assert_int_equal(readers[0].generation, 4);
    assert_string_equal(readers[0].program, "test_audit");
}

static void who_reads_two_sets_is_two_readers(void **state)
{
    (void)state;
    struct audit_reader readers[AUDIT_READERS_MAX];
    const struct generation generation = {.number = 5, .resource = named};
    note_open(27, 28, getpid(), 3);
    audit_note_open(audit, 27, 28, getpid(), &generation);
    note_open(27, 28, getpid(), 6);
    audit_write(audit);
    assert_int_equal(audit_readers(audit, readers), 2);
    assert_string_equal(readers[0].identifier, "");
    assert_int_equal(readers[0].generation, 6);
    assert_string_equal(readers[1].identifier, "replica-1");
    assert_int_equal(readers[1].generation, 5);
}

/* A process that lives until it is ended. */
static pid_t start_child(void)
{
    pid_t pid = fork();
    while (pid == 0)
        pause();
    assert_true(pid > 0);
    return pid;
}

static void end_child(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_reader_that_ended_is_listed_no_more(void **state)
{
    (void)state;
    struct audit_reader readers[AUDIT_READERS_MAX];
    pid_t child = start_child();
    note_open(27, 28, child, 3);
    note_open(27, 28, getpid(), 4);
    audit_write(audit);
    assert_int_equal(audit_readers(audit, readers), 2);
    assert_int_equal(readers[0].pid, child);
    end_child(child);
    assert_int_equal(audit_readers(audit, readers), 1);
    assert_int_equal(readers[0].pid, getpid());
}

/* One key of each of so many sets. */
static void read_sets(pid_t pid, uint64_t first, unsigned count)
{
    for (uint64_t set = first; set < first + count; set++) {
        struct resource *resource = resource_new("some", set, "", 0);
        const struct generation generation = {.number = set, .resource = resource};
        audit_note_open(audit, 27, 28, pid, &generation);
        resource_unref(resource);
    }
    struct link_message message;
    audit_write(audit);
    while (next_line(&message))
        audit_write(audit);
}

static size_t count_of(pid_t pid, const struct audit_reader *readers, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += readers[i].pid == pid;
    return found;
}

static void a_process_that_reads_many_sets_drives_no_other_one_out(void **state)
{
    (void)state;
    struct audit_reader readers[AUDIT_READERS_MAX];
    pid_t server = start_child(), first = start_child(), second = start_child();
    read_sets(server, 1, 1);
    read_sets(first, 100, 100);
    read_sets(second, 300, 100);
    size_t count = audit_readers(audit, readers);
    assert_int_equal(count, AUDIT_READERS_MAX);
    assert_int_equal(readers[0].pid, server);
    assert_in_range(count_of(first, readers, count), 63, 64);
    assert_in_range(count_of(second, readers, count), 63, 64);
    assert_int_equal(readers[count - 1].generation, 399);
    end_child(server);
    end_child(first);
    end_child(second);
}

static void those_that_ended_make_room_first(void **state)
{
    (void)state;
    struct audit_reader readers[AUDIT_READERS_MAX];
    pid_t alive = start_child(), dead = start_child();
    read_sets(alive, 1, AUDIT_READERS_MAX - 1);
    read_sets(dead, 500, 1);
    end_child(dead);
    read_sets(getpid(), 600, 1);
    size_t count = audit_readers(audit, readers);
    assert_int_equal(count_of(alive, readers, count), AUDIT_READERS_MAX - 1);
    assert_int_equal(count, AUDIT_READERS_MAX);
    end_child(alive);
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

static int setup(void **state)
{
    (void)state;
    struct fault f = {0};
    root = resource_new("", 0, "", 0);
    named = resource_new("replica-1", 3, "", 0);
    if (link_open(&supervisor, &worker, &f) != 0)
        return -1;
    return audit_new(worker, &audit, &f);
}

static int teardown(void **state)
{
    (void)state;
    audit_freep(&audit);
    close(supervisor);
    close(worker);
    resource_unref(root);
    resource_unref(named);
    return 0;
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(an_open_of_a_key_is_one_line),
        A_TEST(the_set_is_named),
        A_TEST(an_open_of_a_thread_that_ended_since_is_its_processs),
        A_TEST(a_process_that_is_gone_is_told_by_its_number),
        A_TEST(what_is_noted_wakes_the_writer_and_what_is_written_lets_it_rest),
        A_TEST(every_open_of_a_small_burst_is_listed_or_counted),
        A_TEST(every_open_of_a_burst_is_listed_or_counted),
        A_TEST(every_open_beyond_what_can_be_kept_is_counted),
        A_TEST(a_request_is_one_line),
        A_TEST(a_request_about_a_named_set_names_it),
        A_TEST(a_refused_one_says_why_and_a_waiver_is_named),
        A_TEST(the_longest_request_still_fits_into_its_line),
        A_TEST(a_burst_of_opens_does_not_hide_a_request),
        A_TEST(a_living_reader_is_listed_with_the_newest_generation_that_it_opened),
        A_TEST(who_reads_two_sets_is_two_readers),
        A_TEST(a_reader_that_ended_is_listed_no_more),
        A_TEST(a_process_that_reads_many_sets_drives_no_other_one_out),
        A_TEST(those_that_ended_make_room_first),
        A_TEST(where_nobody_reads_the_log_noting_and_writing_go_on),
        A_TEST(where_the_supervisor_is_gone_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
