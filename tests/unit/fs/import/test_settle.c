#include "fs/import/settle.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "fs/host/link.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

static const char secret[] = "this stands for a private key";

static struct server server;
static struct drop drop;
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
    upload_free(TAKE(drop.upload));
    drop = (struct drop){.uid = 7, .gid = 8, .begun = server_now_ms(), .upload = upload_new()};
    assert_non_null(drop.upload);
    memcpy(drop.name, name, strlen(name));
    drop.upload->writer = (struct writer){.via = VIA_IMPORT, .uid = 7, .pid = getpid()};
    assert_int_equal(drops_add(server.drops, &drop, &f), 0);
    assert_int_equal(server_admit(&server, drop.upload, &f), 0);
}

static void expect_answer(const char *name, const char *sentence)
{
    const struct verdict *found = verdicts_find(server.verdicts, name, drop.uid, server_now_ms());
    assert_non_null(found);
    assert_string_equal(found->sentence, sentence);
    assert_true(found->uid == 7 && found->gid == 8);
}

TEST(a_refused_file_is_judged_recorded_answered_and_gone)
{
    const struct fault fault = refusal();
    begin_file("one");
    settle_refuse(&server, &drop, &fault);
    assert_null(drops_find(server.drops, "one"));
    assert_false(upload_is_collecting(drop.upload));
    assert_int_equal(drop.upload->verdict.reason, REASON_MALFORMED_JSON);
    assert_int_equal(server.inflight.count, 0);
    expect_answer("one", "the document ends too early");
    struct journal_entry last = journal_last(server.journal);
    assert_string_equal(last.fault.message, "the document ends too early");
    assert_int_equal(last.writer.uid, 7);
    assert_int_equal(last.writer.pid, getpid());
}

TEST(what_was_refused_is_wiped_and_no_byte_of_it_is_told)
{
    const struct fault fault = refusal();
    struct fault f = {0};
    begin_file("one");
    alloc_watch(span_of(secret));
    assert_int_equal(upload_take(drop.upload, span_of("{\"ssl_key\":\"this stands for a private key"), &f),
                     UPLOAD_TAKEN);
    settle_refuse(&server, &drop, &fault);
    assert_null(drop.upload->frame.text.data);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
    expect_answer("one", "the document ends too early");
}

TEST(an_answer_at_a_close_is_replaced_by_the_verdicts)
{
    begin_file("one");
    settle_answer(&server, &drop, "nothing yet", NULL);
    expect_answer("one", "nothing yet");
    assert_ptr_equal(drops_find(server.drops, "one"), &drop);
    settle_judged(&server, &drop, "imported", NULL);
    expect_answer("one", "imported");
    assert_null(drops_find(server.drops, "one"));
    server_dismiss(&server, drop.upload);
}

TEST(only_what_has_had_its_time_is_refused)
{
    begin_file("one");
    int wait = settle_expired(&server);
    assert_true(wait > 0 && wait <= DROPS_LIMIT_MS);
    assert_true(upload_is_collecting(drop.upload));
    drop.begun -= DROPS_LIMIT_MS;
    assert_int_equal(settle_expired(&server), -1);
    assert_false(upload_is_collecting(drop.upload));
    expect_answer("one", "the document was not complete 30 seconds after its file was created");
    assert_int_equal(journal_count(server.journal, REASON_MALFORMED_JSON), 1);
    assert_int_equal(settle_expired(&server), -1);
}

TEST(without_a_directory_there_is_nothing_to_do)
{
    struct server other = {.drops = NULL};
    assert_int_equal(settle_expired(&other), -1);
}

static void *expire(void *unused)
{
    for (int i = 0; i < 200; i++)
        (void)settle_expired(&server);
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
        drops_lock(server.drops);
        begin_file("one");
        drop.begun -= DROPS_LIMIT_MS - i % 2;
        drops_unlock(server.drops);
        drops_lock(server.drops);
        f = (struct fault){0};
        if (upload_take(drop.upload, span_of("{x"), &f) == UPLOAD_REFUSED)
            settle_refuse(&server, &drop, &f);
        assert_false(upload_is_collecting(drop.upload));
        drops_unlock(server.drops);
        refused++;
    }
    pthread_join(importer, NULL);
    assert_int_equal(journal_count(server.journal, REASON_MALFORMED_JSON), refused);
    assert_int_equal(server.inflight.count, 0);
}

static void setup(void)
{
    struct fault f = {0};
    server = (struct server){.link_fd = -1};
    server.import_terms.only_set = "";
    assert_int_equal(link_open(&log_fd, &server.link_fd, &f), 0);
    assert_int_equal(vault_new(&server.vault, &f), 0);
    assert_int_equal(journal_new(&server.journal, &f), 0);
    assert_int_equal(audit_new(server.link_fd, &server.audit, &f), 0);
    assert_int_equal(drops_new(DROPS_LIMIT_MS, &server.drops, &f), 0);
    assert_int_equal(verdicts_new(VERDICTS_KEEP_MS, &server.verdicts, &f), 0);
}

static void teardown(void)
{
    upload_free(TAKE(drop.upload));
    verdicts_freep(&server.verdicts);
    drops_freep(&server.drops);
    audit_freep(&server.audit);
    journal_freep(&server.journal);
    vault_freep(&server.vault);
    assert_int_equal(close(server.link_fd), 0);
    assert_int_equal(close(log_fd), 0);
}

EACH_TEST(setup, teardown);
