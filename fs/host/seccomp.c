#include "fs/host/seccomp.h"

#include <endian.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs/host/sanitizer.h"

#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0 /* not supported: the numbers of calls would be another's */
#endif

enum {
    ARGUMENTS = 6,
    CONDITION_STEPS = 6,
    ROW_STEPS = 2 * CONDITION_STEPS + 3, /* the most that a row becomes */
    FRAME_STEPS = 7,
    STEPS_MAX = SECCOMP_ROWS_MAX * ROW_STEPS + FRAME_STEPS,
    LOW = __BYTE_ORDER == __LITTLE_ENDIAN ? 0 : 4, /* offset of the lower half of an argument */
    HIGH = 4 - LOW,
};

_Static_assert(STEPS_MAX <= BPF_MAXINSNS, "the kernel takes the largest filter");

struct program {
    struct sock_filter steps[STEPS_MAX];
    unsigned short count;
};

static void seccomp_add(struct program *program, unsigned code, uint32_t operand, unsigned char equal,
                        unsigned char different)
{
    program->steps[program->count++] =
        (struct sock_filter){.code = (unsigned short)code, .jt = equal, .jf = different, .k = operand};
}

static void seccomp_add_load(struct program *program, size_t offset)
{
    seccomp_add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void seccomp_add_return(struct program *program, uint32_t action)
{
    seccomp_add(program, BPF_RET | BPF_K, action, 0, 0);
}

/* Compares one half of an argument; if it differs, skips `rest` further steps. */
static void seccomp_add_half(struct program *program, size_t offset, uint32_t mask, uint32_t value, unsigned char rest)
{
    seccomp_add_load(program, offset);
    seccomp_add(program, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
    seccomp_add(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, rest);
}

/* If the condition does not hold, skips `rest` further steps behind it. */
static void seccomp_add_condition(struct program *program, const struct seccomp_condition *condition, unsigned rest)
{
    size_t argument = offsetof(struct seccomp_data, args) + condition->argument * sizeof(uint64_t);
    seccomp_add_half(program, argument + LOW, (uint32_t)condition->mask, (uint32_t)condition->value,
                     (unsigned char)(rest + CONDITION_STEPS / 2));
    seccomp_add_half(program, argument + HIGH, (uint32_t)(condition->mask >> 32), (uint32_t)(condition->value >> 32),
                     (unsigned char)rest);
}

/* The number of the call is loaded before each row, and after conditions again. */
static void seccomp_add_row(struct program *program, const struct seccomp_row *row)
{
    const struct seccomp_condition first = {row->argument, row->mask, row->value};
    unsigned conditions = row->mask == 0 ? 0 : row->also.mask == 0 ? 1 : 2;
    if (conditions == 0) {
        seccomp_add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)row->number, 0, 1);
        seccomp_add_return(program, SECCOMP_RET_ALLOW);
        return;
    }
    seccomp_add(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)row->number, 0,
                (unsigned char)(conditions * CONDITION_STEPS + 2));
    seccomp_add_condition(program, &first, (conditions - 1) * CONDITION_STEPS + 1);
    if (conditions == 2)
        seccomp_add_condition(program, &row->also, 1);
    seccomp_add_return(program, SECCOMP_RET_ALLOW);
    seccomp_add_load(program, offsetof(struct seccomp_data, nr));
}

static void seccomp_compile(const struct seccomp_row *rows, size_t count, uint32_t otherwise, struct program *ret)
{
    ret->count = 0;
    seccomp_add_load(ret, offsetof(struct seccomp_data, arch));
    seccomp_add(ret, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    seccomp_add_return(ret, SECCOMP_RET_KILL_PROCESS);
    seccomp_add_load(ret, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < count; i++)
        seccomp_add_row(ret, &rows[i]);
    seccomp_add(ret, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1);
    seccomp_add_return(ret, SECCOMP_RET_ERRNO | (uint32_t)ENOSYS);
    seccomp_add_return(ret, otherwise);
}

static int seccomp_check(const struct seccomp_row *rows, size_t count)
{
    errno = EINVAL;
    if (count > SECCOMP_ROWS_MAX)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (rows[i].argument >= ARGUMENTS || rows[i].also.argument >= ARGUMENTS)
            return -1;
    errno = ENOSYS;
    return ARCHITECTURE == 0 ? -1 : 0;
}

int seccomp_allow(const struct seccomp_row *rows, size_t count, enum seccomp_otherwise otherwise)
{
    uint32_t action =
        otherwise == SECCOMP_OTHERWISE_KILL ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | (uint32_t)EPERM;
    struct program program;
    if (seccomp_check(rows, count) != 0)
        return -1;
    if (sanitizer_is_built_in())
        return 0;
    seccomp_compile(rows, count, action, &program);
    const struct sock_fprog filter = {.len = program.count, .filter = program.steps};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
                   &filter) == 0
               ? 0
               : -1;
}
