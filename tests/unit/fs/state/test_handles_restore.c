/*
 * Files that are open when a worker is killed are open in the next one.
 */
#include <string.h>

#include "core/set/content.h"
#include "core/set/resource.h"
#include "fs/state/handles.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/outlived.h"

static struct shared *shared;
static struct handles *handles;
static struct content *content;
static struct resource *set;
static size_t restored_count;
static bool generation_is_gone;

static struct content *make_content(const char *text)
{
    struct buf bytes = {0};
    add_text(&bytes, text);
    struct content *made = content_new(&bytes);
    assert_non_null(made);
    return made;
}

static void restore_one(void *context, struct handle *handle)
{
    assert_ptr_equal(context, &restored_count);
    restored_count++;
    if (handle->number >> 63 != 0 || generation_is_gone)
        return;
    handle->content = content_ref(content);
    handle->resource = resource_ref(set);
}

/* The worker is killed: nothing of it is left but what it has kept. */
static void follow(void)
{
    struct fault f = {0};
    handles_freep(&handles);
    outlived_next(shared);
    law_expect(handles_new(shared, &handles, &f), &f, REASON_NONE);
    restored_count = 0;
    law_expect(handles_restore(handles, restore_one, &restored_count, &f), &f, REASON_NONE);
}

static bool open_file(uint64_t inode, uint64_t request)
{
    struct fault f = {0};
    const struct handle file = {
        .number = inode, .kind = NODE_FILE, .content = content, .resource = set, .request = request};
    return handles_reopen(handles, inode, request) || handles_open_file(handles, &file, &f) == 0;
}

static struct handle *open_other(enum node_kind kind, uint64_t request)
{
    struct fault f = {0};
    struct handle *handle = NULL;
    law_expect(handles_open(handles, kind, &handle, &f), &f, REASON_NONE);
    if (kind == NODE_CONTROL)
        assert_non_null(handles_add_upload(handles, handle));
    handles_keep(handles, handle, request);
    return handle;
}

enum { CERT = 0x101, KEY = 0x102 };

TEST(a_file_stays_open_as_often_as_it_was)
{
    open_file(CERT, 1);
    open_file(CERT, 2);
    open_file(KEY, 3);
    handles_close(handles, KEY, 4);
    open_file(CERT, 5);
    handles_close(handles, CERT, 6);
    follow();
    assert_int_equal(restored_count, 1);
    assert_null(handles_find(handles, KEY));
    assert_ptr_equal(handles_find(handles, CERT)->content, content);
    handles_close(handles, CERT, 7);
    assert_non_null(handles_find(handles, CERT));
    handles_close(handles, CERT, 8);
    assert_null(handles_find(handles, CERT));
    follow();
    assert_int_equal(restored_count, 0);
}

TEST(an_open_that_comes_again_is_counted_once)
{
    open_file(CERT, 1);
    open_file(CERT, 2);
    follow();
    assert_int_equal(handles_opened_by(handles, 2)->number, CERT);
    assert_true(handles_reopen(handles, CERT, 2));
    follow();
    assert_true(handles_reopen(handles, CERT, 2));
    handles_close(handles, CERT, 3);
    handles_close(handles, CERT, 4);
    assert_null(handles_find(handles, CERT));
}

/* It was answered before the worker was killed, so the answer to it finds nobody. */
TEST(an_open_that_comes_again_for_nothing_stays_open)
{
    open_file(CERT, 1);
    struct handle *text = open_other(NODE_STATUS, 2);
    uint64_t number = text->number;
    follow();
    assert_true(handles_reopen(handles, CERT, 1));
    assert_false(handles_close(handles, CERT, 1));
    assert_false(handles_close(handles, number, 2));
    assert_non_null(handles_find(handles, CERT));
    assert_non_null(handles_find(handles, number));
}

TEST(a_close_that_comes_again_is_counted_once)
{
    open_file(CERT, 1);
    open_file(CERT, 2);
    handles_close(handles, CERT, 3);
    follow();
    handles_close(handles, CERT, 3);
    assert_non_null(handles_find(handles, CERT));
    handles_close(handles, CERT, 4);
    assert_null(handles_find(handles, CERT));
    follow();
    handles_close(handles, CERT, 4);
    assert_int_equal(restored_count, 0);
}

TEST(a_file_whose_generation_is_gone_is_open_without_content_and_is_closed)
{
    open_file(CERT, 1);
    generation_is_gone = true;
    follow();
    assert_null(handles_find(handles, CERT)->content);
    assert_false(handles_reopen(handles, CERT, 2));
    handles_revoke(handles, 0);
    handles_trim(handles, 0);
    handles_close(handles, CERT, 3);
    assert_null(handles_find(handles, CERT));
}

TEST(a_file_that_was_open_without_content_gets_it_with_the_next_open)
{
    open_file(CERT, 1);
    generation_is_gone = true;
    follow();
    assert_true(open_file(CERT, 2));
    assert_ptr_equal(handles_find(handles, CERT)->content, content);
    handles_close(handles, CERT, 3);
    assert_non_null(handles_find(handles, CERT));
    handles_close(handles, CERT, 4);
    assert_null(handles_find(handles, CERT));
}

TEST(a_key_in_the_page_cache_is_known_to_be_there)
{
    open_file(KEY, 1);
    handles_set_cached(handles, handles_find(handles, KEY));
    follow();
    assert_true(handles_take_cached(handles, handles_find(handles, KEY)));
    assert_false(handles_take_cached(handles, handles_find(handles, KEY)));
}

TEST(a_key_that_had_to_leave_the_page_cache_is_known_after_it_is_closed)
{
    uint64_t inode, found = 0;
    open_file(KEY, 1);
    handles_set_cached(handles, handles_find(handles, KEY));
    assert_true(handles_take_cached(handles, handles_find(handles, KEY)));
    handles_close(handles, KEY, 2);
    follow();
    for (size_t i = 0; handles_recall_pages(handles, i, &inode); i++)
        found += inode;
    assert_int_equal(found, KEY);
}

TEST(a_file_that_finds_no_place_is_not_kept_and_that_is_reported_once)
{
    for (uint64_t i = 1; i <= 9; i++)
        open_file(i << 8, i);
    assert_true(handles_take_unkept(handles));
    assert_false(handles_take_unkept(handles));
    handles_close(handles, 9 << 8, 10);
    handles_close(handles, 1 << 8, 11);
    open_file(10 << 8, 12);
    assert_false(handles_take_unkept(handles));
    follow();
    assert_int_equal(restored_count, 8);
    assert_non_null(handles_find(handles, 10 << 8));
}

TEST(numbers_of_two_workers_are_never_the_same)
{
    uint64_t first = open_other(NODE_STATUS, 1)->number;
    uint64_t closed = open_other(NODE_STATUS, 2)->number;
    handles_close(handles, closed, 3);
    follow();
    assert_non_null(handles_find(handles, first));
    for (uint64_t i = 0; i < 4; i++) {
        uint64_t number = open_other(NODE_STATUS, 4 + i)->number;
        assert_int_not_equal(number, first);
        assert_int_not_equal(number, closed);
        assert_int_equal(number >> 62, 2);
    }
}

TEST(a_text_keeps_what_was_seen_its_size_and_its_user_but_not_its_bytes)
{
    struct content *text = make_content("the text");
    struct handle *handle = open_other(NODE_METRICS, 1);
    uint64_t number = handle->number;
    handle->uid = 7;
    assert_int_equal(handles_set_text(handles, handle, text, 42), 0);
    content_unref(text);
    follow();
    handle = handles_find(handles, number);
    assert_int_equal(handle->kind, NODE_METRICS);
    assert_int_equal(handle->uid, 7);
    assert_int_equal(handles_seen(handles, handle), 42);
    assert_int_equal(handles_text_size(handles, handle), 8);
    assert_null(handles_text(handles, handle));
    assert_true(handles_is_cut(handles, handle));
    assert_int_equal(handles_set_text(handles, handle, content, 43), 8);
    assert_false(handles_is_cut(handles, handle));
}

TEST(a_text_that_was_not_read_is_not_cut)
{
    uint64_t number = open_other(NODE_METRICS, 1)->number;
    follow();
    assert_false(handles_is_cut(handles, handles_find(handles, number)));
}

TEST(the_text_of_an_answer_is_kept_while_there_is_room)
{
    struct handle *answer = open_other(NODE_ANSWER, 0), *lost = open_other(NODE_ANSWER, 0);
    uint64_t number = answer->number, other = lost->number;
    static char big[8 * 4096];
    memset(big, 'x', sizeof(big) - 1);
    struct content *text = make_content("the certificate is in place"), *much = make_content(big);
    handles_set_text(handles, answer, text, 0);
    handles_set_text(handles, lost, much, 0);
    content_unref(text);
    content_unref(much);
    handles_keep(handles, answer, 1);
    handles_keep(handles, lost, 2);
    follow();
    struct content *held = handles_text(handles, handles_find(handles, number));
    assert_true(span_equal(content_peek(held), span_of("the certificate is in place")));
    content_unref(held);
    assert_null(handles_text(handles, handles_find(handles, other)));
}

TEST(a_poll_that_waits_is_woken_once_by_the_next_worker)
{
    struct handle *first = open_other(NODE_STATUS, 1), *second = open_other(NODE_STATUS, 2);
    open_other(NODE_STATUS, 3);
    handles_set_poll(handles, first, 11);
    handles_set_poll(handles, second, 12);
    assert_int_equal(handles_take_poll(handles, handles_mark(handles)), 11); /* and killed before the kernel heard it */
    follow();
    uint64_t mark = handles_mark(handles);
    uint64_t woken = handles_take_poll(handles, mark) + handles_take_poll(handles, mark);
    assert_int_equal(woken, 11 + 12);
    assert_int_equal(handles_take_poll(handles, mark), 0);
}

TEST(without_memory_that_outlives_it_everything_works_and_nothing_is_kept)
{
    struct fault f = {0};
    handles_freep(&handles);
    law_expect(handles_new(NULL, &handles, &f), &f, REASON_NONE);
    open_file(CERT, 1);
    open_other(NODE_CONTROL, 2);
    assert_false(handles_take_unkept(handles));
    follow();
    assert_int_equal(restored_count, 0);
}

static void setup(void)
{
    struct fault f = {0};
    shared = outlived_new();
    content = make_content("what a file holds");
    set = resource_new("", 0, "", 0);
    generation_is_gone = false;
    law_expect(handles_new(shared, &handles, &f), &f, REASON_NONE);
}

static void teardown(void)
{
    handles_freep(&handles);
    shared_freep(&shared);
    content_unref(content);
    resource_unref(set);
}

EACH_TEST(setup, teardown);
