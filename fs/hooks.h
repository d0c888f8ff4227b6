/*
 * hooks: what tests do to a running worker. Empty unless built with make HOOKS=1.
 */
#ifndef CERTFS_FS_HOOKS_H
#define CERTFS_FS_HOOKS_H

/* Holds an import for CERTFS_TEST_HOLD_MS milliseconds (environment), in the importer. */
void hooks_hold_import(void);

#endif
