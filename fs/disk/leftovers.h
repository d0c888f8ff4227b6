/*
 * leftovers: what lies in the directory that the mount hides.
 *
 * While certfs is away MOUNTPOINT is a directory like any other: a payload that is written to MOUNTPOINT/control then
 * ends up in a plain file, often one that everybody can read, and the next mount hides it.
 */
#ifndef CERTFS_FS_DISK_LEFTOVERS_H
#define CERTFS_FS_DISK_LEFTOVERS_H

#include <stdbool.h>

#include "fs/report/problems.h"

/* Opens the directory, before anything is mounted there; -1 if it cannot be looked at. The descriptor is the caller's.
 */
int leftovers_open(const char *path);

/* Whether a directory holds records of certfs, or the mark of their counter. -1 holds none. */
bool leftovers_are_records(int directory);

/* Whether a directory holds nothing at all. -1 is not empty. */
bool leftovers_are_none(int directory);

/*
 * Names what the directory holds, as problems. A `control` and a `key.pem` in it that are plain files with one link, of
 * root or the directory's owner, get mode 0600; nothing is ever deleted. `path` is for the sentences.
 * Everything goes by descriptors, so that names which change meanwhile lead nowhere else.
 */
void leftovers_report(int directory, const char *path, struct problems *problems);

#endif
