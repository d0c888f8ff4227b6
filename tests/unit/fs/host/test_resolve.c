#include "fs/host/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/lib/harness.h"

/* A folder with a/b, up -> .., deep -> a/./b/, out -> /, loop -> loop; the working directory while a test runs. */
static char folder[] = "/tmp/certfs-place.XXXXXX";

static void make_folder(void)
{
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(mkdir("a", 0700), 0);
    assert_int_equal(mkdir("a/b", 0700), 0);
    assert_int_equal(symlink("..", "a/up"), 0);
    assert_int_equal(symlink("a/./b/", "deep"), 0);
    assert_int_equal(symlink("/", "out"), 0);
    assert_int_equal(symlink("loop", "loop"), 0);
}

static void remove_folder(void)
{
    static const char *const files[] = {"a/up", "deep", "out", "loop"};
    for (size_t i = 0; i < COUNT_OF(files); i++)
        unlink(files[i]);
    rmdir("a/b");
    rmdir("a");
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* `wanted` is relative to the folder, or absolute. */
static void expect_place(const char *path, const char *wanted)
{
    char ret[PATH_MAX], whole[PATH_MAX];
    struct fault f = {0};
    snprintf(whole, sizeof(whole), "%s%s%s", wanted[0] == '/' ? "" : folder,
             *wanted == '/' || *wanted == '\0' ? "" : "/", wanted);
    law_check(resolve_path("PLACE", path, NULL, ret, &f), &f, (struct span){NULL, 0});
    if (f.reason != REASON_NONE || strcmp(ret, whole) != 0)
        fail_msg("\"%s\" leads to %s (%s), expected %s", path, ret, f.message, whole);
}

TEST(links_dots_and_slashes_are_walked_as_the_kernel_does)
{
    static const struct {
        const char *path;
        const char *wanted;
    } rows[] = {
        {"a", "a"},   {"a//b/", "a/b"}, {"./a/./b/.", "a/b"}, {"a/..", ""},
        {".", ""},    {"deep", "a/b"},  {"deep/..", "a"},     {"a/up/a/up/deep", "a/b"},
        {"out", "/"}, {"out/..", "/"},  {"/", "/"},           {"//../..", "/"},
        {"/..", "/"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect_place(rows[i].path, rows[i].wanted);
}

TEST(the_last_name_must_exist_too)
{
    char ret[PATH_MAX];
    struct fault f = {0};
    law_expect(resolve_path("PLACE", "a/nowhere", NULL, ret, &f), &f, REASON_SYSTEM);
    assert_string_equal(f.message, "PLACE does not exist; make it, or mount its disk first: a/nowhere");
    fault_clear(&f);
    law_expect(resolve_path("PLACE", "loop/x", NULL, ret, &f), &f, REASON_USAGE);
}

TEST(nothing_leads_past_the_barrier_but_two_dots)
{
    static const char *const inside[] = {"a", "a/", "a/b", "a/nowhere", "deep", "a/up/a", "a/./.", "a/../a"};
    static const char *const outside[] = {"a/..", "out", ".", "a/../out"};
    char barrier[PATH_MAX], ret[PATH_MAX];
    snprintf(barrier, sizeof(barrier), "%s/a", folder);
    for (size_t i = 0; i < COUNT_OF(inside); i++) {
        struct fault f = {0};
        law_expect(resolve_path("PLACE", inside[i], barrier, ret, &f), &f, REASON_USAGE);
        assert_non_null(strstr(f.message, "PLACE lies inside the mount point: "));
    }
    for (size_t i = 0; i < COUNT_OF(outside); i++) {
        struct fault f = {0};
        assert_int_equal(resolve_path("PLACE", outside[i], barrier, ret, &f), 0);
    }
}

TEST(a_neighbour_with_a_longer_name_is_not_behind_the_barrier)
{
    char barrier[PATH_MAX], ret[PATH_MAX];
    struct fault f = {0};
    snprintf(barrier, sizeof(barrier), "%.*s", (int)strlen(folder) - 1, folder);
    assert_int_equal(resolve_path("PLACE", "a", barrier, ret, &f), 0);
}

TEST(a_path_that_is_too_long_is_refused)
{
    char path[PATH_MAX + 10], ret[PATH_MAX];
    struct fault f = {0};
    memset(path, '/', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    law_expect(resolve_path("STORE", path, NULL, ret, &f), &f, REASON_USAGE);
    fault_clear(&f);
    memset(path + 1, 'x', 300);
    path[301] = '\0';
    law_expect(resolve_path("STORE", path, NULL, ret, &f), &f, REASON_USAGE);
    fault_clear(&f);
    law_expect(resolve_path("STORE", "", NULL, ret, &f), &f, REASON_SYSTEM);
}

ALL_TESTS(make_folder, remove_folder);
