/*
 * store: what many records cost, without a mount.
 *
 * store fill NUMBER STORE KEYS SET      imports NUMBER sets under different identifiers, judged in a process of its
 *                                       own; prints the medians of the CPU time that 200 imports at the end and 200
 *                                       from number 10 on take in both processes, in nanoseconds
 * store start ROUNDS STORE KEYS SET     prints the medians of the CPU time of a start with these records and of parsing
 *                                       and decrypting them with OpenSSL alone, in nanoseconds; how many bytes a set
 *                                       takes in memory after the start, and its PEM bytes
 *
 * STORE and KEYS are folders; SET is one with ca.pem, cert.pem and key.pem. Each start has a process of its own.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/draft/build.h"
#include "core/draft/restore.h"
#include "core/json/json.h"
#include "core/registry/load.h"
#include "tests/bench/apart.h"
#include "tests/bench/plain.h"
#include "tests/bench/timing.h"

enum { WINDOW = 200, FIRST = 10, ROUNDS_MAX = 32, KEY_SIZE = 32 };

struct places {
    const char *store, *keys, *set;
};

static void fail(const char *what, const struct fault *f)
{
    fprintf(stderr, "store: %s%s%s\n", what, f == NULL ? "" : ": ", f == NULL ? "" : f->message);
    exit(1);
}

static struct moment now(void)
{
    return (struct moment){.wall = time(NULL), .steady = 1};
}

static void read_file(const char *folder, const char *name, struct buf *ret)
{
    char path[4096], bytes[16384];
    struct fault f = {.reason = REASON_NONE};
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    size_t size = file == NULL ? 0 : fread(bytes, 1, sizeof(bytes), file);
    if (size == 0 || size == sizeof(bytes) || buf_append(ret, (struct span){(unsigned char *)bytes, size}, &f) != 0)
        fail(path, NULL);
    fclose(file);
}

static void read_set(const char *folder, struct request_set *ret)
{
    read_file(folder, "ca.pem", &ret->ssl_ca);
    read_file(folder, "cert.pem", &ret->ssl_cert);
    read_file(folder, "key.pem", &ret->ssl_key);
}

static int open_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        fail(path, NULL);
    return fd;
}

static void no_report(void *context, const char *name, const char *sentence)
{
    (void)context, (void)name;
    fail(sentence, NULL);
}

/* The work of a worker before its mount answers. */
static struct registry *start(const struct places *places)
{
    const struct store_place place = {
        .store_fd = open_folder(places->store), .keys_fd = open_folder(places->keys), .default_id = "certfs"};
    struct store *store = NULL;
    struct registry *registry = NULL;
    struct fault f = {.reason = REASON_NONE};
    if (registry_new(&registry, &f) != 0 || store_open(&place, &store, &f) != 0 ||
        registry_load(registry, store, now(), restore_record, no_report, NULL, &f) != 0)
        fail("it does not start", &f);
    return registry;
}

static void prepare(void)
{
    if (memory_init() != 0)
        fail("OpenSSL did not take the allocator", NULL);
    json_init();
}

/* ---- imports */

static uint64_t import_once(struct registry *registry, size_t number)
{
    CLEANUP(build_result_done) struct build_result result = {.bundle = false};
    CLEANUP(material_unrefp) struct material *material = NULL;
    char identifier[32], arn[RESOURCE_ARN_SIZE];
    struct registry_entry entry = {.identifier = identifier, .arn = arn, .created = now().wall};
    struct commit commit;
    struct fault f = {.reason = REASON_NONE};
    snprintf(identifier, sizeof(identifier), "set%05zu", number);
    uint64_t begin = timing_now(CLOCK_THREAD_CPUTIME_ID);
    uint64_t judging = apart_judge(now().wall, &result);
    if (build_material(&result, NULL, &material, &f) != 0 ||
        resource_make_arn("us-east-1", "000000000000", arn, &f) != 0)
        fail(identifier, &f);
    entry.material = material;
    if (registry_commit(registry, &entry, now(), &commit, &f) != 0)
        fail(identifier, &f);
    return judging + timing_now(CLOCK_THREAD_CPUTIME_ID) - begin;
}

static void fill(const struct places *places, size_t count)
{
    static uint64_t early[WINDOW], late[WINDOW];
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    prepare();
    read_set(places->set, &request.set);
    apart_begin(&request.set);
    struct registry *registry = start(places);
    for (size_t number = 1; number <= count; number++) {
        uint64_t cost = import_once(registry, number);
        if (number >= FIRST && number < FIRST + WINDOW)
            early[number - FIRST] = cost;
        if (number > count - WINDOW)
            late[number - (count - WINDOW) - 1] = cost;
    }
    registry_freep(&registry);
    printf("%lu %lu\n", (unsigned long)timing_share(late, WINDOW, 500),
           (unsigned long)timing_share(early, WINDOW, 500));
}

/* ---- starts */

struct result {
    uint64_t cost;
    uint64_t grown; /* bytes of resident memory */
};

static uint64_t resident(void)
{
    char line[128] = "", *pages = line;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL || fgets(line, sizeof(line), file) == NULL)
        fail("/proc/self/statm", NULL);
    fclose(file);
    (void)strtoul(line, &pages, 10); /* the first number is the address space */
    return strtoul(pages, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Memory that OpenSSL never frees does not belong to a set. */
static void warm_up(const struct places *places)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    CLEANUP(material_unrefp) struct material *material = NULL;
    struct fault f = {.reason = REASON_NONE};
    read_set(places->set, &request.set);
    if (material_build(&request.set, NULL, now().wall, &material, &f) != 0)
        fail("no material", &f);
}

static struct result start_ours(const struct places *places)
{
    prepare();
    warm_up(places);
    uint64_t before = resident();
    uint64_t begin = timing_now(CLOCK_THREAD_CPUTIME_ID);
    (void)start(places); /* the process ends with it */
    return (struct result){.cost = timing_now(CLOCK_THREAD_CPUTIME_ID) - begin, .grown = resident() - before};
}

static struct result start_plain(const struct places *places)
{
    CLEANUP(buf_done) struct buf key = {.len = 0};
    read_file(places->keys, "certfs", &key);
    uint64_t begin = timing_now(CLOCK_THREAD_CPUTIME_ID);
    if (key.len != KEY_SIZE || plain_open_all(places->store, key.data) == 0)
        fail("OpenSSL alone does not open the records", NULL);
    return (struct result){.cost = timing_now(CLOCK_THREAD_CPUTIME_ID) - begin, .grown = 0};
}

static struct result in_a_process(struct result (*run)(const struct places *), const struct places *places)
{
    int ends[2];
    struct result result = {.cost = 0};
    if (pipe(ends) != 0)
        fail("pipe", NULL);
    pid_t pid = fork();
    if (pid == 0) {
        result = run(places);
        _exit(write(ends[1], &result, sizeof(result)) == sizeof(result) ? 0 : 1);
    }
    close(ends[1]);
    if (pid < 0 || read(ends[0], &result, sizeof(result)) != sizeof(result))
        fail("a start failed", NULL);
    close(ends[0]);
    waitpid(pid, NULL, 0);
    return result;
}

static size_t count_records(const char *path)
{
    size_t count = 0;
    DIR *directory = opendir(path);
    const struct dirent *entry;
    if (directory == NULL)
        fail(path, NULL);
    while ((entry = readdir(directory)) != NULL)
        count += strlen(entry->d_name) == DIR_STORE_NAME_SIZE - 1;
    closedir(directory);
    if (count == 0)
        fail("there are no records", NULL);
    return count;
}

static void measure_starts(const struct places *places, size_t rounds)
{
    uint64_t ours[ROUNDS_MAX], plain[ROUNDS_MAX], grown[ROUNDS_MAX];
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    const struct request_set *set = &request.set;
    size_t count = count_records(places->store);
    read_set(places->set, &request.set);
    for (size_t i = 0; i < rounds; i++) {
        struct result result = in_a_process(start_ours, places);
        ours[i] = result.cost;
        grown[i] = result.grown;
        plain[i] = in_a_process(start_plain, places).cost;
    }
    printf("%lu %lu %lu %zu\n", (unsigned long)timing_share(ours, rounds, 500),
           (unsigned long)timing_share(plain, rounds, 500), (unsigned long)(timing_share(grown, rounds, 500) / count),
           set->ssl_ca.len + set->ssl_cert.len + set->ssl_key.len);
}

int main(int argc, char **argv)
{
    size_t number = argc == 6 ? strtoul(argv[2], NULL, 10) : 0;
    bool filling = argc == 6 && strcmp(argv[1], "fill") == 0;
    if (argc != 6 || (filling ? number < FIRST + WINDOW : number < 1 || number > ROUNDS_MAX)) {
        fprintf(stderr, "usage: store fill NUMBER STORE KEYS SET | store start ROUNDS STORE KEYS SET\n");
        return 2;
    }
    const struct places places = {.store = argv[3], .keys = argv[4], .set = argv[5]};
    if (filling)
        fill(&places, number);
    else
        measure_starts(&places, number);
    return 0;
}
