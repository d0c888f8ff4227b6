/*
 * stats: what stat costs, and what it costs others. Pin it with taskset, together with the daemons. Every stat asks the
 * daemon (AT_STATX_FORCE_SYNC).
 *
 * stats cost ROUNDS COUNT PID FILE REFERENCE   the CPU time of one stat of two files in interleaved rounds, this
 *                                              program's and that of the process PID, which serves both; prints the
 *                                              medians, in nanoseconds
 * stats attack ROUNDS OPENS THREADS CERT KEY STATTED... -- CERT KEY STATTED...
 *                                              opens, reads and closes CERT and KEY while so many threads stat all that
 *                                              is STATTED, in turn here and there; prints the medians of one pass, in
 *                                              nanoseconds
 */
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bench/timing.h"

enum { BUFFER_SIZE = 65536, ROUNDS_MAX = 1000, THREADS_MAX = 1000, STACK_SIZE = 65536 };

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static int stat_once(const char *path)
{
    struct statx attributes;
    return statx(AT_FDCWD, path, AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &attributes);
}

/* ---- cost */

/* The CPU time of all threads of a process, in nanoseconds. */
static uint64_t time_of_process(const char *pid)
{
    char pattern[64];
    glob_t threads;
    uint64_t sum = 0;
    snprintf(pattern, sizeof(pattern), "/proc/%s/task/*/schedstat", pid);
    if (glob(pattern, 0, NULL, &threads) != 0)
        return 0;
    for (size_t i = 0; i < threads.gl_pathc; i++) {
        char line[64] = "";
        FILE *file = fopen(threads.gl_pathv[i], "r");
        if (file != NULL && fgets(line, sizeof(line), file) != NULL)
            sum += strtoull(line, NULL, 10);
        if (file != NULL)
            fclose(file);
    }
    globfree(&threads);
    return sum;
}

/* For one, 0 for a failure. */
static uint64_t measure_cost(const char *path, unsigned long count, const char *pid)
{
    uint64_t start = timing_now(CLOCK_THREAD_CPUTIME_ID) + time_of_process(pid);
    for (unsigned long i = 0; i < count; i++)
        if (stat_once(path) != 0)
            return 0;
    return (timing_now(CLOCK_THREAD_CPUTIME_ID) + time_of_process(pid) - start) / count;
}

static int print_medians(uint64_t times[2][ROUNDS_MAX], unsigned long rounds)
{
    printf("%lu %lu\n", (unsigned long)timing_share(times[0], rounds, 500),
           (unsigned long)timing_share(times[1], rounds, 500));
    return 0;
}

static int cost(unsigned long rounds, unsigned long count, const char *pid, char *const paths[2])
{
    static uint64_t times[2][ROUNDS_MAX];
    if (rounds == 0 || rounds > ROUNDS_MAX || count == 0)
        return 2;
    for (unsigned long round = 0; round < rounds; round++) {
        for (unsigned long turn = 0; turn < 2; turn++) {
            unsigned long which = (round + turn) % 2; /* neither is always the first */
            times[which][round] = measure_cost(paths[which], count, pid);
            if (times[which][round] == 0)
                return fail(paths[which]);
        }
    }
    return print_medians(times, rounds);
}

/* ---- attack */

/* One mount: what is opened, and what is statted meanwhile. */
struct place {
    char *const *opened; /* cert.pem, key.pem */
    char *const *statted;
    size_t count;
};

struct attack {
    const struct place *place;
    size_t first; /* where this thread begins */
    pthread_t thread;
};

static atomic_bool over;

static void *stat_for_ever(void *argument)
{
    const struct attack *attack = argument;
    const struct place *place = attack->place;
    for (size_t i = attack->first; !atomic_load(&over); i++)
        if (stat_once(place->statted[i % place->count]) != 0)
            exit(fail(place->statted[i % place->count]));
    return NULL;
}

/* As mysqld does it: to the end of the file. */
static int read_whole(const char *path)
{
    static char buffer[BUFFER_SIZE];
    ssize_t size;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while ((size = read(fd, buffer, sizeof(buffer))) > 0)
        continue;
    close(fd);
    return size == 0 ? 0 : -1;
}

static int start(struct attack *attacks, unsigned long threads, const struct place *place)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    atomic_store(&over, false);
    for (unsigned long i = 0; i < threads; i++) {
        attacks[i] = (struct attack){.place = place, .first = i};
        if (pthread_create(&attacks[i].thread, &attributes, stat_for_ever, &attacks[i]) != 0)
            return -1;
    }
    pthread_attr_destroy(&attributes);
    return 0;
}

/* The median of so many passes; 0 for a failure. */
static uint64_t attack(unsigned long opens, unsigned long threads, const struct place *place)
{
    static struct attack attacks[THREADS_MAX];
    static uint64_t passes[ROUNDS_MAX];
    if (start(attacks, threads, place) != 0)
        return 0;
    for (unsigned long i = 0; i < opens; i++) {
        uint64_t begun = timing_now(CLOCK_MONOTONIC);
        if (read_whole(place->opened[0]) != 0 || read_whole(place->opened[1]) != 0)
            return 0;
        passes[i] = timing_now(CLOCK_MONOTONIC) - begun;
    }
    atomic_store(&over, true);
    for (unsigned long i = 0; i < threads; i++)
        pthread_join(attacks[i].thread, NULL);
    return timing_share(passes, opens, 500);
}

static int compare_attacks(unsigned long rounds, unsigned long opens, unsigned long threads,
                           const struct place places[2])
{
    static uint64_t times[2][ROUNDS_MAX];
    if (rounds == 0 || rounds > ROUNDS_MAX || opens == 0 || opens > ROUNDS_MAX || threads > THREADS_MAX)
        return 2;
    for (unsigned long round = 0; round < rounds; round++) {
        for (unsigned long turn = 0; turn < 2; turn++) {
            unsigned long which = (round + turn) % 2;
            times[which][round] = attack(opens, threads, &places[which]);
            if (times[which][round] == 0)
                return fail(places[which].opened[0]);
        }
    }
    return print_medians(times, rounds);
}

/* CERT KEY STATTED... up to "--" or the end; how many words that are, 0 for too few. */
static int read_place(char *const *words, int count, struct place *ret)
{
    int length = 0;
    while (length < count && strcmp(words[length], "--") != 0)
        length++;
    *ret = (struct place){.opened = words, .statted = words + 2, .count = (size_t)length - 2};
    return length < 3 ? 0 : length;
}

int main(int argc, char **argv)
{
    struct place places[2];
    int ours;
    if (argc == 7 && strcmp(argv[1], "cost") == 0)
        return cost(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), argv[4], argv + 5);
    if (argc > 5 && strcmp(argv[1], "attack") == 0 && (ours = read_place(argv + 5, argc - 5, &places[0])) > 0 &&
        read_place(argv + 6 + ours, argc - 6 - ours, &places[1]) > 0)
        return compare_attacks(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10),
                               places);
    fprintf(stderr, "usage: stats cost ROUNDS COUNT PID FILE REFERENCE\n"
                    "       stats attack ROUNDS OPENS THREADS CERT KEY STATTED... -- CERT KEY STATTED...\n");
    return 2;
}
