/*
 * measure: documents in, verdicts and what they cost out. For corpora.bats.
 *
 * Standard input: per document its length (four bytes, little-endian) and its bytes. The first one is a good set, which
 * stays served. Standard output: per document a line, the reason ("none" for good) and the thread CPU time in
 * microseconds from its first byte to its verdict.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/import.h"
#include "core/json.h"
#include "core/memory.h"

static int64_t cpu_microseconds(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return (int64_t)spent.tv_sec * 1000000 + spent.tv_nsec / 1000;
}

static int judge(struct vault *vault, struct span document, struct fault *f)
{
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct frame frame = {.complete = false};
    const struct moment now = {.wall = time(NULL), .steady = 1};
    int result = frame_take(&frame, document, f);
    if (result == 0 && !frame.complete)
        result = frame_refuse_unfinished(&frame, f);
    if (result == 0)
        return import_document(vault, &import_terms_default, &frame, now, &outcome, f);
    frame_done(&frame);
    return result;
}

static int measure(struct vault *vault, struct span document)
{
    struct fault fault = {.reason = REASON_NONE};
    int64_t start = cpu_microseconds();
    int result = judge(vault, document, &fault);
    int64_t spent = cpu_microseconds() - start;
    if ((result == 0) != (fault.reason == REASON_NONE)) {
        fprintf(stderr, "measure: the result is %d, the reason is %s\n", result, reason_name(fault.reason));
        return -1;
    }
    printf("%s %lld\n", reason_name(fault.reason), (long long)spent);
    return 0;
}

/* 1: a document, 0: there are no more. */
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

static int measure_all(struct vault *vault)
{
    int result = 0;
    for (int more = 1; result == 0 && more == 1;) {
        CLEANUP(buf_done) struct buf document = {0};
        more = next_document(&document);
        if (more == 1)
            result = measure(vault, buf_span(&document));
    }
    return result;
}

int main(void)
{
    struct fault fault = {.reason = REASON_NONE};
    CLEANUP(vault_freep) struct vault *vault = NULL;
    if (memory_init() != 0)
        return EXIT_FAILURE;
    json_init();
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* who waits for one verdict gets it */
    if (vault_new(&vault, &fault) != 0 || measure_all(vault) != 0)
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
