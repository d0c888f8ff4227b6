#include "fs/report/readers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/text.h"
#include "core/set/generation.h"

struct readers {
    pthread_mutex_t lock; /* of its own, since it is held while /proc is read */
    struct audit_reader list[AUDIT_READERS_MAX];
    size_t count;
    uint64_t order; /* the last one */
    struct cells cells;
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

/* Writes the entry where it outlives the worker. */
static void readers_keep(struct readers *readers, struct audit_reader *entry)
{
    struct kept_reader kept = {.started = entry->started,
                               .generation = entry->generation,
                               .set = entry->resource->set,
                               .order = entry->order_,
                               .pid = (uint32_t)entry->pid,
                               .uid = entry->uid};
    snprintf(kept.program, sizeof(kept.program), "%s", entry->program);
    snprintf(kept.identifier, sizeof(kept.identifier), "%s", entry->resource->identifier);
    size_t cell = entry->cell_ != 0 ? entry->cell_ - 1 : cells_find_empty(&readers->cells);
    if (cell == readers->cells.count)
        return;
    entry->cell_ = cell + 1;
    cells_put(&readers->cells, cell, &kept);
}

/* Lets go of an entry, which leaves the list. */
static void readers_leave(struct readers *readers, const struct audit_reader *entry)
{
    resource_unref(entry->resource);
    if (entry->cell_ != 0)
        cells_clear(&readers->cells, entry->cell_ - 1);
}

static void readers_forget_dead(struct readers *readers)
{
    size_t kept = 0;
    for (size_t i = 0; i < readers->count; i++)
        if (readers_lives(&readers->list[i]))
            readers->list[kept++] = readers->list[i];
        else
            readers_leave(readers, &readers->list[i]);
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
    readers_leave(readers, &readers->list[chosen]);
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
    readers->list[readers->count] = (struct audit_reader){.order_ = ++readers->order};
    return &readers->list[readers->count++];
}

/* ---- */

void readers_remember(struct readers *readers, const struct audit_reader *reader)
{
    if (reader->started == 0)
        return;
    pthread_mutex_lock(&readers->lock);
    struct audit_reader *entry = readers_entry_of(readers, reader);
    const uint64_t order = entry->order_;
    const size_t cell = entry->cell_;
    resource_unref(entry->resource);
    *entry = *reader;
    entry->order_ = order;
    entry->cell_ = cell;
    resource_ref(entry->resource);
    text_make_printable(entry->program);
    if (entry->program[0] == '\0')
        memcpy(entry->program, "?", sizeof("?"));
    readers_keep(readers, entry);
    pthread_mutex_unlock(&readers->lock);
}

/* ---- after another worker ---- */

/* The set's resource; one like it where the set is not served, NULL if allocation fails. */
static struct resource *readers_set_of(const struct kept_reader *kept, struct registry *registry)
{
    char identifier[sizeof(kept->identifier)];
    CLEANUP(generation_unrefp) struct generation *current = registry_current_of(registry, kept->set);
    if (current != NULL)
        return resource_ref(current->resource);
    text_copy(kept->identifier, sizeof(kept->identifier), identifier, sizeof(identifier));
    return resource_new(identifier, kept->set, "", 0);
}

/* Behind those that began before it. False: the cell's entry is of no use. */
static bool readers_insert(struct readers *readers, const struct kept_reader *kept, size_t cell,
                           struct registry *registry)
{
    struct audit_reader entry = {.pid = (pid_t)kept->pid,
                                 .uid = kept->uid,
                                 .generation = kept->generation,
                                 .started = kept->started,
                                 .order_ = kept->order,
                                 .cell_ = cell + 1};
    if (kept->started == 0 || !readers_lives(&entry) || (entry.resource = readers_set_of(kept, registry)) == NULL)
        return false;
    text_copy(kept->program, sizeof(kept->program), entry.program, sizeof(entry.program));
    text_make_printable(entry.program);
    size_t place = readers->count++;
    for (; place > 0 && readers->list[place - 1].order_ > kept->order; place--)
        readers->list[place] = readers->list[place - 1];
    readers->list[place] = entry;
    return true;
}

void readers_restore(struct readers *readers, const struct cells *cells, struct registry *registry)
{
    struct kept_reader kept;
    pthread_mutex_lock(&readers->lock);
    readers->cells = *cells;
    for (size_t cell = 0; cell < AUDIT_READERS_MAX; cell++)
        if (cells_get(cells, cell, &kept) && readers_insert(readers, &kept, cell, registry))
            readers->order = kept.order > readers->order ? kept.order : readers->order;
        else
            cells_clear(cells, cell);
    pthread_mutex_unlock(&readers->lock);
}

/* ---- */

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
