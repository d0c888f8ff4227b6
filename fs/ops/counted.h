/*
 * counted: handles that count against what their user may have open (shares.h): texts, answers and control.
 */
#ifndef CERTFS_FS_OPS_COUNTED_H
#define CERTFS_FS_OPS_COUNTED_H

#include <fuse_lowlevel.h>

#include "core/base/cleanup.h"
#include "fs/state/node.h"
#include "fs/state/server.h"

/*
 * The entry that this request has opened, when a worker before this one handled it: its descriptor may be in use. NULL
 * for none.
 */
struct handle *counted_opened_before(const struct server *server, enum node_kind kind);

/*
 * Opens a handle for the caller, of a file of this size; the caller completes it, and then keeps it (handles_keep).
 * Returns an errno: those of shares_open, ENOMEM.
 */
MUST_CHECK int counted_open(fuse_req_t req, struct shares *shares, enum node_kind kind, size_t size,
                            struct handle **ret);

/* The handle holds this text from now on. Any thread. */
void counted_hold(struct server *server, struct handle *handle, struct content *text, uint64_t seen);

/* Reports once that there is no room to keep what is open for a worker that follows. */
void counted_report(struct server *server);

/* Closes any handle, counted or not. */
void counted_close(struct server *server, const struct handle *handle);

#endif
