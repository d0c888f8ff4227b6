/*
 * reads: what readers and writers of a mount see. Pin it with taskset, together with the daemons.
 *
 * reads compare ROUNDS COUNT OURS REFERENCE   open+read+close of two files in interleaved rounds;
 *                                             prints the medians of both, in nanoseconds for one
 * reads tail MILLISECONDS FILE                the same of one file, each by itself; prints the mean of the slowest 1 %,
 *                                             what the other 99 % stay under, and the slowest, in nanoseconds
 * reads write CONTROL DOCUMENT...             writes one document after the other to CONTROL until it is killed, or
 *                                             until stdout's reader is gone; prints a line after each
 * reads burn                                  keeps its processor busy until it is killed
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/timing.h"

enum { BUFFER_SIZE = 65536, ROUNDS_MAX = 1000, DOCUMENT_MAX = 1048576, SAMPLES_MAX = 4000000 };

static int fail(const char *what)
{
    perror(what);
    return 1;
}

/* One read is enough: a whole file fits into the buffer. */
static int read_once(const char *path)
{
    static char buffer[BUFFER_SIZE];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t size = read(fd, buffer, sizeof(buffer));
    close(fd);
    return size > 0 ? 0 : -1;
}

/* Nanoseconds for one, 0 for a failure. */
static uint64_t measure_round(const char *path, unsigned long count)
{
    uint64_t start = timing_now(CLOCK_MONOTONIC);
    for (unsigned long i = 0; i < count; i++)
        if (read_once(path) != 0)
            return 0;
    return (timing_now(CLOCK_MONOTONIC) - start) / count;
}

static int compare(unsigned long rounds, unsigned long count, char *const paths[2])
{
    static uint64_t times[2][ROUNDS_MAX];
    if (rounds == 0 || rounds > ROUNDS_MAX || count == 0)
        return 2;
    for (unsigned long round = 0; round < rounds; round++) {
        for (unsigned long turn = 0; turn < 2; turn++) {
            unsigned long which = (round + turn) % 2; /* neither is always the first */
            times[which][round] = measure_round(paths[which], count);
            if (times[which][round] == 0)
                return fail(paths[which]);
        }
    }
    printf("%lu %lu\n", (unsigned long)timing_share(times[0], rounds, 500),
           (unsigned long)timing_share(times[1], rounds, 500));
    return 0;
}

static int tail(unsigned long milliseconds, const char *path)
{
    static uint64_t samples[SAMPLES_MAX];
    size_t count = 0;
    uint64_t end = timing_now(CLOCK_MONOTONIC) + milliseconds * 1000000;
    for (uint64_t start = 0; start < end && count < SAMPLES_MAX; count++) {
        start = timing_now(CLOCK_MONOTONIC);
        if (read_once(path) != 0)
            return fail(path);
        samples[count] = timing_now(CLOCK_MONOTONIC) - start;
    }
    if (count == 0)
        return 2;
    uint64_t bound = timing_share(samples, count, 990);
    size_t first = count * 99 / 100;
    uint64_t sum = 0;
    for (size_t i = first; i < count; i++)
        sum += samples[i];
    printf("%lu %lu %lu\n", (unsigned long)(sum / (count - first)), (unsigned long)bound,
           (unsigned long)samples[count - 1]);
    return 0;
}

static int write_document(const char *control, const char *path)
{
    static char document[DOCUMENT_MAX];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, document, sizeof(document));
    if (fd >= 0)
        close(fd);
    if (size <= 0)
        return fail(path);
    fd = open(control, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, document, (size_t)size) != size)
        return fail(control);
    return close(fd) == 0 ? 0 : fail(control);
}

static int write_for_ever(const char *control, char *const *documents, int count)
{
    for (int i = 0;; i = (i + 1) % count) {
        if (write_document(control, documents[i]) != 0)
            return 1;
        if (puts("written") < 0 || fflush(stdout) != 0)
            return 0;
    }
}

static int burn(void)
{
    for (volatile unsigned long i = 0; i < ULONG_MAX; i++)
        continue;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "compare") == 0)
        return compare(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), argv + 4);
    if (argc == 4 && strcmp(argv[1], "tail") == 0)
        return tail(strtoul(argv[2], NULL, 10), argv[3]);
    if (argc >= 4 && strcmp(argv[1], "write") == 0)
        return write_for_ever(argv[2], argv + 3, argc - 3);
    if (argc == 2 && strcmp(argv[1], "burn") == 0)
        return burn();
    fprintf(stderr, "usage: reads compare|tail|write|burn ...\n");
    return 2;
}
