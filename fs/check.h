/*
 * check: certfs --check [--against OLD] < payload: the checks of an import, without a mount and without root.
 */
#ifndef CERTFS_FS_CHECK_H
#define CERTFS_FS_CHECK_H

/*
 * Checks the document on standard input. `against` is the path of the payload of the served set, or of a directory with
 * its public files (shown.h); NULL for none. Writes the answer to standard output, and one sentence to standard error.
 * Returns the exit status: 0 valid, 1 refused, 2 misuse, also for an unreadable or unusable OLD.
 */
int check_run(const char *against);

#endif
