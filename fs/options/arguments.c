#include "fs/options/arguments.h"

#include <errno.h>
#include <fuse_opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "core/store/kek.h"
#include "fs/host/account.h"
#include "fs/options/defaults.h"
#include "fs/options/policy.h"
#include "fs/options/worker_user.h"

/* One option. A name that ends in '=' or '-' is a prefix. */
struct row {
    const char *name;
    int (*parse)(struct reading *reading, const struct row *row, const char *arg);
    size_t target;      /* offset in struct options of the value that is set */
    mode_t limit;       /* of a mode: all bits that it may have */
    const char *reason; /* why the option is refused */
    int (*read)(const char *value, struct options *ret, struct fault *f);
};

static const char remount_reason[] = "a mounted certfs cannot be remounted: unmount it and mount it again";

static void *arguments_target_of(struct reading *reading, const struct row *row)
{
    return (char *)reading->options + row->target;
}

static const char *arguments_value_of(const char *arg)
{
    return strchr(arg, '=') + 1;
}

static int arguments_parse_purpose(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    bool help = strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0;
    reading->options->purpose = help ? OPTIONS_HELP : OPTIONS_VERSION;
    return 0;
}

static int arguments_set_purpose(struct reading *reading, enum options_purpose purpose)
{
    enum options_purpose before = reading->options->purpose;
    if (before != OPTIONS_SERVE && before != OPTIONS_HELP && before != OPTIONS_VERSION && before != purpose)
        return fault_set(reading->fault, REASON_USAGE, "",
                         "--check, --new-key, --guard and --reload do not go together");
    reading->options->purpose = purpose;
    return 0;
}

static int arguments_parse_check(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row, (void)arg;
    return arguments_set_purpose(reading, OPTIONS_CHECK);
}

static int arguments_parse_against(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    if (strchr(arg, '=') == NULL)
        reading->follows = &reading->options->against;
    else
        reading->options->against = arguments_value_of(arg);
    return 0;
}

static int arguments_parse_new_key(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row, (void)arg;
    reading->follows = &reading->options->new_key;
    return arguments_set_purpose(reading, OPTIONS_NEW_KEY);
}

static int arguments_parse_guard(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row, (void)arg;
    reading->follows = &reading->options->guard;
    return arguments_set_purpose(reading, OPTIONS_GUARD);
}

static int arguments_parse_reload(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row, (void)arg;
    reading->follows = &reading->options->reload;
    return arguments_set_purpose(reading, OPTIONS_RELOAD);
}

static int arguments_parse_kek_dir(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    if (strlen(arguments_value_of(arg)) >= sizeof(reading->kek_dir))
        return fault_set(reading->fault, REASON_USAGE, "", "kek_dir= is too long");
    snprintf(reading->kek_dir, sizeof(reading->kek_dir), "%s", arguments_value_of(arg));
    return 0;
}

static int arguments_parse_on_change(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    if (strlen(arguments_value_of(arg)) >= sizeof(reading->options->on_change))
        return fault_set(reading->fault, REASON_USAGE, "", "on_change= is too long");
    reading->on_change_given = true;
    snprintf(reading->options->on_change, sizeof(reading->options->on_change), "%s", arguments_value_of(arg));
    return 0;
}

static int arguments_parse_kek(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    if (!kek_is_id(arguments_value_of(arg)))
        return fault_set(reading->fault, REASON_USAGE, "",
                         "kek= needs 1 to 255 characters of A-Z a-z 0-9 . _ : / -, not beginning with . / or :");
    snprintf(reading->options->kek, sizeof(reading->options->kek), "%s", arguments_value_of(arg));
    return 0;
}

static int arguments_parse_flag(struct reading *reading, const struct row *row, const char *arg)
{
    (void)arg;
    bool *flag = arguments_target_of(reading, row);
    *flag = true;
    return 0;
}

static int arguments_parse_nothing(struct reading *reading, const struct row *row, const char *arg)
{
    (void)reading, (void)row, (void)arg;
    return 0;
}

static int arguments_parse_refused(struct reading *reading, const struct row *row, const char *arg)
{
    (void)arg;
    return fault_set(reading->fault, REASON_USAGE, "", "%s", row->reason);
}

static int arguments_parse_kernel(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    return fuse_opt_add_opt_escaped(&reading->kernel, arg) == 0 ? 0 : fault_no_memory(reading->fault);
}

/* mount(8) and mountpoint.c recognise a certfs by this name. */
static int arguments_parse_subtype(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    if (strcmp(arguments_value_of(arg), "certfs") == 0)
        return 0;
    return fault_set(reading->fault, REASON_USAGE, "", "subtype= is always certfs and cannot be changed");
}

static int arguments_parse_mode(struct reading *reading, const struct row *row, const char *arg)
{
    const char *value = arguments_value_of(arg);
    int name = (int)(value - arg - 1);
    size_t length = strlen(value);
    if (length < 3 || length > 4 || strspn(value, "01234567") != length)
        return fault_set(reading->fault, REASON_USAGE, "", "%.*s= needs an octal mode within %04o, as in %.*s=%04o",
                         name, arg, row->limit, name, arg, row->limit);
    mode_t mode = (mode_t)strtoul(value, NULL, 8);
    if ((mode & ~row->limit) != 0)
        return fault_set(reading->fault, REASON_USAGE, "", "%.*s=%s is not within %04o", name, arg, value, row->limit);
    *(mode_t *)arguments_target_of(reading, row) = mode;
    return 0;
}

static int arguments_parse_owner(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    struct account account;
    if (account_parse("owner", arguments_value_of(arg), &account, reading->fault) != 0)
        return -1;
    reading->options->owner = account.user;
    reading->options->owner_group = account.group;
    reading->owner_given = true;
    return 0;
}

static int arguments_parse_control_owner(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    struct account account;
    if (account_parse("control_owner", arguments_value_of(arg), &account, reading->fault) != 0)
        return -1;
    reading->options->control_owner = account.user;
    reading->options->control_group = account.group;
    reading->control_owner_given = true;
    return 0;
}

static int arguments_parse_value(struct reading *reading, const struct row *row, const char *arg)
{
    return row->read(arguments_value_of(arg), reading->options, reading->fault);
}

/* clang-format off */
static const struct row rows[] = {
    {.name = "-h",             .parse = arguments_parse_purpose},
    {.name = "--help",         .parse = arguments_parse_purpose},
    {.name = "-V",             .parse = arguments_parse_purpose},
    {.name = "--version",      .parse = arguments_parse_purpose},
    {.name = "--check",        .parse = arguments_parse_check},
    {.name = "--against",      .parse = arguments_parse_against}, {.name = "--against=",          .parse = arguments_parse_against},
    {.name = "--new-key",      .parse = arguments_parse_new_key},
    {.name = "--guard",        .parse = arguments_parse_guard},
    {.name = "--reload",       .parse = arguments_parse_reload},
    {.name = "-f",             .parse = arguments_parse_flag, .target = offsetof(struct options, foreground)},
    {.name = "-d",             .parse = arguments_parse_flag, .target = offsetof(struct options, debug)},
    {.name = "debug",          .parse = arguments_parse_flag, .target = offsetof(struct options, debug)},
    {.name = "-s",             .parse = arguments_parse_nothing},

    {.name = "kek_dir=",       .parse = arguments_parse_kek_dir},
    {.name = "on_change=",     .parse = arguments_parse_on_change},
    {.name = "kek=",           .parse = arguments_parse_kek},
    {.name = "owner=",         .parse = arguments_parse_owner},
    {.name = "control_owner=", .parse = arguments_parse_control_owner},
    {.name = "worker_user=",   .parse = arguments_parse_value, .read = worker_user_read},
    {.name = "key_mode=",      .parse = arguments_parse_mode, .target = offsetof(struct options, key_mode),     .limit = 0440},
    {.name = "cert_mode=",     .parse = arguments_parse_mode, .target = offsetof(struct options, cert_mode),    .limit = 0444},
    {.name = "control_mode=",  .parse = arguments_parse_mode, .target = offsetof(struct options, control_mode), .limit = 0660},
    {.name = "quota=",         .parse = arguments_parse_value, .read = policy_read_quota},
    {.name = "region=",        .parse = arguments_parse_value, .read = policy_read_region},
    {.name = "account=",       .parse = arguments_parse_value, .read = policy_read_account},
    {.name = "sql_import=",    .parse = arguments_parse_value, .read = policy_read_sql_import},
    {.name = "import_group=",  .parse = arguments_parse_value, .read = policy_read_import_group},

    {.name = "allow_other",    .parse = arguments_parse_kernel}, {.name = "default_permissions", .parse = arguments_parse_kernel},
    {.name = "max_read=",      .parse = arguments_parse_kernel}, {.name = "fsname=",             .parse = arguments_parse_kernel},
    {.name = "subtype=",       .parse = arguments_parse_subtype},
    {.name = "context=",       .parse = arguments_parse_kernel}, {.name = "fscontext=",          .parse = arguments_parse_kernel},
    {.name = "defcontext=",    .parse = arguments_parse_kernel}, {.name = "rootcontext=",        .parse = arguments_parse_kernel},
    {.name = "rw",             .parse = arguments_parse_kernel}, {.name = "ro",                  .parse = arguments_parse_kernel},
    {.name = "dev",            .parse = arguments_parse_kernel}, {.name = "nodev",               .parse = arguments_parse_kernel},
    {.name = "suid",           .parse = arguments_parse_kernel}, {.name = "nosuid",              .parse = arguments_parse_kernel},
    {.name = "exec",           .parse = arguments_parse_kernel}, {.name = "noexec",              .parse = arguments_parse_kernel},
    {.name = "sync",           .parse = arguments_parse_kernel}, {.name = "async",               .parse = arguments_parse_kernel},
    {.name = "dirsync",        .parse = arguments_parse_kernel},
    {.name = "atime",          .parse = arguments_parse_kernel}, {.name = "noatime",             .parse = arguments_parse_kernel},
    {.name = "diratime",       .parse = arguments_parse_kernel}, {.name = "nodiratime",          .parse = arguments_parse_kernel},
    {.name = "relatime",       .parse = arguments_parse_kernel}, {.name = "norelatime",          .parse = arguments_parse_kernel},
    {.name = "strictatime",    .parse = arguments_parse_kernel}, {.name = "nostrictatime",       .parse = arguments_parse_kernel},
    {.name = "lazytime",       .parse = arguments_parse_kernel}, {.name = "nolazytime",          .parse = arguments_parse_kernel},

    /* For mount(8) and systemd, in fstab lines. */
    {.name = "defaults",       .parse = arguments_parse_nothing}, {.name = "_netdev",            .parse = arguments_parse_nothing},
    {.name = "auto",           .parse = arguments_parse_nothing}, {.name = "noauto",             .parse = arguments_parse_nothing},
    {.name = "user",           .parse = arguments_parse_nothing}, {.name = "nouser",             .parse = arguments_parse_nothing},
    {.name = "users",          .parse = arguments_parse_nothing}, {.name = "user=",              .parse = arguments_parse_nothing},
    {.name = "nofail",         .parse = arguments_parse_nothing},
    {.name = "x-",             .parse = arguments_parse_nothing}, {.name = "X-",                 .parse = arguments_parse_nothing},

    {.name = "auto_unmount",   .parse = arguments_parse_refused,
     .reason = "auto_unmount would expose the directory below if certfs died; a dead mount is replaced at the next start"},
    {.name = "remount",        .parse = arguments_parse_refused, .reason = remount_reason},
    {.name = "user_id=",       .parse = arguments_parse_refused, .reason = remount_reason}, /* mount -o remount adds these */
    {.name = "group_id=",      .parse = arguments_parse_refused, .reason = remount_reason},
};
/* clang-format on */

static bool arguments_row_fits(const struct row *row, const char *arg)
{
    size_t length = strlen(row->name);
    char last = row->name[length - 1];
    bool open = last == '=' || last == '-';
    return open ? strncmp(row->name, arg, length) == 0 : strcmp(row->name, arg) == 0;
}

static int arguments_parse_option(struct reading *reading, const char *arg)
{
    if (arg[0] == '\0')
        return 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (arguments_row_fits(&rows[i], arg))
            return rows[i].parse(reading, &rows[i], arg);
    return fault_set(reading->fault, REASON_USAGE, "", "unknown option: %.*s", (int)strcspn(arg, "="), arg);
}

static bool arguments_has_open_quote(const char *text)
{
    bool open = false;
    for (; *text != '\0'; text++)
        open ^= *text == '"';
    return open;
}

/* An SELinux label with commas is quoted, but fuse_opt_parse splits at every comma: joins the parts again. */
static int arguments_parse_quoted(struct reading *reading, const char *arg)
{
    if (fuse_opt_add_opt(&reading->quoted, arg) != 0)
        return fault_no_memory(reading->fault);
    if (arguments_has_open_quote(reading->quoted))
        return 0;
    int result = arguments_parse_option(reading, reading->quoted);
    free(TAKE(reading->quoted));
    return result;
}

static int arguments_parse_positional(struct reading *reading, const char *arg)
{
    if (reading->follows != NULL) {
        *reading->follows = arg;
        reading->follows = NULL;
        return 0;
    }
    const char **slot = reading->store == NULL ? &reading->store : &reading->mountpoint;
    if (*slot != NULL)
        return fault_set(reading->fault, REASON_USAGE, "", "STORE and MOUNTPOINT are needed, and nothing else: %s",
                         arg);
    *slot = arg;
    return 0;
}

static int arguments_parse_argument(void *data, const char *arg, int key, struct fuse_args *rest)
{
    struct reading *reading = data;
    (void)rest;
    if (key == FUSE_OPT_KEY_NONOPT)
        return arguments_parse_positional(reading, arg);
    if (reading->quoted != NULL || arguments_has_open_quote(arg))
        return arguments_parse_quoted(reading, arg);
    return arguments_parse_option(reading, arg);
}

/* Messages about missing and extra words. */
static const struct {
    enum options_purpose purpose;
    const char *missing;
    const char *other;
} words[] = {
    {OPTIONS_NEW_KEY, "--new-key needs the identifier of the key", "--new-key takes an identifier and no other words"},
    {OPTIONS_GUARD, "--guard needs the path of a mount point", "--guard takes a mount point and no other words"},
    {OPTIONS_RELOAD, "--reload needs the process id of the supervisor",
     "--reload takes a process id and no other words"},
    {OPTIONS_CHECK, "--against needs a path", "--check reads standard input and takes no other words"},
    {OPTIONS_SERVE, "--against needs a path", NULL},
};

static int arguments_check_words(const struct reading *reading)
{
    enum options_purpose purpose = reading->options->purpose;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].purpose != purpose)
            continue;
        if (reading->follows != NULL)
            return fault_set(reading->fault, REASON_USAGE, "", "%s", words[i].missing);
        if (words[i].other != NULL && reading->store != NULL)
            return fault_set(reading->fault, REASON_USAGE, "", "%s", words[i].other);
    }
    if (purpose == OPTIONS_SERVE && reading->options->against != NULL)
        return fault_set(reading->fault, REASON_USAGE, "", "--against goes with --check");
    return 0;
}

static void arguments_reading_done(struct reading *reading)
{
    free(reading->kernel);
    free(reading->quoted);
}

int arguments_parse(int argc, char **argv, struct options *ret, struct fault *f)
{
    *ret = (struct options){.cert_mode = 0444, .key_mode = 0400, .control_mode = 0600, .kek = "certfs"};
    policy_set_defaults(ret);
    CLEANUP(arguments_reading_done) struct reading reading = {.options = ret, .fault = f};
    if (argc > 0 && strcmp(argv[argc - 1], "-o") == 0) /* fuse_opt_parse would print its own message */
        return fault_set(f, REASON_USAGE, "", "-o needs a list of options");
    struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
    int result = fuse_opt_parse(&args, &reading, NULL, arguments_parse_argument);
    fuse_opt_free_args(&args);
    if (result != 0)
        return fault_no_memory(f); /* keeps a fault that is set already */
    if (arguments_check_words(&reading) != 0)
        return -1;
    if (ret->purpose == OPTIONS_NEW_KEY)
        return defaults_for_keys(&reading);
    return ret->purpose == OPTIONS_SERVE ? defaults_for_mount(&reading) : 0;
}
