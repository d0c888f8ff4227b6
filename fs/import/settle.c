#include "fs/import/settle.h"

#include <stdio.h>
#include <string.h>

void settle_answer(struct server *server, const struct drop *drop, const char *sentence, struct content *findings)
{
    struct verdict verdict = {.uid = drop->uid, .gid = drop->gid, .time = server_now().wall, .findings = findings};
    memcpy(verdict.name, drop->name, sizeof(verdict.name));
    snprintf(verdict.sentence, sizeof(verdict.sentence), "%s", sentence);
    verdicts_put(server->verdicts, &verdict, server_now_ms());
}

void settle_refuse(struct server *server, struct drop *drop, const struct fault *fault)
{
    settle_answer(server, drop, fault->message, NULL);
    drops_remove(server->drops, drop);
    server_refuse(server, drop->upload, fault);
}

void settle_judged(struct server *server, struct drop *drop, const char *sentence, struct content *findings)
{
    drops_lock(server->drops);
    settle_answer(server, drop, sentence, findings);
    drops_remove(server->drops, drop);
    drops_unlock(server->drops);
}

int settle_expired(struct server *server)
{
    struct drop *drop;
    if (server->drops == NULL)
        return -1;
    drops_lock(server->drops);
    while ((drop = drops_expired(server->drops, server_now_ms())) != NULL) {
        struct fault f = {.reason = REASON_NONE};
        fault_set(&f, REASON_MALFORMED_JSON, "", "the document was not complete %d seconds after its file was created",
                  DROPS_LIMIT_MS / 1000);
        settle_refuse(server, drop, &f);
    }
    int wait = drops_wait(server->drops, server_now_ms());
    drops_unlock(server->drops);
    return wait;
}
