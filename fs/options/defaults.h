/*
 * defaults: completes the options with defaults, and checks users and paths.
 */
#ifndef CERTFS_FS_OPTIONS_DEFAULTS_H
#define CERTFS_FS_OPTIONS_DEFAULTS_H

#include "core/base/cleanup.h"
#include "fs/options/options.h"

/* The state of parsing. Pointers into the command line are borrowed. */
struct reading {
    struct options *options;
    const char *store;
    const char *mountpoint;
    char kek_dir[PATH_MAX]; /* as given; empty: not given */
    char *kernel;           /* owned: FUSE's own options, escaped */
    char *quoted;           /* owned: the start of a quoted value that is not closed yet */
    const char **follows;   /* the target of the next word, after --against, --new-key or --guard; NULL: none */
    bool owner_given;
    bool control_owner_given;
    bool on_change_given;
    struct fault *fault;
};

/* All options of a mount. Faults as arguments_parse. */
MUST_CHECK int defaults_for_mount(struct reading *reading);

/* Only the directory of key-encryption keys. Faults as arguments_parse. */
MUST_CHECK int defaults_for_keys(struct reading *reading);

#endif
