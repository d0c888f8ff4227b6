/*
 * torn: reads ca, cert and key while sets rotate, and counts those that do not belong together.
 *
 *   torn [-n ROTATIONS] [-i EVERY] [-r READERS] [-g MICROSECONDS] [-o ORDER] [-m] [-c ID [-b ID]]
 *        MOUNT FOLDER FOLDER SET...
 *
 * MOUNT is a certfs, the two FOLDERs (on a tmpfs) get the same sets by rename and by the ..data link of Kubernetes, at
 * the same pace, and the same threads read all three in turn. SETs are folders (sets.h). -i: one rotation in EVERY
 * (odd) imports the next set, the others go back and forth between it and the one before by RestorePrevious, which
 * takes no cryptography and so makes the pace that tears; -g: the gap between two opens; -m: by mmap; -o: the order of
 * the opens, ack as MariaDB has it; a capital stays open to the end of the turn; -c: the set is the named one ID, which
 * has a fourth file, certificate.json (j); -b: beside it the named set ID goes back and forth without a pause, and so
 * does the root set.
 *
 * A set consists of the files that a thread opened since it last opened a file again (fs/state/snapshot.c). A group
 * with a pause of the gap promises nothing: it is counted as late, and its thread goes on as another one, as its next
 * group could begin in the middle of a pass.
 *
 * Prints a line for each way. The status is 0 only if certfs gave every set whole, current and as long as its size.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/snapshot/sets.h"

enum { READERS_MAX = 64, GAP_MS = 200, MARGIN_MS = 50 };

struct tally {
    unsigned long groups, mixed, sizes, foreign, stale, errors, leaked, late;
};

/* The files that a thread opened in one way since it last began anew. */
struct group {
    unsigned opened; /* bit 1 << file */
    int set;         /* of the first of them */
    bool mixed;
    int64_t last; /* when it began, or began to open last: an open is answered between its begin and its end */
};

struct reader {
    struct torn *torn;
    pthread_t thread;
    struct group groups[SCHEMES];
    struct tally tallies[SCHEMES];
    char *buffer;
    bool late; /* goes on as another thread */
};

struct torn {
    unsigned long rotations, every;
    size_t reader_count;
    long gap_us;
    bool map;
    const char *order;
    const char *named, *beside; /* identifiers; NULL: none */
    const char *mount;
    struct sets sets;
    struct place places[SCHEMES];
    atomic_ulong begun[SCHEMES], done[SCHEMES]; /* rotations, by number */
    unsigned long rotated_beside;
    atomic_bool stop;
    struct reader readers[READERS_MAX];
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- one file ---- */

/* The set that the open file is of, -1 if of none or on an error; counts what is wrong with it. */
static int identify(struct reader *reader, enum scheme scheme, size_t file, int fd)
{
    const struct torn *torn = reader->torn;
    struct tally *tally = &reader->tallies[scheme];
    struct stat facts;
    ssize_t size = fstat(fd, &facts);
    if (size == 0 && facts.st_size < FILE_MAX)
        size = torn->map ? file_map(fd, (size_t)facts.st_size, reader->buffer) : file_read(fd, reader->buffer);
    if (size < 0) {
        tally->errors++;
        return -1;
    }
    tally->sizes += size != facts.st_size;
    int set = sets_find(&torn->sets, file, (struct piece){reader->buffer, (size_t)size});
    tally->foreign += set < 0;
    return set;
}

/* ---- what belongs together ---- */

/* The set that a rotation delivers: the next one, or in turn the one before it and itself again. */
static size_t set_of(const struct torn *torn, unsigned long rotation)
{
    unsigned long imported = rotation / torn->every;
    bool back = rotation % torn->every % 2 == 1;
    return (imported + (back ? torn->sets.count - 1 : 0)) % torn->sets.count;
}

/* Whether the set is one that was current at a moment between the two rotations. */
static bool was_current(const struct torn *torn, int set, unsigned long from, unsigned long until)
{
    for (unsigned long rotation = from; rotation <= until; rotation++)
        if (set_of(torn, rotation) == (size_t)set)
            return true;
    return false;
}

struct before {
    int64_t begun;
    unsigned long acknowledged; /* rotations that were done */
};

static void judge(struct reader *reader, enum scheme scheme, size_t file, int set, const struct before *before)
{
    const struct torn *torn = reader->torn;
    struct group *group = &reader->groups[scheme];
    struct tally *tally = &reader->tallies[scheme];
    if (now_ms() - group->last >= GAP_MS - MARGIN_MS) {
        tally->late++;
        reader->late = true;
        return;
    }
    group->last = before->begun;
    if (group->opened == 0) {
        group->set = set;
        tally->groups++;
        tally->stale += !was_current(torn, set, before->acknowledged, atomic_load(&torn->begun[scheme]));
    }
    bool mixed = set != group->set;
    tally->mixed += mixed && !group->mixed;
    group->mixed |= mixed;
    group->opened |= 1U << file;
}

/* Opens, reads and judges one file; the descriptor, -1 if it could not be opened, and the set that it is of. */
static int read_one(struct reader *reader, enum scheme scheme, size_t file, int *ret_set)
{
    const struct torn *torn = reader->torn;
    struct group *group = &reader->groups[scheme];
    const struct before before = {.begun = now_ms(), .acknowledged = atomic_load(&torn->done[scheme])};
    if (group->opened == 0 || (group->opened & 1U << file) != 0)
        *group = (struct group){.last = before.begun};
    int fd = openat(torn->places[scheme].folder, file_names[file], O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        reader->tallies[scheme].errors++;
        reader->tallies[scheme].leaked += errno == ESTALE;
        *group = (struct group){.last = 0};
        return -1;
    }
    *ret_set = identify(reader, scheme, file, fd);
    if (*ret_set >= 0)
        judge(reader, scheme, file, *ret_set, &before);
    return fd;
}

static void wait_gap(const struct torn *torn)
{
    const struct timespec gap = {.tv_sec = torn->gap_us / 1000000, .tv_nsec = torn->gap_us % 1000000 * 1000};
    if (torn->gap_us > 0)
        nanosleep(&gap, NULL);
}

/* One turn: the files of one way in their order. Those that stayed open must still be as they were. */
static void take_turn(struct reader *reader, enum scheme scheme)
{
    const struct torn *torn = reader->torn;
    int kept = -1, kept_set = -1, set = -1;
    size_t kept_file = 0;
    for (const char *letter = torn->order; *letter != '\0' && !reader->late; letter++) {
        size_t file = file_of(*letter);
        int fd = read_one(reader, scheme, file, &set);
        if (isupper((unsigned char)*letter) && kept < 0 && fd >= 0) {
            kept = fd;
            kept_file = file;
            kept_set = set;
        } else if (fd >= 0) {
            close(fd);
        }
        wait_gap(torn);
    }
    if (kept < 0)
        return;
    reader->tallies[scheme].foreign += !reader->late && identify(reader, scheme, kept_file, kept) != kept_set;
    close(kept);
}

static void *read_sets(void *argument)
{
    struct reader *reader = argument;
    reader->late = false;
    memset(reader->groups, 0, sizeof(reader->groups));
    while (!reader->late && !atomic_load(&reader->torn->stop))
        for (enum scheme scheme = SCHEME_CERTFS; scheme < SCHEMES && !reader->late; scheme++)
            take_turn(reader, scheme);
    return NULL;
}

/* Sees to it that there is always one thread that reads. */
static void *keep_reading(void *argument)
{
    struct reader *reader = argument;
    while (!atomic_load(&reader->torn->stop)) {
        pthread_t thread;
        errno = pthread_create(&thread, NULL, read_sets, reader);
        if (errno != 0)
            give_up("a reader");
        pthread_join(thread, NULL);
    }
    return NULL;
}

/* ---- all of it ---- */

static void start_readers(struct torn *torn)
{
    for (size_t i = 0; i < torn->reader_count; i++) {
        struct reader *reader = &torn->readers[i];
        reader->torn = torn;
        reader->buffer = malloc(FILE_MAX);
        errno = reader->buffer == NULL ? ENOMEM : pthread_create(&reader->thread, NULL, keep_reading, reader);
        if (errno != 0)
            give_up("a reader");
    }
}

static void stop_readers(struct torn *torn)
{
    atomic_store(&torn->stop, true);
    for (size_t i = 0; i < torn->reader_count; i++) {
        pthread_join(torn->readers[i].thread, NULL);
        free(torn->readers[i].buffer);
    }
}

static void rotate_all(struct torn *torn, unsigned long rotation)
{
    const struct set *set = &torn->sets.all[set_of(torn, rotation)];
    for (enum scheme scheme = SCHEME_CERTFS; scheme < SCHEMES; scheme++) {
        atomic_store(&torn->begun[scheme], rotation);
        place_rotate(&torn->places[scheme], set, rotation % torn->every != 0);
        atomic_store(&torn->done[scheme], rotation);
    }
}

/* Rotation 0, and before it the set that the first restoring restores. */
static void deliver_first(struct torn *torn)
{
    place_rotate(&torn->places[SCHEME_CERTFS], &torn->sets.all[torn->sets.count - 1], false);
    rotate_all(torn, 0);
}

static struct tally sum_of(const struct torn *torn, enum scheme scheme)
{
    struct tally sum = {.groups = 0};
    for (size_t i = 0; i < torn->reader_count; i++) {
        const struct tally *tally = &torn->readers[i].tallies[scheme];
        sum.groups += tally->groups;
        sum.mixed += tally->mixed;
        sum.sizes += tally->sizes;
        sum.foreign += tally->foreign;
        sum.stale += tally->stale;
        sum.errors += tally->errors;
        sum.leaked += tally->leaked;
        sum.late += tally->late;
    }
    return sum;
}

static void print(const char *name, const struct tally *sum)
{
    printf("%-10s %9lu sets, %lu mixed (%.2f %%), %lu wrong sizes, %lu of no set, %lu stale, %lu errors (%lu ESTALE), "
           "%lu late\n",
           name, sum->groups, sum->mixed, 100.0 * (double)sum->mixed / (double)(sum->groups > 0 ? sum->groups : 1),
           sum->sizes, sum->foreign, sum->stale, sum->errors, sum->leaked, sum->late);
}

/* Few sets, or many that took too long, would prove nothing. */
static bool is_proof(const struct tally *sum, unsigned long rotations)
{
    return sum->mixed + sum->sizes + sum->foreign + sum->stale + sum->errors == 0 && sum->groups >= rotations / 50 &&
           sum->late <= sum->groups / 10;
}

/* Returns the milliseconds that it took. */
static int64_t rotate_and_read(struct torn *torn)
{
    struct beside beside;
    deliver_first(torn);
    start_readers(torn);
    beside_start(&beside, torn->mount, torn->beside);
    int64_t began = now_ms();
    for (unsigned long rotation = 1; rotation <= torn->rotations; rotation++)
        rotate_all(torn, rotation);
    int64_t took = now_ms() - began;
    stop_readers(torn);
    torn->rotated_beside = beside_stop(&beside);
    return took;
}

static int run(struct torn *torn)
{
    int64_t took = rotate_and_read(torn);
    printf("%lu rotations of %zu sets, 1 in %lu an import, one every %.0f us, %zu threads, order %s, gap %ld us%s\n",
           torn->rotations, torn->sets.count, torn->every, 1000.0 * (double)took / (double)torn->rotations,
           torn->reader_count, torn->order, torn->gap_us, torn->map ? ", mmap" : "");
    if (torn->beside != NULL)
        printf("%lu rotations of other sets beside\n", torn->rotated_beside);
    bool proof = torn->beside == NULL || torn->rotated_beside >= torn->rotations / 10;
    for (enum scheme scheme = SCHEME_CERTFS; scheme < SCHEMES; scheme++) {
        const struct tally sum = sum_of(torn, scheme);
        print(scheme_names[scheme], &sum);
        proof = proof && (scheme != SCHEME_CERTFS || is_proof(&sum, torn->rotations));
    }
    return proof ? EXIT_SUCCESS : EXIT_FAILURE;
}

static long number_of(const char *text, long least, long most)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno == 0 && (*end != '\0' || number < least || number > most))
        errno = ERANGE;
    if (errno != 0)
        give_up(text);
    return number;
}

static void take_options(struct torn *torn, int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "n:i:r:g:o:mc:b:")) != -1) {
        switch (option) {
        case 'n':
            torn->rotations = (unsigned long)number_of(optarg, 1, 100000000);
            break;
        case 'i':
            torn->every = (unsigned long)number_of(optarg, 1, 1000000);
            break;
        case 'r':
            torn->reader_count = (size_t)number_of(optarg, 1, READERS_MAX);
            break;
        case 'g':
            torn->gap_us = number_of(optarg, 0, 1000000);
            break;
        case 'o':
            torn->order = optarg;
            break;
        case 'm':
            torn->map = true;
            break;
        case 'c':
            torn->named = optarg;
            break;
        case 'b':
            torn->beside = optarg;
            break;
        default:
            exit(EXIT_FAILURE);
        }
    }
    errno = EINVAL;
    if (torn->every % 2 == 0) /* the set before the next one is to be the imported one */
        give_up("-i");
    if (torn->named == NULL && torn->beside != NULL) /* which would rotate what is read */
        give_up("-b without -c");
    if (argc - optind < SCHEMES + 2)
        give_up("MOUNT FOLDER FOLDER SET SET...");
}

int main(int argc, char **argv)
{
    static struct torn torn = {.rotations = 1000, .every = 1, .reader_count = 2, .order = "ack"};
    take_options(&torn, argc, argv);
    char **paths = argv + optind;
    torn.mount = paths[SCHEME_CERTFS];
    sets_load(&torn.sets, paths + SCHEMES, (size_t)(argc - optind - SCHEMES), torn.named != NULL);
    for (enum scheme scheme = SCHEME_CERTFS; scheme < SCHEMES; scheme++)
        place_open(&torn.places[scheme], scheme, paths[scheme], torn.named);
    int status = run(&torn);
    for (enum scheme scheme = SCHEME_CERTFS; scheme < SCHEMES; scheme++)
        place_close(&torn.places[scheme]);
    sets_free(&torn.sets);
    return status;
}
