#include "fs/state/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/action/outcome.h"
#include "core/base/fault.h"
#include "core/set/generation.h"
#include "core/set/material.h"
#include "core/set/resource.h"
#include "fs/host/clock.h"
#include "fs/host/own_files.h"
#include "fs/report/problems.h"
#include "fs/state/upload.h"

struct moment server_now(void)
{
    return (struct moment){.wall = clock_ms(CLOCK_REALTIME) / 1000, .steady = clock_ms(CLOCK_MONOTONIC) / 1000};
}

int64_t server_now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC_COARSE);
}

/*
 * For a request that did not reach the registry only the set of import/ is known; the served sets stay. The caller
 * releases the set.
 */
static struct resource *server_note_unchanged(const struct server *server, struct journal_entry *entry)
{
    if (entry->writer.via != VIA_IMPORT)
        return NULL;
    const char *identifier = server->import_policy.only_set;
    CLEANUP(generation_unrefp) struct generation *current = registry_current(server->registry, identifier);
    if (current == NULL)
        return resource_new(identifier, 0, "", 0);
    memcpy(entry->old_sha256, material_facts(current->material)->sha256, sizeof(entry->old_sha256));
    memcpy(entry->new_sha256, entry->old_sha256, sizeof(entry->new_sha256));
    return resource_ref(current->resource);
}

void server_about_set(const char *identifier, char ret[static PROBLEMS_ABOUT_SIZE])
{
    snprintf(ret, PROBLEMS_ABOUT_SIZE, "set %s", journal_set_name(identifier));
}

void server_record(struct server *server, const struct outcome *outcome, const struct fault *fault,
                   const struct writer *writer)
{
    struct journal_entry entry = {.time = server_now().wall, .writer = *writer};
    CLEANUP(resource_unrefp)
    struct resource *unchanged = outcome == NULL ? server_note_unchanged(server, &entry) : NULL;
    entry.resource = outcome == NULL ? unchanged : outcome->resource;
    if (fault != NULL)
        entry.fault = *fault;
    if (outcome != NULL) {
        entry.action = outcome->action;
        entry.waived = outcome->findings.waived;
        memcpy(entry.sentence, outcome->sentence, sizeof(entry.sentence));
        memcpy(entry.old_sha256, outcome->old_sha256, sizeof(entry.old_sha256));
        memcpy(entry.new_sha256, outcome->new_sha256, sizeof(entry.new_sha256));
    }
    entry.generation = registry_number(server->registry);
    bool good = outcome != NULL && entry.fault.reason == REASON_NONE;
    journal_record(server->journal, &entry, good ? &outcome->findings : NULL);
    audit_note_request(server->audit, &entry);
}

/* Refuses an unfinished document of control; false: there is none that has to give way. */
static bool server_take_place(struct server *server, int64_t now)
{
    struct fault f = {.reason = REASON_NONE};
    struct upload *yielding = inflight_yielding(&server->inflight, now);
    if (yielding == NULL)
        return false;
    fault_set(&f, REASON_BUSY, "", "its place was needed by another document before this one was complete");
    server_refuse(server, yielding, &f);
    return true;
}

int server_admit(struct server *server, struct upload *upload, struct fault *f)
{
    if (upload->counted)
        return 0;
    if (atomic_load(&server->draining) && !server->current.again)
        return fault_set(f, REASON_BUSY, "", "certfs is stopping; send the request again when it is mounted again");
    int64_t now = server_now_ms();
    const struct inflight_document document = {.upload = upload,
                                               .import = upload->writer.via == VIA_IMPORT,
                                               .uid = upload->writer.uid,
                                               .pid = upload->writer.pid,
                                               .begun = now,
                                               .moved = now};
    upload->counted = inflight_begin(&server->inflight, &document) ||
                      (server_take_place(server, now) && inflight_begin(&server->inflight, &document));
    if (!upload->counted)
        return fault_set(f, REASON_BUSY, "", "more than %d documents are in flight; try again", SERVER_DOCUMENTS_MAX);
    return 0;
}

void server_note_write(struct server *server, struct upload *upload, size_t size)
{
    inflight_note(&server->inflight, &(struct inflight_document){.upload = upload,
                                                                 .complete = !upload_is_collecting(upload),
                                                                 .uid = upload->writer.uid,
                                                                 .pid = upload->writer.pid,
                                                                 .moved = server_now_ms(),
                                                                 .bytes = size});
}

void server_dismiss(struct server *server, struct upload *upload)
{
    if (upload->counted)
        inflight_end(&server->inflight, upload);
    upload->counted = false;
}

void server_exit(void)
{
    own_files_close_all();
    _exit(EXIT_SUCCESS);
}

void server_refuse(struct server *server, struct upload *upload, const struct fault *fault)
{
    upload_answer_fault(upload, fault, NULL);
    server_record(server, NULL, fault, &upload->writer);
    server_dismiss(server, upload);
    upload_judge(upload, fault);
}
