/*
 * reload: another program goes on in the place of this one, and its worker in the place of the one that serves.
 *
 * SIGUSR2 asks for it. The program at our path tests itself (fs/upgrade/trial.h); this process executes it, and it
 * finds what it needs in a text and in descriptors (resumption.h). A scout shows that a worker of it would come up
 * (fs/worker/scout.h). Only then the worker that serves is killed, and one of the new program follows it, as after any
 * end of a worker. If one of these does not succeed, this program goes on: after execve(2) it is executed again, by a
 * descriptor that is kept for that.
 */
#ifndef CERTFS_FS_SUPERVISOR_RELOAD_H
#define CERTFS_FS_SUPERVISOR_RELOAD_H

#include <poll.h>

#include "fs/supervisor/service.h"
#include "fs/upgrade/resume.h"

enum { RELOAD_FDS = 5, RELOAD_SCOUT_MS = 30 * 1000, RELOAD_PROBATION_MS = 4 * 1000 };

/* Notes a request of this process (0: unknown), which is answered (fs/upgrade/request.h). */
void reload_request(struct supervisor *supervisor, pid_t from);

/* Goes on with the reload in the program that was executed. */
void reload_continue(struct supervisor *supervisor, struct resume *resume);

/* The descriptors to poll; unused ones are -1. */
void reload_fds(const struct supervisor *supervisor, struct pollfd ret[static RELOAD_FDS]);

/* The timeout of poll(2) until reload_step is due; -1 for none. */
int reload_timeout(const struct supervisor *supervisor);

/* Call it after poll, and after succession_step. May execute another program. */
void reload_step(struct supervisor *supervisor);

/* Answers those who wait for a reload that will not come, and ends what runs for it. */
void reload_end(struct supervisor *supervisor);

#endif
