/*
 * program: whether the program of -o on_change= may be run.
 */
#ifndef CERTFS_FS_OPTIONS_PROGRAM_H
#define CERTFS_FS_OPTIONS_PROGRAM_H

#include "core/base/fault.h"

/* An absolute path to a regular, executable file that root alone can write or replace (safe_path.h). Fault: usage.
 */
MUST_CHECK int program_check(const char *path, struct fault *f);

#endif
