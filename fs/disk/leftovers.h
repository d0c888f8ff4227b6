/*
 * leftovers: files in the directory that the mount hides.
 *
 * While certfs is not mounted, a payload that is written to MOUNTPOINT/control ends up in a regular file, often
 * readable by everybody, and the next mount hides it.
 */
#ifndef CERTFS_FS_DISK_LEFTOVERS_H
#define CERTFS_FS_DISK_LEFTOVERS_H

#include <stdbool.h>

#include "fs/report/problems.h"

/* Opens the directory, before the mount; -1 on failure. The caller closes it. */
int leftovers_open(const char *path);

/* Whether a directory holds records of certfs or their counter. False for -1. */
bool leftovers_are_records(int directory);

/* Whether a directory is empty. False for -1. */
bool leftovers_are_none(int directory);

/*
 * Reports the files in the directory as problems. A `control` or `key.pem` that is a regular file with one link, of
 * root or the directory's owner, gets mode 0600; nothing is deleted. `path` is for the messages. Uses descriptors only,
 * so that concurrent renames cannot redirect it.
 */
void leftovers_report(int directory, const char *path, struct problems *problems);

#endif
