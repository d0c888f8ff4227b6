#include "fs/supervisor/successor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/fault.h"
#include "fs/supervisor/resumption.h"
#include "fs/upgrade/executable.h"
#include "fs/upgrade/resume.h"

#define VARIABLE "CERTFS_RESUME"

enum { NUMBER_SIZE = 16 };

/* The text as a file, and parsed again, which shows that it can be read. */
static int successor_write(struct supervisor *supervisor, int before, const char *failure, struct resume *ret,
                           int *ret_fd, struct fault *f)
{
    const struct reload *reload = &supervisor->reload;
    CLEANUP(resume_done) struct resume written = {0};
    if (resumption_write(supervisor, &written, f) != 0 ||
        resume_add_numbers(&written, "asking", reload->asking.pids, reload->asking.count, f) != 0 ||
        resume_add_numbers(&written, "later", reload->later.pids, reload->later.count, f) != 0 ||
        resume_add_number(&written, "wanted", reload->wanted, f) != 0 ||
        resume_add_descriptor(&written, "before", before, f) != 0 ||
        (failure != NULL && resume_add(&written, "failure", failure, f) != 0) || resume_write(&written, ret_fd, f) != 0)
        return -1;
    return resume_read(*ret_fd, ret, f);
}

/* Executes the program on this text; returns if that fails. The descriptors stay close-on-exec otherwise. */
static void successor_run(int executable, int text, const struct resume *resume, char *const arguments[])
{
    char number[NUMBER_SIZE];
    snprintf(number, sizeof(number), "%d", text);
    if (resume_set_inherited(resume, true) == 0 && fcntl(text, F_SETFD, 0) == 0 && setenv(VARIABLE, number, 1) == 0)
        (void)executable_run(executable, arguments, environ);
    int os_errno = errno;
    (void)unsetenv(VARIABLE);
    (void)!resume_set_inherited(resume, false);
    errno = os_errno;
}

void successor_execute(struct supervisor *supervisor, int executable, const char *failure, struct fault *f)
{
    CLEANUP(resume_done) struct resume resume = {0};
    CLEANUP(close_fd) int before = failure == NULL ? executable_open_self() : -1, text = -1;
    if (successor_write(supervisor, before, failure, &resume, &text, f) != 0)
        return;
    successor_run(executable, text, &resume, supervisor->reload.line.words);
    fault_set_errno(f, REASON_SYSTEM, errno, "the program cannot be executed");
}

/* A variable that an ancestor has left is for another process. */
bool successor_is_called(struct resume *ret)
{
    const char *value = getenv(VARIABLE);
    struct fault ignored = {.reason = REASON_NONE};
    char *end = NULL;
    long fd = value != NULL ? strtol(value, &end, 10) : -1;
    bool called = value != NULL && *value != '\0' && *end == '\0' && fd > STDERR_FILENO &&
                  resume_read((int)fd, ret, &ignored) == 0;
    (void)unsetenv(VARIABLE);
    if (!called)
        return false;
    close((int)fd);
    if (resume_number(ret, "pid", 0) == getpid() && resume_set_inherited(ret, false) == 0)
        return true;
    resume_done(ret);
    return false;
}

/* All members again, and why it could not go on. */
static int successor_write_again(const struct resume *resume, const char *why, int *ret_fd)
{
    CLEANUP(resume_done) struct resume again = {0};
    struct fault ignored = {.reason = REASON_NONE};
    for (size_t i = 0; i < resume->count; i++)
        if (resume_add(&again, resume->members[i].name, resume->members[i].value, &ignored) != 0)
            return -1;
    return resume_add(&again, "failure", why, &ignored) != 0 ? -1 : resume_write(&again, ret_fd, &ignored);
}

void successor_abandon(const struct supervisor *supervisor, struct resume *resume, const char *why)
{
    int text, before = resume_take_descriptor(resume, "before");
    if (before < 0 || resume_get(resume, "failure") != NULL || successor_write_again(resume, why, &text) != 0)
        return;
    successor_run(before, text, resume, supervisor->reload.line.words);
}
