#include "fs/options/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/host/account.h"
#include "tests/unit/lib/harness.h"

enum { WORDS_MAX = 16 };
/* A folder with mnt, store, file, link -> mnt, loop -> loop; the working directory while a test runs. */
static char folder[] = "/tmp/certfs-options.XXXXXX";

static void make_folder(void)
{
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(mkdir("mnt", 0700), 0);
    assert_int_equal(mkdir("store", 0700), 0);
    FILE *file = fopen("file", "we");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(symlink("mnt", "link"), 0);
    assert_int_equal(symlink("loop", "loop"), 0);
}

static void remove_folder(void)
{
    static const char *const files[] = {"file", "link", "loop"};
    for (size_t i = 0; i < COUNT_OF(files); i++)
        unlink(files[i]);
    rmdir("mnt");
    rmdir("store");
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* Reads a command line written with blanks between its words. */
static int parse(const char *line, struct options *ret, struct fault *f)
{
    static char copy[2048]; /* options borrow from it */
    char program[] = "certfs", *argv[WORDS_MAX + 1] = {program}, *rest = copy;
    int argc = 1;
    snprintf(copy, sizeof(copy), "%s", line);
    for (char *word; argc < WORDS_MAX && (word = strsep(&rest, " ")) != NULL;)
        if (*word != '\0')
            argv[argc++] = word;
    fault_clear(f);
    return arguments_parse(argc, argv, ret, f);
}

/* The same, with an owner that every user may name, so that the default needs no user mysql. */
static int parse_owned(const char *line, struct options *ret, struct fault *f)
{
    char whole[2048];
    snprintf(whole, sizeof(whole), "-o owner=%u:%u %s", getuid(), getgid(), line);
    return parse(whole, ret, f);
}

static void expect_good(const char *line, struct options *ret)
{
    struct fault f = {0};
    if (parse_owned(line, ret, &f) != 0)
        fail_msg("\"%s\" was refused: %s", line, f.message);
    law_check(0, &f, (struct span){NULL, 0});
}

static void expect_refused(const char *line, enum reason reason, const char *sentence)
{
    struct options options;
    struct fault f = {0};
    law_expect(parse_owned(line, &options, &f), &f, reason);
    if (strstr(f.message, sentence) == NULL)
        fail_msg("\"%s\" was refused with \"%s\", expected \"%s\"", line, f.message, sentence);
}

TEST(none_and_a_directory_are_enough)
{
    struct options options;
    expect_good("none mnt", &options);
    assert_int_equal(options.purpose, OPTIONS_SERVE);
    assert_string_equal(options.store, "none");
    assert_false(options.foreground);
    assert_false(options.debug);
    assert_int_equal(options.cert_mode, 0444);
    assert_int_equal(options.key_mode, 0400);
    assert_int_equal(options.control_mode, 0600);
    assert_int_equal(options.control_owner, getuid());
    assert_int_equal(options.control_group, getgid());
}

TEST(the_mount_point_becomes_absolute_however_it_is_written)
{
    static const char *const ways[] = {"mnt", "mnt/", "./mnt/.", "store/../mnt", "link/", "link/../mnt"};
    char wanted[PATH_MAX], line[PATH_MAX];
    snprintf(wanted, sizeof(wanted), "%s/mnt", folder);
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct options options;
        snprintf(line, sizeof(line), "none %s", ways[i]);
        expect_good(line, &options);
        assert_string_equal(options.mountpoint, wanted);
        snprintf(line, sizeof(line), "none %s/%s", folder, ways[i]);
        expect_good(line, &options);
        assert_string_equal(options.mountpoint, wanted);
    }
    assert_int_equal(chdir("mnt"), 0);
    struct options options;
    expect_good("none .", &options);
    assert_string_equal(options.mountpoint, wanted);
    assert_int_equal(chdir(".."), 0);
}

TEST(a_mount_point_that_cannot_be_reached_is_refused)
{
    expect_refused("none nowhere", REASON_SYSTEM, "MOUNTPOINT does not exist; make it, or mount its disk");
    expect_refused("none nowhere/mnt", REASON_SYSTEM, "MOUNTPOINT does not exist");
    expect_refused("none file/mnt", REASON_SYSTEM, "MOUNTPOINT is not a directory: file/mnt");
    expect_refused("none loop", REASON_USAGE, "MOUNTPOINT is a loop of symbolic links: loop");
}

TEST(a_store_must_be_a_directory)
{
    expect_refused("file mnt", REASON_SYSTEM, "STORE is not a directory: file");
    expect_refused("nowhere mnt", REASON_SYSTEM, "STORE does not exist; make it, or mount its disk first: nowhere");
    expect_refused("None mnt", REASON_SYSTEM, "STORE does not exist; make it, or mount its disk first: None");
}

TEST(a_store_inside_the_mount_point_is_refused_without_a_look_at_it)
{
    static const char *const lines[] = {"mnt mnt", "mnt/nowhere mnt",     "link mnt", "link/nowhere mnt", "mnt/. link/",
                                        "store .", "store/../mnt/a/b mnt"};
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        expect_refused(lines[i], REASON_USAGE, "STORE lies inside the mount point");
}

TEST(a_store_beside_the_mount_point_is_taken)
{
    static const char *const lines[] = {"store mnt", "mnt/../store mnt", "store link", ". mnt", "/ mnt"};
    struct options options;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        expect_good(lines[i], &options);
        assert_true(options.store[0] == '/' && strcmp(options.kek, "certfs") == 0);
    }
}

TEST(exactly_two_arguments_are_needed)
{
    expect_refused("", REASON_USAGE, "STORE and MOUNTPOINT are needed");
    expect_refused("none", REASON_USAGE, "STORE and MOUNTPOINT are needed");
    expect_refused("none mnt store", REASON_USAGE, "nothing else: store");
    expect_refused("-- none", REASON_USAGE, "STORE and MOUNTPOINT are needed");
}

TEST(the_flags_of_every_fuse_program_are_known)
{
    struct options options;
    expect_good("-f none mnt", &options);
    assert_true(options.foreground && !options.debug);
    expect_good("none mnt -d", &options);
    assert_true(options.foreground && options.debug);
    expect_good("-o debug none mnt", &options);
    assert_true(options.foreground && options.debug);
    expect_good("-s none mnt", &options);
    assert_false(options.foreground || options.debug);
}

TEST(help_and_version_need_nothing_else)
{
    static const struct {
        const char *line;
        enum options_purpose purpose;
    } rows[] = {{"-h", OPTIONS_HELP},      {"--help", OPTIONS_HELP},       {"none mnt -h", OPTIONS_HELP},
                {"-V", OPTIONS_VERSION},   {"--version", OPTIONS_VERSION}, {"--check", OPTIONS_CHECK},
                {"-f -V", OPTIONS_VERSION}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct options options;
        struct fault f = {0};
        assert_int_equal(parse(rows[i].line, &options, &f), 0);
        assert_int_equal(options.purpose, rows[i].purpose);
    }
}

TEST(a_check_takes_the_old_payload_and_nothing_else)
{
    struct options options;
    struct fault f = {0};
    assert_int_equal(parse("--check --against old.json", &options, &f), 0);
    assert_non_null(options.against);
    assert_int_equal(parse("--against=old.json --check", &options, &f), 0);
    assert_string_equal(options.against, "old.json");
    law_expect(parse("--check --against", &options, &f), &f, REASON_USAGE);
    law_expect(parse("--check none mnt", &options, &f), &f, REASON_USAGE);
    law_expect(parse("--against old.json none mnt", &options, &f), &f, REASON_USAGE);
}

TEST(modes_within_their_limits_are_taken)
{
    struct options options;
    expect_good("-o key_mode=0440,cert_mode=440,control_mode=0660 none mnt", &options);
    assert_int_equal(options.key_mode, 0440);
    assert_int_equal(options.cert_mode, 0440);
    assert_int_equal(options.control_mode, 0660);
    expect_good("-o key_mode=0440 -o key_mode=0400 none mnt", &options);
    assert_int_equal(options.key_mode, 0400);
}

TEST(modes_past_their_limits_are_refused)
{
    static const struct {
        const char *line;
        const char *sentence;
    } rows[] = {
        {"-o key_mode=0444 none mnt", "key_mode=0444 is not within 0440"},
        {"-o key_mode=0600 none mnt", "key_mode=0600 is not within 0440"},
        {"-o cert_mode=0644 none mnt", "cert_mode=0644 is not within 0444"},
        {"-o control_mode=0666 none mnt", "control_mode=0666 is not within 0660"},
        {"-o control_mode=4600 none mnt", "control_mode=4600 is not within 0660"},
        {"-o key_mode= none mnt", "key_mode= needs an octal mode within 0440"},
        {"-o key_mode=0480 none mnt", "key_mode= needs an octal mode"},
        {"-o key_mode=u=r none mnt", "key_mode= needs an octal mode"},
        {"-o key_mode=00400 none mnt", "key_mode= needs an octal mode"},
        {"-o key_mode none mnt", "unknown option: key_mode"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect_refused(rows[i].line, REASON_USAGE, rows[i].sentence);
}

TEST(an_unknown_option_is_named_without_its_value)
{
    expect_refused("-o secret=hunter2 none mnt", REASON_USAGE, "unknown option: secret");
    expect_refused("-z none mnt", REASON_USAGE, "unknown option: -z");
    expect_refused("-fd none mnt", REASON_USAGE, "unknown option: -fd");
    expect_refused("--owner=root none mnt", REASON_USAGE, "unknown option: --owner");
    expect_refused("-o nosuchthing none mnt", REASON_USAGE, "unknown option: nosuchthing");
    expect_refused("none mnt -o", REASON_USAGE, "-o needs a list of options");
}

TEST(the_options_of_the_kernel_come_before_the_forced_ones)
{
    const char *forced =
        geteuid() == 0 ? "nosuid,nodev,noexec,allow_other,default_permissions" : "default_permissions,nosuid,nodev";
    char wanted[256];
    struct options options;
    expect_good("none mnt", &options);
    assert_string_equal(options.kernel_options, forced);
    snprintf(wanted, sizeof(wanted), "rw,noatime,max_read=65536,dev,suid,%s", forced);
    expect_good("none mnt -o rw,noatime,max_read=65536,dev,suid", &options);
    assert_string_equal(options.kernel_options, wanted);
}

TEST(options_of_an_fstab_line_for_others_are_left_out)
{
    struct options plain, options;
    expect_good("none mnt", &plain);
    expect_good("none mnt -o defaults,_netdev,nofail,noauto,users,user=me,x-systemd.automount,X-mount.mkdir,,",
                &options);
    assert_string_equal(options.kernel_options, plain.kernel_options);
}

TEST(nonsense_is_refused_with_its_reason)
{
    expect_refused("-o auto_unmount none mnt", REASON_USAGE, "auto_unmount would expose the directory below");
    expect_refused("none mnt -o rw,remount,user_id=0,group_id=0", REASON_USAGE, "cannot be remounted");
    expect_refused("none mnt -o rw,user_id=0,group_id=0,remount", REASON_USAGE, "cannot be remounted");
    expect_refused("-o subtype=other none mnt", REASON_USAGE, "subtype= is always certfs");
}

static bool has_kernel_option(const struct options *options, const char *text)
{
    return strstr(options->kernel_options, text) != NULL;
}

TEST(a_value_may_hold_commas_in_quotes_or_behind_backslashes)
{
    struct options options;
    expect_good("none mnt -o rw,context=\"u:r:t:s0:c1,c2,c3\",noatime", &options);
    assert_true(has_kernel_option(&options, "rw,context=\"u:r:t:s0:c1\\,c2\\,c3\",noatime,"));
    expect_good("none mnt -o fsname=a\\,b,rw", &options);
    assert_true(has_kernel_option(&options, "fsname=a\\,b,rw,"));
    expect_good("none mnt -o context=u:r:t:s0", &options);
    assert_true(has_kernel_option(&options, "context=u:r:t:s0,"));
    expect_refused("none mnt -o context=\"u:r:t:s0:c1,c2", REASON_USAGE, "a quote in the options is not closed");
    expect_refused("none mnt -o \"a,b\"", REASON_USAGE, "unknown option: \"a,b\"");
}

TEST(options_without_end_are_refused)
{
    char line[1500];
    snprintf(line, sizeof(line), "none mnt -o fsname=%01100d", 1);
    expect_refused(line, REASON_USAGE, "the mount options are longer than");
}

TEST(root_may_give_files_and_control_to_others)
{
    if (geteuid() != 0)
        skip();
    struct options options;
    struct fault f = {0};
    assert_int_equal(parse("none mnt -o owner=daemon,control_owner=1:2", &options, &f), 0);
    assert_true(options.owner == 1 && options.owner_group == 1);
    assert_true(options.control_owner == 1 && options.control_group == 2);
}

TEST(without_owner_roots_files_are_mysqls_or_there_is_no_mount)
{
    if (geteuid() != 0)
        skip();
    struct options options;
    struct account mysql;
    struct fault f = {0};
    int result = parse("none mnt", &options, &f);
    if (account_find("mysql", &mysql) == 0) {
        assert_int_equal(result, 0);
        assert_true(options.owner == mysql.user && options.owner_group == mysql.group);
    } else {
        law_expect(result, &f, REASON_SYSTEM);
        assert_non_null(strstr(f.message, "give the owner of the files with -o owner=USER"));
    }
}

/* Reads the command line as an ordinary user would: root lays its rights aside meanwhile. */
static int as_nobody(const char *line, struct options *ret, struct fault *f)
{
    assert_int_equal(chmod(folder, 0711), 0);
    if (geteuid() == 0)
        assert_int_equal(seteuid(65534), 0);
    int result = parse(line, ret, f);
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
    return result;
}

TEST(an_ordinary_user_cannot_give_files_to_others)
{
    struct options options;
    struct fault f = {0};
    law_expect(as_nobody("none mnt -o owner=daemon", &options, &f), &f, REASON_USAGE);
    assert_string_equal(f.message, "owner= another user is for root's mounts only: run certfs as root (sudo)");
    law_expect(as_nobody("none mnt -o control_owner=daemon", &options, &f), &f, REASON_USAGE);
    assert_string_equal(f.message, "control_owner= another user is for root's mounts only: run certfs as root (sudo)");
}

TEST(an_ordinary_user_owns_all_of_it)
{
    struct options options;
    struct fault f = {0};
    assert_int_equal(as_nobody("none mnt", &options, &f), 0);
    assert_int_equal(options.owner, getuid());
    assert_int_equal(options.control_owner, getuid());
    assert_string_equal(options.kernel_options, "default_permissions,nosuid,nodev");
}

ALL_TESTS(make_folder, remove_folder);
