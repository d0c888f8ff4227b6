/*
 * folder: a folder of a test's own, for rooms that work on files.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_FOLDER_H
#define CERTFS_TESTS_UNIT_LIB_FOLDER_H

#include <limits.h>
#include <sys/types.h>

#include "core/base/buf.h"
#include "core/store/dir_store.h"

/* Makes a folder, 0700, and returns a descriptor of it. Released with folder_remove. */
int folder_make(void);

/* Removes the folder of this descriptor with all files in it, and closes the descriptor. */
void folder_remove(int fd);

/* A descriptor of the same folder, for a room that takes it over. */
int folder_again(int fd);

/* The path of the folder of this descriptor. */
void folder_path(int fd, char ret[static PATH_MAX]);

/* Writes a file, over what is there. */
void folder_write(int fd, const char *name, struct span content, mode_t mode);

/* Reads a file, appended; false if it is not there. */
bool folder_read(int fd, const char *name, struct buf *ret);

/* The name of the record of a set whose identifier has no capital letters: what store.c makes, made anew. */
void folder_record(const char *identifier, char ret[static DIR_STORE_NAME_SIZE]);

/* How many files are in the folder. */
size_t folder_count(int fd);

#endif
