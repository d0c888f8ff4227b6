/*
 * check: certfs --check [--against OLD] < payload. The same judge without a mount and without root, for build
 * pipelines.
 */
#ifndef CERTFS_FS_CHECK_H
#define CERTFS_FS_CHECK_H

/*
 * Judges the document on standard input. `against` is the path of the payload of the set that is served now, or of a
 * directory that shows its public files (shown.h), NULL for none. The answer goes to standard output, the sentence to
 * standard error. Returns the exit status: 0 good, 1 refused, 2 used wrongly (an unreadable or unusable OLD, say).
 */
int check_run(const char *against);

#endif
