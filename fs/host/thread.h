/*
 * thread: the worker's threads beside the FUSE thread, and what they wait on.
 */
#ifndef CERTFS_FS_HOST_THREAD_H
#define CERTFS_FS_HOST_THREAD_H

#include <pthread.h>
#include <stddef.h>

/*
 * Starts a thread with a stack of that many bytes: all memory is locked, so it is small. `name`, of at most 15
 * characters, is for whoever looks at /proc. Returns an error number.
 */
int thread_start(pthread_t *ret, const char *name, size_t stack, void *(*run)(void *argument), void *argument);

/* A condition whose timed waits go by the steady clock. */
void thread_init_condition(pthread_cond_t *ret);

#endif
