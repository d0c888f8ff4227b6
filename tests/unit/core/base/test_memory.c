#include "core/base/memory.h"

#include <string.h>

#include <openssl/crypto.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

static const char secret[] = "this stands for a private key";

TEST(released_blocks_are_wiped)
{
    char *block = memory_allocate(sizeof(secret));
    assert_non_null(block);
    memcpy(block, secret, sizeof(secret));
    alloc_watch(span_of(secret));
    memory_free(block);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
    memory_free(NULL);
}

/* memory_init was the first call of main, so the allocator is installed. */
TEST(openssl_releases_through_the_wiping_allocator)
{
    char *block = OPENSSL_malloc(sizeof(secret));
    assert_non_null(block);
    memcpy(block, secret, sizeof(secret));
    alloc_watch(span_of(secret));
    OPENSSL_free(block);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
}

TEST(a_block_that_openssl_grows_or_shrinks_leaves_no_copy)
{
    alloc_watch(span_of(secret));
    char *block = OPENSSL_malloc(sizeof(secret));
    assert_non_null(block);
    memcpy(block, secret, sizeof(secret));
    for (size_t size = 64; size < 100000; size *= 3) {
        block = OPENSSL_realloc(block, size);
        assert_non_null(block);
        assert_string_equal(block, secret);
    }
    block = OPENSSL_realloc(block, sizeof(secret));
    assert_non_null(block);
    assert_string_equal(block, secret);
    OPENSSL_free(block);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
}

TEST(a_failed_growth_keeps_the_block)
{
    char *block = OPENSSL_malloc(sizeof(secret));
    assert_non_null(block);
    memcpy(block, secret, sizeof(secret));
    alloc_fail(1);
    assert_null(OPENSSL_realloc(block, 100000));
    alloc_fail(0);
    assert_string_equal(block, secret);
    OPENSSL_free(block);
}

TEST(growth_from_nothing_and_to_nothing)
{
    size_t before = alloc_live();
    char *block = OPENSSL_realloc(NULL, 10);
    assert_non_null(block);
    assert_null(OPENSSL_realloc(block, 0));
    assert_int_equal(alloc_live(), before);
}

ALL_TESTS(start_core, NULL);
