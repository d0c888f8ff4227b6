#include "fs/options/arguments.h"

#include <errno.h>
#include <fuse_opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/store/kek.h"
#include "fs/host/account.h"
#include "fs/options/complete.h"
#include "fs/options/terms.h"

/* One option. Its name ends in '=' or '-' where anything may follow. */
struct row {
    const char *name;
    int (*take)(struct reading *reading, const struct row *row, const char *arg);
    size_t target;      /* of what is set: offset in struct options */
    mode_t limit;       /* of a mode: what it may have at most */
    const char *reason; /* of a refusal */
    int (*read)(const char *value, struct options *ret, struct fault *f);
};

static const char remount_reason[] = "a mounted certfs cannot be remounted: unmount it and mount it again";

static void *target_of(struct reading *reading, const struct row *row)
{
    return (char *)reading->options + row->target;
}

static const char *value_of(const char *arg)
{
    return strchr(arg, '=') + 1;
}

static int take_purpose(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    bool help = strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0;
    reading->options->purpose = help ? OPTIONS_HELP : OPTIONS_VERSION;
    return 0;
}

static bool is_tool(enum options_purpose purpose)
{
    return purpose == OPTIONS_CHECK || purpose == OPTIONS_NEW_KEY || purpose == OPTIONS_GUARD;
}

/* Nobody means to make a key while judging. */
static int set_purpose(struct reading *reading, enum options_purpose purpose)
{
    enum options_purpose before = reading->options->purpose;
    if (is_tool(before) && before != purpose)
        return fault_set(reading->fault, REASON_WRONG_TYPE, "", "--check, --new-key and --guard do not go together");
    reading->options->purpose = purpose;
    return 0;
}

static int take_check(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row, (void)arg;
    return set_purpose(reading, OPTIONS_CHECK);
}

static int take_against(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    if (strchr(arg, '=') == NULL)
        reading->follows = &reading->options->against;
    else
        reading->options->against = value_of(arg);
    return 0;
}

static int take_new_key(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row, (void)arg;
    reading->follows = &reading->options->new_key;
    return set_purpose(reading, OPTIONS_NEW_KEY);
}

static int take_guard(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row, (void)arg;
    reading->follows = &reading->options->guard;
    return set_purpose(reading, OPTIONS_GUARD);
}

static int take_kek_dir(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    if (strlen(value_of(arg)) >= sizeof(reading->kek_dir))
        return fault_set(reading->fault, REASON_WRONG_TYPE, "", "kek_dir= is too long");
    snprintf(reading->kek_dir, sizeof(reading->kek_dir), "%s", value_of(arg));
    return 0;
}

static int take_on_change(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    if (strlen(value_of(arg)) >= sizeof(reading->options->on_change))
        return fault_set(reading->fault, REASON_WRONG_TYPE, "", "on_change= is too long");
    reading->on_change_given = true;
    snprintf(reading->options->on_change, sizeof(reading->options->on_change), "%s", value_of(arg));
    return 0;
}

static int take_kek(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    if (!kek_is_id(value_of(arg)))
        return fault_set(reading->fault, REASON_WRONG_TYPE, "",
                         "kek= needs 1 to 255 characters of A-Z a-z 0-9 . _ : / -, not beginning with . / or :");
    snprintf(reading->options->kek, sizeof(reading->options->kek), "%s", value_of(arg));
    return 0;
}

static int take_flag(struct reading *reading, const struct row *row, const char *arg)
{
    (void)arg;
    bool *flag = target_of(reading, row);
    *flag = true;
    return 0;
}

static int take_nothing(struct reading *reading, const struct row *row, const char *arg)
{
    (void)reading, (void)row, (void)arg;
    return 0;
}

static int take_refused(struct reading *reading, const struct row *row, const char *arg)
{
    (void)arg;
    return fault_set(reading->fault, REASON_WRONG_TYPE, "", "%s", row->reason);
}

static int take_kernel(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    return fuse_opt_add_opt_escaped(&reading->kernel, arg) == 0 ? 0 : fault_no_memory(reading->fault);
}

/* mount(8), and with it our own search for dead mounts, knows a certfs by this name. */
static int take_subtype(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    if (strcmp(value_of(arg), "certfs") == 0)
        return 0;
    return fault_set(reading->fault, REASON_WRONG_TYPE, "", "subtype= is always certfs and cannot be changed");
}

static int take_mode(struct reading *reading, const struct row *row, const char *arg)
{
    const char *value = value_of(arg);
    int name = (int)(value - arg - 1);
    size_t length = strlen(value);
    if (length < 3 || length > 4 || strspn(value, "01234567") != length)
        return fault_set(reading->fault, REASON_WRONG_TYPE, "",
                         "%.*s= needs an octal mode within %04o, as in %.*s=%04o", name, arg, row->limit, name, arg,
                         row->limit);
    mode_t mode = (mode_t)strtoul(value, NULL, 8);
    if ((mode & ~row->limit) != 0)
        return fault_set(reading->fault, REASON_WRONG_TYPE, "", "%.*s=%s is not within %04o", name, arg, value,
                         row->limit);
    *(mode_t *)target_of(reading, row) = mode;
    return 0;
}

static int take_owner(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    struct account account;
    if (account_parse("owner", value_of(arg), &account, reading->fault) != 0)
        return -1;
    reading->options->owner = account.user;
    reading->options->owner_group = account.group;
    reading->owner_given = true;
    return 0;
}

static int take_control_owner(struct reading *reading, const struct row *row, const char *arg)
{
    (void)row;
    struct account account;
    if (account_parse("control_owner", value_of(arg), &account, reading->fault) != 0)
        return -1;
    reading->options->control_owner = account.user;
    reading->options->control_group = account.group;
    reading->control_owner_given = true;
    return 0;
}

static int take_value(struct reading *reading, const struct row *row, const char *arg)
{
    return row->read(value_of(arg), reading->options, reading->fault);
}

/* clang-format off */
static const struct row rows[] = {
    {.name = "-h",             .take = take_purpose},
    {.name = "--help",         .take = take_purpose},
    {.name = "-V",             .take = take_purpose},
    {.name = "--version",      .take = take_purpose},
    {.name = "--check",        .take = take_check},
    {.name = "--against",      .take = take_against}, {.name = "--against=",          .take = take_against},
    {.name = "--new-key",      .take = take_new_key},
    {.name = "--guard",        .take = take_guard},
    {.name = "-f",             .take = take_flag, .target = offsetof(struct options, foreground)},
    {.name = "-d",             .take = take_flag, .target = offsetof(struct options, debug)},
    {.name = "debug",          .take = take_flag, .target = offsetof(struct options, debug)},
    {.name = "-s",             .take = take_nothing},

    {.name = "kek_dir=",       .take = take_kek_dir},
    {.name = "on_change=",     .take = take_on_change},
    {.name = "kek=",           .take = take_kek},
    {.name = "owner=",         .take = take_owner},
    {.name = "control_owner=", .take = take_control_owner},
    {.name = "key_mode=",      .take = take_mode, .target = offsetof(struct options, key_mode),     .limit = 0440},
    {.name = "cert_mode=",     .take = take_mode, .target = offsetof(struct options, cert_mode),    .limit = 0444},
    {.name = "control_mode=",  .take = take_mode, .target = offsetof(struct options, control_mode), .limit = 0660},
    {.name = "quota=",         .take = take_value, .read = terms_read_quota},
    {.name = "region=",        .take = take_value, .read = terms_read_region},
    {.name = "account=",       .take = take_value, .read = terms_read_account},
    {.name = "sql_import=",    .take = take_value, .read = terms_read_sql_import},
    {.name = "import_group=",  .take = take_value, .read = terms_read_import_group},

    {.name = "allow_other",    .take = take_kernel}, {.name = "default_permissions", .take = take_kernel},
    {.name = "max_read=",      .take = take_kernel}, {.name = "fsname=",             .take = take_kernel},
    {.name = "subtype=",       .take = take_subtype},
    {.name = "context=",       .take = take_kernel}, {.name = "fscontext=",          .take = take_kernel},
    {.name = "defcontext=",    .take = take_kernel}, {.name = "rootcontext=",        .take = take_kernel},
    {.name = "rw",             .take = take_kernel}, {.name = "ro",                  .take = take_kernel},
    {.name = "dev",            .take = take_kernel}, {.name = "nodev",               .take = take_kernel},
    {.name = "suid",           .take = take_kernel}, {.name = "nosuid",              .take = take_kernel},
    {.name = "exec",           .take = take_kernel}, {.name = "noexec",              .take = take_kernel},
    {.name = "sync",           .take = take_kernel}, {.name = "async",               .take = take_kernel},
    {.name = "dirsync",        .take = take_kernel},
    {.name = "atime",          .take = take_kernel}, {.name = "noatime",             .take = take_kernel},
    {.name = "diratime",       .take = take_kernel}, {.name = "nodiratime",          .take = take_kernel},
    {.name = "relatime",       .take = take_kernel}, {.name = "norelatime",          .take = take_kernel},
    {.name = "strictatime",    .take = take_kernel}, {.name = "nostrictatime",       .take = take_kernel},
    {.name = "lazytime",       .take = take_kernel}, {.name = "nolazytime",          .take = take_kernel},

    /* Of an fstab line: meant for mount(8) and its friends. */
    {.name = "defaults",       .take = take_nothing}, {.name = "_netdev",            .take = take_nothing},
    {.name = "auto",           .take = take_nothing}, {.name = "noauto",             .take = take_nothing},
    {.name = "user",           .take = take_nothing}, {.name = "nouser",             .take = take_nothing},
    {.name = "users",          .take = take_nothing}, {.name = "user=",              .take = take_nothing},
    {.name = "nofail",         .take = take_nothing},
    {.name = "x-",             .take = take_nothing}, {.name = "X-",                 .take = take_nothing},

    {.name = "auto_unmount",   .take = take_refused,
     .reason = "auto_unmount would bare the directory below when certfs dies; a dead mount is replaced at the next start"},
    {.name = "remount",        .take = take_refused, .reason = remount_reason},
    {.name = "user_id=",       .take = take_refused, .reason = remount_reason}, /* mount -o remount gives these too */
    {.name = "group_id=",      .take = take_refused, .reason = remount_reason},
};
/* clang-format on */

static bool row_fits(const struct row *row, const char *arg)
{
    size_t length = strlen(row->name);
    char last = row->name[length - 1];
    bool open = last == '=' || last == '-';
    return open ? strncmp(row->name, arg, length) == 0 : strcmp(row->name, arg) == 0;
}

static int take_option(struct reading *reading, const char *arg)
{
    if (arg[0] == '\0')
        return 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (row_fits(&rows[i], arg))
            return rows[i].take(reading, &rows[i], arg);
    return fault_set(reading->fault, REASON_WRONG_TYPE, "", "unknown option: %.*s", (int)strcspn(arg, "="), arg);
}

static bool has_open_quote(const char *text)
{
    bool open = false;
    for (; *text != '\0'; text++)
        open ^= *text == '"';
    return open;
}

/* A label of SELinux may hold commas and stands in quotes then; fuse_opt_parse cuts at every comma. */
static int take_quoted(struct reading *reading, const char *arg)
{
    if (fuse_opt_add_opt(&reading->quoted, arg) != 0)
        return fault_no_memory(reading->fault);
    if (has_open_quote(reading->quoted))
        return 0;
    int result = take_option(reading, reading->quoted);
    free(TAKE(reading->quoted));
    return result;
}

static int take_positional(struct reading *reading, const char *arg)
{
    if (reading->follows != NULL) {
        *reading->follows = arg;
        reading->follows = NULL;
        return 0;
    }
    const char **slot = reading->store == NULL ? &reading->store : &reading->mountpoint;
    if (*slot != NULL)
        return fault_set(reading->fault, REASON_WRONG_TYPE, "", "STORE and MOUNTPOINT are needed, and nothing else: %s",
                         arg);
    *slot = arg;
    return 0;
}

static int take_argument(void *data, const char *arg, int key, struct fuse_args *rest)
{
    struct reading *reading = data;
    (void)rest;
    if (key == FUSE_OPT_KEY_NONOPT)
        return take_positional(reading, arg);
    if (reading->quoted != NULL || has_open_quote(arg))
        return take_quoted(reading, arg);
    return take_option(reading, arg);
}

/* What the tools say about words that are missing, or are too many. */
static const struct {
    enum options_purpose purpose;
    const char *missing;
    const char *other;
} words[] = {
    {OPTIONS_NEW_KEY, "--new-key needs the identifier of the key", "--new-key takes an identifier and no other words"},
    {OPTIONS_GUARD, "--guard needs the path of a mount point", "--guard takes a mount point and no other words"},
    {OPTIONS_CHECK, "--against needs a path", "--check reads standard input and takes no other words"},
    {OPTIONS_SERVE, "--against needs a path", NULL},
};

static int check_words(const struct reading *reading)
{
    enum options_purpose purpose = reading->options->purpose;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].purpose != purpose)
            continue;
        if (reading->follows != NULL)
            return fault_set(reading->fault, REASON_WRONG_TYPE, "", "%s", words[i].missing);
        if (words[i].other != NULL && reading->store != NULL)
            return fault_set(reading->fault, REASON_WRONG_TYPE, "", "%s", words[i].other);
    }
    if (purpose == OPTIONS_SERVE && reading->options->against != NULL)
        return fault_set(reading->fault, REASON_WRONG_TYPE, "", "--against goes with --check");
    return 0;
}

static void reading_done(struct reading *reading)
{
    free(reading->kernel);
    free(reading->quoted);
}

int arguments_parse(int argc, char **argv, struct options *ret, struct fault *f)
{
    *ret = (struct options){.cert_mode = 0444, .key_mode = 0400, .control_mode = 0600, .kek = "certfs"};
    terms_set_defaults(ret);
    CLEANUP(reading_done) struct reading reading = {.options = ret, .fault = f};
    if (argc > 0 && strcmp(argv[argc - 1], "-o") == 0) /* fuse_opt_parse would print its own line */
        return fault_set(f, REASON_WRONG_TYPE, "", "-o needs a list of options");
    struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
    int result = fuse_opt_parse(&args, &reading, NULL, take_argument);
    fuse_opt_free_args(&args);
    if (result != 0)
        return fault_no_memory(f); /* unless there is a cause already */
    if (check_words(&reading) != 0)
        return -1;
    if (ret->purpose == OPTIONS_NEW_KEY)
        return complete_keys(&reading);
    return ret->purpose == OPTIONS_SERVE ? complete_mount(&reading) : 0;
}
