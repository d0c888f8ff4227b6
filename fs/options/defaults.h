/*
 * defaults: what the command line leaves open is filled in and checked against the machine: users, paths, defaults.
 */
#ifndef CERTFS_FS_OPTIONS_DEFAULTS_H
#define CERTFS_FS_OPTIONS_DEFAULTS_H

#include "fs/options/options.h"

/* What is read so far. What points into the command line is borrowed. */
struct reading {
    struct options *options;
    const char *store;
    const char *mountpoint;
    char kek_dir[PATH_MAX]; /* as it was given; empty: it was not */
    char *kernel;           /* owned: FUSE's own options, escaped */
    char *quoted;           /* owned: the beginning of a value in quotes whose end has not come yet */
    const char **follows;   /* where the next word goes, after --against or --new-key; NULL: nowhere */
    bool owner_given;
    bool control_owner_given;
    bool on_change_given;
    struct fault *fault;
};

/* For a mount: everything. Faults as arguments_parse. */
MUST_CHECK int defaults_for_mount(struct reading *reading);

/* The directory of key-encryption keys alone. Faults as arguments_parse. */
MUST_CHECK int defaults_for_keys(struct reading *reading);

#endif
