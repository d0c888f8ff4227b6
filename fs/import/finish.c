#include "fs/import/finish.h"

#include <stdio.h>
#include <string.h>

#include "core/base/fault.h"
#include "fs/import/answer_table.h"

void finish_answer(struct server *server, const struct import_file *file, const char *sentence,
                   struct content *findings)
{
    struct import_answer answer = {.uid = file->uid, .gid = file->gid, .time = server_now().wall, .findings = findings};
    memcpy(answer.name, file->name, sizeof(answer.name));
    snprintf(answer.sentence, sizeof(answer.sentence), "%s", sentence);
    answer_table_put(server->answers, &answer, server_now_ms());
}

void finish_refuse(struct server *server, struct import_file *file, const struct fault *fault)
{
    finish_answer(server, file, fault->message, NULL);
    pending_remove(server->pending, file);
    server_refuse(server, file->upload, fault);
}

void finish_judged(struct server *server, struct import_file *file, const char *sentence, struct content *findings)
{
    pending_lock(server->pending);
    finish_answer(server, file, sentence, findings);
    pending_remove(server->pending, file);
    pending_unlock(server->pending);
}

int finish_expired(struct server *server)
{
    struct import_file *file;
    if (server->pending == NULL)
        return -1;
    pending_lock(server->pending);
    while ((file = pending_expired(server->pending, server_now_ms())) != NULL) {
        struct fault f = {.reason = REASON_NONE};
        fault_set(&f, REASON_MALFORMED_JSON, "", "the document was not complete %d seconds after its file was created",
                  PENDING_LIMIT_MS / 1000);
        finish_refuse(server, file, &f);
    }
    int wait = pending_wait(server->pending, server_now_ms());
    pending_unlock(server->pending);
    return wait;
}
