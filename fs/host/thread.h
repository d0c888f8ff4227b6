/*
 * thread: starts the worker's threads and makes their condition variables.
 */
#ifndef CERTFS_FS_HOST_THREAD_H
#define CERTFS_FS_HOST_THREAD_H

#include <pthread.h>
#include <stddef.h>

/*
 * Starts a thread with a stack of `stack` bytes, which are locked memory. `name` has at most 15 characters and shows in
 * /proc. Returns an error number.
 */
int thread_start(pthread_t *ret, const char *name, size_t stack, void *(*run)(void *argument), void *argument);

/* Initialises a condition variable whose timed waits use CLOCK_MONOTONIC. */
void thread_init_condition(pthread_cond_t *ret);

#endif
