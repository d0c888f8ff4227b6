/*
 * program: whether the program of -o on_change= may be run.
 */
#ifndef CERTFS_FS_OPTIONS_PROGRAM_H
#define CERTFS_FS_OPTIONS_PROGRAM_H

#include "core/base/fault.h"

/* Checks an absolute path of an executable file that only root can write or replace (safe_path.h). Fault: usage. */
MUST_CHECK int program_check(const char *path, struct fault *f);

#endif
