#include "fs/report/inflight.h"

/* The lock is held in this and the next two functions. */
static struct inflight_document *inflight_find(struct inflight *inflight, const struct upload *upload)
{
    for (size_t i = 0; i < inflight->count; i++)
        if (inflight->documents[i].upload == upload)
            return &inflight->documents[i];
    return NULL;
}

static bool inflight_may_go(const struct inflight_document *document, int64_t now)
{
    bool held = now - document->moved >= INFLIGHT_IDLE_MS || now - document->begun >= INFLIGHT_LONG_MS;
    return held && !document->import && !document->complete;
}

static struct inflight_document *inflight_longest_held(struct inflight *inflight, int64_t now)
{
    struct inflight_document *chosen = NULL;
    for (size_t i = 0; i < inflight->count; i++) {
        struct inflight_document *document = &inflight->documents[i];
        if (inflight_may_go(document, now) && (chosen == NULL || document->moved < chosen->moved))
            chosen = document;
    }
    return chosen;
}

bool inflight_begin(struct inflight *inflight, const struct inflight_document *document)
{
    pthread_mutex_lock(&inflight->lock);
    bool room = inflight->count < INFLIGHT_MAX;
    if (room)
        inflight->documents[inflight->count++] = *document;
    pthread_mutex_unlock(&inflight->lock);
    return room;
}

void inflight_note(struct inflight *inflight, const struct inflight_document *write)
{
    pthread_mutex_lock(&inflight->lock);
    struct inflight_document *document = inflight_find(inflight, write->upload);
    if (document != NULL) {
        document->uid = write->uid;
        document->pid = write->pid;
        document->moved = write->moved;
        document->complete = write->complete;
        document->bytes += write->bytes;
    }
    pthread_mutex_unlock(&inflight->lock);
}

void inflight_end(struct inflight *inflight, const struct upload *upload)
{
    pthread_mutex_lock(&inflight->lock);
    struct inflight_document *document = inflight_find(inflight, upload);
    if (document != NULL)
        *document = inflight->documents[--inflight->count];
    pthread_mutex_unlock(&inflight->lock);
}

struct upload *inflight_yielding(struct inflight *inflight, int64_t now)
{
    pthread_mutex_lock(&inflight->lock);
    const struct inflight_document *document = inflight_longest_held(inflight, now);
    struct upload *upload = document == NULL ? NULL : document->upload;
    pthread_mutex_unlock(&inflight->lock);
    return upload;
}

size_t inflight_list(struct inflight *inflight, struct inflight_document ret[static INFLIGHT_MAX])
{
    pthread_mutex_lock(&inflight->lock);
    size_t count = inflight->count;
    for (size_t i = 0; i < count; i++)
        ret[i] = inflight->documents[i];
    pthread_mutex_unlock(&inflight->lock);
    return count;
}
