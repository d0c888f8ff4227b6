#include "fs/server.h"

#include <stdio.h>
#include <syslog.h>
#include <time.h>

#include "core/answer.h"
#include "fs/importer.h"
#include "fs/link.h"

static int64_t seconds_of(clockid_t clock)
{
    struct timespec now;
    return clock_gettime(clock, &now) == 0 ? now.tv_sec : 0;
}

struct moment server_now(void)
{
    return (struct moment){.wall = seconds_of(CLOCK_REALTIME), .steady = seconds_of(CLOCK_MONOTONIC)};
}

static void log_entry(const struct server *server, const struct journal_entry *entry)
{
    char line[LINK_TEXT_SIZE];
    bool refused = entry->fault.reason != REASON_NONE;
    snprintf(line, sizeof(line), "request by uid %u, pid %d: %s%s%s%s", (unsigned)entry->writer.uid,
             (int)entry->writer.pid, refused ? "refused, " : "", refused ? reason_name(entry->fault.reason) : "",
             refused ? ": " : "", refused ? entry->fault.message : entry->sentence);
    link_send(server->link_fd, LINK_LOG, refused ? LOG_WARNING : LOG_NOTICE, line);
}

void server_record(struct server *server, const struct outcome *outcome, const struct fault *fault,
                   const struct writer *writer)
{
    struct journal_entry entry = {.time = server_now().wall, .writer = *writer};
    if (fault != NULL)
        entry.fault = *fault;
    if (outcome != NULL) {
        entry.action = outcome->action;
        snprintf(entry.sentence, sizeof(entry.sentence), "%s", outcome->sentence);
    }
    journal_record(server->journal, &entry);
    log_entry(server, &entry);
}

int server_admit(struct server *server, struct upload *upload, struct fault *f)
{
    if (upload->counted)
        return 0;
    if (importer_is_draining(server->importer))
        return fault_set(f, REASON_BUSY, "", "certfs is stopping and takes no more requests");
    if (atomic_fetch_add(&server->documents, 1) >= SERVER_DOCUMENTS_MAX) {
        atomic_fetch_sub(&server->documents, 1);
        return fault_set(f, REASON_BUSY, "", "more than %d documents are in flight; try again", SERVER_DOCUMENTS_MAX);
    }
    upload->counted = true;
    return 0;
}

void server_dismiss(struct server *server, struct upload *upload)
{
    if (upload->counted)
        atomic_fetch_sub(&server->documents, 1);
    upload->counted = false;
}

void server_refuse(struct server *server, struct upload *upload, const struct fault *fault)
{
    struct fault unanswered = {.reason = REASON_NONE};
    /* Without memory there is no answer to read back, but the errno says as much. */
    if (answer_write_fault(fault, &upload->answer, &unanswered) != 0)
        buf_done(&upload->answer);
    server_record(server, NULL, fault, &upload->writer);
    server_dismiss(server, upload);
    upload_judge(upload, fault);
}
