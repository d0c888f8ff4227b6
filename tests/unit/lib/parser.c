#include "tests/unit/lib/parser.h"

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

struct run {
    struct span text;
    mutant_taker *take;
    void *context;
};

static void take_again(void *context)
{
    const struct run *run = context;
    run->take(run->text, run->context);
}

size_t parser_fail_each(struct span text, mutant_taker *take, void *context)
{
    return alloc_fail_each(take_again, &(struct run){text, take, context});
}

void parser_expect_wiped(struct span secret, struct span text, mutant_taker *take, void *context)
{
    expect_wiped(secret, take_again, &(struct run){text, take, context});
}

void expect_wiped(struct span secret, void (*attempt)(void *context), void *context)
{
    (void)alloc_watch(secret);
    attempt(context);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
}
