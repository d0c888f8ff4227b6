/*
 * options: the options of a mount and of the tools. arguments.h parses them, defaults.h completes them.
 *
 * certfs [options] STORE MOUNTPOINT. All options of a mount but -f -d -s are -o options, as mount(8) and fstab lines
 * need (mount.fuse3 passes two positional arguments and appends "dev,suid"). Options of FUSE and the kernel
 * (allow_other, context=, max_read=, ...) are collected and passed on. There is no silent fallback: an unknown user,
 * mode or option is a fault.
 */
#ifndef CERTFS_FS_OPTIONS_OPTIONS_H
#define CERTFS_FS_OPTIONS_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

enum {
    OPTIONS_KERNEL_SIZE = 1024,
    OPTIONS_KEY_ID_SIZE = 256,
    OPTIONS_SET_SIZE = 256,
    OPTIONS_REGION_SIZE = 33,
    OPTIONS_ACCOUNT_SIZE = 13,
};

/* The directory of key-encryption keys without $CREDENTIALS_DIRECTORY and kek_dir=. */
#define OPTIONS_KEK_DIR "/etc/certfs/keys"

enum options_purpose {
    OPTIONS_SERVE,
    OPTIONS_HELP,    /* -h */
    OPTIONS_VERSION, /* -V */
    OPTIONS_CHECK,   /* --check [--against OLD] */
    OPTIONS_NEW_KEY, /* --new-key ID */
    OPTIONS_GUARD,   /* --guard MOUNTPOINT */
    OPTIONS_RELOAD,  /* --reload PID */
};

/* How the user of the worker was chosen, in a mount of root. */
enum options_worker {
    OPTIONS_WORKER_DEFAULT, /* the user certfs */
    OPTIONS_WORKER_GIVEN,   /* worker_user= */
    OPTIONS_WORKER_MISSING, /* root, since there is no user certfs */
    OPTIONS_WORKER_SHARED,  /* root, since the user certfs owns files of the mount */
    OPTIONS_WORKER_BARRED,  /* root, since it cannot become the user certfs here */
};

struct options {
    enum options_purpose purpose;
    const char *against;                      /* --check: the path of OLD, NULL for none; borrowed from argv */
    const char *new_key;                      /* --new-key: the identifier; borrowed from argv */
    const char *guard;                        /* --guard: the mount point; borrowed from argv */
    const char *reload;                       /* --reload: the process id; borrowed from argv */
    char kek_dir[PATH_MAX];                   /* absolute path of the directory of key-encryption keys */
    char kek[OPTIONS_KEY_ID_SIZE];            /* identifier of the default key-encryption key */
    char on_change[PATH_MAX];                 /* the program to run after a commit; empty: none */
    char store[PATH_MAX];                     /* "none", or the absolute path of a directory, without links */
    char store_path[PATH_MAX];                /* as given if that is absolute: what a restart opens */
    char mountpoint[PATH_MAX];                /* absolute, as in /proc/self/mountinfo */
    char kernel_options[OPTIONS_KERNEL_SIZE]; /* for FUSE, one -o list, the forced ones last */
    bool foreground;                          /* -f, -d */
    bool debug;                               /* -d */
    uid_t owner;                              /* of the .pem files */
    gid_t owner_group;
    uid_t control_owner;
    gid_t control_group;
    uid_t worker; /* of the process that serves: another one, or the mounting user */
    gid_t worker_group;
    enum options_worker worker_choice;
    mode_t cert_mode;    /* within 0444 */
    mode_t key_mode;     /* within 0440 */
    mode_t control_mode; /* within 0660 */
    size_t quota;        /* the largest number of named sets */
    char region[OPTIONS_REGION_SIZE];
    char account[OPTIONS_ACCOUNT_SIZE];
    char sql_import[OPTIONS_SET_SIZE]; /* the set that import/ is for, "/" for the root set; empty: no import/ */
    uid_t import_owner;                /* of that directory: the mounting user */
    gid_t import_group;                /* the group that may create files there */
};

#endif
