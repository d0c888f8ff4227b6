/*
 * remedy: what to do about a start that was refused. It stands behind the fault's sentence, which says what was found.
 */
#ifndef CERTFS_FS_DISK_REMEDY_H
#define CERTFS_FS_DISK_REMEDY_H

#include "fs/options/options.h"

enum { REMEDY_SIZE = 880 };

/*
 * The whole sentence about a store that does not open: the fault of store_open or registry_load, and what to do.
 * `store` is a descriptor of it, which is asked for what it holds.
 */
void remedy_for_store(const struct options *options, int store, const struct fault *fault,
                      char ret[static REMEDY_SIZE]);

#endif
