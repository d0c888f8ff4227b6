/*
 * Programs of different versions take over from each other: rows of other sizes, counts and kinds, in both directions,
 * and memory whose numbers are any.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "fs/takeover/shared.h"
#include "tests/unit/lib/harness.h"

enum { SECTIONS = 60, VALUE_MAX = 96, COUNT_MAX = 40, ROUNDS = 200, DAMAGED = 3000, HEAD = 4096 };

/* A version of the program: which sections it has. */
struct version {
    struct shared_row rows[SECTIONS];
    size_t count;
};

static uint32_t seed;

static uint32_t chance(uint32_t limit)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % limit;
}

/* Later versions know sections that this program has no name for. */
static struct version any_version(void)
{
    struct version version = {.count = 0};
    for (int section = 1; section <= SECTIONS; section++) {
        if (chance(3) == 0)
            continue;
        version.rows[version.count++] = (struct shared_row){.section = (enum shared_section)section,
                                                            .size = 1 + chance(VALUE_MAX),
                                                            .count = 1 + chance(COUNT_MAX),
                                                            .raw = chance(5) == 0};
    }
    return version;
}

static struct shared *begin(const struct version *version)
{
    struct fault f = {.reason = REASON_NONE};
    struct shared *shared = NULL;
    law_expect(shared_new(version->rows, version->count, &shared, &f), &f, REASON_NONE);
    return shared;
}

static struct shared *take_over(struct shared **before, const struct version *version)
{
    struct fault f = {.reason = REASON_NONE};
    struct shared *after = NULL;
    struct shared_descriptors d = shared_descriptors(*before);
    const struct shared_descriptors own = {dup(d.memory), dup(d.vault), dup(d.secret)};
    shared_freep(before);
    law_expect(shared_attach(&own, &after, &f), &f, REASON_NONE);
    law_expect(shared_fit(after, version->rows, version->count, &f), &f, REASON_NONE);
    return after;
}

/* The byte of a value; every third cell is empty. */
static unsigned char byte_of(const struct shared_row *row, size_t cell, size_t at)
{
    return (unsigned char)(1 + (row->section * 31 + cell * 7 + at) % 255);
}

static bool is_empty(size_t cell)
{
    return cell % 3 == 2;
}

static void fill(const struct shared *shared, const struct version *version)
{
    unsigned char value[VALUE_MAX];
    for (size_t i = 0; i < version->count; i++) {
        const struct shared_row *row = &version->rows[i];
        const struct cells cells = shared_cells(shared, row->section);
        for (size_t cell = 0; cell < cells.count; cell++) {
            for (size_t at = 0; at < row->size; at++)
                value[at] = byte_of(row, cell, at);
            cells_put(&cells, cell, value);
            if (chance(2) == 0)
                cells_put(&cells, cell, value);
            if (is_empty(cell))
                cells_clear(&cells, cell);
        }
    }
}

static const struct shared_row *row_of(const struct version *version, enum shared_section section)
{
    for (size_t i = 0; i < version->count; i++)
        if (version->rows[i].section == section)
            return &version->rows[i];
    return NULL;
}

/* The sizes and counts that a value has gone through; zero: it was dropped. */
struct passed {
    size_t size, count;
};

static struct passed passed_through(const struct version *const versions[], size_t count, enum shared_section section)
{
    struct passed passed = {SIZE_MAX, SIZE_MAX};
    for (size_t i = 0; i < count; i++) {
        const struct shared_row *row = row_of(versions[i], section);
        bool there = row != NULL && !row->raw;
        passed.size = !there ? 0 : row->size < passed.size ? row->size : passed.size;
        passed.count = !there ? 0 : row->count < passed.count ? row->count : passed.count;
    }
    return passed;
}

static void expect_cell(const struct cells *cells, const struct shared_row *row, size_t cell, struct passed passed)
{
    unsigned char value[VALUE_MAX];
    if (cell >= passed.count || passed.size == 0 || is_empty(cell)) {
        assert_false(cells_get(cells, cell, value));
        return;
    }
    assert_true(cells_get(cells, cell, value));
    for (size_t at = 0; at < row->size; at++)
        assert_int_equal(value[at], at < passed.size ? byte_of(row, cell, at) : 0);
}

static void expect_values(const struct shared *shared, const struct version *const versions[], size_t count)
{
    const struct version *last = versions[count - 1];
    for (size_t i = 0; i < last->count; i++) {
        const struct shared_row *row = &last->rows[i];
        const struct cells cells = shared_cells(shared, row->section);
        assert_int_equal(cells.count, row->raw ? 0 : row->count);
        for (size_t cell = 0; cell < cells.count; cell++)
            expect_cell(&cells, row, cell, passed_through(versions, count, row->section));
    }
}

TEST(values_are_cut_or_continued_with_zero_through_any_versions)
{
    seed = 1;
    for (int round = 0; round < ROUNDS; round++) {
        const struct version a = any_version(), b = any_version(), c = any_version();
        const struct version *const way[] = {&a, &b, &c, &a};
        struct shared *shared = begin(&a);
        fill(shared, &a);
        for (size_t i = 1; i < COUNT_OF(way); i++) {
            shared = take_over(&shared, way[i]);
            expect_values(shared, way, i + 1);
        }
        shared_freep(&shared);
    }
}

/* ---- memory that is damaged ---- */

static void use(const struct shared *shared, const struct version *version)
{
    unsigned char value[VALUE_MAX] = {0};
    for (size_t i = 0; i < version->count; i++) {
        size_t size;
        unsigned char *raw = shared_raw(shared, version->rows[i].section, &size);
        const struct cells cells = shared_cells(shared, version->rows[i].section);
        for (size_t cell = 0; cell < cells.count; cell++) {
            (void)cells_get(&cells, cell, value);
            cells_put(&cells, cell, value);
        }
        for (size_t at = 0; at < size; at++)
            raw[at]++;
    }
}

/* Numbers that overflow, lead behind the end, or are out of order. */
static uint64_t any_number(uint64_t size)
{
    const uint64_t numbers[] = {0,          1,         7,          HEAD - 1,          HEAD,
                                HEAD + 8,   size - 1,  size,       size + 1,          UINT64_C(1) << 31,
                                UINT32_MAX, INT64_MAX, UINT64_MAX, UINT64_C(1) << 61, UINT64_MAX - HEAD + 1};
    return numbers[chance(COUNT_OF(numbers))];
}

static void damage(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    for (uint32_t times = 1 + chance(3); times > 0; times--) {
        off_t at = (off_t)(chance(2) == 0 ? chance(HEAD / 8) * 8 : chance(64) * 8);
        uint64_t number = chance(3) == 0 ? (uint64_t)chance(UINT16_MAX) << 16 : any_number((uint64_t)st.st_size);
        assert_int_equal(pwrite(fd, &number, sizeof(number), at), sizeof(number));
    }
    if (chance(8) == 0)
        assert_int_equal(ftruncate(fd, (off_t)chance((uint32_t)st.st_size + HEAD)), 0);
}

TEST(a_memory_with_any_numbers_is_refused_or_used_within_its_bounds)
{
    unsigned refused = 0, used = 0;
    seed = 2;
    for (int round = 0; round < DAMAGED; round++) {
        const struct version a = any_version(), b = any_version();
        struct fault f = {.reason = REASON_NONE};
        struct shared *after = NULL;
        struct shared *before = begin(&a);
        const struct shared_descriptors d = shared_descriptors(before);
        const struct shared_descriptors own = {dup(d.memory), dup(d.vault), dup(d.secret)};
        fill(before, &a);
        shared_freep(&before);
        damage(own.memory);
        if (shared_attach(&own, &after, &f) != 0) {
            refused++;
            close(own.memory);
            close(own.vault);
            close(own.secret);
            continue;
        }
        used++;
        if (shared_fit(after, b.rows, b.count, &f) == 0)
            use(after, &b);
        shared_freep(&after);
    }
    assert_true(refused > DAMAGED / 20 && used > DAMAGED / 20);
}
