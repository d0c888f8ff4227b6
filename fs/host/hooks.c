#include "fs/host/hooks.h"

#ifdef CERTFS_TEST_HOOKS

#include <stdlib.h>

#include "fs/host/clock.h"

int64_t hooks_time(const char *variable, int64_t otherwise)
{
    const char *text = getenv(variable);
    return text == NULL ? otherwise : strtol(text, NULL, 10);
}

static void hold(const char *variable)
{
    const struct timespec time = clock_timespec(hooks_time(variable, 0));
    nanosleep(&time, NULL);
}

void hooks_hold_import(void)
{
    hold("CERTFS_TEST_HOLD_MS");
}

void hooks_hold_commit(void)
{
    hold("CERTFS_TEST_COMMIT_MS");
}

void hooks_hold_notice(uint64_t set)
{
    if (hooks_time("CERTFS_TEST_NOTICE_SET", 0) == (int64_t)set)
        hold("CERTFS_TEST_NOTICE_MS");
}

#else

int64_t hooks_time(const char *variable, int64_t otherwise)
{
    (void)variable;
    return otherwise;
}

void hooks_hold_import(void)
{
}

void hooks_hold_commit(void)
{
}

void hooks_hold_notice(uint64_t set)
{
    (void)set;
}

#endif
