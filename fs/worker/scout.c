#include "fs/worker/scout.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "core/base/memory.h"
#include "core/json/json.h"
#include "core/store/store.h"
#include "fs/disk/access.h"
#include "fs/host/ask.h"
#include "fs/host/channel.h"
#include "fs/host/lockdown.h"
#include "fs/judge/judge_client.h"
#include "fs/worker/cage.h"

/* One that is replaced at this moment, and one that did not open before, is no reason: only the root set's counts. */
static int scout_visit_record(void *context, const char *name, const struct store_opened *opened,
                              const struct fault *fault)
{
    struct fault *why = context;
    (void)opened;
    if (fault == NULL || !store_is_root(name) || fault->reason == REASON_STORE_FAILED)
        return 0;
    *why = *fault;
    return -1;
}

static int scout_open_store(const struct worker_task *task, struct ask *ask, struct fault *f)
{
    struct store_host host = access_host(ask);
    host.hands_over = task->disk->user == 0 && geteuid() != 0;
    const struct store_place place = {.store_fd = task->disk->store,
                                      .keys_fd = task->disk->keys,
                                      .keys_path = task->options->kek_dir,
                                      .host = &host,
                                      .store_path = task->options->store_path,
                                      .taken_over = true,
                                      .default_id = task->options->kek};
    CLEANUP(store_freep) struct store *store = NULL;
    int result = store_open(&place, &store, f);
    if (result == 0)
        result = store_each(store, scout_visit_record, f, f);
    memory_wipe_stack();
    return result;
}

static int scout_look(const struct worker_task *task, struct ask *ask, struct fault *f)
{
    struct judge_client judges;
    char missing[FAULT_MESSAGE_SIZE];
    judge_client_open(&judges, task->channels.zygote, task->channels.log, ask, JUDGE_CLIENT_LIMIT_MS);
    int result = judge_client_greet(&judges, JUDGE_CLIENT_READY_MS, missing, f);
    judge_client_close(&judges);
    if (result != 0 || task->disk->store < 0)
        return result;
    return scout_open_store(task, ask, f);
}

int scout_run(struct worker_task *task)
{
    struct ask ask = {.fd = task->channels.ask, .limit_ms = ASK_LIMIT_MS};
    struct fault f = {.reason = REASON_NONE};
    char problem[LOCKDOWN_PROBLEM_SIZE] = "";
    bool caged = cage_enter(task->options, task->disk, &task->namespaces, task->problems, problem) == 0;
    json_init();
    if (caged && scout_look(task, &ask, &f) == 0)
        return channel_send(task->channels.line, CHANNEL_READY, 0, "") == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    (void)channel_send(task->channels.line, CHANNEL_FAILED, 0, f.message[0] != '\0' ? f.message : problem);
    return EXIT_FAILURE;
}
