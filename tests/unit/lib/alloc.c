#include "tests/unit/lib/alloc.h"

#include <malloc.h>
#include <openssl/err.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/lib/harness.h"

enum { ATTEMPTS_MAX = 100000 };

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_reallocarray(void *block, size_t count, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);
void __wrap_free(void *block);

/* Atomic, since some tests have threads. The secret is set while there are none. */
static struct {
    atomic_size_t until_failure; /* 0: none is planned */
    atomic_bool failed;
    struct span secret;
    atomic_size_t found;
    atomic_size_t live;
} alloc;

static bool fails_now(void)
{
    if (alloc.until_failure == 0 || atomic_fetch_sub(&alloc.until_failure, 1) > 1)
        return false;
    alloc.failed = true;
    return true;
}

static void *counted(void *block)
{
    if (block != NULL)
        alloc.live++;
    return block;
}

static void inspect(const void *block)
{
    if (block == NULL || alloc.secret.len == 0)
        return;
    /* The cast is for malloc_usable_size alone, which takes no const. */
    struct span content = {block, malloc_usable_size((void *)(uintptr_t)block)};
    if (span_has(content, alloc.secret))
        alloc.found++;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_reallocarray(void *block, size_t count, size_t size)
{
    if (fails_now())
        return NULL;
    inspect(block);
    void *larger = __real_reallocarray(block, count, size);
    if (block == NULL)
        counted(larger);
    return larger;
}

void __wrap_free(void *block)
{
    inspect(block);
    if (block != NULL)
        alloc.live--;
    __real_free(block);
}

void alloc_fail(size_t nth)
{
    alloc.until_failure = nth;
    alloc.failed = false;
}

bool alloc_has_failed(void)
{
    return alloc.failed;
}

size_t alloc_watch(struct span secret)
{
    size_t found = alloc.found;
    alloc.secret = secret;
    alloc.found = 0;
    return found;
}

size_t alloc_live(void)
{
    return alloc.live;
}

/* Each place of OpenSSL's error queue keeps a block for its text, past ERR_clear_error too: made before the count. */
static void fill_error_queue(void)
{
    for (int i = 0; i < ERR_NUM_ERRORS; i++)
        ERR_raise_data(ERR_LIB_USER, ERR_R_INTERNAL_ERROR, "%d", i);
    ERR_clear_error();
}

size_t alloc_fail_each(void (*attempt)(void *context), void *context)
{
    fill_error_queue();
    for (size_t nth = 1; nth < ATTEMPTS_MAX; nth++) {
        size_t before = alloc_live();
        alloc_fail(nth);
        attempt(context);
        bool failed = alloc_has_failed();
        alloc_fail(0);
        if (alloc_live() != before)
            fail_msg("with allocation %zu failing, %zd blocks were left", nth, (ssize_t)(alloc_live() - before));
        if (!failed)
            return nth - 1;
    }
    fail_msg("the allocations do not end");
    return 0;
}
