#include "fs/host/thread.h"

enum { THREAD_NAME_SIZE = 16 /* pthread_setname_np(3) */ };

/* A new thread inherits the name of the one that starts it; to name another one needs a file of /proc. */
static int thread_create(pthread_t *ret, const pthread_attr_t *attributes, const char *name,
                         void *(*run)(void *argument), void *argument)
{
    char own[THREAD_NAME_SIZE] = "";
    (void)pthread_getname_np(pthread_self(), own, sizeof(own));
    (void)pthread_setname_np(pthread_self(), name);
    int error = pthread_create(ret, attributes, run, argument);
    (void)pthread_setname_np(pthread_self(), own);
    return error;
}

int thread_start(pthread_t *ret, const char *name, size_t stack, void *(*run)(void *argument), void *argument)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0)
        return error;
    pthread_attr_setstacksize(&attributes, stack);
    error = thread_create(ret, &attributes, name, run, argument);
    pthread_attr_destroy(&attributes);
    return error;
}

void thread_init_condition(pthread_cond_t *ret)
{
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(ret, &steady);
    pthread_condattr_destroy(&steady);
}
