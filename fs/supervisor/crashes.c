#include "fs/supervisor/crashes.h"

static unsigned crashes_recent(const struct crashes *crashes, int64_t now)
{
    unsigned recent = 0;
    for (unsigned i = 0; i < crashes->count; i++)
        recent += now - crashes->times[i] < CRASHES_WITHIN_MS;
    return recent;
}

bool crashes_note(struct crashes *crashes, int64_t now)
{
    crashes->times[crashes->next] = now;
    crashes->next = (crashes->next + 1) % CRASHES_MAX;
    if (crashes->count < CRASHES_MAX)
        crashes->count++;
    return crashes_recent(crashes, now) == CRASHES_MAX;
}

int crashes_pause(const struct crashes *crashes, int64_t now)
{
    static const int pauses[CRASHES_MAX + 1] = {0, 0, 20, 500, 1500, 1500};
    return pauses[crashes_recent(crashes, now)];
}
