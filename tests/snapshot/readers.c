/*
 * readers: plays the orders and timings in which programs open the files of a set, around imports.
 *
 *   readers -p PROGRAM [-g GAPS] [-w PAUSES] [-n ROUNDS] [-q FILE] MOUNT FOLDER FOLDER SET...
 *
 * MOUNT is a certfs, the two FOLDERs get the same sets by rename and by the ..data link of Kubernetes; SETs are folders
 * (sets.h). For each gap between two opens and each pause between two passes (lists of milliseconds), with each way:
 * a pass, the pause, an import by another process, and as soon as its write has returned a pass that must be new; then
 * the pause, and a pass with an import begun in the middle of it, which is to be whole. -q: the reader writes itself to
 * this cgroup.procs; who imports does not.
 *
 * Prints a line for each way. The status is 0 only if nothing that certfs gave after the return was old or mixed, if
 * nothing that one thread read was mixed, and if threads that share the work got at most as many mixed sets as with
 * rename, but for two, which are chance where few are read (and but for those that end after one file: nobody knows
 * whose they were).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/snapshot/passes.h"

enum { GAP_MS = 200, MARGIN_MS = 30, LIST_MAX = 8, IMPORTS_MAX = 1024, CHANCE = 2 };

/* In the order in which strace(1) shows their opens at a start or a reload; gaps come from -g. */
static const struct program programs[] = {
    {"MariaDB: start, FLUSH SSL, replica", "ack", HOW_THREAD},
    {"MySQL 5.6", "ack", HOW_THREAD},
    {"MySQL 9: start", "caacka", HOW_PROCESS},
    {"MySQL 9: RELOAD TLS", "caack", HOW_THREAD},
    {"PostgreSQL", "ckaa", HOW_THREAD},
    {"nginx", "ckaa", HOW_THREAD},
    {"stunnel", "ckaa", HOW_THREAD},
    {"HAProxy", "cka", HOW_THREAD},
    {"HAProxy without ca-file", "ck", HOW_THREAD},
    {"redis", "cka", HOW_THREAD},
    {"Python's ssl", "ack", HOW_THREAD},
    {"Java", "ack", HOW_THREAD},
    {"cat of three files", "ack", HOW_PROCESS},
    {"Node's fs.promises", "ack", HOW_POOL},
    {"Go, a goroutine for each file", "ack", HOW_THREADS},
    {"a thread for each file, which ends", "ack", HOW_ENDING},
};

struct tally {
    unsigned after, stale, mixed_after, during, mixed, late;
    double waits[IMPORTS_MAX]; /* milliseconds of each import */
    size_t imports;
};

static struct {
    const struct program *program;
    long gaps[LIST_MAX], pauses[LIST_MAX], rounds;
    size_t gap_count, pause_count;
    const char *cgroup;
    struct world world;
    struct tally tallies[SCHEMES];
} all = {.program = programs, .rounds = 1};

/* ---- judging ---- */

static unsigned count_new(const struct pass *pass, int set)
{
    unsigned count = 0;
    for (size_t i = 0; i < pass->count; i++)
        count += pass->opened[i].set == set;
    return count;
}

static void judge_after(struct tally *tally, const struct pass *pass, int set)
{
    unsigned fresh = count_new(pass, set);
    tally->after++;
    tally->stale += fresh == 0;
    tally->mixed_after += fresh != 0 && fresh != pass->count;
}

/* Whether it paused for as long as a gap: then neither it nor the pass after it need be whole. */
static bool is_late(const struct pass *pass)
{
    for (size_t i = 1; i < pass->count; i++)
        if (pass->opened[i].ended - pass->opened[i - 1].began >= (GAP_MS - MARGIN_MS) * 1000)
            return true;
    return false;
}

/* Files opened since a file was opened again must be of one set, and those after the return of the new one of that. */
static void judge_during(struct tally *tally, const struct pass *pass, bool late, int set, int64_t returned)
{
    unsigned seen = 0;
    bool mixed = false, stale = false;
    int first = -1;
    for (size_t i = 0; i < pass->count; i++) {
        const struct opened *opened = &pass->opened[i];
        if (seen == 0 || (seen & 1U << opened->file) != 0) {
            seen = 0;
            first = opened->set;
        }
        seen |= 1U << opened->file;
        mixed |= opened->set != first;
        stale |= opened->began > returned && opened->set != set;
    }
    tally->during++;
    tally->stale += stale;
    tally->mixed += mixed && !late;
    tally->late += late;
}

/* When the write returned. */
static int64_t note_import(struct tally *tally)
{
    int64_t times[2];
    import_wait(times);
    if (tally->imports < IMPORTS_MAX)
        tally->waits[tally->imports++] = (double)(times[1] - times[0]) / 1000;
    return times[1];
}

static void play(enum scheme scheme, long gap, long pause, int importing)
{
    struct tally *tally = &all.tallies[scheme];
    struct world *world = &all.world;
    struct pass pass = pass_make(all.program, world, scheme, gap, -1);
    sleep_ms(pause);
    import_ask(world, scheme);
    (void)note_import(tally);
    pass = pass_make(all.program, world, scheme, gap, -1);
    judge_after(tally, &pass, (int)world->turns[scheme]);
    bool late = is_late(&pass);
    sleep_ms(pause);
    pass = pass_make(all.program, world, scheme, gap, importing);
    int64_t returned = note_import(tally);
    judge_during(tally, &pass, late || is_late(&pass), (int)world->turns[scheme], returned);
}

static void play_all(void)
{
    int turn = 0, opens = (int)strlen(all.program->order);
    for (long round = 0; round < all.rounds; round++)
        for (size_t g = 0; g < all.gap_count; g++)
            for (size_t p = 0; p < all.pause_count; p++, turn++)
                for (enum scheme scheme = SCHEME_CERTFS; scheme < SCHEMES; scheme++)
                    play(scheme, all.gaps[g], all.pauses[p], turn % opens);
}

/* ---- all of it ---- */

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static void print(enum scheme scheme, struct tally *tally)
{
    qsort(tally->waits, tally->imports, sizeof(tally->waits[0]), compare);
    printf("%-34s %-10s %u after: %u stale, %u mixed; %u during: %u mixed, %u late; import %.1f ms, most %.1f ms\n",
           all.program->name, scheme_names[scheme], tally->after, tally->stale, tally->mixed_after, tally->during,
           tally->mixed, tally->late, tally->waits[tally->imports / 2], tally->waits[tally->imports - 1]);
}

static bool is_proof(void)
{
    const struct tally *certfs = &all.tallies[SCHEME_CERTFS], *rename = &all.tallies[SCHEME_RENAME];
    enum how how = all.program->how;
    bool shared = how == HOW_POOL || how == HOW_THREADS;
    return certfs->stale + certfs->mixed_after == 0 &&
           (how == HOW_ENDING || certfs->mixed <= (shared ? rename->mixed + CHANCE : 0));
}

static void enter_cgroup(void)
{
    int fd = open(all.cgroup, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) != 1)
        give_up(all.cgroup);
    close(fd);
}

static size_t take_list(const char *text, long list[LIST_MAX])
{
    size_t count = 0;
    char *end;
    do {
        list[count++] = strtol(text, &end, 10);
        text = end + 1;
    } while (*end == ',' && count < LIST_MAX);
    return count;
}

static const struct program *find_program(const char *name)
{
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        if (strcmp(programs[i].name, name) == 0)
            return &programs[i];
    errno = ENOENT;
    give_up(name);
}

static void list_programs(void)
{
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        puts(programs[i].name);
    exit(EXIT_SUCCESS);
}

static void take_options(int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "lp:g:w:n:q:")) != -1) {
        switch (option) {
        case 'l':
            list_programs();
            break;
        case 'p':
            all.program = find_program(optarg);
            break;
        case 'g':
            all.gap_count = take_list(optarg, all.gaps);
            break;
        case 'w':
            all.pause_count = take_list(optarg, all.pauses);
            break;
        case 'n':
            all.rounds = strtol(optarg, NULL, 10);
            break;
        case 'q':
            all.cgroup = optarg;
            break;
        default:
            exit(EXIT_FAILURE);
        }
    }
    errno = EINVAL;
    if (all.gap_count == 0 || all.pause_count == 0 || argc - optind < SCHEMES + 2)
        give_up("-p PROGRAM -g GAPS -w PAUSES MOUNT FOLDER FOLDER SET SET...");
}

int main(int argc, char **argv)
{
    take_options(argc, argv);
    char **paths = argv + optind;
    sets_load(&all.world.sets, paths + SCHEMES, (size_t)(argc - optind - SCHEMES), false);
    for (enum scheme scheme = SCHEME_CERTFS; scheme < SCHEMES; scheme++) {
        place_open(&all.world.places[scheme], scheme, paths[scheme], NULL);
        place_rotate(&all.world.places[scheme], &all.world.sets.all[0], false);
    }
    importer_start(&all.world);
    if (all.cgroup != NULL)
        enter_cgroup();
    workers_start();
    play_all();
    for (enum scheme scheme = SCHEME_CERTFS; scheme < SCHEMES; scheme++)
        print(scheme, &all.tallies[scheme]);
    return is_proof() ? EXIT_SUCCESS : EXIT_FAILURE;
}
