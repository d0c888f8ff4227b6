/*
 * main: parses the command line and runs what it asks for.
 */
#include <stdlib.h>

#include "core/base/fault.h"
#include "core/base/memory.h"
#include "fs/check.h"
#include "fs/disk/disk.h"
#include "fs/host/daemonize.h"
#include "fs/host/log.h"
#include "fs/judge/zygote.h"
#include "fs/options/arguments.h"
#include "fs/options/help.h"
#include "fs/options/options.h"
#include "fs/report/status.h"
#include "fs/supervisor/guard.h"
#include "fs/supervisor/successor.h"
#include "fs/supervisor/supervisor.h"
#include "fs/upgrade/request.h"
#include "fs/upgrade/resume.h"
#include "fs/upgrade/trial.h"

enum { EXIT_MISUSE = 2 };

static int main_refuse(const struct fault *f)
{
    log_stderr("%s", f->message);
    return f->reason == REASON_USAGE ? EXIT_MISUSE : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    /* First, since OpenSSL accepts an allocator only before its first allocation. */
    int failed = memory_init();
    if (failed == 0 && zygote_is_called(argc, argv))
        return zygote_run(argc, argv);
    if (failed == 0 && trial_is_called(argc, argv))
        return trial_run();
    static struct resume resume;
    if (failed == 0 && successor_is_called(&resume))
        return supervisor_resume(&resume, argc, argv);
    daemonize_open_standard();
    static struct options options;
    struct fault f = {0};
    if (failed != 0) {
        log_stderr("OpenSSL did not accept the wiping allocator");
        return EXIT_FAILURE;
    }
    if (arguments_parse(argc, argv, &options, &f) != 0) {
        supervisor_refuse();
        return main_refuse(&f);
    }
    switch (options.purpose) {
    case OPTIONS_SERVE:
        return supervisor_run(&options, argc, argv);
    case OPTIONS_CHECK:
        return check_run(options.against);
    case OPTIONS_NEW_KEY:
        return disk_new_key(&options, &f) == 0 ? EXIT_SUCCESS : main_refuse(&f);
    case OPTIONS_GUARD:
        return guard_set(options.guard, &f) == 0 ? EXIT_SUCCESS : main_refuse(&f);
    case OPTIONS_RELOAD:
        return request_reload(options.reload, &f) == 0 ? EXIT_SUCCESS : main_refuse(&f);
    case OPTIONS_HELP:
        help_print();
        break;
    case OPTIONS_VERSION:
        help_print_version(CERTFS_VERSION);
        break;
    }
    return EXIT_SUCCESS;
}
