/*
 * own_files: the main thread gets a table of descriptors of its own, in which one descriptor stands alone. That is
 * closed when the thread ends; those of the other threads stay open as long as the kernel holds one of them.
 */
#ifndef CERTFS_FS_HOST_OWN_FILES_H
#define CERTFS_FS_HOST_OWN_FILES_H

#include "core/base/cleanup.h"

/*
 * For the main thread, once, when the other threads have started: `alone` is open in its table only from then on. Files
 * that one side opens later are not open in the other. Starts a thread, for own_files_close_all. Returns -1 with errno;
 * then the table is shared as before.
 */
MUST_CHECK int own_files_begin(int alone);

/* Closes the descriptors above standard error, in both tables if it is called by the main thread. */
void own_files_close_all(void);

#endif
