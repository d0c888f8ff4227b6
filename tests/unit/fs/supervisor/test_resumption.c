#include "fs/supervisor/resumption.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/host/mountinfo.h"
#include "fs/supervisor/succession.h"
#include "fs/worker/outliving.h"
#include "tests/unit/lib/harness.h"

static struct supervisor before, after;
static struct options options;
static struct fault f;

static int open_one(void)
{
    int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
    assert_true(fd >= 0);
    return fd;
}

/* The mount is that at the root of this process, which stays. */
static void begin_mounting(void)
{
    CLEANUP(buf_done) struct buf list = {0};
    struct mountinfo root;
    assert_int_equal(mountinfo_read(&list, &f), 0);
    assert_true(mountinfo_find((const char *)list.data, "/", &root));
    snprintf(options.mountpoint, sizeof(options.mountpoint), "%s", root.point);
    snprintf(options.store, sizeof(options.store), "none");
    assert_true(mounting_adopt(&options, open_one(), root.device, &before.mounting));
}

static void set_up(void)
{
    static char certfs[] = "certfs", none[] = "none", point[] = "/mnt", *words[] = {certfs, none, point, NULL};
    f = (struct fault){.reason = REASON_NONE};
    before = after = (struct supervisor){.options = &options,
                                         .problems = PROBLEMS_INITIALIZER,
                                         .disk = {.store = -1, .keys = -1},
                                         .succession = {.old_log = -1, .stage = STAGE_READY},
                                         .ready = true,
                                         .reload = {.executable = -1, .before = -1}};
    before.reload.line = (struct command_line){.count = 3, .words = words, .directory = "/", .program = "/bin/certfs"};
    begin_mounting();
    on_change_init(&before.hook, &options);
    on_change_init(&after.hook, &options);
    assert_int_equal(outliving_new(&before.shared, &f), 0);
    before.worker = (struct child){.pid = getpid(),
                                   .channel = open_one(),
                                   .log_channel = open_one(),
                                   .ask_channel = open_one(),
                                   .life = open_one(),
                                   .end = -1,
                                   .problems_sent = 3};
    before.disk.store = open_one();
}

static void release(struct supervisor *supervisor)
{
    child_close(&supervisor->worker);
    close_fd(&supervisor->disk.store);
    close_fd(&supervisor->disk.keys);
    close_fd(&supervisor->succession.old_log);
    presence_end(&supervisor->mounting.presence);
}

static void tear_down(void)
{
    release(&before);
    release(&after);
    close_fd(&before.mounting.fuse);
    shared_freep(&before.shared);
    shared_freep(&after.shared);
}

EACH_TEST(set_up, tear_down);

/* The descriptors are the same numbers, so the first one gives them up. */
static int go_on(void)
{
    struct resume written = {0}, resume;
    assert_int_equal(resumption_write(&before, &written, &f), 0);
    assert_int_equal(resume_parse(&written.text, &resume, &f), 0);
    struct shared_descriptors kept = shared_descriptors(before.shared);
    int result = resumption_read(&after, &resume, &f);
    if (result == 0) {
        assert_int_equal(shared_descriptors(after.shared).vault, kept.vault);
        before.worker.channel = before.worker.log_channel = before.worker.ask_channel = before.worker.life = -1;
        before.disk.store = before.mounting.fuse = before.succession.old_log = -1;
        free(before.shared); /* its mapping and descriptors are the other one's now */
        before.shared = NULL;
    }
    resume_done(&resume);
    return result;
}

TEST(a_supervisor_is_the_same_in_another_program)
{
    struct child worker = before.worker;
    int fuse = before.mounting.fuse;
    before.disk.worker = (struct account){.user = 4294967293, .group = 7};
    snprintf(before.disk.unsafe[1], sizeof(before.disk.unsafe[1]), "others can write it");
    problems_add(&before.problems, "a problem\nof two lines");
    problems_remark(&before.problems, "a remark");
    before.succession.number = 4;
    before.worker.zygotes = (struct zygotes){.pid = 12345, .user = {.user = 65533, .group = 65532}};
    before.succession.old_log = open_one();
    before.succession.remains[2] = 99;
    before.answers.children[31] = 98;
    before.succession.lost = 5;
    for (int i = 1; i <= 3; i++)
        (void)crashes_note(&before.succession.crashes, 1000 * i);
    for (uint64_t i = 0; i < RECENT_MAX + 2; i++)
        before.changes.numbers[i % RECENT_MAX] = i + 1;
    before.changes.next = 2;
    atomic_store(&shared_head(before.shared)->worker, 4);
    assert_int_equal(go_on(), 0);
    assert_false(after.gone);
    assert_int_equal(after.worker.pid, worker.pid);
    assert_int_equal(after.worker.channel, worker.channel);
    assert_int_equal(after.worker.life, worker.life);
    assert_int_equal(after.succession.number, 4);
    assert_int_equal(after.worker.problems_sent, 3);
    assert_true(after.worker.end >= 0);
    assert_int_equal(after.worker.zygotes.pid, 12345);
    assert_int_equal(after.worker.zygotes.user.group, 65532);
    assert_int_equal(after.mounting.fuse, fuse);
    assert_true(after.disk.worker.user == 4294967293);
    assert_string_equal(after.disk.unsafe[0], "");
    assert_string_equal(after.disk.unsafe[1], "others can write it");
    assert_int_equal(after.problems.count, 2);
    assert_string_equal(after.problems.list[0].sentence, before.problems.list[0].sentence);
    assert_int_equal(after.succession.remains[0], 99);
    assert_int_equal(after.answers.children[0], 98);
    assert_int_equal(after.succession.stage, STAGE_READY);
    assert_true(after.succession.ready);
    assert_int_equal(after.succession.crashes.count, 3);
    assert_int_equal(after.changes.numbers[0], 3);
    assert_int_equal(after.changes.numbers[RECENT_MAX - 1], RECENT_MAX + 2);
    assert_int_equal(atomic_load(&shared_head(after.shared)->worker), 4);
    close_fd(&after.mounting.fuse);
}

TEST(a_mount_that_is_gone_is_noticed)
{
    snprintf(before.mounting.presence.device, sizeof(before.mounting.presence.device), "0:999");
    assert_int_equal(go_on(), 0);
    assert_true(after.gone);
    close_fd(&after.mounting.fuse);
}

TEST(without_a_worker_the_next_one_is_awaited)
{
    child_close(&before.worker);
    before.succession.stage = STAGE_AWAITED;
    snprintf(before.succession.end, sizeof(before.succession.end), "it ended");
    assert_int_equal(go_on(), 0);
    assert_int_equal(after.succession.stage, STAGE_AWAITED);
    assert_string_equal(after.succession.end, "it ended");
    assert_int_equal(after.worker.end, -1);
    close_fd(&after.mounting.fuse);
}

TEST(a_text_without_a_descriptor_is_refused)
{
    close_fd(&before.worker.life);
    before.worker.life = -1;
    law_expect(go_on(), &f, REASON_SYSTEM);
}

TEST(only_what_the_text_can_hold_is_passed_on)
{
    assert_true(resumption_is_possible(&before));
    before.draining = true;
    assert_false(resumption_is_possible(&before));
    before.draining = false;
    before.succession.stage = STAGE_STARTING;
    assert_false(resumption_is_possible(&before));
    before.succession.stage = STAGE_DYING;
    assert_false(resumption_is_possible(&before));
    before.succession.stage = STAGE_READY;
    before.ready = false;
    assert_false(resumption_is_possible(&before));
}
