#include "fs/worker/reopen.h"

#include <stdlib.h>

#include "core/base/fault.h"
#include "core/registry/load_retired.h"
#include "core/set/content.h"
#include "core/set/generation.h"
#include "core/set/resource.h"
#include "fs/import/pending.h"
#include "fs/ops/set_file.h"
#include "fs/report/inflight.h"
#include "fs/state/handle.h"
#include "fs/state/handles.h"
#include "fs/state/node.h"
#include "fs/state/notifier.h"
#include "fs/state/server.h"
#include "fs/state/shares.h"
#include "fs/state/snapshot.h"
#include "fs/state/upload.h"
#include "fs/worker/notify.h"

/* A file whose generation is gone stays without content. */
static void reopen_file(const struct server *server, struct handle *handle)
{
    struct node node = node_of(handle->number);
    CLEANUP(generation_unrefp) struct generation *generation = registry_revive(server->registry, node.number);
    if (generation == NULL)
        generation = snapshots_find(server->snapshots, node.number);
    struct content *content = generation == NULL ? NULL : set_file_content(generation, node.file);
    if (content == NULL)
        return;
    handle->content = content_ref(content);
    handle->resource = resource_ref(generation->resource);
    handle->committed = generation->committed;
}

static struct shares *reopen_shares(struct server *server, enum node_kind kind)
{
    if (kind == NODE_CONTROL)
        return &server->controls;
    return kind == NODE_IMPORT_FILE ? &server->imports : &server->texts;
}

/* A file of import/ without a verdict is in flight from its creation on. */
static void reopen_admit(struct server *server, const struct import_file *file)
{
    struct upload *upload = file->upload;
    const struct inflight_document document = {.upload = upload,
                                               .import = true,
                                               .complete = !upload_is_collecting(upload),
                                               .uid = file->uid,
                                               .pid = upload->writer.pid,
                                               .begun = file->begun,
                                               .moved = file->moved};
    upload->counted = inflight_begin(&server->inflight, &document);
}

/* Without import/, or what is kept of it, it is open and nothing else. */
static void reopen_import(struct server *server, struct handle *handle)
{
    struct import_file *file = server->pending == NULL ? NULL : calloc(1, sizeof(*file));
    handle->file = file;
    if (file == NULL) {
        handle->kind = NODE_NONE;
        return;
    }
    file->inode = handle->number;
    file->upload = handle->upload;
    if (pending_restore(server->pending, file) && file->listed)
        reopen_admit(server, file);
}

static void reopen_one(void *context, struct handle *handle)
{
    struct server *server = context;
    if (handle->number >> 63 == 0) {
        reopen_file(server, handle);
        return;
    }
    handle->shares = handle->counted ? reopen_shares(server, handle->kind) : NULL;
    if (handle->kind == NODE_IMPORT_FILE)
        reopen_import(server, handle);
    if (handle->shares != NULL)
        shares_restore(handle->shares, handle->uid, handle->text_size);
}

void reopen_notify(struct server *server)
{
    uint64_t inode;
    for (size_t i = 0; handles_recall_pages(server->handles, i, &inode); i++)
        if (inode != 0)
            notifier_post(server->notifier, &(struct notice){.kind = NOTICE_PAGES, .directory = inode}, -1);
    notify_post_poll(server->notifier);
}

int reopen_all(struct server *server, struct fault *f)
{
    return handles_restore(server->handles, reopen_one, server, f);
}
