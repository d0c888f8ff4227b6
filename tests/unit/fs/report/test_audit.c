#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "core/about/identifier.h"
#include "tests/unit/lib/audit_fixture.h"
#include "tests/unit/lib/harness.h"

enum { PATIENCE_MS = 20000 };

static void expect_no_line(void)
{
    if (take_line())
        fail_msg("an unexpected line: %s", message.text);
}

/* "pid=" and our own number. */
static const char *own_pid(void)
{
    static char text[32];
    snprintf(text, sizeof(text), "pid=%d", (int)getpid());
    return text;
}

/* "login=" and the kernel's value for this process. */
static const char *own_login(void)
{
    static char text[32];
    char line[32] = "";
    FILE *file = fopen("/proc/self/loginuid", "r");
    bool known = file != NULL && fgets(line, sizeof(line), file) != NULL;
    unsigned long login = known ? strtoul(line, NULL, 10) : 4294967295UL;
    if (file != NULL)
        fclose(file);
    if (known && login != 4294967295UL)
        snprintf(text, sizeof(text), "login=%lu", login);
    else
        snprintf(text, sizeof(text), "login=%s", known ? "-" : "\"?\"");
    return text;
}

/* ---- opens of a key ---- */

TEST(an_open_of_a_key_is_one_line)
{
    note_open(27, 28, getpid(), 7);
    audit_write(audit);
    EXPECT_FIELDS(LOG_INFO, "event=key_open", "uid=27", "gid=28", own_login(), own_pid(), "program=test_audit", "set=/",
                  "generation=7");
    expect_no_line();
}

TEST(the_set_is_named)
{
    audit_note_open(audit,
                    &(struct audit_open){.uid = 27, .gid = 28, .thread = getpid(), .resource = named, .generation = 9});
    audit_write(audit);
    EXPECT_FIELDS(LOG_INFO, "event=key_open", own_pid(), "set=replica-1", "generation=9");
}

static void *open_in_thread(void *unused)
{
    (void)unused;
    note_open(27, 28, gettid(), 7);
    return NULL;
}

/* As a server does that makes a thread for each connection. */
TEST(an_open_of_a_thread_that_ended_since_is_its_processs)
{
    pthread_t thread;
    struct audit_reader readers[AUDIT_READERS_MAX];
    assert_int_equal(pthread_create(&thread, NULL, open_in_thread, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    audit_write(audit);
    assert_int_equal(audit_readers(audit, readers), 1);
    assert_int_equal(readers[0].pid, getpid());
    readers_done(readers, 1);
    EXPECT_FIELDS(LOG_INFO, own_pid(), "program=test_audit");
}

/* As cat does that was called by somebody who does not want to be seen. */
TEST(a_process_that_ended_before_the_line_is_written_is_named_all_the_same)
{
    char field[32];
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, "short lived");
        pause();
        _exit(0);
    }
    for (char name[64] = ""; strncmp(name, "short", 5) != 0;) {
        struct process process;
        process_of_thread(child, &process);
        memcpy(name, process.program, sizeof(name));
    }
    note_open(27, 28, child, 7);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    audit_write(audit);
    snprintf(field, sizeof(field), "pid=%d", (int)child);
    EXPECT_FIELDS(LOG_INFO, own_login(), field, "program=\"short lived\"", "set=/");
}

/* A pid that no process can have. */
TEST(a_process_that_is_gone_is_reported_by_its_number)
{
    struct audit_reader readers[AUDIT_READERS_MAX];
    note_open(0, 0, 999999999, 1);
    audit_write(audit);
    EXPECT_FIELDS(LOG_INFO, "uid=0", "gid=0", "login=\"?\"", "pid=999999999", "program=\"?\"", "set=/");
    assert_int_equal(audit_readers(audit, readers), 0);
}

/* The user that runs a program chooses its name. */
TEST(a_programs_name_forges_no_field_and_no_line)
{
    static const char *const names[][2] = {
        {"a\nevent=x", "program=\"a\\x0Aevent=x\""},
        {"a\" uid=0 b=\"", "program=\"a\\\" uid=0 b=\\\"\""},
        {"a\\", "program=\"a\\\\\""},
        {"a\x1b[2J\xff", "program=\"a\\x1B[2J\\xFF\""},
        {"-", "program=\"-\""},
    };
    char before[16];
    assert_int_equal(prctl(PR_GET_NAME, before), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(prctl(PR_SET_NAME, names[i][0]), 0);
        struct journal_entry entry = {.writer = {.uid = 5}, .action = ACTION_IMPORT_MATERIAL};
        struct process process;
        process_of_thread(getpid(), &process);
        memcpy(entry.writer.program, process.program, sizeof(process.program));
        audit_note_request(audit, &entry);
        audit_write(audit);
        EXPECT_FIELDS(LOG_NOTICE, "event=request", "uid=5", names[i][1], "set=-");
        expect_no_line();
    }
    assert_int_equal(prctl(PR_SET_NAME, before), 0);
}

TEST(an_event_wakes_the_writer_and_writing_lets_it_rest)
{
    struct pollfd wait = {.fd = audit_fd(audit), .events = POLLIN};
    assert_int_equal(poll(&wait, 1, 0), 0);
    note_open(27, 28, getpid(), 7);
    assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
    audit_write(audit);
    assert_int_equal(poll(&wait, 1, 0), 0);
    note_open(27, 28, getpid(), 8);
    assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
}

/* ---- requests ---- */

TEST(a_request_is_one_line)
{
    const struct journal_entry entry = audited_request();
    audit_note_request(audit, &entry);
    audit_write(audit);
    assert_true(take_line());
    assert_int_equal(message.priority, LOG_NOTICE);
    assert_string_equal(message.text,
                        "event=request time=2001-09-09T01:46:40Z via=control action=rds_import_binlog_ssl_material "
                        "result=ok reason=- uid=1000 gid=100 login=1001 pid=4711 program=cat set=/ generation=7 old=aa "
                        "new=bb waived=- field=- message=imported");
    expect_no_line();
}

TEST(a_request_about_a_named_set_names_it)
{
    struct journal_entry entry = audited_request();
    entry.action = ACTION_DELETE_CERTIFICATE;
    entry.writer.login = PROCESS_NO_LOGIN;
    entry.resource = named;
    audit_note_request(audit, &entry);
    audit_write(audit);
    EXPECT_FIELDS(LOG_NOTICE, "action=DeleteCertificate", "uid=1000", "login=-", "pid=4711", "program=cat",
                  "set=replica-1", "generation=7");
}

TEST(a_refused_one_has_the_reason_and_a_waiver_is_named)
{
    struct journal_entry entry = audited_refusal(1000, VIA_CONTROL);
    entry.old_sha256[0] = '\0';
    entry.new_sha256[0] = '\0';
    entry.resource = NULL;
    entry.waived = 1U << REASON_EXPIRED | 1U << REASON_WEAK_KEY;
    audit_note_request(audit, &entry);
    audit_write(audit);
    EXPECT_FIELDS(LOG_WARNING, "via=control", "result=refused", "reason=key_mismatch", "set=-", "old=-", "new=-",
                  "waived=expired+weak_key", "field=ssl_key", "message=\"the key is \\\"another\\\" one's\"");
}

/* The longest that every part can be must leave the verdict in the line. */
TEST(the_longest_request_still_fits_into_its_line)
{
    struct journal_entry entry = audited_request();
    memset(entry.old_sha256, 'a', sizeof(entry.old_sha256) - 1);
    memset(entry.new_sha256, 'b', sizeof(entry.new_sha256) - 1);
    memset(entry.writer.program, 1, 15);
    char identifier[IDENTIFIER_MAX + 1] = "";
    memset(identifier, 'x', IDENTIFIER_MAX);
    CLEANUP(resource_unrefp) struct resource *resource = resource_new(identifier, 1, "", 0);
    entry.resource = resource;
    entry.generation = 1000000000;
    entry.writer.uid = entry.writer.gid = 4294967294;
    entry.writer.login = 4294967294;
    entry.writer.pid = 4194304;
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
        entry.waived |= (uint32_t)reason_is_waivable(reason) << reason;
    (void)fault_set(&entry.fault, REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId", "%120s", "the end");
    audit_note_request(audit, &entry);
    audit_write(audit);
    assert_true(take_line());
    assert_non_null(strstr(message.text, identifier));
    assert_non_null(strstr(message.text, "reason=key_not_accessible"));
    assert_non_null(strstr(message.text, "the end\""));
}

/* ---- a log that nobody reads ---- */

TEST(where_nobody_reads_the_log_noting_and_writing_go_on)
{
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 100; i++)
            note_open(27, 28, getpid(), 7);
        audit_write(audit);
    }
    assert_int_equal(audit_opens(audit), 10000);
}

TEST(where_the_supervisor_is_gone_too)
{
    const struct journal_entry entry = audited_request();
    close(supervisor);
    note_open(27, 28, getpid(), 7);
    audit_note_request(audit, &entry);
    audit_write(audit);
    audit_finish(audit);
    supervisor = dup(worker);
}

EACH_TEST(auditing_setup, auditing_teardown);
