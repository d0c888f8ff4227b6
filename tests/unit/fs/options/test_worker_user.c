/* The user of the worker is nobody else's. Some of these need root. */
#include "fs/options/worker_user.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "fs/host/account.h"
#include "tests/unit/lib/harness.h"

/* As in /etc/passwd of every Debian. */
enum { DAEMON = 1, BIN = 2 };

static struct options options;

static void before(void)
{
    options = (struct options){.owner = BIN, .owner_group = BIN};
}

static void needs_root(void)
{
    if (geteuid() != 0)
        skip();
    before();
}

static void choose(const char *value)
{
    struct fault f = {0};
    if (worker_user_read(value, &options, &f) != 0 || worker_user_complete(&options, &f) != 0)
        fail_msg("%s was refused: %s", value, f.message);
}

static void expect_refused(const char *value, enum reason reason, const char *sentence)
{
    struct fault f = {0};
    int result = worker_user_read(value, &options, &f);
    if (result == 0)
        result = worker_user_complete(&options, &f);
    law_expect(result, &f, reason);
    if (strstr(f.message, sentence) == NULL)
        fail_msg("%s was refused with \"%s\", expected \"%s\"", value, f.message, sentence);
    before();
}

TEST_WITH(needs_root, NULL, a_given_user_is_taken_with_its_group)
{
    choose("daemon");
    assert_int_equal(options.worker, DAEMON);
    assert_int_equal(options.worker_group, DAEMON);
    assert_null(worker_user_remark(&options));
}

TEST_WITH(needs_root, NULL, root_stays_root_with_a_remark)
{
    choose("root");
    assert_int_equal(options.worker, 0);
    assert_non_null(strstr(worker_user_remark(&options), "worker_user=root"));
}

TEST_WITH(needs_root, NULL, a_user_that_others_use_is_refused)
{
    expect_refused("bin", REASON_USAGE, "owner of the files");
    options.control_owner = DAEMON;
    expect_refused("daemon", REASON_USAGE, "owner of the files");
    expect_refused("nobody", REASON_USAGE, "nobody");
    expect_refused("daemon:root", REASON_USAGE, "group of root");
    expect_refused("4711:0", REASON_USAGE, "group of root");
}

TEST_WITH(before, NULL, a_user_that_does_not_exist_is_refused)
{
    expect_refused("no-such-user", REASON_SYSTEM,
                   "worker_user= names an unknown user: no-such-user; create it (useradd --system)");
    expect_refused("", REASON_USAGE, "worker_user=");
    expect_refused("4294967295:1", REASON_USAGE, "out of range");
}

TEST_WITH(needs_root, NULL, without_the_option_it_is_certfs_or_stays_root)
{
    struct account certfs = {0};
    struct fault f = {0};
    bool exists = account_find("certfs", &certfs) == 0;
    assert_int_equal(worker_user_complete(&options, &f), 0);
    assert_int_equal(options.worker, exists ? certfs.user : 0);
    if (!exists)
        assert_non_null(strstr(worker_user_remark(&options), "useradd"));
}

TEST_WITH(needs_root, NULL, a_user_certfs_that_owns_the_files_is_not_taken)
{
    struct account certfs = {0};
    struct fault f = {0};
    if (account_find("certfs", &certfs) != 0)
        skip();
    options.owner = certfs.user;
    assert_int_equal(worker_user_complete(&options, &f), 0);
    assert_int_equal(options.worker, 0);
    assert_non_null(strstr(worker_user_remark(&options), "worker_user="));
}

/* In a child, as an ordinary user. */
static int as_ordinary_user(void)
{
    char self[32], other[] = "bin";
    struct fault f = {0};
    before();
    if (geteuid() == 0 && (setgid(DAEMON) != 0 || setuid(DAEMON) != 0))
        return 1;
    if (worker_user_complete(&options, &f) != 0 || options.worker != getuid() || worker_user_remark(&options) != NULL)
        return 2;
    snprintf(self, sizeof(self), "%u:%u", getuid(), getgid());
    before();
    if (worker_user_read(self, &options, &f) != 0 || worker_user_complete(&options, &f) != 0)
        return 3;
    before();
    if (worker_user_read(other, &options, &f) != 0 || worker_user_complete(&options, &f) == 0 ||
        strstr(f.message, "root's mounts only") == NULL)
        return 4;
    return 0;
}

TEST(an_ordinary_user_is_the_worker_itself)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(as_ordinary_user());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}
