#include "fs/host/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fs/host/test_hooks.h"
#include "fs/host/thread.h"

enum { STACK_SIZE = 64 * 1024 };

static const struct {
    int kind;
    const char *path, *name;
} rows[NAMESPACES] = {
    {CLONE_NEWNET, "/proc/thread-self/ns/net", "network"},
    {CLONE_NEWIPC, "/proc/thread-self/ns/ipc", "ipc"},
};

static int namespaces_unshare(int kind)
{
    errno = EPERM;
    return test_hooks_lacks("namespaces") ? -1 : unshare(kind);
}

/* Both namespaces are those of a thread. */
static void *namespaces_run(void *argument)
{
    struct namespaces *made = argument;
    for (size_t i = 0; i < NAMESPACES; i++) {
        int file = namespaces_unshare(rows[i].kind) == 0 ? open(rows[i].path, O_RDONLY | O_CLOEXEC) : -1;
        made->files[i] = file >= 0 ? file : -errno;
    }
    return NULL;
}

void namespaces_make(struct namespaces *ret)
{
    pthread_t thread;
    int error = thread_start(&thread, "namespaces", STACK_SIZE, namespaces_run, ret);
    if (error == 0)
        (void)pthread_join(thread, NULL);
    for (size_t i = 0; error != 0 && i < NAMESPACES; i++)
        ret->files[i] = -error;
}

int namespaces_enter(struct namespaces *namespaces, int number, char ret[static NAMESPACES_REMARK_SIZE])
{
    int *file = &namespaces->files[number], error = *file < 0 ? -*file : 0;
    if (error == 0 && setns(*file, rows[number].kind) != 0)
        error = errno;
    if (*file >= 0)
        close(*file);
    *file = -1;
    if (error == 0)
        return 0;
    snprintf(ret, NAMESPACES_REMARK_SIZE, "the worker has no %s namespace of its own (%s)", rows[number].name,
             strerror(error));
    return -1;
}
