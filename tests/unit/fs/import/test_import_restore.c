/*
 * The files and answers of import/ when a worker is killed.
 */
#include <string.h>

#include "fs/import/answer_table.h"
#include "fs/import/pending.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/outlived.h"

static struct shared *shared;
static struct pending *pending;
static struct answer_table *answers;
static struct import_file file;

static void make_tables(void)
{
    struct fault f = {0};
    law_expect(pending_new(shared, PENDING_LIMIT_MS, &pending, &f), &f, REASON_NONE);
    law_expect(answer_table_new(shared, ANSWER_TABLE_KEEP_MS, &answers, &f), &f, REASON_NONE);
}

static void free_tables(void)
{
    pending_freep(&pending);
    answer_table_freep(&answers);
}

static void follow(void)
{
    free_tables();
    outlived_next(shared);
    make_tables();
}

/* A file whose upload is kept at this place, as handles.c has restored it. */
static void begin_file(size_t place)
{
    upload_free(TAKE(file.upload));
    file = (struct import_file){.inode = 99, .upload = upload_new()};
    file.upload->place = place;
}

TEST(an_unfinished_file_keeps_its_name_its_owner_and_its_time)
{
    begin_file(3);
    file.uid = 7;
    file.gid = 8;
    file.mode = 0640;
    file.begun = 1000;
    file.moved = 2000;
    file.size = 10;
    memcpy(file.name, "new", 4);
    pending_keep(pending, &file);
    follow();
    begin_file(3);
    assert_true(pending_restore(pending, &file));
    assert_ptr_equal(pending_find(pending, "new"), &file);
    assert_true(file.uid == 7 && file.gid == 8 && file.mode == 0640 && file.listed);
    assert_int_equal(file.size, 0); /* what it had is lost, or is written again */
    assert_ptr_equal(pending_expired(pending, 1000 + PENDING_LIMIT_MS), &file);
    assert_null(pending_expired(pending, 999 + PENDING_LIMIT_MS));
}

TEST(a_judged_file_that_is_open_has_no_name)
{
    begin_file(3);
    memcpy(file.name, "new", 4);
    file.size = 10;
    pending_keep(pending, &file);
    follow();
    begin_file(3);
    upload_judge(file.upload, NULL);
    assert_true(pending_restore(pending, &file));
    assert_null(pending_find(pending, "new"));
    assert_false(file.listed);
    assert_int_equal(file.size, 10);
}

TEST(a_file_that_nobody_kept_is_not_restored)
{
    begin_file(3);
    assert_false(pending_restore(pending, &file));
    assert_null(pending_find(pending, ""));
}

TEST(a_removal_that_comes_again_is_known)
{
    assert_false(pending_has_removal(pending, 5));
    pending_note_removal(pending, 5);
    follow();
    assert_true(pending_has_removal(pending, 5));
    assert_false(pending_has_removal(pending, 6));
    pending_note_removal(pending, 0);
    assert_false(pending_has_removal(pending, 0));
}

static void put(const char *name, uid_t uid, const char *sentence, const char *findings, int64_t now)
{
    struct import_answer answer = {.uid = uid, .gid = 8, .time = 5};
    struct buf bytes = {0};
    memcpy(answer.name, name, strlen(name));
    memcpy(answer.sentence, sentence, strlen(sentence));
    if (findings != NULL) {
        add_text(&bytes, findings);
        answer.findings = content_new(&bytes);
    }
    answer_table_put(answers, &answer, now);
    content_unref(answer.findings);
}

TEST(answers_are_kept_until_their_time_is_over)
{
    put("one", 7, "imported", NULL, 1000);
    put("one", 8, "refused", "1 warning:\n  it ends soon", 2000);
    put("two", 7, "removed", NULL, 2000);
    answer_table_remove(answers, answer_table_find(answers, "two", 7, 2000)->number);
    uint64_t number = answer_table_find(answers, "one", 8, 2000)->number;
    follow();
    const struct import_answer *found = answer_table_find(answers, "one", 8, 2000);
    assert_non_null(found);
    assert_int_equal(found->number, number);
    assert_string_equal(found->sentence, "refused");
    assert_true(span_equal(content_peek(found->findings), span_of("1 warning:\n  it ends soon")));
    assert_true(found->gid == 8 && found->time == 5);
    assert_string_equal(answer_table_find(answers, "one", 7, 2000)->sentence, "imported");
    assert_null(answer_table_find(answers, "two", 7, 2000));
    assert_int_equal(answer_table_find(answers, "one", 7, 1000 + ANSWER_TABLE_KEEP_MS)->uid, 8);
    assert_null(answer_table_find(answers, "one", 8, 2000 + ANSWER_TABLE_KEEP_MS));
}

TEST(an_answer_that_replaces_another_is_the_one_that_is_kept)
{
    put("one", 7, "refused", "1 warning:", 1000);
    put("one", 7, "imported", NULL, 2000);
    follow();
    assert_string_equal(answer_table_find(answers, "one", 7, 2000)->sentence, "imported");
    assert_null(answer_table_find(answers, "one", 7, 2000)->findings);
}

TEST(numbers_of_answers_are_never_given_again)
{
    put("one", 7, "imported", NULL, 1000);
    uint64_t number = answer_table_find(answers, "one", 7, 1000)->number;
    answer_table_remove(answers, number);
    follow();
    for (int i = 0; i < 3; i++) {
        put("two", 7, "imported", NULL, 1000);
        assert_true(answer_table_find(answers, "two", 7, 1000)->number > number);
    }
}

static void setup(void)
{
    shared = outlived_new();
    make_tables();
}

static void teardown(void)
{
    upload_free(TAKE(file.upload));
    free_tables();
    shared_freep(&shared);
}

EACH_TEST(setup, teardown);
