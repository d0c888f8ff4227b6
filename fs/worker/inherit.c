#include "fs/worker/inherit.h"

#include <inttypes.h>
#include <stdio.h>
#include <syslog.h>

#include "fs/host/channel.h"
#include "fs/report/audit.h"
#include "fs/report/journal.h"
#include "fs/report/problems.h"
#include "fs/report/restarts.h"
#include "fs/state/server.h"
#include "fs/state/snapshot.h"
#include "fs/takeover/cells.h"
#include "fs/takeover/shared.h"

static int inherit_passes(struct server *server, struct fault *f)
{
    const struct snapshot_cells cells = {.pins = shared_cells(server->shared, SHARED_PINS),
                                         .pause = shared_cells(server->shared, SHARED_PAUSE)};
    return snapshots_restore(server->snapshots, &cells, server_now_ms(), f);
}

static int inherit_journal(struct server *server, struct fault *f)
{
    const struct cells cell = shared_cells(server->shared, SHARED_JOURNAL);
    if (journal_restore(server->journal, &cell, server_now().wall, f) != 0)
        return -1;
    server->mounted = journal_mounted(server->journal);
    return 0;
}

static void inherit_audit(struct server *server)
{
    const struct audit_cells cells = {.readers = shared_cells(server->shared, SHARED_READERS),
                                      .counts = shared_cells(server->shared, SHARED_AUDIT)};
    char sentence[CHANNEL_TEXT_SIZE];
    uint64_t lost = audit_restore(server->audit, &cells, server->registry);
    snprintf(sentence, sizeof(sentence),
             "at most %" PRIu64 " lines about requests and opened keys were lost when the worker ended", lost);
    if (lost > 0)
        channel_send(server->log_fd, CHANNEL_LOG, LOG_WARNING, sentence);
}

/* Ends of workers are none a day later (upkeep.c). */
static void inherit_problems(struct server *server)
{
    const struct cells cells = shared_cells(server->shared, SHARED_PROBLEMS);
    problems_restore(server->source.problems, &cells);
    server->source.ends = shared_cells(server->shared, SHARED_ENDS);
    restarts_report(server->source.problems, &server->source.ends, server_now().wall);
}

int inherit(struct server *server, struct fault *f)
{
    if (inherit_passes(server, f) != 0 || inherit_journal(server, f) != 0)
        return -1;
    inherit_audit(server);
    inherit_problems(server);
    return 0;
}
