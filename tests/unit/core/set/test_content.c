#include "core/set/content.h"

#include <pthread.h>
#include <string.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

static const char secret[] = "this stands for a private key";

static struct content *make(void)
{
    struct buf bytes = {0};
    struct fault f = {0};
    assert_int_equal(buf_append_text(&bytes, secret, &f), 0);
    struct content *content = content_new(&bytes);
    assert_non_null(content);
    assert_null(bytes.data);
    return content;
}

static void expect_secret(struct content *content)
{
    struct span bytes;
    assert_int_equal(content_borrow(content, &bytes), 0);
    assert_true(span_equal(bytes, span_of(secret)));
    content_return(content);
}

TEST(the_bytes_can_be_borrowed)
{
    struct content *content = make();
    assert_int_equal(content_size(content), strlen(secret));
    expect_secret(content);
    expect_secret(content);
    content_unref(content);
}

TEST(the_last_reference_wipes_and_releases)
{
    size_t before = alloc_live();
    struct content *content = make();
    assert_ptr_equal(content_ref(content), content);
    alloc_watch(span_of(secret));
    content_unref(content);
    expect_secret(content);
    content_unref(content);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
    assert_int_equal(alloc_live(), before);
    content_unref(NULL);
}

TEST(revoking_wipes_at_once_even_if_it_is_held)
{
    struct content *content = make();
    struct content *holder = content_ref(content);
    size_t before = alloc_live();
    alloc_watch(span_of(secret));
    content_revoke(content);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
    assert_int_equal(alloc_live(), before - 1);
    struct span bytes;
    assert_int_equal(content_borrow(holder, &bytes), -1);
    assert_int_equal(content_size(holder), strlen(secret));
    content_revoke(content);
    content_unref(content);
    content_unref(holder);
}

TEST(without_memory_the_bytes_stay_the_callers)
{
    struct buf bytes = {0};
    struct fault f = {0};
    assert_int_equal(buf_append_text(&bytes, secret, &f), 0);
    alloc_fail(1);
    assert_null(content_new(&bytes));
    alloc_fail(0);
    expect_text(&bytes, secret);
    buf_done(&bytes);
}

static void *revoke_it(void *content)
{
    content_revoke(content);
    return NULL;
}

static void *borrow_it(void *content)
{
    struct span bytes;
    while (content_borrow(content, &bytes) == 0) {
        bool whole = span_equal(bytes, span_of(secret));
        content_return(content);
        if (!whole)
            return content;
    }
    return NULL;
}

/* ASan and TSan see it if a borrower could lose the bytes under its hands. */
TEST(a_borrower_never_loses_the_bytes)
{
    for (int round = 0; round < 200; round++) {
        struct content *content = make();
        pthread_t reader, revoker;
        void *torn;
        assert_int_equal(pthread_create(&reader, NULL, borrow_it, content), 0);
        assert_int_equal(pthread_create(&revoker, NULL, revoke_it, content), 0);
        assert_int_equal(pthread_join(revoker, NULL), 0);
        assert_int_equal(pthread_join(reader, &torn), 0);
        assert_null(torn);
        content_unref(content);
    }
}
