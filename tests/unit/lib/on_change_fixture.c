#include "tests/unit/lib/on_change_fixture.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/unit/lib/fail_syscalls.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

int folder;
struct options options;
struct on_change hook;
struct on_change_report ended;
const char *const report = ended.text;

void use_program(const char *path)
{
    snprintf(options.on_change, sizeof(options.on_change), "%s", path);
}

void run_to_its_end(int64_t now)
{
    while (!on_change_step(&hook, now, &ended)) {
        struct pollfd waits[ON_CHANGE_FDS];
        on_change_fds(&hook, waits);
        if (poll(waits, ON_CHANGE_FDS, PATIENCE_MS) <= 0)
            fail_msg("the program does not end");
    }
}

void hooking_setup(void)
{
    folder = folder_make();
    options = (struct options){.mountpoint = "/mnt/tls", .owner = geteuid(), .owner_group = getegid()};
    on_change_init(&hook, &options);
}

void hooking_teardown(void)
{
    calls_fail(0);
    calls_fail_with(0);
    assert_true(on_change_stop(&hook));
    folder_remove(folder);
}
