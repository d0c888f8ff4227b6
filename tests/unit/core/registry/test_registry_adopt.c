/* registry: sets that come from disk, sets without memory, and readers who walk over sets that come and go. */
#include "core/registry/registry.h"

#include <pthread.h>
#include <stdatomic.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/registry_fixture.h"

static int adopt(uint64_t number, const char *identifier, uint64_t set, struct fault *f)
{
    CLEANUP(resource_unrefp) struct resource *resource = resource_new(identifier, set, set_arn(), PKI_NOW);
    CLEANUP(generation_unrefp)
    struct generation *generation = generation_new(number, PKI_NOW, materials[0], resource, "");
    int result = registry_adopt(registry, generation, NULL, NULL, f);
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

TEST(an_adopted_set_has_its_own_number_and_numbers_go_on_behind_it)
{
    struct fault f = {0};
    law_expect(adopt(9, "Set-1", 4, &f), &f, REASON_NONE);
    law_expect(adopt(7, "", 0, &f), &f, REASON_NONE);
    CLEANUP(generation_unrefp) struct generation *a = registry_current_of(registry, 4);
    assert_int_equal(a->number, 9);
    assert_int_equal(registry_number(registry), 9);
    assert_int_equal(commit("b", 1).set, 10);
}

TEST(a_name_or_number_that_is_there_is_not_adopted_again)
{
    static const struct {
        uint64_t number;
        const char *identifier;
        uint64_t set;
    } rows[] = {{9, "b", 5}, {10, "SET-1", 5}, {10, "Set-1", 5}, {10, "b", 4}, {10, "", 4}};
    struct fault f = {0};
    law_expect(adopt(9, "Set-1", 4, &f), &f, REASON_NONE);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fault_clear(&f);
        law_expect(adopt(rows[i].number, rows[i].identifier, rows[i].set, &f), &f, REASON_STORE_FAILED);
        assert_int_equal(registry_count(registry), 1);
        assert_int_equal(registry_number(registry), 9);
        assert_false(can_be_found(10));
    }
}

/* A failed allocation is not a fault of the record, or a set would be left unserved. */
TEST(a_failed_allocation_while_adopting_is_reported_as_such)
{
    bool failed = true;
    for (size_t nth = 1; failed; nth++) {
        CLEANUP(resource_unrefp) struct resource *resource = resource_new("Set-1", 4, "", PKI_NOW);
        CLEANUP(generation_unrefp)
        struct generation *generation = generation_new(9, PKI_NOW, materials[0], resource, "");
        struct fault f = {0};
        alloc_fail(nth);
        int result = registry_adopt(registry, generation, NULL, NULL, &f);
        failed = alloc_has_failed();
        alloc_fail(0);
        law_expect(result, &f, failed ? REASON_NO_MEMORY : REASON_NONE);
        assert_int_equal(registry_count(registry), failed ? 0 : 1);
        assert_int_equal(can_be_found(9), !failed);
    }
}

/* ---- without memory, with readers ---- */

TEST(without_memory_a_new_set_leaves_no_trace)
{
    bool failed = true;
    commit("Set-1", 0);
    for (size_t nth = 1; failed; nth++) {
        const struct registry_entry entry = set_entry("b", materials[1]);
        struct commit result = {.generation = 99};
        struct fault f = {0};
        alloc_fail(nth);
        int done = registry_commit(registry, &entry, at(0), &result, &f);
        failed = alloc_has_failed();
        alloc_fail(0);
        law_expect(done, &f, failed ? REASON_NO_MEMORY : REASON_NONE);
        assert_int_equal(registry_count(registry), failed ? 1 : 2);
        assert_int_equal(registry_number(registry), failed ? 1 : 2);
        assert_int_equal(result.generation, failed ? 99 : 2);
        assert_int_equal(can_be_found(2), !failed);
    }
}

static atomic_bool stop;

/* Named sets come and go, and a walk over them meets whole ones in their order. */
static void *walk_all_the_time(void *unused)
{
    (void)unused;
    bool wrong = false;
    while (!atomic_load(&stop) && !wrong) {
        uint64_t last = 0;
        struct generation *next;
        for (; (next = registry_next(registry, last)) != NULL; generation_unref(next)) {
            wrong = wrong || next->resource->set <= last || next->number < next->resource->set;
            last = next->resource->set;
            tags_unref(registry_tags(registry, last));
        }
        (void)registry_count(registry);
    }
    return wrong ? &stop : NULL;
}

TEST(walkers_meet_whole_sets_in_their_order)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    pthread_t walker;
    void *wrong;
    struct commit result;
    struct fault f = {0};
    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&walker, NULL, walk_all_the_time, NULL), 0);
    for (size_t i = 0; i < 3000; i++) {
        commit(names[i % COUNT_OF(names)], (int)(i % MATERIALS));
        if (i % 3 == 0)
            law_expect(registry_remove(registry, names[(i + 2) % COUNT_OF(names)], &result, &f), &f, REASON_NONE);
    }
    atomic_store(&stop, true);
    assert_int_equal(pthread_join(walker, &wrong), 0);
    assert_null(wrong);
}

EACH_TEST(registry_fixture_setup, registry_fixture_teardown);
