#include "fs/report/readers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

struct readers {
    pthread_mutex_t lock; /* of its own, since it is held while /proc is read */
    struct audit_reader list[AUDIT_READERS_MAX];
    size_t count;
};

struct readers *readers_new(void)
{
    struct readers *readers = calloc(1, sizeof(*readers));
    if (readers != NULL)
        pthread_mutex_init(&readers->lock, NULL);
    return readers;
}

void readers_freep(struct readers **readers)
{
    if (*readers != NULL) {
        pthread_mutex_destroy(&(*readers)->lock);
        readers_done((*readers)->list, (*readers)->count);
    }
    free(*readers);
}

void readers_done(struct audit_reader list[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        resource_unref(list[i].resource);
}

static bool readers_lives(const struct audit_reader *reader)
{
    return process_started(reader->pid) == reader->started;
}

/* ---- with the lock held ---- */

static void readers_forget_dead(struct readers *readers)
{
    size_t kept = 0;
    for (size_t i = 0; i < readers->count; i++)
        if (readers_lives(&readers->list[i]))
            readers->list[kept++] = readers->list[i];
        else
            resource_unref(readers->list[i].resource);
    readers->count = kept;
}

static bool readers_is_same_process(const struct audit_reader *a, const struct audit_reader *b)
{
    return a->pid == b->pid && a->started == b->started;
}

static size_t readers_count_of_process(const struct readers *readers, const struct audit_reader *process)
{
    size_t count = 0;
    for (size_t i = 0; i < readers->count; i++)
        count += readers_is_same_process(&readers->list[i], process);
    return count;
}

/* Removes the oldest entry of the process with the most, so that a process that reads many sets displaces no other. */
static void readers_evict(struct readers *readers)
{
    size_t chosen = 0, most = 0;
    for (size_t i = 0; i < readers->count; i++) {
        size_t count = readers_count_of_process(readers, &readers->list[i]);
        if (count > most) {
            most = count;
            chosen = i;
        }
    }
    size_t behind = --readers->count - chosen;
    resource_unref(readers->list[chosen].resource);
    memmove(&readers->list[chosen], &readers->list[chosen + 1], behind * sizeof(readers->list[0]));
}

static void readers_make_room(struct readers *readers)
{
    if (readers->count == AUDIT_READERS_MAX)
        readers_forget_dead(readers);
    if (readers->count == AUDIT_READERS_MAX)
        readers_evict(readers);
}

/* Finds the entry of a process and a set, or adds an empty one. */
static struct audit_reader *readers_entry_of(struct readers *readers, const struct audit_reader *reader)
{
    for (size_t i = 0; i < readers->count; i++)
        if (readers_is_same_process(&readers->list[i], reader) &&
            readers->list[i].resource->set == reader->resource->set)
            return &readers->list[i];
    readers_make_room(readers);
    readers->list[readers->count] = (struct audit_reader){.pid = 0};
    return &readers->list[readers->count++];
}

/* ---- */

void readers_remember(struct readers *readers, const struct audit_reader *reader)
{
    if (reader->started == 0)
        return;
    pthread_mutex_lock(&readers->lock);
    struct audit_reader *entry = readers_entry_of(readers, reader);
    resource_unref(entry->resource);
    *entry = *reader;
    resource_ref(entry->resource);
    text_make_printable(entry->program);
    if (entry->program[0] == '\0')
        memcpy(entry->program, "?", sizeof("?"));
    pthread_mutex_unlock(&readers->lock);
}

void readers_tidy(struct readers *readers)
{
    pthread_mutex_lock(&readers->lock);
    readers_forget_dead(readers);
    pthread_mutex_unlock(&readers->lock);
}

size_t readers_list(struct readers *readers, struct audit_reader ret[static AUDIT_READERS_MAX])
{
    pthread_mutex_lock(&readers->lock);
    size_t count = 0;
    for (size_t i = 0; i < readers->count; i++)
        if (readers_lives(&readers->list[i])) {
            ret[count] = readers->list[i];
            resource_ref(ret[count++].resource);
        }
    pthread_mutex_unlock(&readers->lock);
    return count;
}
