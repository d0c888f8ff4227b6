/*
 * arguments: reads the command line.
 */
#ifndef CERTFS_FS_OPTIONS_ARGUMENTS_H
#define CERTFS_FS_OPTIONS_ARGUMENTS_H

#include "core/base/cleanup.h"
#include "fs/options/options.h"

struct fault;

/*
 * Parses and completes the options. Does not access what is mounted at MOUNTPOINT. Faults: usage (exit status 2),
 * system (an unknown user, a missing directory), no_memory.
 */
MUST_CHECK int arguments_parse(int argc, char **argv, struct options *ret, struct fault *f);

#endif
