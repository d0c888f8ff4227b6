#include "fs/host/safe_path.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/lib/harness.h"

/* A folder of root's below /tmp, which is sticky. Its parts are made by name. */
static char base[] = "/tmp/certfs-way.XXXXXX";

static const char *at(const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned turn;
    char *path = paths[turn++ % COUNT_OF(paths)];
    snprintf(path, PATH_MAX, "%s/%s", base, name);
    return path;
}

static void make_folder(void)
{
    snprintf(base, sizeof(base), "/tmp/certfs-way.XXXXXX");
    assert_non_null(mkdtemp(base));
    assert_int_equal(mkdir(at("safe"), 0755), 0);
    assert_int_equal(mkdir(at("open"), 0777), 0);
    FILE *file = fopen(at("safe/program"), "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(at("open"), 0777), 0);
    assert_int_equal(chmod(at("safe/program"), 0755), 0);
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    (void)facts;
    (void)kind;
    (void)place;
    return remove(path);
}

static void remove_folder(void)
{
    assert_int_equal(nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void expect_way(const char *path, enum safe_path expected, const char *culprit)
{
    struct stat facts;
    char found[PATH_MAX];
    enum safe_path way = safe_path_check(path, 0, &facts, found);
    if (way != expected)
        fail_msg("%s: %d, expected %d, at %s", path, (int)way, (int)expected, found);
    if (culprit != NULL)
        assert_string_equal(found, culprit);
}

TEST(a_path_that_root_alone_can_change_is_safe)
{
    struct stat facts, expected;
    char culprit[PATH_MAX];
    expect_way("/", SAFE_PATH_OK, NULL);
    expect_way("/bin/true", SAFE_PATH_OK, NULL);
    expect_way("/usr/../usr/./bin//true", SAFE_PATH_OK, NULL);
    expect_way(at("safe"), SAFE_PATH_OK, NULL);
    assert_int_equal(safe_path_check(at("safe/program"), 0, &facts, culprit), SAFE_PATH_OK);
    assert_int_equal(stat(at("safe/program"), &expected), 0);
    assert_true(facts.st_ino == expected.st_ino && facts.st_dev == expected.st_dev);
}

TEST(links_of_roots_are_followed)
{
    assert_int_equal(symlink("safe/program", at("near")), 0);
    assert_int_equal(symlink(at("safe"), at("far")), 0);
    assert_int_equal(symlink("../near", at("safe/up")), 0);
    expect_way(at("near"), SAFE_PATH_OK, NULL);
    expect_way(at("far/program"), SAFE_PATH_OK, NULL);
    expect_way(at("far/up"), SAFE_PATH_OK, NULL);
}

/* The link is what others swap, or the folder that holds it, however safe its target is. */
TEST(a_link_that_others_can_replace_is_not_safe)
{
    assert_int_equal(symlink(at("safe/program"), at("open/link")), 0);
    expect_way(at("open/link"), SAFE_PATH_UNSAFE, at("open"));
    assert_int_equal(symlink(at("safe/program"), at("theirs")), 0);
    assert_int_equal(lchown(at("theirs"), 65534, 65534), 0);
    expect_way(at("theirs"), SAFE_PATH_UNSAFE, at("theirs"));
    assert_int_equal(symlink("open/link", at("chain")), 0);
    expect_way(at("chain"), SAFE_PATH_UNSAFE, at("open"));
    assert_int_equal(symlink(at("theirs"), at("safe/chain")), 0);
    expect_way(at("safe/chain"), SAFE_PATH_UNSAFE, at("theirs"));
}

TEST(a_folder_or_a_file_that_others_can_write_is_not_safe)
{
    expect_way(at("open/../safe/program"), SAFE_PATH_UNSAFE, at("open"));
    assert_int_equal(chmod(at("safe/program"), 0775), 0);
    expect_way(at("safe/program"), SAFE_PATH_UNSAFE, at("safe/program"));
    assert_int_equal(chmod(at("safe/program"), 01757), 0); /* sticky has no meaning for a file */
    expect_way(at("safe/program"), SAFE_PATH_UNSAFE, at("safe/program"));
    assert_int_equal(chmod(at("safe/program"), 0755), 0);
    assert_int_equal(chown(at("safe"), 65534, 0), 0);
    expect_way(at("safe/program"), SAFE_PATH_UNSAFE, at("safe"));
}

TEST(a_trusted_user_may_own_it)
{
    struct stat facts;
    char culprit[PATH_MAX];
    assert_int_equal(chown(at("safe"), 65534, 0), 0);
    assert_int_equal(safe_path_check(at("safe/program"), 65534, &facts, culprit), SAFE_PATH_OK);
}

TEST(a_file_that_is_not_there_is_missing)
{
    assert_int_equal(symlink("loop", at("loop")), 0);
    expect_way(at("nothing"), SAFE_PATH_MISSING, at("nothing"));
    expect_way(at("safe/program/x"), SAFE_PATH_MISSING, NULL);
    expect_way(at("loop"), SAFE_PATH_MISSING, NULL);
    expect_way("relative", SAFE_PATH_MISSING, NULL);
    expect_way("", SAFE_PATH_MISSING, NULL);
}

EACH_TEST(make_folder, remove_folder);
