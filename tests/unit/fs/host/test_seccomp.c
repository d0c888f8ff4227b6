/*
 * Each case runs in a child, since a filter is never removed.
 */
#include "fs/host/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/host/sanitizer.h"
#include "tests/unit/lib/harness.h"

enum {
    NOT_INSTALLED = 100,
    X32 = 0x40000000, /* of a call's number */
    NONE = 0xffff,    /* what getpriority is asked for when no row fits */
};

#define INT UINT32_MAX
#define BOTH_HALVES 0x500000007UL

static const struct seccomp_row rows[] = {
    {.number = SYS_exit_group},
    {.number = SYS_exit},
    {.number = SYS_getppid},
    {.number = SYS_futex},
    {.number = SYS_write},
    {.number = SYS_rt_sigreturn},
    {.number = SYS_getpriority, .argument = 0, .mask = INT, .value = PRIO_USER},
    {.number = SYS_getpriority, .argument = 0, .mask = INT, .value = PRIO_PROCESS},
    {.number = SYS_mprotect, .argument = 2, .mask = INT & ~(uint32_t)(PROT_READ | PROT_WRITE), .value = 0},
    {.number = SYS_madvise, .argument = 1, .mask = UINT64_MAX, .value = BOTH_HALVES},
    {.number = SYS_setpriority,
     .argument = 0,
     .mask = INT,
     .value = PRIO_USER,
     .also = {.argument = 2, .mask = UINT64_MAX, .value = BOTH_HALVES}},
    {.number = SYS_sched_yield},
};

static int allow(enum seccomp_otherwise otherwise)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || seccomp_allow(rows, COUNT_OF(rows), otherwise) != 0)
        _exit(NOT_INSTALLED);
    return 0;
}

/* The wait status of a child that runs this; its return value is its exit status. */
static int status_of(int (*run)(void))
{
    int status = -1;
    if (sanitizer_is_built_in())
        skip();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(run());
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void expect_exit(int (*run)(void))
{
    int status = status_of(run);
    assert_false(WIFSIGNALED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void expect_killed(int (*run)(void))
{
    int status = status_of(run);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static int fails_with(long result, int expected)
{
    return result == -1 && errno == expected ? 0 : 1;
}

static int call_of_the_table(void)
{
    allow(SECCOMP_OTHERWISE_KILL);
    return syscall(SYS_getppid) > 0 && syscall(SYS_sched_yield) == 0 ? 0 : 1;
}

static int call_of_no_row(void)
{
    allow(SECCOMP_OTHERWISE_KILL);
    return (int)syscall(SYS_getuid);
}

static int call_of_no_row_gently(void)
{
    allow(SECCOMP_OTHERWISE_EPERM);
    return fails_with(syscall(SYS_getuid), EPERM) + fails_with(syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY), EPERM);
}

static int call_that_glibc_has_another_for(void)
{
    allow(SECCOMP_OTHERWISE_KILL);
    return fails_with(syscall(SYS_clone3, NULL, 0), ENOSYS);
}

/* EPERM is the filter's: the kernel refuses this priority of an unknown user with ESRCH. */
static int two_arguments_that_must_fit(void)
{
    allow(SECCOMP_OTHERWISE_EPERM);
    if (!fails_with(syscall(SYS_setpriority, PRIO_USER, 54321, BOTH_HALVES), EPERM))
        return 1;
    return fails_with(syscall(SYS_setpriority, PRIO_PROCESS, 54321, BOTH_HALVES), EPERM) +
           fails_with(syscall(SYS_setpriority, PRIO_USER, 54321, BOTH_HALVES + 1), EPERM) +
           fails_with(syscall(SYS_setpriority, PRIO_USER, 54321, 7), EPERM) + (syscall(SYS_sched_yield) == 0 ? 0 : 1);
}

static int argument_that_fits(void)
{
    allow(SECCOMP_OTHERWISE_KILL);
    return syscall(SYS_getpriority, PRIO_USER, 0) > 0 && syscall(SYS_getpriority, PRIO_PROCESS, 0) > 0 ? 0 : 1;
}

/* The upper half, which the kernel does not read of an int, is not compared. */
static int argument_with_other_upper_half(void)
{
    allow(SECCOMP_OTHERWISE_KILL);
    return syscall(SYS_getpriority, 0xdead00000000UL | PRIO_PROCESS, 0) > 0 ? 0 : 1;
}

static int argument_that_does_not_fit(void)
{
    allow(SECCOMP_OTHERWISE_KILL);
    return (int)syscall(SYS_getpriority, PRIO_PGRP, 0);
}

static int flags_within(void)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    allow(SECCOMP_OTHERWISE_KILL);
    return mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0 && mprotect(page, 4096, PROT_NONE) == 0 ? 0 : 1;
}

static int flags_with_another(void)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    allow(SECCOMP_OTHERWISE_EPERM);
    return fails_with(mprotect(page, 4096, PROT_READ | PROT_EXEC), EPERM);
}

static int half_that_differs(void)
{
    allow(SECCOMP_OTHERWISE_EPERM);
    return fails_with(syscall(SYS_madvise, 0, BOTH_HALVES, MADV_NORMAL), EPERM) == 0 || /* let through: ENOMEM */
                   fails_with(syscall(SYS_madvise, 0, BOTH_HALVES & UINT32_MAX, MADV_NORMAL), EPERM) != 0 ||
                   fails_with(syscall(SYS_madvise, 0, BOTH_HALVES ^ 1, MADV_NORMAL), EPERM) != 0
               ? 1
               : 0;
}

/* The row after one whose argument did not fit is found as well. */
static int row_after_one_that_does_not_fit(void)
{
    allow(SECCOMP_OTHERWISE_EPERM);
    return fails_with(syscall(SYS_getpriority, NONE, 0), EPERM) + (syscall(SYS_sched_yield) == 0 ? 0 : 1);
}

static int call_by_an_x32_number(void)
{
    allow(SECCOMP_OTHERWISE_KILL);
    return (int)syscall(X32 | SYS_getppid);
}

#ifdef __x86_64__
/* Number 64 is getppid of 32 bits. */
static int call_of_32_bits(void)
{
    long result = 64;
    allow(SECCOMP_OTHERWISE_EPERM);
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
    return result > 0 ? 0 : 1;
}
#endif

static pthread_barrier_t started, installed;

static void *call_in_thread(void *ret_result)
{
    int *result = ret_result;
    pthread_barrier_wait(&started); /* what libc does first is done */
    pthread_barrier_wait(&installed);
    *result = fails_with(syscall(SYS_getuid), EPERM);
    return NULL;
}

static int call_of_another_thread(void)
{
    pthread_t thread;
    int result = 1;
    static const struct seccomp_row all_but_one[] = {{.number = SYS_getuid, .mask = INT, .value = NONE},
                                                     {.number = SYS_futex},
                                                     {.number = SYS_exit},
                                                     {.number = SYS_exit_group},
                                                     {.number = SYS_madvise},
                                                     {.number = SYS_munmap},
                                                     {.number = SYS_rt_sigprocmask}};
    pthread_barrier_init(&started, NULL, 2);
    pthread_barrier_init(&installed, NULL, 2);
    if (pthread_create(&thread, NULL, call_in_thread, &result) != 0)
        return NOT_INSTALLED;
    pthread_barrier_wait(&started);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        seccomp_allow(all_but_one, COUNT_OF(all_but_one), SECCOMP_OTHERWISE_EPERM) != 0)
        return NOT_INSTALLED;
    pthread_barrier_wait(&installed);
    pthread_join(thread, NULL);
    return result;
}

/* A second filter takes more away, and gives nothing back. */
static int second_filter(void)
{
    static const struct seccomp_row all[] = {{.number = SYS_exit_group}, {.number = SYS_getuid},
                                             {.number = SYS_getppid},    {.number = SYS_prctl},
                                             {.number = SYS_seccomp},    {.number = SYS_sched_yield}};
    static const struct seccomp_row fewer[] = {
        {.number = SYS_exit_group}, {.number = SYS_getppid}, {.number = SYS_getgid}};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        seccomp_allow(all, COUNT_OF(all), SECCOMP_OTHERWISE_EPERM) != 0 ||
        seccomp_allow(fewer, COUNT_OF(fewer), SECCOMP_OTHERWISE_EPERM) != 0)
        return NOT_INSTALLED;
    return fails_with(syscall(SYS_getuid), EPERM) + fails_with(syscall(SYS_getgid), EPERM) +
           (syscall(SYS_getppid) > 0 ? 0 : 1);
}

static int largest_table(void)
{
    struct seccomp_row many[SECCOMP_ROWS_MAX];
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = (struct seccomp_row){.number = SYS_mprotect, .argument = 5, .mask = UINT64_MAX, .value = i};
    many[COUNT_OF(many) - 1] = (struct seccomp_row){.number = SYS_exit_group};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || seccomp_allow(many, COUNT_OF(many), SECCOMP_OTHERWISE_KILL) != 0)
        return NOT_INSTALLED;
    return 0;
}

static int without_no_new_privs(void)
{
    if (setresuid(65533, 65533, 65533) != 0)
        return 0;
    return fails_with(seccomp_allow(rows, COUNT_OF(rows), SECCOMP_OTHERWISE_KILL), EACCES);
}

TEST(clone3_is_not_there_so_that_clone_is_used)
{
    expect_exit(call_that_glibc_has_another_for);
}

TEST(a_call_of_the_table_works)
{
    expect_exit(call_of_the_table);
}

TEST(a_call_of_no_row_kills_the_process)
{
    expect_killed(call_of_no_row);
}

TEST(a_call_of_no_row_fails_with_eperm_where_that_is_asked_for)
{
    expect_exit(call_of_no_row_gently);
}

TEST(an_argument_of_one_of_several_rows_is_allowed)
{
    expect_exit(argument_that_fits);
    expect_exit(argument_with_other_upper_half);
}

TEST(two_arguments_of_a_row_must_fit)
{
    expect_exit(two_arguments_that_must_fit);
}

TEST(an_argument_of_no_row_is_not)
{
    expect_killed(argument_that_does_not_fit);
}

TEST(flags_within_a_mask_are_allowed_and_others_are_not)
{
    expect_exit(flags_within);
    expect_exit(flags_with_another);
}

TEST(both_halves_of_an_argument_are_compared)
{
    expect_exit(half_that_differs);
}

TEST(a_row_after_one_whose_argument_differs_is_found)
{
    expect_exit(row_after_one_that_does_not_fit);
}

TEST(a_call_by_an_x32_number_is_not_in_the_table)
{
    expect_killed(call_by_an_x32_number);
}

TEST(a_call_of_32_bits_always_kills)
{
#ifdef __x86_64__
    int status = status_of(call_of_32_bits);
    assert_true(WIFSIGNALED(status));
    assert_true(WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV); /* a kernel that has no such calls */
#else
    skip();
#endif
}

TEST(the_filter_holds_for_threads_that_run)
{
    expect_exit(call_of_another_thread);
}

TEST(a_second_filter_only_takes_away)
{
    expect_exit(second_filter);
}

TEST(the_largest_table_is_taken)
{
    expect_exit(largest_table);
}

TEST(without_no_new_privs_there_is_no_filter)
{
    expect_exit(without_no_new_privs);
}

TEST(a_table_that_is_too_long_or_names_no_argument_is_refused)
{
    static const struct seccomp_row seventh[] = {{.number = SYS_getppid, .argument = 6, .mask = 1}};
    assert_int_equal(seccomp_allow(seventh, 1, SECCOMP_OTHERWISE_KILL), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(seccomp_allow(rows, SECCOMP_ROWS_MAX + 1, SECCOMP_OTHERWISE_KILL), -1);
    assert_int_equal(errno, EINVAL);
}
