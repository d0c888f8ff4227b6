/*
 * Many threads, a kernel that remembers names, an importer that rotates, takes names back and lets pins go, and workers
 * that end before or after they carried a request out: one request at a time, in random order. These must hold: a set
 * whose files were opened within the gap is of one generation, no program gets ESTALE, and a program that starts over
 * gets nothing older than was acknowledged.
 */
#include <string.h>

#include "fs/state/snapshot.h"

#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/outliving_cells.h"

enum { THREADS = 6, STEPS = 4000000, GENERATIONS = 4096, KEPT = 16, ROUNDS = 8, CELLS = 64, ENDS = 100 };

enum phase { PHASE_WALK, PHASE_OPEN, PHASE_LOOKUP_AGAIN, PHASE_OPEN_AGAIN };

/* A thread in the middle of reading a set, and what the kernel is doing for it. */
struct reader {
    struct snapshot_reader identity;
    enum phase phase;
    uint64_t inode; /* generation of the inode that is about to be opened */
    enum material_file order[MATERIAL_PEM_COUNT];
    size_t position;
    int64_t last;          /* the open before, or the beginning of this set */
    int64_t looked;        /* when the name was looked up again */
    uint64_t acknowledged; /* the newest generation then */
    uint64_t generation;   /* of the files read so far */
};

struct world {
    uint32_t seed;
    int64_t now;
    struct snapshots *snapshots;
    struct generation *made[GENERATIONS + 1];
    uint64_t current, acknowledged;
    int64_t committed;                   /* when current was */
    uint64_t cached[MATERIAL_PEM_COUNT]; /* what the kernel remembers of a name; 0: nothing */
    struct reader readers[THREADS];
    pid_t next_thread;
    uint64_t request; /* the number of the last one */
    struct snapshot_cells outliving;
    unsigned judged, late, workers;
};

static uint32_t chance(struct world *world, uint32_t limit)
{
    world->seed = world->seed * 1664525 + 1013904223;
    return (world->seed >> 8) % limit;
}

static struct generation *current_of(void *context, uint64_t set)
{
    const struct world *world = context;
    return set == 0 ? generation_ref(world->made[world->current]) : NULL;
}

static struct generation *find(void *context, uint64_t number)
{
    const struct world *world = context;
    bool kept = number <= world->current && world->current - number < KEPT;
    return kept ? generation_ref(world->made[number]) : NULL;
}

/* ---- workers ---- */

static bool always(pid_t thread)
{
    return thread != 0;
}

static pid_t nobodys(pid_t thread)
{
    return thread;
}

static void begin_worker(struct world *world)
{
    struct fault f = {0};
    const struct snapshot_source source = {.current_of = current_of, .find = find, .context = world};
    law_expect(snapshots_new(&source, &world->snapshots, &f), &f, REASON_NONE);
    law_expect(snapshots_restore(world->snapshots, &world->outliving, world->now, &f), &f, REASON_NONE);
    snapshots_ask(world->snapshots, &(struct pass_system){.lives = always, .process_of = nobodys});
    world->workers++;
}

/* Nobody's own time passes meanwhile; an import that was not answered comes again. */
static void replace_worker(struct world *world)
{
    int64_t outage = chance(world, 5 * PASS_GAP_MS);
    snapshots_freep(&world->snapshots);
    world->now += outage;
    for (size_t i = 0; i < THREADS; i++) {
        world->readers[i].last += outage;
        world->readers[i].looked += outage;
    }
    world->committed = world->now;
    begin_worker(world);
}

static struct snapshot_reader next_request(struct world *world, const struct reader *reader)
{
    struct snapshot_reader asking = reader->identity;
    asking.request = ++world->request;
    return asking;
}

/* ---- the importer ---- */

static void rotate(struct world *world)
{
    if (world->current == GENERATIONS || world->acknowledged != world->current)
        return;
    world->current++;
    world->committed = world->now;
}

/* Takes the names back and waits for readers; only then is the import acknowledged. */
static void acknowledge(struct world *world)
{
    memset(world->cached, 0, sizeof(world->cached));
    if (!snapshots_settle(world->snapshots, 0, world->current, world->committed, world->now))
        return;
    memset(world->cached, 0, sizeof(world->cached));
    world->acknowledged = world->current;
}

static struct generation *find_kept(const struct world *world, uint64_t number)
{
    return world->current - number < KEPT ? world->made[number] : NULL;
}

/* ---- one thread ---- */

/* Not with the file that ended the one before: that is nginx's second ca, which promises nothing. */
static void begin_set(struct world *world, struct reader *reader)
{
    enum material_file last = reader->order[MATERIAL_PEM_COUNT - 1];
    reader->position = 0;
    for (size_t i = 0; i < MATERIAL_PEM_COUNT; i++)
        reader->order[i] = (enum material_file)i;
    size_t swapped = chance(world, MATERIAL_PEM_COUNT);
    if (reader->order[swapped] == last)
        swapped = (swapped + 1) % MATERIAL_PEM_COUNT;
    enum material_file first = reader->order[0];
    reader->order[0] = reader->order[swapped];
    reader->order[swapped] = first;
    reader->last = world->now;
    reader->acknowledged = world->acknowledged;
}

static void begin_thread(struct world *world, struct reader *reader)
{
    reader->identity = (struct snapshot_reader){.thread = world->next_thread++, .uid = 27};
    reader->phase = PHASE_WALK;
    begin_set(world, reader);
}

static uint64_t look(struct world *world, const struct reader *reader, enum material_file file)
{
    const struct snapshot_reader asking = next_request(world, reader);
    struct generation *shown = snapshots_lookup(world->snapshots, &asking, file, world->now);
    while (chance(world, ENDS) == 0) {
        replace_worker(world);
        generation_unref(shown);
        shown = snapshots_lookup(world->snapshots, &asking, file, world->now);
    }
    uint64_t number = shown->number;
    generation_unref(shown);
    if (number == world->current)
        world->cached[file] = number;
    return number;
}

static bool open_inode(struct world *world, const struct reader *reader, enum material_file file)
{
    const struct snapshot_reader asking = next_request(world, reader);
    struct generation *opened;
    bool again;
    do {
        opened =
            snapshots_open(world->snapshots, &asking, file, reader->inode, find_kept(world, reader->inode), world->now);
        generation_unref(opened);
        again = chance(world, ENDS) == 0;
        if (again)
            replace_worker(world);
    } while (again);
    return opened != NULL;
}

/* A set with a longer pause in it is nobody's promise; its thread ends, since the next set begins inside. */
static void judge(struct world *world, struct reader *reader)
{
    bool late = world->now - reader->last >= PASS_GAP_MS;
    if (!late && reader->position > 0 && reader->inode != reader->generation)
        fail_msg("a mixed set: %u and %u", (unsigned)reader->generation, (unsigned)reader->inode);
    if (!late && reader->inode < reader->acknowledged)
        fail_msg("an old set: %u after %u", (unsigned)reader->inode, (unsigned)reader->acknowledged);
    reader->generation = reader->inode;
    reader->last = world->now;
    world->late += late;
    world->judged += !late;
    if (late)
        begin_thread(world, reader);
    else if (++reader->position == MATERIAL_PEM_COUNT)
        begin_set(world, reader);
}

static void step(struct world *world, struct reader *reader)
{
    enum material_file file = reader->order[reader->position];
    switch (reader->phase) {
    case PHASE_WALK:
        reader->inode = world->cached[file] != 0 ? world->cached[file] : look(world, reader, file);
        reader->phase = PHASE_OPEN;
        return;
    case PHASE_LOOKUP_AGAIN:
        reader->inode = look(world, reader, file);
        reader->looked = world->now;
        reader->phase = PHASE_OPEN_AGAIN;
        return;
    case PHASE_OPEN:
    case PHASE_OPEN_AGAIN:
        break;
    }
    if (!open_inode(world, reader, file)) {
        if (reader->phase == PHASE_OPEN_AGAIN)
            fail_msg("ESTALE reaches a program at %ld ms of its set", (long)(world->now - reader->last));
        reader->phase = PHASE_LOOKUP_AGAIN;
        return;
    }
    reader->phase = PHASE_WALK;
    judge(world, reader);
}

/* ---- all together ---- */

/* Time goes on, but nobody's second open takes a gap's time to follow its lookup. */
static void pass_time(struct world *world)
{
    world->now += chance(world, PASS_GAP_MS / 2);
    for (size_t i = 0; i < THREADS; i++) {
        struct reader *reader = &world->readers[i];
        if (reader->phase == PHASE_OPEN_AGAIN && world->now - reader->looked >= PASS_GAP_MS / 2)
            step(world, reader);
    }
}

static void be_chance(struct world *world)
{
    uint32_t what = chance(world, 100);
    if (what < 3)
        rotate(world);
    else if (what < 6)
        acknowledge(world);
    else if (what < 8)
        (void)snapshots_expire(world->snapshots, world->now);
    else if (what < 30)
        world->now++;
    else if (what == 99)
        pass_time(world);
    else
        step(world, &world->readers[chance(world, THREADS)]);
}

static void play(struct world *world, uint32_t seed)
{
    world->seed = seed;
    world->now = 1;
    world->current = world->acknowledged = 1;
    world->next_thread = 100;
    world->judged = world->late = 0;
    memset(world->cached, 0, sizeof(world->cached));
    world->request = 0;
    world->workers = 0;
    world->outliving.pins = new_cells(sizeof(struct pin_cell), CELLS);
    world->outliving.pause = new_cells(SNAPSHOTS_PAUSE_SIZE, 1);
    begin_worker(world);
    for (size_t i = 0; i < THREADS; i++)
        begin_thread(world, &world->readers[i]);
    for (int i = 0; i < STEPS / ROUNDS; i++)
        be_chance(world);
    snapshots_freep(&world->snapshots);
    free_cells(&world->outliving.pins);
    free_cells(&world->outliving.pause);
    assert_true(world->workers > 1000);
    assert_true(world->judged > 1000);
    assert_true(world->late > 10);
}

static struct world world;

TEST(whatever_happens_in_between_sets_are_whole_and_nobody_gets_estale)
{
    for (uint32_t seed = 1; seed <= ROUNDS; seed++)
        play(&world, seed);
}

static void setup(void)
{
    struct material *material = set_material_of_key(2);
    for (uint64_t number = 1; number <= GENERATIONS; number++)
        world.made[number] = set_generation(number, "", material);
    material_unref(material);
}

static void teardown(void)
{
    for (uint64_t number = 1; number <= GENERATIONS; number++)
        generation_unrefp(&world.made[number]);
}

EACH_TEST(setup, teardown);
