#include "fs/import/finish.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "fs/host/channel.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

static const char secret[] = "this stands for a private key";

static struct server server;
static struct import_file file;
static int log_fd;

static struct fault refusal(void)
{
    struct fault f = {0};
    fault_set(&f, REASON_MALFORMED_JSON, "", "the document ends too early");
    return f;
}

static void begin_file(const char *name)
{
    struct fault f = {0};
    upload_free(TAKE(file.upload));
    file = (struct import_file){.uid = 7, .gid = 8, .begun = server_now_ms(), .upload = upload_new()};
    assert_non_null(file.upload);
    memcpy(file.name, name, strlen(name));
    file.upload->writer = (struct writer){.via = VIA_IMPORT, .uid = 7, .pid = getpid()};
    assert_int_equal(pending_add(server.pending, &file, &f), 0);
    assert_int_equal(server_admit(&server, file.upload, &f), 0);
}

static void expect_answer(const char *name, const char *sentence)
{
    const struct import_answer *found = answer_table_find(server.answers, name, file.uid, server_now_ms());
    assert_non_null(found);
    assert_string_equal(found->sentence, sentence);
    assert_true(found->uid == 7 && found->gid == 8);
}

TEST(a_refused_file_is_judged_recorded_answered_and_gone)
{
    const struct fault fault = refusal();
    begin_file("one");
    finish_refuse(&server, &file, &fault);
    assert_null(pending_find(server.pending, "one"));
    assert_false(upload_is_collecting(file.upload));
    assert_int_equal(file.upload->verdict.reason, REASON_MALFORMED_JSON);
    assert_int_equal(server.inflight.count, 0);
    expect_answer("one", "the document ends too early");
    struct journal_entry last = journal_last(server.journal);
    assert_string_equal(last.fault.message, "the document ends too early");
    assert_int_equal(last.writer.uid, 7);
    assert_int_equal(last.writer.pid, getpid());
}

TEST(a_refused_document_is_wiped_and_no_byte_of_it_is_disclosed)
{
    const struct fault fault = refusal();
    struct fault f = {0};
    begin_file("one");
    alloc_watch(span_of(secret));
    assert_int_equal(upload_take(file.upload, span_of("{\"ssl_key\":\"this stands for a private key"), &f),
                     UPLOAD_TAKEN);
    finish_refuse(&server, &file, &fault);
    assert_null(file.upload->frame.text.data);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
    expect_answer("one", "the document ends too early");
}

TEST(an_answer_at_a_close_is_replaced_by_the_verdicts)
{
    begin_file("one");
    finish_answer(&server, &file, "nothing yet", NULL);
    expect_answer("one", "nothing yet");
    assert_ptr_equal(pending_find(server.pending, "one"), &file);
    finish_judged(&server, &file, "imported", NULL);
    expect_answer("one", "imported");
    assert_null(pending_find(server.pending, "one"));
    server_dismiss(&server, file.upload);
}

TEST(only_what_has_had_its_time_is_refused)
{
    begin_file("one");
    int wait = finish_expired(&server);
    assert_true(wait > 0 && wait <= PENDING_LIMIT_MS);
    assert_true(upload_is_collecting(file.upload));
    file.begun -= PENDING_LIMIT_MS;
    assert_int_equal(finish_expired(&server), -1);
    assert_false(upload_is_collecting(file.upload));
    expect_answer("one", "the document was not complete 30 seconds after its file was created");
    assert_int_equal(journal_count(server.journal, REASON_MALFORMED_JSON), 1);
    assert_int_equal(finish_expired(&server), -1);
}

TEST(without_a_directory_there_is_nothing_to_do)
{
    struct server other = {.pending = NULL};
    assert_int_equal(finish_expired(&other), -1);
}

static void *expire(void *unused)
{
    for (int i = 0; i < 200; i++)
        (void)finish_expired(&server);
    return unused;
}

/* One fills a file while the other waits for its end: each file gets exactly one verdict. */
TEST(a_file_that_is_filled_while_it_expires_has_one_verdict)
{
    pthread_t importer;
    struct fault f = {0};
    unsigned refused = 0;
    assert_int_equal(pthread_create(&importer, NULL, expire, NULL), 0);
    for (int i = 0; i < 200; i++) {
        pending_lock(server.pending);
        begin_file("one");
        file.begun -= PENDING_LIMIT_MS - i % 2;
        pending_unlock(server.pending);
        pending_lock(server.pending);
        f = (struct fault){0};
        if (upload_take(file.upload, span_of("{x"), &f) == UPLOAD_REFUSED)
            finish_refuse(&server, &file, &f);
        assert_false(upload_is_collecting(file.upload));
        pending_unlock(server.pending);
        refused++;
    }
    pthread_join(importer, NULL);
    assert_int_equal(journal_count(server.journal, REASON_MALFORMED_JSON), refused);
    assert_int_equal(server.inflight.count, 0);
}

static void setup(void)
{
    struct fault f = {0};
    server = (struct server){.channel_fd = -1};
    server.import_policy.only_set = "";
    assert_int_equal(channel_open(&log_fd, &server.channel_fd, &f), 0);
    assert_int_equal(registry_new(&server.registry, &f), 0);
    assert_int_equal(journal_new(&server.journal, &f), 0);
    assert_int_equal(audit_new(server.channel_fd, &server.audit, &f), 0);
    assert_int_equal(pending_new(NULL, PENDING_LIMIT_MS, &server.pending, &f), 0);
    assert_int_equal(answer_table_new(NULL, ANSWER_TABLE_KEEP_MS, &server.answers, &f), 0);
}

static void teardown(void)
{
    upload_free(TAKE(file.upload));
    answer_table_freep(&server.answers);
    pending_freep(&server.pending);
    audit_freep(&server.audit);
    journal_freep(&server.journal);
    registry_freep(&server.registry);
    assert_int_equal(close(server.channel_fd), 0);
    assert_int_equal(close(log_fd), 0);
}

EACH_TEST(setup, teardown);
