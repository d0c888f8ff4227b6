/*
 * measure [FOLDER]: documents in, verdicts and what they cost out. For corpora.bats, price.bats and paths.bats.
 *
 * Standard input: per document its length (four bytes, little-endian) and its bytes. The first one is a good set, which
 * stays served. Standard output: per document a line, the reason ("none" for good) and the thread CPU time in
 * microseconds from its first byte to its verdict. With FOLDER, what a good document makes of the root set is written
 * there as NUMBER-ca.pem, NUMBER-cert.pem and NUMBER-key.pem; the first document has number 0.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/action/execute.h"
#include "core/base/memory.h"
#include "core/json/json.h"

static int64_t cpu_microseconds(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return (int64_t)spent.tv_sec * 1000000 + spent.tv_nsec / 1000;
}

static int judge(struct registry *registry, struct span document, struct fault *f)
{
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct frame frame = {.complete = false};
    const struct moment now = {.wall = time(NULL), .steady = 1};
    int result = frame_take(&frame, document, f);
    if (result == 0 && !frame.complete)
        result = frame_refuse_unfinished(&frame, f);
    if (result == 0)
        return request_execute(registry, &policy_default, &frame, now, &outcome, f);
    frame_done(&frame);
    return result;
}

static int write_file(const char *folder, int number, const char *name, struct span bytes)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%d-%s.pem", folder, number, name);
    FILE *file = fopen(path, "we");
    bool written = file != NULL && fwrite(bytes.data, 1, bytes.len, file) == bytes.len;
    return file != NULL && fclose(file) == 0 && written ? 0 : -1;
}

static int write_served(struct registry *registry, const char *folder, int number)
{
    static const char *const names[] = {[MATERIAL_CA] = "ca", [MATERIAL_CERT] = "cert", [MATERIAL_KEY] = "key"};
    CLEANUP(generation_unrefp) struct generation *current = registry_current(registry, "");
    for (enum material_file file = MATERIAL_CA; current != NULL && file <= MATERIAL_KEY; file++)
        if (write_file(folder, number, names[file], material_bytes(current->material, file)) != 0) {
            fprintf(stderr, "measure: cannot write into %s\n", folder);
            return -1;
        }
    return 0;
}

static int measure(struct registry *registry, struct span document, const char *folder, int number)
{
    struct fault fault = {.reason = REASON_NONE};
    int64_t start = cpu_microseconds();
    int result = judge(registry, document, &fault);
    int64_t spent = cpu_microseconds() - start;
    if ((result == 0) != (fault.reason == REASON_NONE)) {
        fprintf(stderr, "measure: the result is %d, the reason is %s\n", result, reason_name(fault.reason));
        return -1;
    }
    if (result == 0 && folder != NULL && write_served(registry, folder, number) != 0)
        return -1;
    printf("%s %lld\n", reason_name(fault.reason), (long long)spent);
    return 0;
}

/* 1: a document, 0: there is none left. */
static int next_document(struct buf *ret)
{
    struct fault fault = {.reason = REASON_NONE};
    unsigned char header[4];
    if (fread(header, 1, sizeof(header), stdin) != sizeof(header))
        return 0;
    size_t length = header[0] | (size_t)header[1] << 8 | (size_t)header[2] << 16 | (size_t)header[3] << 24;
    if (buf_reserve(ret, length, &fault) != 0)
        return 0;
    ret->len = fread(ret->data, 1, length, stdin);
    return ret->len == length;
}

static int measure_all(struct registry *registry, const char *folder)
{
    int result = 0;
    for (int more = 1, number = 0; result == 0 && more == 1; number++) {
        CLEANUP(buf_done) struct buf document = {0};
        more = next_document(&document);
        if (more == 1)
            result = measure(registry, buf_span(&document), folder, number);
    }
    return result;
}

int main(int argc, char **argv)
{
    struct fault fault = {.reason = REASON_NONE};
    CLEANUP(registry_freep) struct registry *registry = NULL;
    if (memory_init() != 0)
        return EXIT_FAILURE;
    json_init();
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* who waits for one verdict gets it */
    if (registry_new(&registry, &fault) != 0 || measure_all(registry, argc > 1 ? argv[1] : NULL) != 0)
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
