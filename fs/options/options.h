/*
 * options: what the command line asks for, in one struct. arguments.h reads it, defaults.h fills in the rest.
 *
 * certfs [options] STORE MOUNTPOINT. Every option but -f -d -s -h -V is an -o option, so that mount(8) and an fstab
 * line work unchanged (mount.fuse3 hands over two positionals and appends "dev,suid").
 * What is FUSE's or the kernel's own (allow_other, context=, max_read=, ...) is collected and handed on.
 * Nothing falls back silently: an unknown user, mode or option is a fault with one clear sentence.
 */
#ifndef CERTFS_FS_OPTIONS_OPTIONS_H
#define CERTFS_FS_OPTIONS_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "core/base/fault.h"

enum {
    OPTIONS_KERNEL_SIZE = 1024,
    OPTIONS_KEY_ID_SIZE = 256,
    OPTIONS_SET_SIZE = 256,
    OPTIONS_REGION_SIZE = 33,
    OPTIONS_ACCOUNT_SIZE = 13,
};

/* Where key-encryption keys are looked for, unless $CREDENTIALS_DIRECTORY or kek_dir= says something else. */
#define OPTIONS_KEK_DIR "/etc/certfs/keys"

enum options_purpose {
    OPTIONS_SERVE,
    OPTIONS_HELP,    /* -h */
    OPTIONS_VERSION, /* -V */
    OPTIONS_CHECK,   /* --check [--against OLD] */
    OPTIONS_NEW_KEY, /* --new-key ID */
    OPTIONS_GUARD,   /* --guard MOUNTPOINT */
};

struct options {
    enum options_purpose purpose;
    const char *against;                      /* --check: the path of OLD, NULL for none; borrowed from argv */
    const char *new_key;                      /* --new-key: the identifier; borrowed from argv */
    const char *guard;                        /* --guard: the mount point; borrowed from argv */
    char kek_dir[PATH_MAX];                   /* absolute: where key-encryption keys are */
    char kek[OPTIONS_KEY_ID_SIZE];            /* the identifier of the default one */
    char on_change[PATH_MAX];                 /* run after a set was committed; empty: none */
    char store[PATH_MAX];                     /* "none", or the absolute path of a directory, without links */
    char store_path[PATH_MAX];                /* the same as it was given, if that is absolute: what a restart opens */
    char mountpoint[PATH_MAX];                /* absolute, as the kernel lists it; nothing is known of what is there */
    char kernel_options[OPTIONS_KERNEL_SIZE]; /* FUSE's own, as one -o list, the forced ones last */
    bool foreground;                          /* -f, -d */
    bool debug;                               /* -d */
    uid_t owner;                              /* of the .pem files */
    gid_t owner_group;
    uid_t control_owner;
    gid_t control_group;
    mode_t cert_mode;    /* within 0444 */
    mode_t key_mode;     /* within 0440 */
    mode_t control_mode; /* within 0660 */
    size_t quota;        /* how many named sets there may be */
    char region[OPTIONS_REGION_SIZE];
    char account[OPTIONS_ACCOUNT_SIZE];
    char sql_import[OPTIONS_SET_SIZE]; /* the set that import/ is for, "/" for the root set; empty: no import/ */
    uid_t import_owner;                /* of that directory: who mounts */
    gid_t import_group;                /* who may create files there */
};

#endif
