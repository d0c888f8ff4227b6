#include "fs/supervisor/answers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/store/store.h"
#include "fs/disk/access.h"
#include "fs/disk/disk.h"
#include "fs/host/ask.h"
#include "fs/host/channel.h"
#include "fs/options/options.h"
#include "tests/unit/lib/filter.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

enum { WORKER = 65534, SHORT_MS = 100, LONG_MS = 60 * 1000 };

/*
 * A process answers as the supervisor does; this one is the worker. As root it does so as another user, who may neither
 * read the directory of keys nor walk to STORE.
 */
static int folder, keys;
static char base[PATH_MAX];
static struct options options;
static struct disk disk;
static struct ask worker;
static struct store_host host;
static char wake[48]; /* the remedy for a stopped supervisor, which is the parent here */
static pid_t supervisor;
static bool uncached; /* the supervisor finds no name in the kernel's cache */
static struct material *material;

static void become_worker(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(WORKER), 0);
}

static void become_root(void)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

/* True until the worker has closed its end, or has asked an invalid question. */
static int serve(int fd)
{
    struct answers answers = {.zygotes = NULL};
    if (uncached && filter_refuse(SYS_openat2, ENOSYS) != 0)
        return 2;
    answers_init(&answers, &options, &disk, NULL);
    while (fd >= 0) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        (void)poll(&wait, 1, -1);
        if (!answers_step(&answers, &fd))
            return 1;
    }
    answers_done(&answers);
    return 0;
}

static void start_supervisor(void)
{
    struct fault f = {.reason = REASON_NONE};
    int end;
    worker = (struct ask){.fd = -1, .limit_ms = LONG_MS};
    assert_int_equal(channel_open(&end, &worker.fd, &f), 0);
    supervisor = fork();
    if (supervisor == 0) {
        close(worker.fd);
        _exit(serve(end));
    }
    assert_true(supervisor > 0);
    close(end);
}

/* Its exit status. */
static int stop_supervisor(void)
{
    int status = 0;
    close_fd(&worker.fd);
    worker.fd = -1;
    if (supervisor > 0)
        assert_int_equal(waitpid(supervisor, &status, 0), supervisor);
    supervisor = -1;
    return status;
}

static void begin(void)
{
    struct fault f = {.reason = REASON_NONE};
    folder = folder_make();
    folder_path(folder, base);
    assert_int_equal(mkdirat(folder, "keys", 0700) | mkdirat(folder, "store", 0700), 0);
    if (getuid() == 0)
        assert_int_equal(fchownat(folder, "store", WORKER, WORKER, 0), 0);
    snprintf(options.kek_dir, sizeof(options.kek_dir), "%.200s/keys", base);
    snprintf(options.store, sizeof(options.store), "%.200s/store", base);
    snprintf(options.store_path, sizeof(options.store_path), "%.200s/store", base);
    assert_int_equal(disk_open(&options, -1, &disk, &f), 0);
    keys = openat(folder, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(kek_create(keys, "certfs", &f) | kek_create(keys, "other", &f), 0);
    start_supervisor();
    host = access_host(&worker);
    snprintf(wake, sizeof(wake), "not answer: kill -CONT %d", (int)getppid());
}

static void empty(const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        folder_remove(fd);
}

static void end(void)
{
    if (supervisor > 0)
        kill(supervisor, SIGCONT);
    (void)stop_supervisor();
    close(keys);
    close_fd(&disk.store);
    close_fd(&disk.keys);
    empty("keys");
    empty("store");
    empty("aside");
    folder_remove(folder);
}

static void begin_all(void)
{
    material = set_material_of_key(2);
}

static void end_all(void)
{
    material_unrefp(&material);
}

static int open_store(struct store **ret, struct fault *f)
{
    const struct store_place place = {.store_fd = fcntl(disk.store, F_DUPFD_CLOEXEC, 3),
                                      .keys_fd = fcntl(disk.keys, F_DUPFD_CLOEXEC, 3),
                                      .keys_path = options.kek_dir,
                                      .host = &host,
                                      .store_path = options.store_path,
                                      .default_id = "certfs"};
    become_worker();
    int result = store_open(&place, ret, f);
    become_root();
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

static struct store *opened(void)
{
    struct store *store = NULL;
    struct fault f = {.reason = REASON_NONE};
    if (open_store(&store, &f) != 0)
        fail_msg("%s", f.message);
    return store;
}

static int put(struct store *store, const char *key_id, struct fault *f)
{
    CLEANUP(generation_unrefp) struct generation *own = set_generation(5, "", material);
    CLEANUP(generation_unrefp)
    struct generation *generation = generation_new(5, PKI_NOW, material, own->resource, key_id);
    const struct record record = {.generation = generation};
    *f = (struct fault){.reason = REASON_NONE};
    become_worker();
    int result = store_put(store, &record, 0, f);
    become_root();
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

static void expect_refusal(struct store *store, const char *key_id, const char *message)
{
    struct fault f;
    assert_int_equal(put(store, key_id, &f), -1);
    if (strstr(f.message, message) == NULL)
        fail_msg("\"%s\" does not contain %s", f.message, message);
}

static void expect_put(struct store *store, const char *key_id)
{
    struct fault f;
    if (put(store, key_id, &f) != 0)
        fail_msg("%s", f.message);
}

TEST(a_worker_of_another_user_seals_with_keys_that_it_cannot_reach)
{
    CLEANUP(store_freep) struct store *store = opened();
    become_worker();
    if (geteuid() == WORKER) {
        assert_int_equal(openat(disk.keys, "certfs", O_RDONLY), -1);
        assert_int_equal(openat(disk.keys, ".", O_RDONLY), -1);
        assert_int_equal(open(options.store_path, O_PATH), -1);
        assert_int_equal(errno, EACCES);
    }
    become_root();
    expect_put(store, "certfs");
    expect_put(store, "other");
    assert_true(store_is_on_one_device(store));
    assert_true(store_has_key(store, "other"));
    assert_false(store_has_key(store, "absent"));
    assert_true(store_has(store, ""));
    expect_refusal(store, "absent", "the key-encryption key that KmsKeyId names does not exist");
}

TEST(keys_that_the_kernel_has_not_cached_are_opened_as_well)
{
    assert_int_equal(stop_supervisor(), 0);
    uncached = true;
    start_supervisor();
    uncached = false;
    CLEANUP(store_freep) struct store *store = opened();
    for (int turn = 0; turn < 20; turn++) {
        expect_put(store, "certfs");
        expect_put(store, "other");
        expect_refusal(store, "absent", "the key-encryption key that KmsKeyId names does not exist");
    }
}

TEST(a_store_that_moved_behind_a_closed_directory_is_noticed)
{
    CLEANUP(store_freep) struct store *store = opened();
    expect_put(store, "certfs");
    assert_int_equal(renameat(folder, "store", folder, "aside"), 0);
    expect_refusal(store, "certfs", "the store is gone");
    assert_false(store_has(store, ""));
    assert_int_equal(mkdirat(folder, "store", 0700) | fchmodat(folder, "store", 0700, 0), 0);
    expect_refusal(store, "certfs", "another directory stands at STORE");
    assert_int_equal(unlinkat(folder, "store", AT_REMOVEDIR) | renameat(folder, "aside", folder, "store"), 0);
    expect_put(store, "certfs");
}

TEST(a_key_with_another_mode_kind_or_size_is_refused_with_its_reason)
{
    static const unsigned char zeros[KEK_SIZE];
    CLEANUP(store_freep) struct store *store = opened();
    assert_int_equal(fchmodat(keys, "other", 0404, 0), 0);
    expect_refusal(store, "other", "is accessible to others");
    folder_write(keys, "other", (struct span){zeros, 31}, 0400);
    expect_refusal(store, "other", "must be 32 bytes");
    assert_int_equal(unlinkat(keys, "other", 0) | symlinkat("certfs", keys, "other"), 0);
    expect_refusal(store, "other", "no link is followed");
    assert_int_equal(unlinkat(keys, "other", 0) | mkfifoat(keys, "other", 0400), 0);
    expect_refusal(store, "other", "is not a regular file");
    assert_int_equal(unlinkat(keys, "other", 0) | fchmod(keys, 0702), 0);
    expect_refusal(store, "certfs", "is in a directory that others can write");
}

struct checked {
    size_t good, missing, replaced, other;
};

static bool is_used(void *context, const char *key_id)
{
    (void)context;
    (void)key_id;
    return true;
}

static void count_key(void *context, const char *key_id, const struct fault *fault)
{
    struct checked *checked = context;
    (void)key_id;
    if (fault == NULL)
        checked->good++;
    else if (fault->os_errno == ENOENT)
        checked->missing++;
    else if (fault->os_errno == ESTALE)
        checked->replaced++;
    else
        checked->other++;
}

static void expect_keys(struct store *store, struct checked expected)
{
    struct checked checked = {.good = 0};
    become_worker();
    store_check_keys(store, is_used, count_key, &checked);
    become_root();
    assert_memory_equal(&checked, &expected, sizeof(checked));
}

TEST(a_key_that_is_replaced_or_missing_is_noticed_and_put_back_too)
{
    CLEANUP(store_freep) struct store *store = opened();
    CLEANUP(buf_done) struct buf before = {0};
    struct fault f = {.reason = REASON_NONE};
    expect_put(store, "other");
    for (int i = 0; i < 2; i++)
        expect_keys(store, (struct checked){.good = 2});
    assert_true(folder_read(keys, "other", &before));
    assert_int_equal(unlinkat(keys, "other", 0), 0);
    expect_keys(store, (struct checked){.good = 1, .missing = 1});
    assert_int_equal(kek_create(keys, "other", &f), 0);
    expect_keys(store, (struct checked){.good = 1, .replaced = 1});
    folder_write(keys, "other", buf_span(&before), 0400);
    expect_keys(store, (struct checked){.good = 2});
}

static void stop(void)
{
    int status;
    assert_int_equal(kill(supervisor, SIGSTOP), 0);
    assert_int_equal(waitpid(supervisor, &status, WUNTRACED), supervisor);
}

TEST(a_stopped_supervisor_is_named_in_time_and_answers_when_it_goes_on)
{
    CLEANUP(store_freep) struct store *store = opened();
    enum directory_found found;
    expect_put(store, "certfs");
    stop();
    worker.limit_ms = SHORT_MS;
    expect_refusal(store, "certfs", wake);
    worker.limit_ms = LONG_MS;
    expect_refusal(store, "other", wake);
    expect_keys(store, (struct checked){.good = 0}); /* nothing is known, so nothing is reported or forgotten */
    assert_int_equal(access_find_store(&worker, &found), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_int_equal(kill(supervisor, SIGCONT), 0);
    assert_int_equal(poll(&(struct pollfd){.fd = worker.fd, .events = POLLIN}, 1, LONG_MS), 1);
    expect_put(store, "certfs");
    expect_keys(store, (struct checked){.good = 1});
}

TEST(a_store_whose_place_nobody_knows_takes_and_removes_nothing)
{
    CLEANUP(store_freep) struct store *store = opened();
    struct dir_store *directory = NULL;
    enum store_removed removed;
    struct fault f = {.reason = REASON_NONE};
    store_freep(&store);
    store = NULL;
    become_worker();
    assert_int_equal(dir_store_open(fcntl(disk.store, F_DUPFD_CLOEXEC, 3), false, &directory, &f), 0);
    become_root();
    const struct standing_host found_by = {.find = host.find_store, .context = host.context, .process = host.process};
    dir_store_is_found_by(directory, &found_by);
    stop();
    worker.limit_ms = SHORT_MS;
    become_worker();
    law_expect(dir_store_put(directory, "name", span_of("x"), 1, &f), &f, REASON_STORE_FAILED);
    assert_non_null(strstr(f.message, strchr(wake, ':')));
    fault_clear(&f);
    law_expect(dir_store_remove(directory, "name", &removed, &f), &f, REASON_STORE_FAILED);
    become_root();
    dir_store_freep(&directory);
}

TEST(the_place_of_the_keys_comes_with_a_descriptor_that_shows_and_lists_it)
{
    enum directory_found found;
    struct stat shown, own;
    int directory = access_find_keys(&worker, &found);
    assert_true(directory > 0);
    assert_int_equal(found, DIRECTORY_IN_PLACE);
    assert_int_equal(fstat(directory, &shown) | fstat(keys, &own), 0);
    assert_int_equal(shown.st_ino, own.st_ino);
    become_worker();
    if (geteuid() == WORKER)
        assert_int_equal(openat(directory, "certfs", O_RDONLY), -1);
    become_root();
    close(directory);
    assert_int_equal(renameat(folder, "keys", folder, "aside"), 0);
    directory = access_find_keys(&worker, &found);
    assert_true(directory > 0);
    assert_int_equal(found, DIRECTORY_AWAY);
    close(directory);
    assert_int_equal(renameat(folder, "aside", folder, "keys"), 0);
}

TEST(a_malformed_question_ends_the_answers)
{
    assert_int_equal(send(worker.fd, "hostile", 7, MSG_NOSIGNAL), 7);
    struct pollfd closed = {.fd = worker.fd, .events = POLLIN};
    assert_int_equal(poll(&closed, 1, LONG_MS), 1);
    int status = stop_supervisor();
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

ALL_TESTS(begin_all, end_all);
EACH_TEST(begin, end);
