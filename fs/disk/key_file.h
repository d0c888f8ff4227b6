/*
 * key_file: opens files of keys for the worker, which may be hostile: names are checked, and only what can be a key is
 * opened for reading.
 */
#ifndef CERTFS_FS_DISK_KEY_FILE_H
#define CERTFS_FS_DISK_KEY_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Opens the file of this name in the directory, close-on-exec: for reading if it can be a key (kek_can_be_in),
 * O_PATH for anything else. Returns the descriptor, or -1 with errno: ELOOP for a link, EINVAL for a name that no key
 * has, EACCES for a key that the user of this process may not read, whatever its privileges.
 *
 * `cached`: fails with EAGAIN if the kernel does not have the name in its cache. Looking it up waits for the lock of
 * the directory, which everybody can hold who may list it.
 */
int key_file_open(int directory, const char *name, bool cached);

/* Looks it up as lstat does. Returns 0, or -1 with errno. */
int key_file_look(int directory, const char *name, struct stat *ret);

#endif
