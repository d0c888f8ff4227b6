#include "fs/supervisor/crashes.h"

#include <signal.h>
#include <sys/wait.h>

#include "fs/takeover/ends.h"

enum end_reason crashes_reason(int status, bool was_ready)
{
    bool killed = status == -1 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return !was_ready ? END_UNREADY : killed ? END_KILLED : END_CRASHED;
}

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
