#include "fs/supervisor/burial.h"

#include <stdio.h>
#include <sys/wait.h>

#include "core/base/cleanup.h"
#include "fs/host/log.h"
#include "fs/supervisor/child.h"
#include "fs/supervisor/relay.h"
#include "fs/supervisor/remains.h"
#include "fs/supervisor/zygotes.h"

void burial_of_worker(struct supervisor *supervisor)
{
    struct succession *succession = &supervisor->succession;
    struct child *worker = &supervisor->worker;
    if (waitpid(worker->pid, &succession->status, WNOHANG) == worker->pid)
        child_describe_end(succession->status, succession->end, sizeof(succession->end));
    else {
        succession->status = -1;
        remains_add(succession->remains, worker->pid);
        snprintf(succession->end, sizeof(succession->end), "the worker ended, and the kernel holds a thread of it");
    }
    close_fd(&succession->old_log);
    succession->old_log = worker->log_channel;
    worker->log_channel = -1;
    child_close(worker);
    zygotes_abandon(&worker->zygotes);
    succession->stage = STAGE_AWAITED;
}

/* All lines are there when the worker has ended, but while the kernel holds a thread the end of them is not. */
static void burial_relay(struct succession *succession)
{
    relay_waiting(&succession->old_log);
    if (!log_has_room())
        return;
    close_fd(&succession->old_log);
    succession->old_log = -1;
}

void burial_finish(struct supervisor *supervisor)
{
    (void)remains_reap(supervisor->succession.remains);
    zygotes_reap(&supervisor->worker.zygotes);
    burial_relay(&supervisor->succession);
}
