#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "core/draft/rehearsal.h"
#include "core/json/json.h"
#include "fs/host/test_hooks.h"
#include "fs/options/options.h"
#include "fs/takeover/shared.h"
#include "fs/upgrade/command_line.h"
#include "fs/upgrade/resume.h"
#include "fs/upgrade/trial.h"

bool trial_is_called(int argc, char **argv)
{
    return argc == 2 && strcmp(argv[1], TRIAL_WORD) == 0;
}

/* All that could fail later, as far as it is possible without the mount and STORE. */
static int trial_rehearse(struct fault *f)
{
    static struct options options;
    CLEANUP(resume_done) struct resume resume = {0};
    json_init();
    if (rehearsal_run(time(NULL), f) != 0 || resume_read(STDIN_FILENO, &resume, f) != 0)
        return -1;
    return command_line_read(&resume, &options, f);
}

static int trial_answer(struct fault *f)
{
    CLEANUP(resume_done) struct resume answer = {0};
    int64_t version = test_hooks_time("CERTFS_TEST_STATE_VERSION", SHARED_VERSION);
    if (resume_add_number(&answer, "state", version, f) != 0)
        return -1;
    ssize_t put = write(STDOUT_FILENO, answer.text.data, answer.text.len);
    return put == (ssize_t)answer.text.len ? 0 : fault_set(f, REASON_SYSTEM, "", "the answer cannot be written");
}

int trial_run(void)
{
    struct fault f = {.reason = REASON_NONE};
    test_hooks_hold_trial();
    if (trial_rehearse(&f) == 0 && trial_answer(&f) == 0)
        return EXIT_SUCCESS;
    dprintf(STDOUT_FILENO, "%s\n", f.message);
    return EXIT_FAILURE;
}
