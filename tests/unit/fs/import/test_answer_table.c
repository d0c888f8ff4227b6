#include "fs/import/answer_table.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

static struct answer_table *answers;

static void put(const char *name, uid_t uid, const char *sentence, int64_t now)
{
    struct import_answer answer = {.uid = uid, .gid = uid + 1, .time = 1700000000};
    snprintf(answer.name, sizeof(answer.name), "%s", name);
    snprintf(answer.sentence, sizeof(answer.sentence), "%s", sentence);
    answer_table_put(answers, &answer, now);
}

static void put_many(const char *prefix, uid_t uid, size_t count, int64_t now)
{
    char name[32];
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "%s%zu", prefix, i);
        put(name, uid, "answer", now);
    }
}

static bool has(const char *name, int64_t now)
{
    return answer_table_find(answers, name, 7, now) != NULL;
}

TEST(a_sentence_is_found_by_name_and_by_number)
{
    assert_false(has("one", 0));
    put("one", 7, "the first", 0);
    put("two", 8, "the second", 0);
    const struct import_answer *found = answer_table_find(answers, "one", 7, 1);
    assert_non_null(found);
    assert_string_equal(found->sentence, "the first");
    assert_string_equal(found->name, "one");
    assert_true(found->uid == 7 && found->gid == 8 && found->time == 1700000000);
    assert_int_not_equal(found->number, 0);
    assert_ptr_equal(answer_table_get(answers, found->number, 1), found);
    assert_null(answer_table_get(answers, 0, 1));
    assert_null(answer_table_get(answers, 99, 1));
    assert_false(has("on", 1));
    assert_false(has("", 1));
}

TEST(it_is_kept_for_its_time_and_not_a_millisecond_longer)
{
    put("one", 7, "answer", 5000);
    uint64_t number = answer_table_find(answers, "one", 7, 5000)->number;
    assert_true(has("one", 5000 + ANSWER_TABLE_KEEP_MS - 1));
    assert_non_null(answer_table_get(answers, number, 5000 + ANSWER_TABLE_KEEP_MS - 1));
    assert_false(has("one", 5000 + ANSWER_TABLE_KEEP_MS));
    assert_null(answer_table_get(answers, number, 5000 + ANSWER_TABLE_KEEP_MS));
}

TEST(a_name_used_again_by_the_same_user_has_its_newest_answer_under_a_new_number)
{
    put("one", 7, "before", 0);
    uint64_t before = answer_table_find(answers, "one", 7, 0)->number;
    put("one", 7, "after", 10);
    const struct import_answer *after = answer_table_find(answers, "one", 7, 10);
    assert_string_equal(after->sentence, "after");
    assert_true(after->number > before);
    assert_null(answer_table_get(answers, before, 10));
    answer_table_remove(answers, after->number);
    assert_false(has("one", 10));
}

/* Nobody wipes or replaces another user's answer. */
TEST(each_user_of_a_name_has_its_own_answer)
{
    put("one", 7, "to seven", 0);
    uint64_t number = answer_table_find(answers, "one", 7, 0)->number;
    put("one", 8, "to eight", 10);
    assert_int_equal(answer_table_find(answers, "one", 7, 10)->number, number);
    assert_string_equal(answer_table_find(answers, "one", 8, 10)->sentence, "to eight");
    assert_string_equal(answer_table_find(answers, "one", 0, 10)->sentence, "to eight");
    answer_table_remove(answers, answer_table_find(answers, "one", 8, 10)->number);
    assert_string_equal(answer_table_find(answers, "one", 7, 10)->sentence, "to seven");
    assert_string_equal(answer_table_find(answers, "one", 8, 10)->sentence, "to seven");
}

TEST(a_removed_one_is_gone_and_no_other)
{
    put_many("n", 7, 3, 0);
    answer_table_remove(answers, answer_table_find(answers, "n1", 7, 0)->number);
    assert_true(has("n0", 0) && !has("n1", 0) && has("n2", 0));
    answer_table_remove(answers, 77);
    assert_true(has("n0", 0) && has("n2", 0));
}

TEST(a_users_oldest_makes_room_for_its_newest)
{
    put("other", 8, "answer", 0);
    put_many("n", 7, ANSWER_TABLE_PER_UID, 0);
    assert_true(has("n0", 0));
    put("newest", 7, "answer", 1);
    assert_true(!has("n0", 1) && has("n1", 1) && has("newest", 1) && has("other", 1));
    put("n1", 7, "again", 2);
    assert_true(has("n1", 2) && has("n2", 2));
}

TEST(where_all_are_taken_the_greediest_users_oldest_makes_room)
{
    put("first", 100, "answer", 0);
    for (uid_t uid = 0; uid < ANSWER_TABLE_MAX / ANSWER_TABLE_PER_UID; uid++) {
        char prefix[16];
        snprintf(prefix, sizeof(prefix), "u%u-", uid);
        put_many(prefix, uid, ANSWER_TABLE_PER_UID - (uid == 0), 1);
    }
    put("one-more", 200, "answer", 2);
    assert_true(has("first", 2) && has("u0-0", 2) && !has("u1-0", 2) && has("u3-63", 2) && has("one-more", 2));
    put_many("many", 201, 100, 3);
    assert_true(has("first", 3) && has("one-more", 3));
}

TEST(an_expired_answer_makes_room_before_any_other)
{
    put_many("old", 7, ANSWER_TABLE_PER_UID, 0);
    int64_t later = ANSWER_TABLE_KEEP_MS;
    put_many("new", 7, ANSWER_TABLE_PER_UID, later);
    for (size_t i = 0; i < ANSWER_TABLE_PER_UID; i++) {
        char name[32];
        snprintf(name, sizeof(name), "new%zu", i);
        assert_true(has(name, later));
    }
}

/* An answer that nobody can read is dropped. */
TEST(findings_are_held_as_long_as_their_sentence)
{
    static const char *const ways[] = {"removed", "replaced", "too old", "freed"};
    struct fault f = {0};
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        CLEANUP(buf_done) struct buf bytes = {0};
        assert_int_equal(buf_append_text(&bytes, "1 warning:", &f), 0);
        CLEANUP(content_unrefp) struct content *findings = content_new(&bytes);
        struct import_answer answer = {.uid = 7, .name = "one", .sentence = "imported", .findings = findings};
        answer_table_put(answers, &answer, 0);
        answer_table_put(answers, answer_table_find(answers, "one", 7, 0), 0); /* in its own place */
        assert_false(content_is_last(findings));
        const struct import_answer *found = answer_table_find(answers, "one", 7, 0);
        assert_ptr_equal(found->findings, findings);
        if (i == 0)
            answer_table_remove(answers, found->number);
        else if (i == 1)
            put("one", 7, "refused", 0);
        else if (i == 2)
            put("two", 7, "answer", ANSWER_TABLE_KEEP_MS);
        else
            answer_table_freep(&answers);
        if (!content_is_last(findings))
            fail_msg("what was %s is held", ways[i]);
    }
    assert_int_equal(answer_table_new(NULL, ANSWER_TABLE_KEEP_MS, &answers, &f), 0);
}

TEST(the_name_of_an_answer_shows_whose_it_is)
{
    static const struct {
        const char *name, *file;
    } rows[] = {
        {"x.answer", "x"},
        {"x.json.answer", "x.json"},
        {"x.answer.answer", "x.answer"},
        {".answer", ""},
        {"x.answers", NULL},
        {"x.Answer", NULL},
        {"answer", NULL},
        {"", NULL},
        {"xanswer", NULL},
    };
    char file[ANSWER_TABLE_NAME_SIZE];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(answer_table_name(rows[i].name, file), rows[i].file != NULL);
        if (rows[i].file != NULL)
            assert_string_equal(file, rows[i].file);
    }
}

TEST(the_longest_name_fits_and_a_longer_one_is_none)
{
    char name[300], file[ANSWER_TABLE_NAME_SIZE];
    snprintf(name, sizeof(name), "%0248d" ANSWER_TABLE_SUFFIX, 1);
    assert_true(answer_table_name(name, file));
    assert_int_equal(strlen(file), 248);
    snprintf(name, sizeof(name), "%0249d" ANSWER_TABLE_SUFFIX, 1);
    assert_false(answer_table_name(name, file));
}

TEST(without_memory_there_are_none)
{
    struct answer_table *none = NULL;
    struct fault f = {0};
    alloc_fail(1);
    law_expect(answer_table_new(NULL, 1, &none, &f), &f, REASON_NO_MEMORY);
    alloc_fail(0);
    answer_table_freep(&none);
}

static void setup(void)
{
    struct fault f = {0};
    assert_int_equal(answer_table_new(NULL, ANSWER_TABLE_KEEP_MS, &answers, &f), 0);
}

static void teardown(void)
{
    answer_table_freep(&answers);
}

EACH_TEST(setup, teardown);
