#include "fs/host/log.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

static int kept;
static int ends[2];

static void catch_standard_error(void)
{
    kept = dup(STDERR_FILENO);
    assert_false(kept < 0);
    assert_int_equal(pipe(ends), 0);
    assert_false(dup2(ends[1], STDERR_FILENO) < 0);
}

static void release_standard_error(void)
{
    log_end();
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[0]);
    close(ends[1]);
}

static void expect_said(const char *text)
{
    char said[2 * LOG_LINE_SIZE];
    ssize_t length = read(ends[0], said, sizeof(said) - 1);
    assert_true(length > 0);
    said[length] = '\0';
    assert_string_equal(said, text);
}

TEST(a_sentence_gets_the_name_of_the_program)
{
    log_stderr("%s is %d", "it", 7);
    expect_said("certfs: it is 7\n");
    log_line(LOG_INFO, "a line");
    expect_said("certfs: a line\n");
}

TEST(control_characters_and_others_never_pass)
{
    log_stderr("a\nb\tc\033[1md\x7f%s", "\xc3\xa4");
    expect_said("certfs: a?b?c?[1md???\n");
    log_line(LOG_INFO, "%s", "one\r\ntwo");
    expect_said("certfs: one??two\n");
}

TEST(a_long_line_is_cut)
{
    char text[3 * LOG_LINE_SIZE], wanted[2 * LOG_LINE_SIZE];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    snprintf(wanted, sizeof(wanted), "certfs: %.*s...\n", LOG_LINE_SIZE - 4, text);
    log_line(LOG_INFO, "%s", text);
    expect_said(wanted);
}

/* ---- who does not read ---- */

enum { MANY = 3000, PATIENCE_MS = 20000 };

static void fill_log(void)
{
    for (int i = 0; i < MANY; i++)
        log_line(LOG_INFO, "line %d %0200d", i, 0);
}

/* Counts the fill_log lines that are read one by one, and those that are reported as lost. */
struct tally {
    unsigned long listed, lost, urgent;
};

static void count_text(const char *text, struct tally *ret)
{
    char *rest;
    unsigned long lost = strtoul(text, &rest, 10);
    if (strncmp(text, "line ", 5) == 0)
        assert_int_equal(strtoul(text + 5, NULL, 10), ret->listed++);
    else if (strncmp(text, "urgent", 6) == 0)
        ret->urgent++;
    else if (strncmp(rest, " lines were lost", 16) == 0)
        ret->lost += lost;
    else
        fail_msg("what is \"%s\"?", text);
}

/* Reads while the log goes on as the supervisor lets it, until all `MANY` are accounted for. */
static struct tally read_log(FILE *reader)
{
    struct tally tally = {0};
    char line[2 * LOG_LINE_SIZE];
    while (tally.listed + tally.lost < MANY) {
        log_step();
        struct pollfd wait = {.fd = fileno(reader), .events = POLLIN};
        assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
        assert_non_null(fgets(line, sizeof(line), reader));
        assert_true(strncmp(line, "certfs: ", 8) == 0);
        count_text(line + 8, &tally);
    }
    return tally;
}

static void expect_tally(int fd)
{
    FILE *reader = fdopen(dup(fd), "r");
    assert_non_null(reader);
    setvbuf(reader, NULL, _IONBF, 0); /* what is buffered cannot be polled for */
    struct tally tally = read_log(reader);
    fclose(reader);
    assert_true(tally.lost > 0);
    assert_true(tally.listed > 0);
    assert_int_equal(tally.urgent, 1);
    assert_int_equal(log_waits(), -1);
}

TEST(a_pipe_that_nobody_reads_is_not_waited_for_and_what_is_lost_is_counted)
{
    fill_log();
    assert_true(log_waits() >= 0);
    log_line(LOG_WARNING, "urgent");
    expect_tally(ends[0]);
}

/* The others that write to it do not expect it not to wait. */
TEST(the_pipe_itself_stays_as_it_was)
{
    log_line(LOG_INFO, "a line");
    assert_int_equal(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
    expect_said("certfs: a line\n");
}

/* A stream takes a part of a line: the rest comes first when there is room again. */
TEST(a_stream_that_nobody_reads_is_not_waited_for_either)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_true(dup2(pair[1], STDERR_FILENO) >= 0);
    close(pair[1]);
    fill_log();
    log_line(LOG_WARNING, "urgent");
    expect_tally(pair[0]);
    close(pair[0]);
}

TEST(a_reader_that_is_gone_is_not_waited_for)
{
    close(ends[0]);
    fill_log();
    assert_int_equal(log_waits(), -1);
    assert_int_equal(pipe(ends), 0); /* for the teardown */
}

/* ---- syslog ---- */

static int folder;
static char socket_path[64];

static void make_folder(void)
{
    folder = folder_make();
    snprintf(socket_path, sizeof(socket_path), "/proc/self/fd/%d/log", folder);
    log_to_syslog(socket_path);
}

static void remove_folder(void)
{
    log_end();
    log_to_syslog(NULL);
    folder_remove(folder);
}

static int start_syslog(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    unlinkat(folder, "log", 0);
    memcpy(address.sun_path, socket_path, sizeof(socket_path));
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* The datagram without what stands before the text, which is looked at. */
static const char *receive(int fd, int priority)
{
    static char text[2 * LOG_LINE_SIZE];
    char lead[64], tag[64];
    int end = 0;
    ssize_t length = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
    assert_true(length > 0);
    text[length] = '\0';
    snprintf(lead, sizeof(lead), "<%d>", LOG_DAEMON | priority);
    snprintf(tag, sizeof(tag), " certfs[%d]: ", (int)getpid());
    if (strncmp(text, lead, strlen(lead)) != 0)
        fail_msg("\"%s\" does not begin with %s", text, lead);
    (void)sscanf(text, "<%*d>%*3[A-Z-a-z] %*d %*d:%*d:%*d%n", &end);
    if (end == 0 || strncmp(text + end, tag, strlen(tag)) != 0)
        fail_msg("\"%s\" has no date or no tag", text);
    return text + end + strlen(tag);
}

TEST_WITH(make_folder, remove_folder, a_line_for_syslog_is_as_syslog_3_writes_it)
{
    int fd = start_syslog();
    log_line(LOG_INFO, "it is %d", 7);
    assert_string_equal(receive(fd, LOG_INFO), "it is 7");
    log_line(LOG_ERR, "one\ntwo");
    assert_string_equal(receive(fd, LOG_ERR), "one?two");
    close(fd);
}

TEST_WITH(make_folder, remove_folder, a_syslog_that_comes_later_or_again_gets_the_lines)
{
    log_line(LOG_INFO, "one");
    assert_int_equal(log_waits(), -1);
    for (int turn = 0; turn < 3; turn++) {
        int fd = start_syslog();
        log_line(LOG_INFO, "two");
        assert_string_equal(receive(fd, LOG_INFO), "one");
        assert_string_equal(receive(fd, LOG_INFO), "two");
        close(fd);
        log_line(LOG_INFO, "one");
    }
}

TEST_WITH(make_folder, remove_folder, a_syslog_that_does_not_read_is_not_waited_for)
{
    int fd = start_syslog();
    struct tally tally = {0};
    fill_log();
    assert_true(log_waits() >= 0);
    while (tally.listed + tally.lost < MANY) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        log_step();
        assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
        char text[2 * LOG_LINE_SIZE] = "";
        assert_true(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT) > 0);
        count_text(strstr(text, "]: ") + 3, &tally);
    }
    assert_true(tally.lost > 0);
    assert_int_equal(log_waits(), -1);
    close(fd);
}

static void before_all(void)
{
    signal(SIGPIPE, SIG_IGN);
}

EACH_TEST(catch_standard_error, release_standard_error);
ALL_TESTS(before_all, NULL);
