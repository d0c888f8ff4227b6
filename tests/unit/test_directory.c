#include "core/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/folder.h"
#include "tests/unit/harness.h"

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

/* What the kernel has forgotten is not looked up for us, but whoever uses the path looks it up. */
static void expect(const struct directory_place *place, enum directory_found expected)
{
    struct stat facts;
    (void)stat(place->path, &facts);
    assert_int_equal(directory_find(place), expected);
}

static void a_directory_that_is_moved_removed_or_put_back_is_seen(void **state)
{
    (void)state;
    make("store");
    struct directory_place place = open_place("store", below("store"));
    expect(&place, DIRECTORY_IN_PLACE);
    move("store", "kept");
    assert_int_equal(directory_find(&place), DIRECTORY_AWAY); /* before anybody has looked */
    expect(&place, DIRECTORY_AWAY);
    move("kept", "store");
    expect(&place, DIRECTORY_IN_PLACE);
    assert_int_equal(unlinkat(folder, "store", AT_REMOVEDIR), 0);
    expect(&place, DIRECTORY_AWAY);
    make("store");
    expect(&place, DIRECTORY_REPLACED);
    close_place(&place);
}

static void another_directory_at_the_path_is_seen_and_a_file(void **state)
{
    (void)state;
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

static void what_happens_further_up_is_seen(void **state)
{
    (void)state;
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

/* The way is the one that was given, links and all: it is what the next start goes. */
static void a_link_on_the_way_that_leads_elsewhere_is_seen(void **state)
{
    (void)state;
    make("first");
    make("second");
    assert_int_equal(symlinkat("first", folder, "store"), 0);
    struct directory_place place = open_place("first", below("store"));
    expect(&place, DIRECTORY_IN_PLACE);
    assert_int_equal(symlinkat("second", folder, "new"), 0);
    move("new", "store");
    assert_int_equal(directory_find(&place), DIRECTORY_REPLACED); /* before anybody has followed it */
    assert_int_equal(unlinkat(folder, "store", 0), 0);
    expect(&place, DIRECTORY_AWAY);
    move("first", "store"); /* moved, and still what the path leads to */
    expect(&place, DIRECTORY_IN_PLACE);
    close_place(&place);
}

static void a_path_that_may_not_be_walked_is_taken_as_it_was(void **state)
{
    (void)state;
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

static void without_a_path_nothing_is_looked_at(void **state)
{
    (void)state;
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

static void a_walk_stops_where_the_visitor_says(void **state)
{
    (void)state;
    make("store");
    assert_int_equal(directory_each(folder, stop_at, "store"), 7);
    assert_int_equal(directory_each(folder, stop_at, "none"), 0);
    assert_int_equal(directory_each(-1, stop_at, "none"), -1);
    assert_int_equal(errno, EBADF);
}

static int begin(void **state)
{
    (void)state;
    folder = folder_make();
    folder_path(folder, base);
    return 0;
}

static int end(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(a_directory_that_is_moved_removed_or_put_back_is_seen),
        WITH_FOLDER(another_directory_at_the_path_is_seen_and_a_file),
        WITH_FOLDER(what_happens_further_up_is_seen),
        WITH_FOLDER(a_link_on_the_way_that_leads_elsewhere_is_seen),
        WITH_FOLDER(a_path_that_may_not_be_walked_is_taken_as_it_was),
        WITH_FOLDER(without_a_path_nothing_is_looked_at),
        WITH_FOLDER(a_walk_stops_where_the_visitor_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
