#include "fs/upgrade/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/lib/harness.h"

static int manager; /* systemd's end */
static char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

static void listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '/'));
    assert_int_equal(bind(manager, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
}

static void set_up(void)
{
    manager = -1;
    path[0] = '\0';
    unsetenv("NOTIFY_SOCKET");
}

static void tear_down(void)
{
    close_fd(&manager);
    if (path[0] == '/')
        unlink(path);
    unsetenv("NOTIFY_SOCKET");
}

EACH_TEST(set_up, tear_down);

/* Receives one message; the descriptor that came with it, or -1. */
static int expect_message(const char *text)
{
    char got[256] = "", control[CMSG_SPACE(sizeof(int))] = "";
    struct iovec part = {got, sizeof(got) - 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    assert_true(recvmsg(manager, &message, MSG_CMSG_CLOEXEC) > 0);
    assert_string_equal(got, text);
    const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    int fd = -1;
    if (head != NULL)
        memcpy(&fd, CMSG_DATA(head), sizeof(fd));
    return fd;
}

static void expect_kept(int fd)
{
    struct stat sent, kept;
    assert_int_equal(service_keep("fuse", fd), 0);
    int got = expect_message("FDSTORE=1\nFDNAME=fuse\nFDPOLL=0");
    assert_int_equal(fstat(fd, &sent), 0);
    assert_int_equal(fstat(got, &kept), 0);
    assert_true(sent.st_ino == kept.st_ino);
    close(got);
}

TEST(a_descriptor_goes_to_a_socket_with_a_path)
{
    snprintf(path, sizeof(path), "/tmp/certfs-notify.%d", (int)getpid());
    listen_at(path);
    assert_true(service_is_present());
    expect_kept(manager);
    assert_int_equal(service_forget("fuse"), 0);
    assert_int_equal(expect_message("FDSTOREREMOVE=1\nFDNAME=fuse"), -1);
}

TEST(a_descriptor_goes_to_a_socket_with_an_abstract_name)
{
    char name[64];
    snprintf(name, sizeof(name), "@certfs-notify.%d", (int)getpid());
    listen_at(name);
    expect_kept(manager);
}

static void expect_unsent(const char *variable, int error)
{
    if (variable != NULL)
        assert_int_equal(setenv("NOTIFY_SOCKET", variable, 1), 0);
    errno = 0;
    assert_int_equal(service_send("READY=1", -1), -1);
    assert_int_equal(errno, error);
}

TEST(without_a_socket_that_is_known_nothing_is_sent)
{
    char longer[256];
    expect_unsent(NULL, ENOENT);
    expect_unsent("", ENOENT);
    expect_unsent("/", ENOENT);
    expect_unsent("@", ENOENT);
    expect_unsent("vsock:2:1234", ENOENT);
    expect_unsent("/tmp/certfs-nobody", ENOENT);
    snprintf(longer, sizeof(longer), "/%0200d", 0);
    expect_unsent(longer, ENAMETOOLONG);
}

TEST(a_socket_that_nobody_reads_does_not_hold_us)
{
    char name[64];
    snprintf(name, sizeof(name), "@certfs-notify.%d", (int)getpid());
    listen_at(name);
    int sent = 0;
    while (service_send("READY=1", -1) == 0)
        assert_true(++sent < 100000);
    assert_int_equal(errno, EAGAIN);
}

/* ---- at the start */

static void pass(const char *pid, const char *count, const char *names)
{
    assert_int_equal(setenv("LISTEN_PID", pid, 1), 0);
    assert_int_equal(setenv("LISTEN_FDS", count, 1), 0);
    assert_int_equal(names != NULL ? setenv("LISTEN_FDNAMES", names, 1) : unsetenv("LISTEN_FDNAMES"), 0);
}

static const char *own_pid(void)
{
    static char text[16];
    snprintf(text, sizeof(text), "%d", (int)getpid());
    return text;
}

/* Descriptors 3 and 4 are this test's own for a moment. */
static int kept[2];

static void occupy(void)
{
    for (int i = 0; i < 2; i++) {
        kept[i] = fcntl(3 + i, F_DUPFD_CLOEXEC, 64);
        int fd = open("/dev/null", O_RDONLY);
        assert_true(fd >= 0 && dup2(fd, 3 + i) == 3 + i);
        if (fd != 3 + i)
            close(fd);
    }
}

static void release(void)
{
    for (int i = 0; i < 2; i++) {
        close(3 + i);
        if (kept[i] >= 0)
            dup2(kept[i], 3 + i);
        close_fd(&kept[i]);
    }
}

TEST_WITH(occupy, release, descriptors_are_taken_by_their_names)
{
    struct service_listed listed;
    pass(own_pid(), "2", "fuse:state");
    service_take_listed(&listed);
    assert_int_equal(listed.count, 2);
    assert_null(getenv("LISTEN_FDS"));
    assert_null(getenv("LISTEN_PID"));
    assert_null(getenv("LISTEN_FDNAMES"));
    assert_int_equal(fcntl(3, F_GETFD), FD_CLOEXEC);
    assert_int_equal(service_take(&listed, "state"), 4);
    assert_int_equal(service_take(&listed, "state"), -1);
    assert_int_equal(service_take(&listed, "fus"), -1);
    service_close_rest(&listed);
    assert_int_equal(fcntl(3, F_GETFD), -1);
    assert_int_not_equal(fcntl(4, F_GETFD), -1);
}

TEST_WITH(occupy, release, descriptors_of_another_process_are_left_alone)
{
    static const char *const pids[] = {"1", "", "x", "0"};
    struct service_listed listed;
    for (size_t i = 0; i < COUNT_OF(pids); i++) {
        pass(pids[i], "2", "fuse:state");
        service_take_listed(&listed);
        assert_int_equal(listed.count, 0);
        assert_null(getenv("LISTEN_FDS"));
    }
    assert_int_equal(fcntl(3, F_GETFD), 0);
}

TEST_WITH(occupy, release, numbers_and_names_that_do_not_fit_do_no_harm)
{
    static const struct {
        const char *count, *names;
        int expected;
    } rows[] = {{"-1", "a", 0}, {"0", "", 0},  {"x", "a:b", 0},  {"2x", "a:b", 0},
                {"2", NULL, 2}, {"2", "a", 2}, {"1", "a:b:c", 1}};
    struct service_listed listed;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        pass(own_pid(), rows[i].count, rows[i].names);
        service_take_listed(&listed);
        assert_int_equal(listed.count, rows[i].expected);
    }
    char longer[200];
    snprintf(longer, sizeof(longer), "%0150d:b", 0);
    pass(own_pid(), "2", longer);
    service_take_listed(&listed);
    assert_string_equal(listed.names[0], "");
    assert_string_equal(listed.names[1], "b");
}
