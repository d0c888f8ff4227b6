/*
 * remedy: what to do if a start is refused, for the end of the fault's message.
 */
#ifndef CERTFS_FS_DISK_REMEDY_H
#define CERTFS_FS_DISK_REMEDY_H

#include "fs/options/options.h"

struct fault;

enum { REMEDY_SIZE = 1024 };

/*
 * Writes the message about a store that cannot be opened: the fault of store_open or registry_load, and what to do.
 * `store` is its descriptor.
 */
void remedy_for_store(const struct options *options, int store, const struct fault *fault,
                      char ret[static REMEDY_SIZE]);

#endif
