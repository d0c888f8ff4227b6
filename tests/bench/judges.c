/*
 * judges: what it costs that each document has a process of its own, without judging anything: CPU time of all
 * processes, in nanoseconds.
 *
 * judges ROUNDS DOCUMENT     of one fork, of locking its memory, of its filter of system calls, and of a conversation
 *                            about this document
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/draft/rehearsal.h"
#include "core/json/json.h"
#include "fs/judge/calls.h"
#include "fs/judge/exchange.h"

enum { DOCUMENT_MAX = 65536, ANSWER = 256, ROUNDS_MAX = 100000 };

static unsigned char document[DOCUMENT_MAX];
static size_t length;

static int fail(const char *what)
{
    fprintf(stderr, "judges: %s\n", what);
    return 1;
}

static uint64_t used(void)
{
    struct rusage self, children;
    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    long seconds = self.ru_utime.tv_sec + self.ru_stime.tv_sec + children.ru_utime.tv_sec + children.ru_stime.tv_sec;
    long rest = self.ru_utime.tv_usec + self.ru_stime.tv_usec + children.ru_utime.tv_usec + children.ru_stime.tv_usec;
    return ((uint64_t)seconds * 1000000 + (uint64_t)rest) * 1000;
}

static void do_nothing(int stream)
{
    (void)stream;
}

static void lock(int stream)
{
    (void)stream;
    (void)mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

static void filter(int stream)
{
    (void)stream;
    if (calls_confine_judge() != 0)
        _exit(1);
}

static void receive(const struct exchange *from)
{
    enum exchange_kind kind;
    CLEANUP(buf_done) struct buf body = {.len = 0};
    if (exchange_receive(from, DOCUMENT_MAX, &kind, &body) != 0)
        _exit(1);
}

static void send_bytes(const struct exchange *to, size_t size)
{
    if (exchange_send(to, EXCHANGE_DOCUMENT, (struct span){document, size}) != 0)
        _exit(1);
}

static void answer(int stream)
{
    const struct exchange worker = {.fd = stream};
    receive(&worker);
    send_bytes(&worker, ANSWER);
    receive(&worker);
    send_bytes(&worker, length);
}

static void ask(int stream)
{
    const struct exchange judge = {.fd = stream};
    send_bytes(&judge, length);
    receive(&judge);
    send_bytes(&judge, length);
    receive(&judge);
}

/* The mean cost of a child that does this while we do that. */
static uint64_t cost_of(void (*child)(int), void (*parent)(int), long rounds)
{
    uint64_t start = used();
    for (long i = 0; i < rounds; i++) {
        int ends[2], status;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
            return 0;
        pid_t pid = fork();
        if (pid == 0) {
            child(ends[1]);
            _exit(0);
        }
        close(ends[1]);
        parent(ends[0]);
        close(ends[0]);
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
            return 0;
    }
    return (used() - start) / (uint64_t)rounds;
}

static uint64_t more(uint64_t cost, uint64_t fork_alone)
{
    return cost > fork_alone ? cost - fork_alone : 0;
}

int main(int argc, char **argv)
{
    struct fault f = {.reason = REASON_NONE};
    long rounds = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
    FILE *file = argc == 3 ? fopen(argv[2], "re") : NULL;
    if (rounds < 1 || rounds > ROUNDS_MAX || file == NULL) {
        fprintf(stderr, "usage: judges ROUNDS DOCUMENT\n");
        return 2;
    }
    length = fread(document, 1, sizeof(document), file);
    fclose(file);
    if (memory_init() != 0 || length == 0)
        return fail("it cannot start");
    json_init();
    if (rehearsal_run(time(NULL), &f) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail("there is no rehearsal");
    uint64_t fork_alone = cost_of(do_nothing, do_nothing, rounds);
    uint64_t locking = cost_of(lock, do_nothing, rounds), filtering = cost_of(filter, do_nothing, rounds);
    uint64_t talking = cost_of(answer, ask, rounds);
    if (fork_alone == 0 || locking == 0 || filtering == 0 || talking == 0)
        return fail("a child failed");
    printf("%lu %lu %lu %lu\n", (unsigned long)fork_alone, (unsigned long)more(locking, fork_alone),
           (unsigned long)more(filtering, fork_alone), (unsigned long)more(talking, fork_alone));
    return 0;
}
