/*
 * procfs: a /proc that shows all processes, whatever hidepid= of the one at /proc is.
 */
#ifndef CERTFS_FS_HOST_PROCFS_H
#define CERTFS_FS_HOST_PROCFS_H

/*
 * A descriptor of a read-only procfs of this pid namespace that is mounted nowhere, with the directories of processes
 * only; if the caller may not make one, of the directory /proc. -1 with errno if that cannot be opened either.
 */
int procfs_open(void);

#endif
