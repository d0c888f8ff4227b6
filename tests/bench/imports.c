/*
 * imports: what one import costs, without a mount: CPU time of the thread, in nanoseconds.
 *
 * imports cost ROUNDS SET SET           medians of one import and of the bare OpenSSL calls for the same set
 * imports growth NUMBER SET SET         medians of 200 imports around import 110 and around import NUMBER
 *
 * SET is a folder with ca.pem, cert.pem, key.pem and document.json. The sets take turns, so that each import changes
 * what is served. The bare calls run in a process of their own, with OpenSSL's own allocator.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/action/execute.h"
#include "core/base/memory.h"
#include "core/json/json.h"
#include "tests/bench/bare.h"
#include "tests/bench/timing.h"

enum { ROUNDS_MAX = 2000, WINDOW = 200, FIRST = 10, SETS = 2 };

static int fail(const char *what)
{
    fprintf(stderr, "imports: %s\n", what);
    return 1;
}

static int load(const char *folder, const char *name, struct buf *ret)
{
    char path[4096];
    char bytes[16384];
    struct fault f = {.reason = REASON_NONE};
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    size_t size = file == NULL ? 0 : fread(bytes, 1, sizeof(bytes), file);
    if (file != NULL)
        fclose(file);
    return size == 0 || size == sizeof(bytes) ? -1 : buf_append(ret, (struct span){(unsigned char *)bytes, size}, &f);
}

/* One import; its CPU time, 0 for a failure. The frame is filled as the FUSE thread would, which is not counted. */
static uint64_t import_once(struct registry *registry, struct span document)
{
    struct frame frame = {.complete = false};
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct fault f = {.reason = REASON_NONE};
    struct moment now = {.wall = time(NULL), .steady = 1};
    if (frame_take(&frame, document, &f) != 0)
        return 0;
    uint64_t start = timing_now(CLOCK_THREAD_CPUTIME_ID);
    int result = request_execute(registry, &policy_default, &frame, now, &outcome, &f);
    uint64_t end = timing_now(CLOCK_THREAD_CPUTIME_ID);
    if (result != 0 || !outcome.commit.changed)
        fprintf(stderr, "imports: not imported: %s\n", f.message);
    return result == 0 && outcome.commit.changed ? end - start : 0;
}

/* ---- the bare calls, in a child process */

struct bare {
    pid_t pid;
    int to, from;
};

static void serve_bare(const char *folder, int from, int to)
{
    struct bare_set set;
    char round;
    if (bare_load(folder, &set) != 0)
        _exit(1);
    while (read(from, &round, 1) == 1) {
        uint64_t start = timing_now(CLOCK_THREAD_CPUTIME_ID);
        uint64_t cost = bare_import(&set) == 0 ? timing_now(CLOCK_THREAD_CPUTIME_ID) - start : 0;
        if (write(to, &cost, sizeof(cost)) != sizeof(cost))
            break;
    }
    _exit(0);
}

static int start_bare(const char *folder, struct bare *ret)
{
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0)
        return -1;
    ret->pid = fork();
    if (ret->pid == 0) {
        close(to[1]);
        close(from[0]);
        serve_bare(folder, to[0], from[1]);
    }
    close(to[0]);
    close(from[1]);
    ret->to = to[1];
    ret->from = from[0];
    return ret->pid > 0 ? 0 : -1;
}

static uint64_t bare_once(const struct bare *bare)
{
    uint64_t cost = 0;
    if (write(bare->to, "", 1) != 1 || read(bare->from, &cost, sizeof(cost)) != sizeof(cost))
        return 0;
    return cost;
}

static void stop_bare(const struct bare *bare)
{
    close(bare->to);
    close(bare->from);
    waitpid(bare->pid, NULL, 0);
}

/* ---- what is measured */

static int measure_cost(struct registry *registry, const struct buf documents[SETS], const struct bare *bare,
                        size_t rounds)
{
    static uint64_t ours[ROUNDS_MAX], theirs[ROUNDS_MAX];
    for (size_t i = 0; i < rounds; i++) {
        ours[i] = import_once(registry, buf_span(&documents[i % SETS]));
        theirs[i] = bare_once(bare);
        if (ours[i] == 0 || theirs[i] == 0)
            return fail("a round failed");
    }
    printf("%lu %lu\n", (unsigned long)timing_share(ours, rounds, 500),
           (unsigned long)timing_share(theirs, rounds, 500));
    return 0;
}

static int measure_growth(struct registry *registry, const struct buf documents[SETS], size_t number)
{
    static uint64_t early[WINDOW], late[WINDOW];
    size_t last = number + WINDOW / 2;
    for (size_t i = 0; i < last; i++) {
        uint64_t cost = import_once(registry, buf_span(&documents[i % SETS]));
        if (cost == 0)
            return fail("an import failed");
        if (i >= FIRST && i < FIRST + WINDOW)
            early[i - FIRST] = cost;
        if (i >= last - WINDOW)
            late[i - (last - WINDOW)] = cost;
    }
    printf("%lu %lu\n", (unsigned long)timing_share(late, WINDOW, 500),
           (unsigned long)timing_share(early, WINDOW, 500));
    return 0;
}

static int measure(const char *what, size_t number, char *const folders[SETS], const struct bare *bare)
{
    struct buf documents[SETS] = {{.len = 0}};
    struct registry *registry = NULL;
    struct fault f = {.reason = REASON_NONE};
    if (memory_init() != 0 || registry_new(&registry, &f) != 0)
        return fail("it cannot start");
    json_init();
    for (size_t i = 0; i < SETS; i++)
        if (load(folders[i], "document.json", &documents[i]) != 0)
            return fail("a set cannot be read");
    int result = strcmp(what, "cost") == 0 ? measure_cost(registry, documents, bare, number)
                                           : measure_growth(registry, documents, number);
    for (size_t i = 0; i < SETS; i++)
        buf_done(&documents[i]);
    registry_freep(&registry);
    return result;
}

int main(int argc, char **argv)
{
    size_t number = argc == 5 ? strtoul(argv[2], NULL, 10) : 0;
    if (argc != 5 || number < WINDOW || (strcmp(argv[1], "cost") == 0 && number > ROUNDS_MAX)) {
        fprintf(stderr, "usage: imports cost|growth NUMBER SET SET, with a NUMBER of at least %d\n", WINDOW);
        return 2;
    }
    struct bare bare;
    if (start_bare(argv[3], &bare) != 0) /* before OpenSSL is given our allocator */
        return fail("no child process");
    int result = measure(argv[1], number, argv + 3, &bare);
    stop_bare(&bare);
    return result;
}
