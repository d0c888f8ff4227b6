#include "tests/unit/lib/snapshot_client.h"

#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/outliving_cells.h"

const struct snapshot_reader one = {.thread = 100, .uid = READING_USER};
const struct snapshot_reader two = {.thread = 101, .uid = READING_USER};
const struct snapshot_reader one_of_named = {.thread = 100, .uid = READING_USER, .set = 7};
const struct snapshot_reader nobody = {.thread = 0, .uid = READING_USER};

struct snapshots *snapshots;
struct generation *made[READING_GENERATIONS + 1];
uint64_t current;
int64_t now;

static struct generation *current_of(void *unused, uint64_t set)
{
    (void)unused;
    (void)set;
    return made[current] == NULL ? NULL : generation_ref(made[current]);
}

static struct generation *find(void *unused, uint64_t number)
{
    (void)unused;
    return number > READING_GENERATIONS || made[number] == NULL ? NULL : generation_ref(made[number]);
}

const struct snapshot_source reading_source = {.current_of = current_of, .find = find};
struct snapshot_cells outliving;

static uint64_t number_of(struct generation *opened)
{
    uint64_t number = opened == NULL ? 0 : opened->number;
    generation_unref(opened);
    return number;
}

uint64_t look(const struct snapshot_reader *reader, enum material_file file)
{
    return number_of(snapshots_lookup(snapshots, reader, file, now));
}

uint64_t open_inode(const struct snapshot_reader *reader, enum material_file file, uint64_t number)
{
    return number_of(snapshots_open(snapshots, reader, file, number, made[number], now));
}

uint64_t open_gone(const struct snapshot_reader *reader, enum material_file file, uint64_t number)
{
    return number_of(snapshots_open(snapshots, reader, file, number, NULL, now));
}

bool refuse_gone(const struct snapshot_reader *reader, enum material_file file, uint64_t number)
{
    return snapshots_refuse_gone(snapshots, reader, file, number, now);
}

uint64_t open_name(const struct snapshot_reader *reader, enum material_file file, uint64_t cached)
{
    uint64_t opened = open_inode(reader, file, cached);
    return opened != 0 ? opened : open_inode(reader, file, look(reader, file));
}

static void restore(void)
{
    struct fault f = {0};
    assert_int_equal(snapshots_restore(snapshots, &outliving, now, &f), 0);
}

void begin_outliving(size_t pins)
{
    outliving.pins = new_cells(sizeof(struct pin_cell), pins);
    outliving.pause = new_cells(SNAPSHOTS_PAUSE_SIZE, 1);
    restore();
}

void take_over(int64_t outage)
{
    struct fault f = {0};
    snapshots_freep(&snapshots);
    snapshots = NULL;
    now += outage;
    assert_int_equal(snapshots_new(&reading_source, &snapshots, &f), 0);
    restore();
}

struct snapshot_reader numbered(const struct snapshot_reader *reader, uint64_t request)
{
    struct snapshot_reader same = *reader;
    same.request = request;
    return same;
}

bool is_pinned(uint64_t number)
{
    return number_of(snapshots_find(snapshots, number)) == number;
}

/* Two materials for all: tests distinguish the number. Fresh ones for every test, since some wipe them. */
void reading_setup(void)
{
    struct fault f = {0};
    struct material *sets[2];
    for (int i = 0; i < 2; i++)
        sets[i] = set_material_of_key(2 + i);
    for (uint64_t number = 1; number <= READING_GENERATIONS; number++)
        made[number] = set_generation(number, "", sets[number % 2]);
    material_unref(sets[0]);
    material_unref(sets[1]);
    current = 0;
    now = 1000000;
    assert_int_equal(snapshots_new(&reading_source, &snapshots, &f), 0);
}

void reading_teardown(void)
{
    snapshots_freep(&snapshots);
    free_cells(&outliving.pins);
    free_cells(&outliving.pause);
    for (uint64_t number = 1; number <= READING_GENERATIONS; number++)
        generation_unrefp(&made[number]);
}
