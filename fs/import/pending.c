#include "fs/import/pending.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fault.h"
#include "core/base/text.h"
#include "fs/takeover/cells.h"
#include "fs/takeover/shared.h"

struct pending {
    pthread_mutex_t lock;
    int64_t limit_ms;
    struct cells files, removed;             /* for a worker that follows */
    struct import_file *listed[PENDING_MAX]; /* in no order, without gaps */
    size_t count;
};

int pending_new(const struct shared *shared, int64_t limit_ms, struct pending **ret, struct fault *f)
{
    struct pending *pending = malloc(sizeof(*pending));
    if (pending == NULL)
        return fault_no_memory(f);
    *pending = (struct pending){.lock = PTHREAD_MUTEX_INITIALIZER, .limit_ms = limit_ms};
    pending->files = shared_cells(shared, SHARED_FILES);
    pending->removed = shared_cells(shared, SHARED_REMOVED);
    *ret = pending;
    return 0;
}

void pending_freep(struct pending **pending)
{
    if (*pending != NULL)
        pthread_mutex_destroy(&(*pending)->lock);
    free(*pending);
}

void pending_lock(struct pending *pending)
{
    pthread_mutex_lock(&pending->lock);
}

void pending_unlock(struct pending *pending)
{
    pthread_mutex_unlock(&pending->lock);
}

static size_t pending_count_of(const struct pending *pending, uid_t uid)
{
    size_t count = 0;
    for (size_t i = 0; i < pending->count; i++)
        count += pending->listed[i]->uid == uid;
    return count;
}

/* Whether this user may evict a file of another user, who has so many more. */
static bool pending_has_too_many(const struct pending *pending, uid_t uid, const struct import_file *file)
{
    return file->uid != uid && (uid == 0 || pending_count_of(pending, file->uid) >= pending_count_of(pending, uid) + 2);
}

static bool pending_may_go(const struct pending *pending, uid_t uid, const struct import_file *file, int64_t now)
{
    bool idle = file->uid != uid && pending_count_of(pending, uid) == 0 && now - file->moved >= PENDING_IDLE_MS;
    return upload_is_collecting(file->upload) && (idle || pending_has_too_many(pending, uid, file));
}

/* Whether `a` is evicted before `b`: its user has more, or it is the user's and has not grown for longer. */
static bool pending_goes_before(const struct pending *pending, const struct import_file *a, const struct import_file *b)
{
    size_t of_a = pending_count_of(pending, a->uid), of_b = pending_count_of(pending, b->uid);
    return of_a != of_b ? of_a > of_b : a->moved < b->moved;
}

struct import_file *pending_yielding(const struct pending *pending, uid_t uid, int64_t now)
{
    struct import_file *chosen = NULL;
    for (size_t i = 0; pending->count == PENDING_MAX && i < PENDING_MAX; i++) {
        struct import_file *file = pending->listed[i];
        if (pending_may_go(pending, uid, file, now) && (chosen == NULL || pending_goes_before(pending, file, chosen)))
            chosen = file;
    }
    return chosen;
}

struct import_file *pending_yielding_complete(const struct pending *pending, uid_t uid)
{
    struct import_file *chosen = NULL;
    for (size_t i = 0; pending->count == PENDING_MAX && i < PENDING_MAX; i++) {
        struct import_file *file = pending->listed[i];
        if (upload_is_collecting(file->upload) || !pending_has_too_many(pending, uid, file))
            continue;
        size_t own = pending_count_of(pending, file->uid),
               most = chosen == NULL ? 0 : pending_count_of(pending, chosen->uid);
        if (chosen == NULL || own > most || (own == most && file->moved > chosen->moved))
            chosen = file;
    }
    return chosen;
}

int pending_add(struct pending *pending, struct import_file *file, struct fault *f)
{
    if (file->uid != 0 && pending_count_of(pending, file->uid) >= PENDING_PER_UID)
        return fault_set(f, REASON_BUSY, "", "more than %d unfinished requests of this user; try again",
                         PENDING_PER_UID);
    if (pending->count >= PENDING_MAX)
        return fault_set(f, REASON_BUSY, "", "more than %d unfinished requests in import/; try again", PENDING_MAX);
    pending->listed[pending->count++] = file;
    file->listed = true;
    return 0;
}

void pending_keep(const struct pending *pending, const struct import_file *file)
{
    struct kept_file kept = {.created = file->created,
                             .begun = file->begun,
                             .moved = file->moved,
                             .size = file->size,
                             .uid = file->uid,
                             .gid = file->gid,
                             .mode = file->mode};
    memcpy(kept.name, file->name, sizeof(kept.name));
    cells_put(&pending->files, file->upload->place, &kept);
}

bool pending_restore(struct pending *pending, struct import_file *file)
{
    struct kept_file kept;
    if (!cells_get(&pending->files, file->upload->place, &kept))
        return false;
    bool judged = upload_is_judged(file->upload);
    file->created = kept.created;
    file->begun = kept.begun;
    file->moved = kept.moved;
    file->size = judged ? kept.size : 0; /* what was written is lost, or comes again */
    file->uid = kept.uid;
    file->gid = kept.gid;
    file->mode = kept.mode;
    text_copy(kept.name, sizeof(kept.name), file->name, sizeof(file->name));
    file->listed = !judged && pending->count < PENDING_MAX;
    if (file->listed)
        pending->listed[pending->count++] = file;
    return true;
}

void pending_note_removal(const struct pending *pending, uint64_t request)
{
    const struct kept_removal kept = {.request = request};
    cells_put(&pending->removed, 0, &kept);
}

bool pending_has_removal(const struct pending *pending, uint64_t request)
{
    struct kept_removal kept;
    return request != 0 && cells_get(&pending->removed, 0, &kept) && kept.request == request;
}

void pending_remove(struct pending *pending, struct import_file *file)
{
    for (size_t i = 0; i < pending->count; i++)
        if (pending->listed[i] == file)
            pending->listed[i] = pending->listed[--pending->count];
    file->listed = false;
}

struct import_file *pending_find(struct pending *pending, const char *name)
{
    for (size_t i = 0; i < pending->count; i++)
        if (strcmp(pending->listed[i]->name, name) == 0)
            return pending->listed[i];
    return NULL;
}

int pending_check_room(const struct pending *pending, const struct import_file *file, size_t more, struct fault *f)
{
    size_t taken = 0;
    for (size_t i = 0; i < pending->count; i++)
        if (pending->listed[i]->uid == file->uid)
            taken += pending->listed[i]->size;
    if (more > PENDING_BYTES_PER_UID || taken > PENDING_BYTES_PER_UID - more)
        return fault_set(f, REASON_BUSY, "", "more than %d MiB in unfinished requests of this user; try again",
                         PENDING_BYTES_PER_UID / (1024 * 1024));
    return 0;
}

/* A file that is being judged does not expire. */
static struct import_file *pending_next_to_expire(const struct pending *pending)
{
    struct import_file *next = NULL;
    for (size_t i = 0; i < pending->count; i++) {
        struct import_file *file = pending->listed[i];
        if (upload_is_collecting(file->upload) && (next == NULL || file->begun < next->begun))
            next = file;
    }
    return next;
}

struct import_file *pending_expired(const struct pending *pending, int64_t now)
{
    struct import_file *next = pending_next_to_expire(pending);
    return next == NULL || now - next->begun < pending->limit_ms ? NULL : next;
}

int pending_wait(const struct pending *pending, int64_t now)
{
    const struct import_file *next = pending_next_to_expire(pending);
    if (next == NULL)
        return -1;
    int64_t left = next->begun + pending->limit_ms - now;
    return left < 0 ? 0 : (int)left;
}
