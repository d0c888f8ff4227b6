/* Keys whose names lead nowhere still open what is served, for a process that takes over, and seal nothing new. */
#include "fs/disk/last_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/store/store.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

static struct last_keys last;
static int store_folder, keys_folder;
static bool takes_over;
static struct material *material;

/* The supervisor's part. */
static int open_key(void *context, const char *file)
{
    (void)context;
    int fd = openat(keys_folder, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0)
        last_keys_keep(&last, file, fd);
    return fd;
}

static int open_kept_key(void *context, const char *file)
{
    (void)context;
    return last_keys_open(&last, file);
}

static int look_key(void *context, const char *file, struct stat *ret)
{
    (void)context;
    return fstatat(keys_folder, file, ret, AT_SYMLINK_NOFOLLOW);
}

static int find_store(void *context, enum directory_found *ret)
{
    (void)context;
    *ret = DIRECTORY_IN_PLACE;
    return 0;
}

static void set_up(void)
{
    struct fault f = {0};
    store_folder = folder_make();
    keys_folder = folder_make();
    takes_over = false;
    material = set_material_of_key(2);
    assert_int_equal(kek_create(keys_folder, "certfs", &f), 0);
}

static void tear_down(void)
{
    last_keys_done(&last);
    folder_remove(store_folder);
    folder_remove(keys_folder);
    material_unref(material);
}

EACH_TEST(set_up, tear_down);

static int open_store(struct store **ret, struct fault *f)
{
    static const struct store_host host = {
        .open_key = open_key, .open_kept_key = open_kept_key, .look_key = look_key, .find_store = find_store};
    const struct store_place place = {.store_fd = folder_again(store_folder),
                                      .keys_fd = folder_again(keys_folder),
                                      .host = &host,
                                      .taken_over = takes_over,
                                      .default_id = "certfs"};
    fault_clear(f);
    int result = store_open(&place, ret, f);
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

static int put(struct store *store, struct fault *f)
{
    CLEANUP(generation_unrefp) struct generation *own = set_generation(5, "", material);
    CLEANUP(generation_unrefp)
    struct generation *generation = generation_new(5, PKI_NOW, material, own->resource, "certfs");
    const struct record record = {.generation = generation};
    fault_clear(f);
    return store_put(store, &record, 0, f);
}

static int count_opened(void *context, const char *name, const struct store_opened *opened, const struct fault *fault)
{
    (void)name;
    (void)opened;
    *(int *)context += fault == NULL ? 1 : 100;
    return 0;
}

static void take_key_away(void)
{
    assert_int_equal(unlinkat(keys_folder, "certfs", 0), 0);
}

static void shut_key(void)
{
    assert_int_equal(fchmodat(keys_folder, "certfs", 0444, 0), 0);
}

static void expect_served(void (*spoil)(void))
{
    CLEANUP(store_freep) struct store *store = NULL;
    struct fault f = {0};
    int count = 0;
    assert_int_equal(open_store(&store, &f), 0);
    assert_int_equal(put(store, &f), 0);
    store_freep(&store);
    store = NULL;
    spoil();
    law_expect(open_store(&store, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
    takes_over = true;
    for (int i = 0; i < 2; i++) { /* the worker after that one too */
        store_freep(&store);
        store = NULL;
        count = 0;
        assert_int_equal(open_store(&store, &f), 0);
        assert_int_equal(store_each(store, count_opened, &count, &f), 0);
        assert_int_equal(count, 1);
        assert_int_equal(put(store, &f), -1);
        assert_int_equal(f.reason, REASON_KEY_NOT_ACCESSIBLE);
    }
}

TEST(a_key_that_is_gone_opens_records_for_a_process_that_takes_over)
{
    expect_served(take_key_away);
}

TEST(a_key_that_others_can_read_by_now_does_too)
{
    expect_served(shut_key);
}

TEST(only_the_newest_keys_are_kept_each_under_its_name)
{
    char name[16];
    int first = openat(keys_folder, "certfs", O_RDONLY | O_CLOEXEC), directory = folder_again(keys_folder);
    last_keys_keep(&last, "directory", directory);
    for (int i = 0; i <= LAST_KEYS_MAX; i++) {
        snprintf(name, sizeof(name), "k%d", i);
        last_keys_keep(&last, name, first);
        last_keys_keep(&last, name, first);
    }
    for (int i = -1; i <= LAST_KEYS_MAX; i++) {
        snprintf(name, sizeof(name), i < 0 ? "directory" : "k%d", i);
        int fd = last_keys_open(&last, name);
        assert_int_equal(fd >= 0, i > 0);
        if (fd >= 0)
            close(fd);
    }
    assert_int_equal(last_keys_open(&last, ""), -1);
    assert_int_equal(errno, ENOENT);
    close(first);
    close(directory);
}
