/*
 * The worker is killed at whatever instruction, and what is left in the cells may be anything.
 */
#include "fs/state/snapshot.h"

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/cut_points.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/outliving_cells.h"
#include "tests/unit/lib/snapshot_client.h"

enum { CELLS = 8, OUTAGE_MS = 10000 };

static void set_up(void)
{
    reading_setup();
    begin_outliving(CELLS);
    current = 1;
}

static size_t count_cells(void)
{
    struct pin_cell cell;
    size_t count = 0;
    for (size_t i = 0; i < outliving.pins.count; i++)
        count += cells_get(&outliving.pins, i, &cell);
    return count;
}

/* ---- at every moment ---- */

/* One request, and what it is answered the first time and whenever it comes again. */
struct asked {
    uint64_t current;
    struct snapshot_reader reader;
    enum material_file file;
    uint64_t number; /* of the inode; 0: LOOKUP */
    uint64_t answer;
};

static uint64_t ask(const struct asked *asked)
{
    return asked->number == 0 ? look(&asked->reader, asked->file)
                              : open_inode(&asked->reader, asked->file, asked->number);
}

static void carry_out(void *asked)
{
    (void)ask(asked);
}

/* The process that wrote this is killed here. The rest of the set is read as well. */
static void see_that_it_comes_again(void *context)
{
    const struct asked *asked = context;
    struct fault f = {0};
    struct snapshots *before = snapshots;
    assert_int_equal(snapshots_new(&reading_source, &snapshots, &f), 0);
    assert_int_equal(snapshots_restore(snapshots, &outliving, now + OUTAGE_MS, &f), 0);
    now += OUTAGE_MS;
    assert_int_equal(ask(asked), asked->answer);
    bool opened = asked->number != 0 && asked->answer != 0;
    if (!opened)
        assert_int_equal(open_inode(&one, asked->file, look(&one, asked->file)), 1);
    for (enum material_file file = asked->file + 1; file < MATERIAL_PEM_COUNT; file++)
        assert_int_equal(open_name(&one, file, current), 1);
    now -= OUTAGE_MS;
    snapshots_freep(&snapshots);
    snapshots = before;
}

static void visit_all(const struct asked *asked, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct asked one_asked = asked[i];
        current = asked[i].current;
        assert_true(cut_points_visit(carry_out, see_that_it_comes_again, &one_asked, outliving.pins.memory,
                                     size_of_cells(&outliving.pins)) >= 2);
        take_over(0);
    }
}

TEST(at_whatever_instruction_the_worker_is_killed_a_request_is_answered_once)
{
    const struct asked set[] = {
        {.current = 1, .reader = numbered(&one, 2), .file = MATERIAL_CA, .number = 1, .answer = 1},
        {.current = 2, .reader = numbered(&one, 4), .file = MATERIAL_CERT, .number = 2, .answer = 0},
        {.current = 3, .reader = numbered(&one, 6), .file = MATERIAL_CERT, .answer = 1},
        {.current = 3, .reader = numbered(&one, 8), .file = MATERIAL_CERT, .number = 1, .answer = 1},
        {.current = 4, .reader = numbered(&one, 10), .file = MATERIAL_KEY, .number = 1, .answer = 1},
    };
    visit_all(set, COUNT_OF(set));
}

/* ---- limits ---- */

TEST(with_more_pins_than_cells_the_newest_outlive_the_worker)
{
    struct snapshot_reader reader = one;
    for (int i = 0; i < 2 * CELLS; i++, reader.thread++, reader.uid++)
        assert_int_equal(open_name(&reader, MATERIAL_CA, 1), 1);
    current = 2;
    assert_int_equal(open_name(&one, MATERIAL_CERT, 1), 1); /* it gets a cell again */
    assert_int_equal(count_cells(), CELLS);
    take_over(OUTAGE_MS);
    assert_int_equal(open_name(&one, MATERIAL_KEY, 1), 1);
    reader.thread = one.thread + 2 * CELLS - 1;
    assert_int_equal(open_name(&reader, MATERIAL_CERT, 1), 1);
    reader.thread = one.thread + 1;
    assert_int_equal(open_name(&reader, MATERIAL_CERT, 2), 2);
}

static void restore_in_vain(void *unused)
{
    (void)unused;
    struct fault f = {0};
    struct snapshots *next = NULL;
    if (snapshots_new(&reading_source, &next, &f) == 0)
        (void)!snapshots_restore(next, &outliving, now, &f);
    snapshots_freep(&next);
}

TEST(without_memory_the_next_worker_is_refused_or_reads_without_the_pin)
{
    assert_int_equal(open_name(&one, MATERIAL_CA, 1), 1);
    assert_true(alloc_fail_each(restore_in_vain, NULL) > 0);
}

/* Another version, or a memory that somebody has written to: whatever is there, nothing falls over. */
TEST(cells_may_hold_anything)
{
    uint32_t seed = 1;
    size_t size = CELLS * cells_stride(outliving.pins.size);
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < size; i++) {
            seed = seed * 1664525 + 1013904223;
            outliving.pins.memory[i] = (seed >> 28) == 0 ? (unsigned char)(seed >> 8) : 0;
        }
        for (size_t i = 0; i < CELLS; i++) /* in use, some with a generation that there is */
            outliving.pins.memory[i * cells_stride(outliving.pins.size)] = 1 + (unsigned char)(i % 2);
        take_over(0);
        (void)look(&one, MATERIAL_CA);
        (void)open_inode(&one, MATERIAL_CERT, 1);
        (void)refuse_gone(&two, MATERIAL_KEY, 1);
        (void)snapshots_settle(snapshots, 0, 3, now, now);
        (void)snapshots_expire(snapshots, now);
    }
}

EACH_TEST(set_up, reading_teardown);
