#include "core/base/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

static int folder;
static char base[PATH_MAX]; /* the path of the folder */

static const char *below(const char *name)
{
    static char paths[4][PATH_MAX + 32];
    static size_t next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
    return path;
}

static void make(const char *name)
{
    assert_int_equal(mkdirat(folder, name, 0700), 0);
}

static void move(const char *from, const char *to)
{
    assert_int_equal(renameat(folder, from, folder, to), 0);
}

static struct directory_place open_place(const char *name, const char *path)
{
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return directory_place(fd, path);
}

static void close_place(struct directory_place *place)
{
    directory_place_done(place);
    close(place->fd);
}

/* The kernel's cache is cold; directory_find does not fill it, but any other lookup does. */
static void expect(const struct directory_place *place, enum directory_found expected)
{
    struct stat facts;
    (void)stat(place->path, &facts);
    assert_int_equal(directory_find(place), expected);
}

TEST(a_directory_that_is_moved_removed_or_put_back_is_seen)
{
    make("store");
    struct directory_place place = open_place("store", below("store"));
    expect(&place, DIRECTORY_IN_PLACE);
    move("store", "kept");
    assert_int_equal(directory_find(&place), DIRECTORY_AWAY); /* before any lookup */
    expect(&place, DIRECTORY_AWAY);
    move("kept", "store");
    expect(&place, DIRECTORY_IN_PLACE);
    assert_int_equal(unlinkat(folder, "store", AT_REMOVEDIR), 0);
    expect(&place, DIRECTORY_AWAY);
    make("store");
    expect(&place, DIRECTORY_REPLACED);
    close_place(&place);
}

TEST(another_directory_or_a_file_at_the_path_is_seen)
{
    make("store");
    make("other");
    struct directory_place place = open_place("store", below("store"));
    move("store", "kept");
    move("other", "store");
    expect(&place, DIRECTORY_REPLACED);
    move("store", "other");
    folder_write(folder, "store", span_of(""), 0600);
    expect(&place, DIRECTORY_AWAY);
    close_place(&place);
}

TEST(a_change_further_up_the_path_is_seen)
{
    make("disk");
    make("disk/store");
    struct directory_place place = open_place("disk/store", below("disk/store"));
    expect(&place, DIRECTORY_IN_PLACE);
    move("disk", "kept");
    expect(&place, DIRECTORY_AWAY);
    make("disk");
    make("disk/store");
    expect(&place, DIRECTORY_REPLACED);
    assert_int_equal(unlinkat(folder, "disk/store", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(folder, "kept/store", AT_REMOVEDIR), 0);
    close_place(&place);
}

/* The path is followed with its links, as the next start follows it. */
TEST(a_link_on_the_way_that_leads_elsewhere_is_seen)
{
    make("first");
    make("second");
    assert_int_equal(symlinkat("first", folder, "store"), 0);
    struct directory_place place = open_place("first", below("store"));
    expect(&place, DIRECTORY_IN_PLACE);
    assert_int_equal(symlinkat("second", folder, "new"), 0);
    move("new", "store");
    assert_int_equal(directory_find(&place), DIRECTORY_REPLACED); /* before the link was followed */
    assert_int_equal(unlinkat(folder, "store", 0), 0);
    expect(&place, DIRECTORY_AWAY);
    move("first", "store"); /* moved, but the path still leads to it */
    expect(&place, DIRECTORY_IN_PLACE);
    close_place(&place);
}

TEST(a_path_that_may_not_be_walked_counts_as_in_place)
{
    if (geteuid() != 0)
        skip();
    make("closed");
    make("closed/store");
    struct directory_place place = open_place("closed/store", below("closed/store"));
    assert_int_equal(fchmodat(folder, "closed", 0, 0), 0);
    assert_int_equal(seteuid(65534), 0);
    enum directory_found before = directory_find(&place);
    assert_int_equal(seteuid(0), 0);
    move("closed/store", "kept");
    assert_int_equal(seteuid(65534), 0);
    enum directory_found after = directory_find(&place);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(before, DIRECTORY_IN_PLACE);
    assert_int_equal(after, DIRECTORY_AWAY);
    close_place(&place);
}

TEST(without_a_path_nothing_is_looked_at)
{
    make("store");
    struct directory_place place = open_place("store", NULL);
    assert_int_equal(unlinkat(folder, "store", AT_REMOVEDIR), 0);
    assert_int_equal(directory_find(&place), DIRECTORY_IN_PLACE);
    close_place(&place);
}

static int stop_at(void *context, const char *name)
{
    return strcmp(name, context) == 0 ? 7 : 0;
}

TEST(a_walk_stops_when_the_visitor_returns_non_zero)
{
    make("store");
    assert_int_equal(directory_each(folder, stop_at, "store"), 7);
    assert_int_equal(directory_each(folder, stop_at, "none"), 0);
    assert_int_equal(directory_each(-1, stop_at, "none"), -1);
    assert_int_equal(errno, EBADF);
}

static void begin(void)
{
    folder = folder_make();
    folder_path(folder, base);
}

static void end(void)
{
    folder_remove(folder);
}

EACH_TEST(begin, end);
