#include "fs/options/defaults.h"

#include <errno.h>
#include <fuse_opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "fs/host/account.h"
#include "fs/host/resolve.h"
#include "fs/options/policy.h"
#include "fs/options/program.h"
#include "fs/options/worker_user.h"

/* Only the mounting user can access a mount of an ordinary user, so nobody could read files of another one. */
static int defaults_check_accounts(const struct options *options, const struct account *self, struct fault *f)
{
    if (geteuid() == 0 || (options->owner == self->user && options->control_owner == self->user))
        return 0;
    const char *option = options->owner != self->user ? "owner" : "control_owner";
    return fault_set(f, REASON_USAGE, option, "%s= another user is for root's mounts only: run certfs as root (sudo)",
                     option);
}

static int defaults_accounts(struct reading *reading)
{
    struct options *options = reading->options;
    const struct account self = account_of_process();
    struct account owner = self;
    if (!reading->owner_given && geteuid() == 0 && account_find("mysql", &owner) != 0)
        return fault_set(reading->fault, REASON_SYSTEM, "owner",
                         "there is no user mysql here: give the owner of the files with -o owner=USER");
    if (!reading->owner_given) {
        options->owner = owner.user;
        options->owner_group = owner.group;
    }
    if (!reading->control_owner_given) {
        options->control_owner = self.user;
        options->control_group = self.group;
    }
    if (policy_complete(options, reading->fault) != 0)
        return -1;
    if (defaults_check_accounts(options, &self, reading->fault) != 0)
        return -1;
    return worker_user_complete(options, reading->fault);
}

/* Appended last, since the last option wins and mount.fuse3 appends dev,suid. */
static int defaults_kernel(struct reading *reading)
{
    const char *forced =
        geteuid() == 0 ? "nosuid,nodev,noexec,allow_other,default_permissions" : "default_permissions,nosuid,nodev";
    if (fuse_opt_add_opt(&reading->kernel, forced) != 0)
        return fault_no_memory(reading->fault);
    if (strlen(reading->kernel) >= OPTIONS_KERNEL_SIZE)
        return fault_set(reading->fault, REASON_USAGE, "", "the mount options are longer than %d bytes",
                         OPTIONS_KERNEL_SIZE - 1);
    memcpy(reading->options->kernel_options, reading->kernel, strlen(reading->kernel) + 1);
    return 0;
}

static int defaults_store(struct reading *reading)
{
    struct options *options = reading->options;
    if (strcmp(reading->store, "none") == 0) {
        memcpy(options->store, "none", sizeof("none"));
        return 0;
    }
    if (resolve_path("STORE", reading->store, options->mountpoint, options->store, reading->fault) != 0)
        return -1;
    struct stat facts;
    if (stat(options->store, &facts) != 0)
        return fault_set_errno(reading->fault, REASON_SYSTEM, errno, "STORE cannot be reached: %s", reading->store);
    if (!S_ISDIR(facts.st_mode))
        return fault_set(reading->fault, REASON_SYSTEM, "", "STORE is not a directory: %s", reading->store);
    const char *path = reading->store[0] == '/' ? reading->store : options->store;
    snprintf(options->store_path, sizeof(options->store_path), "%s", path);
    return 0;
}

int defaults_for_keys(struct reading *reading)
{
    const char *handed = getenv("CREDENTIALS_DIRECTORY"); /* systemd.exec(5) */
    struct options *options = reading->options;
    const char *barrier = options->purpose == OPTIONS_SERVE ? options->mountpoint : NULL;
    if (reading->kek_dir[0] == '\0') {
        snprintf(options->kek_dir, sizeof(options->kek_dir), "%s", handed != NULL ? handed : OPTIONS_KEK_DIR);
        return 0;
    }
    return resolve_path("kek_dir", reading->kek_dir, barrier, options->kek_dir, reading->fault);
}

/* The supervisor checks the program before each run, and must not access its own mount. */
static int defaults_check_on_change(const struct reading *reading)
{
    const struct options *options = reading->options;
    char ignored[PATH_MAX];
    struct fault inside = {.reason = REASON_NONE};
    if (!reading->on_change_given)
        return 0;
    if (resolve_path("on_change=", options->on_change, options->mountpoint, ignored, &inside) != 0 &&
        inside.reason == REASON_USAGE) {
        *reading->fault = inside;
        return -1;
    }
    return program_check(options->on_change, reading->fault);
}

int defaults_for_mount(struct reading *reading)
{
    struct options *options = reading->options;
    options->foreground |= options->debug;
    if (reading->quoted != NULL)
        return fault_set(reading->fault, REASON_USAGE, "", "a quote in the options is not closed");
    if (reading->mountpoint == NULL)
        return fault_set(reading->fault, REASON_USAGE, "",
                         "STORE and MOUNTPOINT are needed: certfs [options] STORE MOUNTPOINT, see certfs -h");
    if (defaults_accounts(reading) != 0 || defaults_kernel(reading) != 0)
        return -1;
    if (resolve_path("MOUNTPOINT", reading->mountpoint, NULL, options->mountpoint, reading->fault) != 0)
        return -1;
    if (defaults_store(reading) != 0 || defaults_check_on_change(reading) != 0)
        return -1;
    return defaults_for_keys(reading);
}
