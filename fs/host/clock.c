#include "fs/host/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    return clock_gettime(clock, &now) == 0 ? (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 : 0;
}

struct timespec clock_timespec(int64_t ms)
{
    return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

int clock_left(int64_t deadline)
{
    int64_t left = deadline - clock_ms(CLOCK_MONOTONIC);
    return left > INT_MAX ? INT_MAX : left > 0 ? (int)left : 0;
}

int clock_sooner(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* poll(2) may end early: by a signal, or by a library that runs clocks faster. */
bool clock_wait(int fd, short events, int64_t deadline)
{
    struct pollfd wait = {.fd = fd, .events = events};
    int left;
    do {
        left = clock_left(deadline);
        if (poll(&wait, 1, left) > 0)
            return true;
    } while (left > 0);
    errno = ETIMEDOUT;
    return false;
}
