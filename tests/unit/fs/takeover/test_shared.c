#include "fs/takeover/shared.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "tests/unit/lib/harness.h"

struct small {
    uint64_t number;
};

struct large {
    uint64_t number, more;
};

enum { COUNT = 4 };

static const struct shared_row small_rows[] = {
    {.section = SHARED_PINS, .size = sizeof(struct small), .count = COUNT},
    {.section = SHARED_REQUESTS, .size = 4096, .count = 1, .raw = true},
};

static const struct shared_row large_rows[] = {
    {.section = SHARED_REQUESTS, .size = 4096, .count = 1, .raw = true},
    {.section = SHARED_OPENS, .size = sizeof(struct small), .count = 1},
    {.section = SHARED_PINS, .size = sizeof(struct large), .count = 2 * COUNT},
};

static int adopt(const struct shared_descriptors *descriptors, const struct shared_row rows[], size_t count,
                 struct shared **ret, struct fault *f)
{
    return shared_attach(descriptors, ret, f) != 0 ? -1 : shared_fit(*ret, rows, count, f);
}

static struct shared *new_shared(void)
{
    struct fault f = {.reason = REASON_NONE};
    struct shared *shared = NULL;
    assert_int_equal(shared_new(small_rows, 2, &shared, &f), 0);
    return shared;
}

static struct shared_descriptors copy(const struct shared *shared)
{
    struct shared_descriptors d = shared_descriptors(shared);
    return (struct shared_descriptors){dup(d.memory), dup(d.vault), dup(d.secret)};
}

TEST(a_value_comes_back_and_another_cell_stays_empty)
{
    CLEANUP(shared_freep) struct shared *shared = new_shared();
    struct cells cells = shared_cells(shared, SHARED_PINS);
    struct small value = {7}, got = {0};
    cells_put(&cells, 1, &value);
    assert_true(cells_get(&cells, 1, &got));
    assert_int_equal(got.number, 7);
    assert_false(cells_get(&cells, 0, &got));
    assert_false(cells_get(&cells, COUNT, &got));
    cells_clear(&cells, 1);
    assert_false(cells_get(&cells, 1, &got));
}

TEST(the_first_empty_cell_is_found)
{
    CLEANUP(shared_freep) struct shared *shared = new_shared();
    struct cells cells = shared_cells(shared, SHARED_PINS);
    const struct small value = {7};
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(cells_find_empty(&cells), i);
        cells_put(&cells, i, &value);
    }
    assert_int_equal(cells_find_empty(&cells), COUNT);
    cells_clear(&cells, 1);
    assert_int_equal(cells_find_empty(&cells), 1);
}

/* A worker that was taken over by somebody must not lead the supervisor out of the memory. */
TEST(sections_stay_where_they_are_whatever_a_worker_writes_over_the_layout)
{
    struct fault f = {.reason = REASON_NONE};
    CLEANUP(shared_freep) struct shared *shared = new_shared();
    const struct cells before = shared_cells(shared, SHARED_PINS);
    size_t size;
    void *raw = shared_raw(shared, SHARED_REQUESTS, &size);
    cells_put(&before, 1, &(struct small){7});
    memset((void *)((uintptr_t)shared_head(shared) / 4096 * 4096), 0x55, 4096);
    const struct cells after = shared_cells(shared, SHARED_PINS);
    assert_ptr_equal(after.memory, before.memory);
    assert_int_equal(after.size, before.size);
    assert_int_equal(after.count, before.count);
    assert_ptr_equal(shared_raw(shared, SHARED_REQUESTS, &size), raw);
    assert_int_equal(size, 4096);
    assert_int_equal(shared_fit(shared, large_rows, 3, &f), 0);
    const struct cells fitted = shared_cells(shared, SHARED_PINS);
    struct large got = {0};
    assert_true(cells_get(&fitted, 1, &got));
    assert_int_equal(got.number, 7);
}

TEST(a_cleared_cell_keeps_no_byte_of_any_value)
{
    CLEANUP(shared_freep) struct shared *shared = new_shared();
    struct cells cells = shared_cells(shared, SHARED_PINS);
    static const unsigned char zero[64];
    for (uint64_t i = 1; i < 4; i++)
        cells_put(&cells, 0, &(struct small){i});
    cells_clear(&cells, 0);
    assert_memory_equal(cells.memory, zero, cells_stride(sizeof(struct small)));
}

TEST(a_value_that_was_being_written_leaves_the_one_before)
{
    CLEANUP(shared_freep) struct shared *shared = new_shared();
    struct cells cells = shared_cells(shared, SHARED_PINS);
    struct small got = {0};
    cells_put(&cells, 0, &(struct small){1});
    memset(cells.memory + 16, 0xff, sizeof(struct small)); /* the second place, half way through a second put */
    assert_true(cells_get(&cells, 0, &got));
    assert_int_equal(got.number, 1);
}

TEST(a_value_of_a_killed_process_is_there_for_the_next)
{
    CLEANUP(shared_freep) struct shared *shared = new_shared();
    struct cells cells = shared_cells(shared, SHARED_PINS);
    struct small got = {0};
    pid_t child = fork();
    if (child == 0) {
        cells_put(&cells, 2, &(struct small){9});
        raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(cells_get(&cells, 2, &got));
    assert_int_equal(got.number, 9);
}

TEST(a_program_with_other_sizes_finds_the_values_longer_or_shorter)
{
    struct shared *before = new_shared(), *after = NULL, *back = NULL;
    struct fault f = {.reason = REASON_NONE};
    struct cells cells = shared_cells(before, SHARED_PINS);
    struct large large = {0, 5};
    struct small small = {0};
    size_t size;
    cells_put(&cells, 3, &(struct small){4});
    memcpy(shared_raw(before, SHARED_REQUESTS, &size), "bytes", 5);
    atomic_store(&shared_head(before)->worker, 6);
    struct shared_descriptors descriptors = copy(before);
    assert_int_equal(adopt(&descriptors, large_rows, 3, &after, &f), 0);
    cells = shared_cells(after, SHARED_PINS);
    assert_true(cells_get(&cells, 3, &large));
    assert_int_equal(large.number, 4);
    assert_int_equal(large.more, 0);
    assert_memory_equal(shared_raw(after, SHARED_REQUESTS, &size), "bytes", 5);
    assert_int_equal(atomic_load(&shared_head(after)->worker), 6);
    assert_memory_equal(shared_secret(after), shared_secret(before), SHARED_SECRET_SIZE);
    cells_put(&cells, 0, &(struct large){8, 9});
    descriptors = copy(after);
    assert_int_equal(adopt(&descriptors, small_rows, 2, &back, &f), 0);
    cells = shared_cells(back, SHARED_PINS);
    assert_true(cells_get(&cells, 0, &small));
    assert_int_equal(small.number, 8);
    shared_freep(&before);
    shared_freep(&after);
    shared_freep(&back);
}

TEST(a_program_with_the_same_sizes_uses_the_same_memory)
{
    CLEANUP(shared_freep) struct shared *before = new_shared();
    CLEANUP(shared_freep) struct shared *after = NULL;
    struct fault f = {.reason = REASON_NONE};
    struct small got = {0};
    struct shared_descriptors descriptors = copy(before);
    assert_int_equal(adopt(&descriptors, small_rows, 2, &after, &f), 0);
    struct cells old = shared_cells(before, SHARED_PINS), new = shared_cells(after, SHARED_PINS);
    cells_put(&old, 0, &(struct small){3});
    assert_true(cells_get(&new, 0, &got));
    assert_int_equal(got.number, 3);
}

TEST(a_file_that_is_no_such_memory_is_refused)
{
    CLEANUP(shared_freep) struct shared *before = new_shared();
    struct shared *after = NULL;
    struct fault f = {.reason = REASON_NONE};
    struct shared_descriptors descriptors = copy(before);
    struct shared_descriptors other = descriptors;
    other.memory = memfd_create("other", MFD_CLOEXEC);
    assert_int_equal(ftruncate(other.memory, 1 << 20), 0);
    assert_int_equal(adopt(&other, small_rows, 2, &after, &f), -1);
    assert_string_equal(f.message, "the memory of the program before has another version than 1: a restart is needed");
    close(other.memory);
    close_fd(&descriptors.memory);
    close_fd(&descriptors.vault);
    close_fd(&descriptors.secret);
}

TEST(no_memory_at_all_has_no_cells)
{
    size_t size = 1;
    struct cells cells = shared_cells(NULL, SHARED_PINS);
    struct small got = {0};
    cells_put(&cells, 0, &got);
    cells_clear(&cells, 0);
    assert_false(cells_get(&cells, 0, &got));
    assert_int_equal(cells_find_empty(&cells), 0);
    assert_null(shared_raw(NULL, SHARED_REQUESTS, &size));
    assert_int_equal(size, 0);
    assert_int_equal(shared_vault(NULL), -1);
}
