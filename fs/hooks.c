#include "fs/hooks.h"

#ifdef CERTFS_TEST_HOOKS

#include <stdlib.h>
#include <time.h>

void hooks_hold_import(void)
{
    const char *text = getenv("CERTFS_TEST_HOLD_MS");
    long milliseconds = text == NULL ? 0 : strtol(text, NULL, 10);
    struct timespec hold = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
    nanosleep(&hold, NULL);
}

#else

void hooks_hold_import(void)
{
}

#endif
