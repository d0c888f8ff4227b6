/*
 * watching: when the supervisor looks at the worker (watchdog.h): every second while there are requests. While there
 * are none it waits for the next request, which the worker reports (struct shared_head), and looks now and then whether
 * the worker was stopped.
 */
#ifndef CERTFS_FS_SUPERVISOR_WATCHING_H
#define CERTFS_FS_SUPERVISOR_WATCHING_H

#include <poll.h>
#include <stdbool.h>

#include "fs/supervisor/service.h"
#include "fs/supervisor/watchdog.h"

/* Whether ticks are needed: for this, or since no worker is ready. */
bool watching_needs_ticks(const struct supervisor *supervisor);

/* For each tick while a worker is ready. */
enum watchdog_deed watching_look(struct supervisor *supervisor);

/* Whether a signal has stopped the worker, no debugger. */
bool watching_finds_stopped(const struct supervisor *supervisor);

/* There are no ticks from now on. */
void watching_pause(struct supervisor *supervisor);

/* The descriptor to poll during a pause, for requests that a worker does not even read; otherwise -1. */
struct pollfd watching_wait(const struct supervisor *supervisor);

/* Ends the pause if `busy`, as the worker has reported, or if requests wait. */
void watching_note(struct supervisor *supervisor, bool busy);

#endif
