#include "fs/host/thread.h"

int thread_start(pthread_t *ret, const char *name, size_t stack, void *(*run)(void *argument), void *argument)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0)
        return error;
    pthread_attr_setstacksize(&attributes, stack);
    error = pthread_create(ret, &attributes, run, argument);
    pthread_attr_destroy(&attributes);
    if (error == 0)
        (void)pthread_setname_np(*ret, name);
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
