/*
 * blame: which requests were being processed when workers ended, so that one that ends every worker is found.
 *
 * In the memory that outlives the worker; the oldest entries give way.
 */
#ifndef CERTFS_FS_WORKER_BLAME_H
#define CERTFS_FS_WORKER_BLAME_H

#include <stdint.h>

struct shared;
struct slots_head;

enum { BLAME_LIMIT = 2 }; /* a request over which as many workers ended is not processed again */

void blame_add(struct slots_head *head, uint64_t unique);
uint64_t blame_of(const struct slots_head *head, uint64_t unique);

/*
 * For the supervisor, before the next worker is started: the last one was ended from outside, so what it carried out is
 * hardly to blame.
 */
void blame_absolve(const struct shared *shared);

#endif
