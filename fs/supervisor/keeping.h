/*
 * keeping: systemd keeps the descriptors of the mount (fs/upgrade/service.h), and the next start takes it over.
 *
 * A supervisor that is killed takes its worker with it, but the mount stays, and those who use it wait. The next one
 * finds the descriptors, and serves the same mount with what the shared memory and STORE have.
 */
#ifndef CERTFS_FS_SUPERVISOR_KEEPING_H
#define CERTFS_FS_SUPERVISOR_KEEPING_H

#include <stdbool.h>

#include "fs/supervisor/service.h"

/* Takes the descriptors that systemd has passed to this process; before it forks. */
void keeping_receive(struct keeping *keeping);

/* The descriptor of STORE that has its lock, the caller's from then on, for disk_open; -1 if there is none. */
int keeping_take_store(struct keeping *keeping);

/*
 * Takes over the mount of an earlier supervisor, if the descriptors are there, and mount and STORE still are where this
 * command line wants them; then the next worker is a successor. False if not: an earlier mount is gone then. After
 * disk_open.
 */
bool keeping_adopt(struct supervisor *supervisor);

/* Ends the mount of an earlier supervisor: this start has failed, and those who wait for it get an error. */
void keeping_drop(struct keeping *keeping);

/*
 * Has systemd keep the descriptors from now on, again after some time: at the start it may not know us yet. `known`: it
 * has them, of the program before.
 */
void keeping_begin(struct supervisor *supervisor, bool known);

/* The timeout of poll(2) until keeping_step is due; -1 for none. */
int keeping_timeout(const struct supervisor *supervisor);

/* Call it after poll. */
void keeping_step(struct supervisor *supervisor);

/* Has systemd drop them: the mount ends. */
void keeping_end(struct supervisor *supervisor);

#endif
