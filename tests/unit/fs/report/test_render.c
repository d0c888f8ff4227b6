#include "fs/report/render.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/audit_fixture.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"

static struct pki pki;
static struct problems problems;
static struct status_source source;
static struct render *render;

/* A request that waits, and what it was answered. */
struct asker {
    struct render_waiter waiter; /* first */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct content *content; /* NULL: refused */
    uint64_t number;
    enum reason reason;
    bool answered;
};

static void take_answer(struct render_waiter *waiter, const struct rendered *rendered, const struct fault *f)
{
    struct asker *asker = (struct asker *)waiter;
    pthread_mutex_lock(&asker->lock);
    assert_false(asker->answered);
    asker->answered = true;
    asker->content = rendered == NULL ? NULL : content_ref(rendered->content);
    asker->number = rendered == NULL ? 0 : rendered->number;
    asker->reason = f->reason;
    pthread_cond_signal(&asker->wake);
    pthread_mutex_unlock(&asker->lock);
}

static void ask(struct asker *asker, enum render_text text)
{
    *asker = (struct asker){
        .waiter.answer = take_answer, .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};
    render_wait(render, text, &asker->waiter);
}

static void wait_for_answer(struct asker *asker)
{
    pthread_mutex_lock(&asker->lock);
    while (!asker->answered)
        pthread_cond_wait(&asker->wake, &asker->lock);
    pthread_mutex_unlock(&asker->lock);
}

/* The newest text; the caller releases it. */
static struct content *newest(enum render_text text)
{
    struct asker asker;
    ask(&asker, text);
    wait_for_answer(&asker);
    assert_int_equal(asker.reason, REASON_NONE);
    assert_non_null(asker.content);
    return asker.content;
}

static void end_request(const char *sentence)
{
    struct journal_entry entry = {.time = PKI_NOW};
    snprintf(entry.sentence, sizeof(entry.sentence), "%s", sentence);
    journal_record(source.journal, &entry, NULL);
}

/* However long ago it was made, so that a slow machine changes nothing. */
static bool is_of_now(enum render_text text)
{
    struct rendered rendered;
    bool found = render_get(render, text, INT32_MAX, &rendered);
    if (found)
        rendered_done(&rendered);
    return found;
}

TEST(a_text_serves_until_a_request_ends)
{
    end_request("first");
    CLEANUP(content_unrefp) struct content *first = newest(RENDER_LAST);
    assert_true(span_equal(content_peek(first), span_of("first\n")));
    assert_true(is_of_now(RENDER_LAST));
    end_request("second");
    assert_false(is_of_now(RENDER_LAST));
    CLEANUP(content_unrefp) struct content *second = newest(RENDER_LAST);
    assert_true(span_equal(content_peek(second), span_of("second\n")));
    assert_true(span_equal(content_peek(first), span_of("first\n")));
    assert_int_equal(render_size(render, RENDER_LAST), strlen("second\n"));
}

TEST(a_text_serves_until_a_set_is_committed)
{
    content_unref(newest(RENDER_STATUS));
    assert_true(is_of_now(RENDER_STATUS));
    CLEANUP(material_unrefp) struct material *material = set_material(&pki);
    const struct registry_entry entry = set_entry("", material);
    struct commit result;
    struct fault f = {0};
    assert_int_equal(registry_commit(source.registry, &entry, (struct moment){.wall = PKI_NOW}, &result, &f), 0);
    assert_false(is_of_now(RENDER_STATUS));
    struct asker asker;
    ask(&asker, RENDER_STATUS);
    wait_for_answer(&asker);
    assert_int_equal(asker.number, result.generation);
    content_unref(asker.content);
}

TEST(all_who_ask_share_one_content)
{
    struct asker askers[50];
    end_request("shared");
    for (size_t i = 0; i < COUNT_OF(askers); i++)
        ask(&askers[i], RENDER_STATUS);
    for (size_t i = 0; i < COUNT_OF(askers); i++)
        wait_for_answer(&askers[i]);
    for (size_t i = 0; i < COUNT_OF(askers); i++) {
        assert_ptr_equal(askers[i].content, askers[0].content);
        content_unref(askers[i].content);
    }
}

/* A change in status does not change last. */
TEST(the_same_bytes_again_are_the_same_content)
{
    end_request("the same");
    CLEANUP(content_unrefp) struct content *first = newest(RENDER_LAST);
    journal_set_report(source.journal, "another", false);
    assert_false(is_of_now(RENDER_LAST));
    CLEANUP(content_unrefp) struct content *second = newest(RENDER_LAST);
    assert_ptr_equal(first, second);
}

TEST(a_text_is_too_old_after_its_time)
{
    struct rendered rendered;
    content_unref(newest(RENDER_METRICS));
    assert_false(render_get(render, RENDER_METRICS, -1, &rendered));
}

/* Also who asks while one is being made. */
TEST(nobody_gets_a_text_older_than_the_request)
{
    for (int i = 0; i < 200; i++) {
        char sentence[32];
        struct asker early, late;
        ask(&early, RENDER_LAST);
        snprintf(sentence, sizeof(sentence), "request %d", i);
        end_request(sentence);
        ask(&late, RENDER_LAST);
        wait_for_answer(&late);
        wait_for_answer(&early);
        snprintf(sentence, sizeof(sentence), "request %d\n", i);
        assert_true(span_equal(content_peek(late.content), span_of(sentence)));
        content_unref(early.content);
        content_unref(late.content);
    }
}

TEST(without_memory_there_is_a_fault_and_the_next_is_answered)
{
    struct asker asker;
    content_unref(newest(RENDER_LAST));
    end_request("lost");
    alloc_fail(1);
    ask(&asker, RENDER_LAST);
    wait_for_answer(&asker);
    alloc_fail(0);
    assert_null(asker.content);
    assert_int_equal(asker.reason, REASON_NO_MEMORY);
    content_unref(newest(RENDER_LAST));
}

TEST(the_end_answers_who_waits)
{
    struct asker askers[20];
    for (size_t i = 0; i < COUNT_OF(askers); i++) {
        end_request("one more");
        ask(&askers[i], i % 2 == 0 ? RENDER_STATUS : RENDER_METRICS);
    }
    render_stop(TAKE(render));
    for (size_t i = 0; i < COUNT_OF(askers); i++) {
        assert_true(askers[i].answered);
        content_unref(askers[i].content);
    }
}

static void setup(void)
{
    struct fault f = {0};
    source = (struct status_source){.store = "none", .problems = &problems};
    auditing_setup();
    assert_int_equal(registry_new(&source.registry, &f), 0);
    assert_int_equal(journal_new(&source.journal, &f), 0);
    source.audit = audit;
    assert_int_equal(render_start(&source, &render, &f), 0);
}

static void teardown(void)
{
    render_stop(TAKE(render));
    journal_freep(&source.journal);
    registry_freep(&source.registry);
    auditing_teardown();
}

static void before_all(void)
{
    start_core();
    pki_make(&pki, pki_key(2));
}

static void after_all(void)
{
    pki_done(&pki);
}

EACH_TEST(setup, teardown);
ALL_TESTS(before_all, after_all);
