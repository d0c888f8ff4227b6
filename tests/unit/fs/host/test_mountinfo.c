#include "fs/host/mountinfo.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"

/* A host: a certfs, a stack of two on /run/stack, blanks in a name, and /tmp/x hidden below a tmpfs on /tmp. */
static const char host[] =
    "22 27 0:21 / /proc rw,relatime shared:5 - proc proc rw\n"
    "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard\n"
    "40 27 0:44 / /run/certfs rw,nosuid,nodev,noexec,relatime shared:2 master:7 - fuse.certfs none "
    "rw,user_id=27,group_id=28,default_permissions,allow_other\n"
    "41 27 0:45 / /run/stack rw - fuse.certfs none rw,user_id=0,group_id=0\n"
    "42 41 0:46 / /run/stack rw - fuse.certfs none rw,user_id=1000,group_id=100\n"
    "43 27 0:47 / /srv/a\\040b\\011c\\134d\\012e\\043 rw - tmpfs none rw\n"
    "44 27 0:48 / /tmp/x rw - tmpfs none rw\n"
    "45 27 0:49 / /tmp rw - tmpfs none rw\n"
    "46 45 0:50 / /tmp/y/z rw - tmpfs none rw\n";

static void expect_mount(const char *text, const char *path, const char *point, const char *device)
{
    struct mountinfo mount;
    if (!mountinfo_find(text, path, &mount))
        fail_msg("there is no way to %s", path);
    assert_string_equal(mount.point, point);
    assert_string_equal(mount.device, device);
}

TEST(a_path_leads_into_the_nearest_mount_above_it)
{
    expect_mount(host, "/", "/", "254:0");
    expect_mount(host, "/etc", "/", "254:0");
    expect_mount(host, "/proc/1/fd", "/proc", "0:21");
    expect_mount(host, "/procession", "/", "254:0");
    expect_mount(host, "/run/certfs", "/run/certfs", "0:44");
    expect_mount(host, "/run/certfs2", "/", "254:0");
}

TEST(type_and_maker_of_a_fuse_mount_are_read)
{
    struct mountinfo mount;
    assert_true(mountinfo_find(host, "/run/certfs", &mount));
    assert_string_equal(mount.type, "fuse.certfs");
    assert_int_equal(mount.id, 40);
    assert_int_equal(mount.parent, 27);
    assert_int_equal(mount.user, 27);
    assert_int_equal(mount.group, 28);
    assert_true(mountinfo_find(host, "/", &mount));
    assert_int_equal(mount.user, 0);
}

TEST(the_topmost_of_a_stack_is_found_whatever_the_order_of_the_list)
{
    expect_mount(host, "/run/stack", "/run/stack", "0:46");
    static const char reversed[] = "3 2 0:3 / /a rw - fuse.certfs none rw\n"
                                   "2 1 0:2 / /a rw - fuse.certfs none rw\n"
                                   "1 0 0:1 / / rw - ext4 none rw\n";
    expect_mount(reversed, "/a", "/a", "0:3");
}

TEST(escapes_in_a_name_are_undone)
{
    expect_mount(host, "/srv/a b\tc\\d\ne#", "/srv/a b\tc\\d\ne#", "0:47");
}

TEST(a_text_that_only_looks_like_an_escape_stays)
{
    static const char text[] = "1 0 0:1 / / rw - ext4 none rw\n"
                               "2 1 0:2 / /a\\04 rw - ext4 none rw\n"
                               "3 1 0:3 / /b\\089 rw - ext4 none rw\n"
                               "4 1 0:4 / /c\\ rw - ext4 none rw\n";
    expect_mount(text, "/a\\04", "/a\\04", "0:2");
    expect_mount(text, "/b\\089", "/b\\089", "0:3");
    expect_mount(text, "/c\\", "/c\\", "0:4");
}

TEST(a_mount_hidden_below_another_one_is_not_found)
{
    expect_mount(host, "/tmp/x", "/tmp", "0:49");
    expect_mount(host, "/tmp/y/z", "/tmp/y/z", "0:50");
}

TEST(a_list_that_does_not_reach_the_root_is_walked_all_the_same)
{
    static const char jail[] = "50 49 0:50 / /mnt rw - fuse.certfs none rw\n"
                               "51 50 0:51 / /mnt rw - fuse.certfs none rw\n";
    struct mountinfo mount;
    assert_false(mountinfo_find(jail, "/etc", &mount));
    expect_mount(jail, "/mnt", "/mnt", "0:51");
}

TEST(a_mount_that_is_its_own_parent_ends_no_walk)
{
    static const char text[] = "1 1 0:1 / / rw - rootfs none rw\n"
                               "2 1 0:2 / / rw - ext4 none rw\n";
    expect_mount(text, "/etc", "/", "0:2");
}

TEST(lines_that_cannot_be_understood_are_passed_over)
{
    static const char text[] = "\n"
                               "nonsense\n"
                               "2 1 0:2 / /a rw no dash at all\n"
                               "2 1 0:2 / /a rw -\n"
                               "1 0 0:1 / / rw - ext4 none rw";
    const char *rest = text;
    struct mountinfo mount;
    assert_true(mountinfo_next(&rest, &mount));
    assert_string_equal(mount.point, "/");
    assert_false(mountinfo_next(&rest, &mount));
}

TEST(a_name_that_is_too_long_is_passed_over)
{
    char text[2 * PATH_MAX];
    snprintf(text, sizeof(text), "2 1 0:2 / /%0*d rw - ext4 none rw\n1 0 0:1 / / rw - ext4 none rw\n", PATH_MAX, 0);
    const char *rest = text;
    struct mountinfo mount;
    assert_true(mountinfo_next(&rest, &mount));
    assert_string_equal(mount.point, "/");
}

static void take_mutant(struct span mutant, void *context)
{
    (void)context;
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    struct mountinfo mount;
    assert_int_equal(buf_append(&text, mutant, &f), 0);
    assert_int_equal(buf_append(&text, (struct span){(const unsigned char *)"", 1}, &f), 0);
    if (mountinfo_find((const char *)text.data, "/run/stack", &mount))
        assert_true(strlen(mount.point) > 0);
}

TEST(a_damaged_list_is_walked_to_an_end)
{
    assert_true(mutate_each(span_of(host), 3, take_mutant, NULL) > 0);
}

TEST(the_list_of_this_process_leads_to_proc)
{
    CLEANUP(buf_done) struct buf list = {0};
    struct fault f = {0};
    law_check(mountinfo_read(&list, &f), &f, (struct span){NULL, 0});
    struct mountinfo mount;
    assert_true(mountinfo_find((const char *)list.data, "/proc/self", &mount));
    assert_string_equal(mount.type, "proc");
}
