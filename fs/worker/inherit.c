#include "fs/worker/inherit.h"

#include "fs/state/server.h"
#include "fs/state/snapshot.h"
#include "fs/takeover/shared.h"

int inherit(struct server *server, struct fault *f)
{
    const struct snapshot_cells passes = {.pins = shared_cells(server->shared, SHARED_PINS),
                                          .pause = shared_cells(server->shared, SHARED_PAUSE)};
    return snapshots_restore(server->snapshots, &passes, server_now_ms(), f);
}
