#include "tests/unit/lib/cut_points.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/lib/harness.h"

__attribute__((noreturn)) static void carry_out(void (*act)(void *), void *context)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
        raise(SIGSTOP);
    act(context);
    _exit(EXIT_SUCCESS);
}

/* True while it goes on. */
static bool goes_on(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), EXIT_SUCCESS);
    assert_false(WIFSIGNALED(status));
    return !WIFEXITED(status);
}

/* `shared` is what the child works on; `look` gets its bytes as they are, and then they are as the child left them. */
static void show(void (*look)(void *), void *context, unsigned char *shared, const unsigned char *bytes, size_t size)
{
    look(context);
    memcpy(shared, bytes, size);
}

size_t cut_points_visit(void (*act)(void *context), void (*look)(void *context), void *context, unsigned char *shared,
                        size_t size)
{
    size_t looks = 1;
    unsigned char *last = malloc(size);
    assert_non_null(last);
    memcpy(last, shared, size);
    show(look, context, shared, last, size);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        carry_out(act, context);
    while (goes_on(child)) {
        if (memcmp(last, shared, size) != 0) {
            memcpy(last, shared, size);
            show(look, context, shared, last, size);
            looks++;
        }
        assert_int_equal(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL), 0);
    }
    if (memcmp(last, shared, size) != 0) {
        memcpy(last, shared, size);
        show(look, context, shared, last, size);
        looks++;
    }
    free(last);
    return looks;
}
