#include "tests/bench/apart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/draft/build_wire.h"
#include "tests/bench/timing.h"

enum { RESULT_MAX = 65536 };

/* Nothing is served. */
static const struct build_served served = {.exists = false};

static int line = -1;

static void fail(const char *what)
{
    fprintf(stderr, "apart: %s\n", what);
    exit(1);
}

static void judge(const struct request_set *set, int64_t now, struct buf *ret)
{
    CLEANUP(build_result_done) struct build_result result = {.bundle = false};
    struct fault f = {.reason = REASON_NONE};
    if (build_judge(set, &served, now, &result, &f) != 0 || build_wire_write_result(&result, ret, &f) != 0)
        fail(f.message);
}

/* Answers each time with what it took and the result, until the other end closes. */
__attribute__((noreturn)) static void serve(const struct request_set *set)
{
    int64_t now;
    while (read(line, &now, sizeof(now)) == sizeof(now)) {
        CLEANUP(buf_done) struct buf answer = {.len = 0};
        struct fault f = {.reason = REASON_NONE};
        uint64_t took = timing_now(CLOCK_THREAD_CPUTIME_ID);
        if (buf_append(&answer, (struct span){(const unsigned char *)&took, sizeof(took)}, &f) != 0)
            fail(f.message);
        judge(set, now, &answer);
        took = timing_now(CLOCK_THREAD_CPUTIME_ID) - took;
        memcpy(answer.data, &took, sizeof(took));
        if (answer.len > RESULT_MAX || write(line, answer.data, answer.len) != (ssize_t)answer.len)
            fail("the answer cannot be written");
    }
    _exit(0);
}

void apart_begin(const struct request_set *set)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0)
        fail("socketpair");
    pid_t pid = fork();
    line = ends[pid == 0 ? 1 : 0];
    close(ends[pid == 0 ? 0 : 1]);
    if (pid == 0)
        serve(set);
    if (pid < 0)
        fail("fork");
}

uint64_t apart_judge(int64_t now, struct build_result *ret)
{
    static unsigned char answer[RESULT_MAX];
    struct fault f = {.reason = REASON_NONE};
    uint64_t took;
    ssize_t size = write(line, &now, sizeof(now)) == sizeof(now) ? read(line, answer, sizeof(answer)) : -1;
    if (size < (ssize_t)sizeof(took))
        fail("no answer");
    memcpy(&took, answer, sizeof(took));
    if (build_wire_read_result((struct span){answer + sizeof(took), (size_t)size - sizeof(took)}, &served, ret, &f) !=
        0)
        fail(f.message);
    return took;
}
