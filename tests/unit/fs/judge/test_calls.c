/*
 * The system calls of a judge: those that judging makes are all allowed, and a few that an attacker would want are not.
 * Each case runs in a child.
 */
#include "fs/judge/calls.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/draft/build.h"
#include "core/draft/rehearsal.h"
#include "core/json/frame.h"
#include "core/request/request.h"
#include "fs/host/sanitizer.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"

enum { REFUSED = 5, NOT_CONFINED = 6 };

static struct pki rsa, ec;

static void make_sets(void)
{
    start_core();
    pki_make(&rsa, pki_rsa_key());
    pki_make(&ec, pki_key(3));
}

static void release_sets(void)
{
    pki_done(&rsa);
    pki_done(&ec);
}

static void confine(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || calls_confine_zygote() != 0 || calls_confine_judge() != 0)
        _exit(NOT_CONFINED);
}

static int status_of(void (*run)(void))
{
    int status = -1;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        run();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void judge(const struct pki *pki)
{
    struct frame frame = {.complete = true};
    struct request request = {.action = ACTION_NONE};
    struct build_result result = {.bundle = false};
    const struct build_served nothing = {.exists = false};
    struct fault f = {.reason = REASON_NONE};
    pki_write_document(&frame.text, buf_span(&pki->ca), buf_span(&pki->cert), buf_span(&pki->key));
    if (request_parse(&frame, &request, &f) != 0 || build_judge(&request.set, &nothing, PKI_NOW, &result, &f) != 0)
        _exit(REFUSED);
    build_result_done(&result);
    request_done(&request);
    frame_done(&frame);
    memory_wipe_stack();
}

static void judge_after_a_rehearsal(void)
{
    struct fault f = {.reason = REASON_NONE};
    if (rehearsal_run(PKI_NOW, &f) != 0)
        _exit(REFUSED);
    confine();
    judge(&rsa);
    judge(&ec);
}

static void refuse_after_a_rehearsal(void)
{
    struct fault f = {.reason = REASON_NONE};
    struct request request = {.action = ACTION_NONE};
    struct build_result result = {.bundle = false};
    const struct build_served nothing = {.exists = false};
    if (rehearsal_run(PKI_NOW, &f) != 0)
        _exit(REFUSED);
    confine();
    add_bytes(&request.set.ssl_ca, buf_span(&ec.ca));
    add_bytes(&request.set.ssl_cert, buf_span(&rsa.cert));
    add_bytes(&request.set.ssl_key, buf_span(&ec.key));
    if (build_judge(&request.set, &nothing, PKI_NOW, &result, &f) == 0)
        _exit(REFUSED);
}

static void open_file(void)
{
    confine();
    (void)!open("/etc/passwd", O_RDONLY);
}

static void open_socket(void)
{
    confine();
    (void)!socket(AF_INET, SOCK_STREAM, 0);
}

static void execute(void)
{
    confine();
    (void)execl("/bin/true", "true", NULL);
}

static void fork_another(void)
{
    confine();
    (void)!fork();
}

static void kill_parent(void)
{
    const pid_t parent = getppid(); /* a judge may not ask */
    confine();
    (void)kill(parent, SIGABRT);
}

/* The signal that a judge may send, if to itself. */
static void abort_parent(void)
{
    const pid_t parent = getppid();
    confine();
    (void)syscall(SYS_tgkill, parent, parent, SIGABRT);
}

static void stop_itself(void)
{
    confine();
    (void)syscall(SYS_tgkill, getpid(), gettid(), SIGSTOP);
}

static void map_code(void)
{
    confine();
    (void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void become_dumpable(void)
{
    confine();
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void receive_descriptor(void)
{
    struct msghdr message = {.msg_iovlen = 0};
    confine();
    (void)recvmsg(STDIN_FILENO, &message, 0);
}

static void duplicate(void)
{
    confine();
    (void)fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
}

static void raise_limit(void)
{
    confine();
    (void)syscall(SYS_prlimit64, 0, 0, NULL, NULL);
}

static void end_itself(void)
{
    confine();
    raise(SIGABRT);
}

/* A part of qsort(3) that is called once in a process: a test cannot know whether it was. */
static void ask_for_memory_size(void)
{
    struct sysinfo memory;
    confine();
    if (sysinfo(&memory) != 0)
        _exit(REFUSED);
}

static void expect_forbidden(void (*run)(void))
{
    if (sanitizer_is_built_in())
        skip();
    int status = status_of(run);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

TEST(after_a_rehearsal_judging_makes_no_other_calls)
{
    assert_int_equal(status_of(judge_after_a_rehearsal), 0);
    assert_int_equal(status_of(refuse_after_a_rehearsal), 0);
}

TEST(a_judge_may_sort_a_long_list)
{
    assert_int_equal(status_of(ask_for_memory_size), 0);
}

TEST(a_judge_opens_no_file_and_no_socket)
{
    expect_forbidden(open_file);
    expect_forbidden(open_socket);
}

TEST(a_judge_starts_no_program_and_no_process)
{
    expect_forbidden(execute);
    expect_forbidden(fork_another);
    expect_forbidden(map_code);
}

TEST(a_judge_kills_no_other_process)
{
    expect_forbidden(kill_parent);
    expect_forbidden(abort_parent);
}

TEST(a_judge_gets_no_descriptor)
{
    expect_forbidden(receive_descriptor);
    expect_forbidden(duplicate);
}

TEST(a_judge_loosens_nothing)
{
    expect_forbidden(become_dumpable);
    expect_forbidden(raise_limit);
    expect_forbidden(stop_itself);
}

TEST(a_judge_that_aborts_dies_of_that)
{
    int status = status_of(end_itself);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

ALL_TESTS(make_sets, release_sets);
