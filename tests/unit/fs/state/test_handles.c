#include "fs/state/handles.h"

#include "core/set/resource.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

static struct handles *handles;
static struct content *content;
static struct resource *sets[10]; /* by number */

static struct content *make_content(const char *text)
{
    struct buf bytes = {0};
    add_text(&bytes, text);
    struct content *made = content_new(&bytes);
    assert_non_null(made);
    return made;
}

static bool is_revoked(struct content *of)
{
    struct span bytes;
    if (content_borrow(of, &bytes) != 0)
        return true;
    content_return(of);
    return false;
}

/* A file of this set. */
static uint64_t open_file_of(uint64_t set, uint64_t inode, struct content *of)
{
    const struct handle file = {.number = inode, .content = of, .resource = sets[set], .committed = 5};
    struct fault f = {0};
    if (!handles_reopen(handles, inode, 0))
        law_expect(handles_open_file(handles, &file, &f), &f, REASON_NONE);
    return inode;
}

static uint64_t open_file(uint64_t inode)
{
    return open_file_of(0, inode, content);
}

static struct handle *open_text(void)
{
    struct handle *handle = NULL;
    struct fault f = {0};
    law_expect(handles_open(handles, NODE_STATUS, &handle, &f), &f, REASON_NONE);
    return handle;
}

TEST(all_who_open_a_file_share_one_entry_until_the_last_closes_it)
{
    uint64_t inode = node_file_inode(1, MATERIAL_CERT);
    assert_false(handles_reopen(handles, inode, 0));
    open_file(inode);
    open_file(inode);
    const struct handle *handle = handles_find(handles, inode);
    assert_non_null(handle);
    assert_ptr_equal(handle->content, content);
    assert_int_equal(handle->committed, 5);
    handles_close(handles, inode, 0);
    assert_ptr_equal(handles_find(handles, inode), handle);
    handles_close(handles, inode, 0);
    assert_null(handles_find(handles, inode));
    handles_close(handles, inode, 0);
}

/* A new worker finds numbers in the requests that it cannot know; they must not stand for anything else. */
TEST(texts_get_numbers_that_no_file_has)
{
    const struct handle *first = open_text(), *second = open_text();
    assert_int_not_equal(first->number, second->number);
    assert_ptr_equal(handles_find(handles, first->number), first);
    assert_ptr_equal(handles_find(handles, second->number), second);
    assert_true(first->number >> 63 == 1);
    handles_close(handles, first->number, 0);
    assert_ptr_equal(handles_find(handles, second->number), second);
}

TEST(closing_what_is_not_open_does_nothing)
{
    handles_close(handles, 4711, 0);
    assert_null(handles_find(handles, 4711));
}

TEST(revoking_wipes_what_is_open)
{
    open_file(node_file_inode(1, MATERIAL_KEY));
    open_text();
    assert_false(is_revoked(content));
    handles_revoke(handles, 0);
    assert_true(is_revoked(content));
}

TEST(revoking_one_set_leaves_the_others_readable)
{
    struct content *of_first = make_content("one"), *of_second = make_content("two");
    open_file_of(7, node_file_inode(1, MATERIAL_KEY), of_first);
    open_file_of(8, node_file_inode(2, MATERIAL_KEY), of_second);
    open_file(node_file_inode(3, MATERIAL_KEY));
    handles_revoke(handles, 7);
    assert_true(is_revoked(of_first));
    assert_false(is_revoked(of_second));
    assert_false(is_revoked(content));
    handles_revoke(handles, 9);
    handles_revoke(handles, 8);
    assert_true(is_revoked(of_second));
    assert_false(is_revoked(content));
    content_unref(of_first);
    content_unref(of_second);
}

/* One that only its open file has left. */
static struct content *abandon(uint64_t generation, const char *text)
{
    struct content *made = make_content(text);
    open_file_of(0, node_file_inode(generation, MATERIAL_CA), made);
    content_unref(made);
    return made;
}

TEST(past_the_limit_the_oldest_of_what_only_readers_have_are_revoked)
{
    struct content *served = make_content("served");
    open_file_of(0, node_file_inode(1, MATERIAL_CA), served);
    struct content *newest = abandon(40, "newest"), *oldest = abandon(2, "oldest"), *middle = abandon(30, "middle");
    handles_trim(handles, 18);
    assert_false(is_revoked(oldest));
    handles_trim(handles, 17);
    assert_true(is_revoked(oldest));
    assert_false(is_revoked(middle));
    handles_trim(handles, 12);
    assert_false(is_revoked(middle));
    handles_trim(handles, 5);
    assert_true(is_revoked(middle));
    assert_true(is_revoked(newest));
    assert_false(is_revoked(served));
    content_unref(served);
}

/* Also what belongs to generations that the registry let go of long ago. */
TEST(revoking_wipes_every_open_generation_of_a_set)
{
    struct content *contents[3];
    for (uint64_t i = 0; i < COUNT_OF(contents); i++) {
        contents[i] = make_content("a generation");
        open_file_of(7, node_file_inode(i + 1, MATERIAL_KEY), contents[i]);
    }
    handles_revoke(handles, 7);
    for (size_t i = 0; i < COUNT_OF(contents); i++) {
        assert_true(is_revoked(contents[i]));
        content_unref(contents[i]);
    }
}

TEST(open_files_of_a_set_are_listed_in_their_order_in_parts)
{
    uint64_t listed[HANDLES_LISTED], last = 0;
    enum { FILES = 2 * HANDLES_LISTED + 3 };
    open_text();
    open_file_of(8, node_file_inode(3, MATERIAL_CA), content);
    for (uint64_t i = FILES; i >= 1; i--)
        open_file_of(7, node_file_inode(100 + i, MATERIAL_KEY), content);
    size_t sum = 0, count;
    while ((count = handles_list(handles, 7, last, listed)) > 0) {
        for (size_t i = 0; i < count; i++)
            assert_int_equal(listed[i], node_file_inode(101 + sum++, MATERIAL_KEY));
        last = listed[count - 1];
    }
    assert_int_equal(sum, FILES);
    assert_int_equal(handles_list(handles, 9, 0, listed), 0);
}

TEST(a_closed_handle_is_not_revoked)
{
    handles_close(handles, open_file(node_file_inode(1, MATERIAL_KEY)), 0);
    handles_revoke(handles, 0);
    assert_false(is_revoked(content));
}

TEST(one_waits_on_a_text_and_the_newest_counts)
{
    struct handle *handle = open_text();
    handles_set_poll(handles, handle, 10);
    handles_set_poll(handles, handle, 11);
    assert_int_equal(handles_take_poll(handles, handles_mark(handles)), 11);
    handles_set_poll(handles, handle, 12);
    handles_set_poll(handles, handle, 0);
    assert_int_equal(handles_take_poll(handles, handles_mark(handles)), 0);
}

TEST(each_who_waits_is_taken_once_the_longest_first)
{
    for (uint64_t poll = 1; poll <= 3; poll++)
        handles_set_poll(handles, open_text(), poll);
    open_text();
    open_file(node_file_inode(1, MATERIAL_CA));
    uint64_t mark = handles_mark(handles);
    for (uint64_t poll = 1; poll <= 3; poll++)
        assert_int_equal(handles_take_poll(handles, mark), poll);
    assert_int_equal(handles_take_poll(handles, mark), 0);
}

/* Otherwise a waiter that waits again as soon as it is woken would keep the importer for ever. */
TEST(a_waiter_that_waits_again_is_not_woken_until_the_next_mark)
{
    struct handle *first = open_text(), *second = open_text();
    handles_set_poll(handles, first, 1);
    handles_set_poll(handles, second, 2);
    uint64_t mark = handles_mark(handles);
    assert_int_equal(handles_take_poll(handles, mark), 1);
    handles_set_poll(handles, first, 3);
    handles_set_poll(handles, second, 2);
    assert_int_equal(handles_take_poll(handles, mark), 0);
    mark = handles_mark(handles);
    assert_int_equal(handles_take_poll(handles, mark), 3);
    assert_int_equal(handles_take_poll(handles, mark), 2);
}

TEST(a_text_is_held_until_another_is_and_by_who_took_it)
{
    struct handle *handle;
    struct fault f = {0};
    struct content *first = make_content("first"), *second = make_content("the second");
    assert_int_equal(handles_open(handles, NODE_STATUS, &handle, &f), 0);
    assert_null(handles_text(handles, handle));
    assert_int_equal(handles_set_text(handles, handle, first, 7), 0);
    struct content *taken = handles_text(handles, handle);
    assert_ptr_equal(taken, first);
    assert_int_equal(handles_set_text(handles, handle, second, 8), 5);
    assert_int_equal(handles_text_size(handles, handle), 10);
    assert_int_equal(handles_seen(handles, handle), 8);
    content_unref(first);
    assert_true(span_equal(content_peek(taken), span_of("first")));
    content_unref(taken);
    content_unref(second);
    handles_close(handles, handle->number, 0);
}

TEST(an_open_document_is_found_until_it_is_closed)
{
    struct handle *text, *first, *second;
    struct fault f = {0};
    assert_int_equal(handles_open(handles, NODE_STATUS, &text, &f), 0);
    assert_int_equal(handles_open(handles, NODE_STATUS, &first, &f), 0);
    assert_int_equal(handles_open(handles, NODE_STATUS, &second, &f), 0);
    handles_add_upload(handles, first)->writer.thread = 7;
    handles_add_upload(handles, second)->writer.thread = 8;
    assert_true(handles_has_writer(handles, 7) && handles_has_writer(handles, 8));
    assert_false(handles_has_writer(handles, 9) || handles_has_writer(handles, 0));
    handles_close(handles, first->number, 0);
    assert_false(handles_has_writer(handles, 7));
    assert_true(handles_has_writer(handles, 8));
}

TEST(without_memory_nothing_is_open)
{
    struct fault f = {0};
    struct handle *handle = NULL;
    struct handles *none = NULL;
    const struct handle file = {.number = 256, .content = content, .resource = sets[0], .committed = 5};
    alloc_fail(1);
    law_expect(handles_open_file(handles, &file, &f), &f, REASON_NO_MEMORY);
    fault_clear(&f);
    alloc_fail(1);
    law_expect(handles_open(handles, NODE_STATUS, &handle, &f), &f, REASON_NO_MEMORY);
    fault_clear(&f);
    alloc_fail(1);
    law_expect(handles_new(NULL, &none, &f), &f, REASON_NO_MEMORY);
    alloc_fail(0);
    assert_null(none);
    assert_null(handles_find(handles, 256));
    handles_revoke(handles, 0);
    assert_false(is_revoked(content));
}

static void setup(void)
{
    struct fault f = {0};
    content = make_content("what a file holds");
    for (size_t i = 0; i < COUNT_OF(sets); i++)
        sets[i] = resource_new(i == 0 ? "" : "named", i, "", 0);
    assert_int_equal(handles_new(NULL, &handles, &f), 0);
}

static void teardown(void)
{
    handles_freep(&handles);
    content_unref(content);
    for (size_t i = 0; i < COUNT_OF(sets); i++)
        resource_unref(sets[i]);
}

EACH_TEST(setup, teardown);
