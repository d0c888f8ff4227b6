/*
 * blocks: answers that outlive the worker, in blocks of SHARED_ANSWERS.
 *
 * There are BLOCKS_MAX in all; a text that finds none is not kept. A text is written before anything names its
 * first block, so one that a killed worker has not finished does not exist. Any thread.
 */
#ifndef CERTFS_FS_STATE_BLOCKS_H
#define CERTFS_FS_STATE_BLOCKS_H

#include "core/base/buf.h"
#include "core/base/cleanup.h"

enum { BLOCKS_SIZE = 4096, BLOCKS_MAX = 2048 };

struct blocks;
struct shared;

/* `shared` may be NULL: then there are no blocks. Fault: no_memory. */
MUST_CHECK int blocks_new(const struct shared *shared, struct blocks **ret, struct fault *f);
void blocks_freep(struct blocks **blocks); /* accepts NULL; what is in them stays */

/* Copies a text. Returns the number of its first block, from 1; 0 if it is empty or there is no room. */
uint32_t blocks_keep(struct blocks *blocks, struct span text);

/* Wipes and frees the blocks of a text; ignores 0. */
void blocks_drop(struct blocks *blocks, uint32_t first);

/*
 * Takes the blocks of a text that a worker before this one has kept, and appends it. Faults: no_memory; system, if
 * there is no such text.
 */
MUST_CHECK int blocks_restore(struct blocks *blocks, uint32_t first, size_t size, struct buf *ret, struct fault *f);

#endif
