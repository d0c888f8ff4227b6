#include "fs/supervisor/watching.h"

#include <stdatomic.h>
#include <stdint.h>

#include "fs/host/sanitizer.h"
#include "fs/supervisor/mounting.h"
#include "fs/takeover/shared.h"

static bool watching_is_on(const struct supervisor *supervisor)
{
    return supervisor->succession.stage == STAGE_READY && !supervisor->draining && !sanitizer_is_built_in();
}

bool watching_needs_ticks(const struct supervisor *supervisor)
{
    const struct succession *succession = &supervisor->succession;
    if (succession->stage != STAGE_READY)
        return supervisor->ready && !supervisor->draining;
    return watching_is_on(supervisor) && !watchdog_is_idle(&succession->watchdog);
}

enum watchdog_deed watching_look(struct supervisor *supervisor)
{
    struct watchdog_look look = {.progress = atomic_load(&shared_head(supervisor->shared)->progress),
                                 .pending = mounting_has_requests(&supervisor->mounting)};
    if (look.pending || look.progress % 2 != 0)
        watchdog_look_at(supervisor->worker.pid, &look);
    return watchdog_tick(&supervisor->succession.watchdog, &look);
}

bool watching_finds_stopped(const struct supervisor *supervisor)
{
    struct watchdog_look look = {.pending = false};
    if (watching_is_on(supervisor))
        watchdog_look_at(supervisor->worker.pid, &look);
    return look.state == 'T' && !look.traced;
}

/* A request that began meanwhile has seen that nobody looks, or is seen here. */
void watching_pause(struct supervisor *supervisor)
{
    struct shared_head *head = shared_head(supervisor->shared);
    struct watchdog *watchdog = &supervisor->succession.watchdog;
    if (watching_is_on(supervisor) && atomic_exchange(&head->idle, 1) == 0 &&
        atomic_load(&head->progress) != watchdog->progress)
        watchdog_alert(watchdog);
}

struct pollfd watching_wait(const struct supervisor *supervisor)
{
    bool waits = watching_is_on(supervisor) && watchdog_is_idle(&supervisor->succession.watchdog);
    return (struct pollfd){.fd = waits ? mounting_fd(&supervisor->mounting) : -1, .events = POLLIN};
}

void watching_note(struct supervisor *supervisor, bool busy)
{
    if (busy || (watching_is_on(supervisor) && mounting_has_requests(&supervisor->mounting)))
        watchdog_alert(&supervisor->succession.watchdog);
}
