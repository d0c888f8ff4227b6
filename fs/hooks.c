#include "fs/hooks.h"

#ifdef CERTFS_TEST_HOOKS

#include <stdlib.h>
#include <time.h>

int64_t hooks_time(const char *variable, int64_t otherwise)
{
    const char *text = getenv(variable);
    return text == NULL ? otherwise : strtol(text, NULL, 10);
}

void hooks_hold_import(void)
{
    int64_t milliseconds = hooks_time("CERTFS_TEST_HOLD_MS", 0);
    struct timespec hold = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
    nanosleep(&hold, NULL);
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

#endif
