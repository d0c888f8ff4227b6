#include "fs/worker/cage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "fs/host/landlock.h"
#include "fs/host/process.h"
#include "fs/host/procfs.h"
#include "fs/options/worker_user.h"
#include "fs/worker/calls.h"

enum { REMARK_SIZE = 161 };

static void cage_remark_failure(struct problems *problems, const char *what)
{
    char sentence[REMARK_SIZE];
    snprintf(sentence, sizeof(sentence), "%s (%s)", what, strerror(errno));
    problems_remark(problems, sentence);
}

static void cage_leave_namespaces(struct namespaces *namespaces, struct problems *problems)
{
    char remark[NAMESPACES_REMARK_SIZE];
    for (int i = 0; i < NAMESPACES; i++)
        if (namespaces_enter(namespaces, i, remark) != 0 && geteuid() == 0)
            problems_remark(problems, remark);
}

/* With all rights: /proc may hide processes of others from them. Stays open as long as the worker runs. */
static int cage_open_proc(void)
{
    int proc = procfs_open();
    process_use_directory(proc);
    return proc;
}

static void cage_restrict_files(const struct disk *disk, int proc, struct problems *problems)
{
    char remark[LANDLOCK_REMARK_SIZE];
    const struct landlock_row rows[] = {{disk->store, LANDLOCK_KEEP_FILES}, {proc, LANDLOCK_READ_FILES}};
    landlock_enter(rows, sizeof(rows) / sizeof(rows[0]), remark);
    if (remark[0] != '\0')
        problems_remark(problems, remark);
}

int cage_enter(const struct options *options, const struct disk *disk, struct namespaces *namespaces,
               struct problems *problems, char ret_problem[static LOCKDOWN_PROBLEM_SIZE])
{
    const char *remark = worker_user_remark(options);
    bool becomes = geteuid() == 0 && disk->worker.user != 0;
    int proc = cage_open_proc();
    memory_load_openssl();
    tzset(); /* the same for the local time zone */
    cage_leave_namespaces(namespaces, problems);
    if (lockdown_enter(becomes ? &disk->worker : NULL, ret_problem) != 0)
        return -1;
    if (ret_problem[0] != '\0')
        problems_remark(problems, ret_problem);
    if (remark != NULL)
        problems_remark(problems, remark);
    cage_restrict_files(disk, proc, problems);
    if (calls_restrict() != 0)
        cage_remark_failure(problems, "the system calls of the worker are not restricted");
    return 0;
}
