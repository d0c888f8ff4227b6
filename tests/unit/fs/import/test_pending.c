#include "fs/import/pending.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

enum { FILES = 20, LIMIT_MS = 30000 };

static struct pending *pending;
static struct import_file files[FILES];

static struct import_file *file(size_t number, uid_t uid, int64_t begun)
{
    struct import_file *file = &files[number];
    struct upload *upload = file->upload != NULL ? file->upload : upload_new();
    assert_non_null(upload);
    *file = (struct import_file){.inode = number, .uid = uid, .begun = begun, .moved = begun, .upload = upload};
    snprintf(file->name, sizeof(file->name), "name-%zu", number);
    return file;
}

static void add(struct import_file *file)
{
    struct fault f = {0};
    law_expect(pending_add(pending, file, &f), &f, REASON_NONE);
    assert_true(file->listed);
}

static void expect_busy(struct import_file *file, const char *sentence)
{
    struct fault f = {0};
    law_expect(pending_add(pending, file, &f), &f, REASON_BUSY);
    assert_non_null(strstr(f.message, sentence));
    assert_false(file->listed);
}

TEST(a_file_is_found_by_its_name_until_its_verdict)
{
    struct import_file *first = file(1, 7, 0), *second = file(2, 7, 0);
    assert_null(pending_find(pending, "name-1"));
    add(first);
    add(second);
    assert_ptr_equal(pending_find(pending, "name-1"), first);
    assert_ptr_equal(pending_find(pending, "name-2"), second);
    assert_null(pending_find(pending, "name-"));
    assert_null(pending_find(pending, ""));
    pending_remove(pending, first);
    assert_false(first->listed);
    assert_null(pending_find(pending, "name-1"));
    assert_ptr_equal(pending_find(pending, "name-2"), second);
    pending_remove(pending, first);
    assert_ptr_equal(pending_find(pending, "name-2"), second);
}

TEST(a_user_has_at_most_eight)
{
    for (size_t i = 0; i < PENDING_PER_UID; i++)
        add(file(i, 7, 0));
    expect_busy(file(PENDING_PER_UID, 7, 0), "8 unfinished requests of this user");
    add(file(PENDING_PER_UID + 1, 8, 0));
    pending_remove(pending, &files[3]);
    add(file(PENDING_PER_UID, 7, 0));
    expect_busy(file(3, 7, 0), "of this user");
}

TEST(all_together_leave_two_documents_to_control)
{
    for (size_t i = 0; i < PENDING_MAX; i++)
        add(file(i, 10 + (uid_t)i / 5, 0));
    expect_busy(file(PENDING_MAX, 77, 0), "14 unfinished requests in import/");
    pending_remove(pending, &files[0]);
    add(file(PENDING_MAX, 77, 0));
}

static void fill(const uid_t *uids)
{
    for (size_t i = 0; i < PENDING_MAX; i++)
        add(file(i, uids[i], (int64_t)(100 - i)));
}

TEST(the_greediest_user_yields_what_has_not_grown_for_the_longest)
{
    static const uid_t uids[PENDING_MAX] = {8, 7, 7, 8, 7, 7, 8, 7, 7, 8, 7, 7, 8, 8};
    assert_null(pending_yielding(pending, 9, 100));
    fill(uids);
    files[2].moved = 1;
    assert_ptr_equal(pending_yielding(pending, 9, 100), &files[2]);
    assert_ptr_equal(pending_yielding(pending, 8, 100), &files[2]);
    assert_null(pending_yielding(pending, 7, 100000));
    struct fault f = {0};
    files[2].size = 2;
    assert_int_equal(upload_take(files[2].upload, span_of("{}"), &f), UPLOAD_SUBMIT);
    assert_ptr_equal(pending_yielding(pending, 9, 100), &files[11]);
}

TEST(the_newest_waiting_one_of_the_greediest_user_yields)
{
    static const uid_t uids[PENDING_MAX] = {8, 7, 7, 8, 7, 7, 8, 7, 7, 8, 7, 7, 8, 8};
    fill(uids);
    assert_null(pending_yielding_complete(pending, 9));
    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct fault f = {0};
        assert_int_equal(upload_take(files[i].upload, span_of("{}"), &f), UPLOAD_SUBMIT);
    }
    files[4].moved = 1000;
    assert_null(pending_yielding(pending, 9, 100000));
    assert_ptr_equal(pending_yielding_complete(pending, 9), &files[4]);
    assert_ptr_equal(pending_yielding_complete(pending, 8), &files[4]);
    assert_null(pending_yielding_complete(pending, 7));
    assert_ptr_equal(pending_yielding_complete(pending, 0), &files[4]);
    pending_remove(pending, &files[0]);
    assert_null(pending_yielding_complete(pending, 9));
}

/* A user that takes places until nobody has to yield leaves others as many as its own, or one fewer. */
TEST(nobody_takes_places_from_a_user_that_has_at_most_as_many)
{
    static const uid_t uids[PENDING_MAX] = {7, 7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8};
    fill(uids);
    assert_null(pending_yielding(pending, 8, 100000));
    for (size_t i = 0; i < 4; i++) {
        struct import_file *yielding = pending_yielding(pending, 9, 100);
        assert_non_null(yielding);
        pending_remove(pending, yielding);
        upload_free(TAKE(yielding->upload));
        add(file(PENDING_MAX + i, 9, 100));
    }
    assert_null(pending_yielding(pending, 9, 100));
}

TEST(a_user_without_any_takes_one_that_has_not_grown_for_a_second_and_root_takes_any)
{
    uid_t uids[PENDING_MAX];
    for (size_t i = 0; i < PENDING_MAX; i++)
        uids[i] = 100 + (uid_t)i;
    fill(uids);
    files[5].moved = 50;
    assert_null(pending_yielding(pending, 9, 50 + PENDING_IDLE_MS - 1));
    assert_ptr_equal(pending_yielding(pending, 9, 50 + PENDING_IDLE_MS), &files[5]);
    assert_ptr_equal(pending_yielding(pending, 0, 51), &files[5]);
}

TEST(root_has_no_share)
{
    for (size_t i = 0; i < PENDING_MAX; i++)
        add(file(i, 0, 0));
    expect_busy(file(PENDING_MAX, 0, 0), "14 unfinished requests in import/");
}

static void expect_room(size_t number, size_t more, enum reason reason)
{
    struct fault f = {0};
    law_expect(pending_check_room(pending, &files[number], more, &f), &f, reason);
}

TEST(a_user_has_four_mebibytes_and_not_a_byte_more)
{
    add(file(0, 7, 0));
    add(file(1, 7, 0));
    add(file(2, 8, 0));
    files[0].size = PENDING_BYTES_PER_UID - 10;
    files[2].size = 1000000;
    expect_room(1, 10, REASON_NONE);
    expect_room(1, 11, REASON_BUSY);
    files[1].size = 10;
    expect_room(0, 0, REASON_NONE);
    expect_room(0, 1, REASON_BUSY);
    expect_room(1, SIZE_MAX, REASON_BUSY);
    expect_room(2, PENDING_BYTES_PER_UID - 1000000, REASON_NONE);
    pending_remove(pending, &files[0]);
    expect_room(1, 1, REASON_NONE);
}

TEST(a_file_that_is_never_finished_expires_and_not_a_millisecond_before)
{
    assert_int_equal(pending_wait(pending, 5), -1);
    assert_null(pending_expired(pending, INT64_MAX));
    add(file(0, 7, 1000));
    assert_int_equal(pending_wait(pending, 1000), LIMIT_MS);
    assert_int_equal(pending_wait(pending, 30999), 1);
    assert_null(pending_expired(pending, 30999));
    assert_ptr_equal(pending_expired(pending, 31000), &files[0]);
    assert_int_equal(pending_wait(pending, 99000), 0);
    pending_remove(pending, &files[0]);
    assert_null(pending_expired(pending, 31000));
    assert_int_equal(pending_wait(pending, 31000), -1);
}

TEST(the_oldest_expires_first)
{
    add(file(0, 7, 300));
    add(file(1, 7, 100));
    add(file(2, 8, 200));
    static const size_t order[] = {1, 2, 0};
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        assert_ptr_equal(pending_expired(pending, 300 + LIMIT_MS), &files[order[i]]);
        pending_remove(pending, &files[order[i]]);
    }
    assert_null(pending_expired(pending, 300 + LIMIT_MS));
}

TEST(a_document_being_judged_does_not_expire_but_counts)
{
    struct fault f = {0};
    add(file(0, 7, 0));
    files[0].size = 2;
    assert_int_equal(upload_take(files[0].upload, span_of("{}"), &f), UPLOAD_SUBMIT);
    assert_null(pending_expired(pending, INT64_MAX));
    assert_int_equal(pending_wait(pending, 0), -1);
    add(file(1, 7, 50));
    assert_int_equal(pending_wait(pending, 50), LIMIT_MS);
    assert_ptr_equal(pending_find(pending, "name-0"), &files[0]);
    expect_room(1, PENDING_BYTES_PER_UID - 1, REASON_BUSY);
}

TEST(without_memory_there_are_none)
{
    struct pending *none = NULL;
    struct fault f = {0};
    alloc_fail(1);
    law_expect(pending_new(NULL, LIMIT_MS, &none, &f), &f, REASON_NO_MEMORY);
    alloc_fail(0);
    pending_freep(&none);
}

static void setup(void)
{
    struct fault f = {0};
    assert_int_equal(pending_new(NULL, LIMIT_MS, &pending, &f), 0);
}

static void teardown(void)
{
    pending_freep(&pending);
    for (size_t i = 0; i < FILES; i++)
        upload_free(TAKE(files[i].upload));
}

EACH_TEST(setup, teardown);
