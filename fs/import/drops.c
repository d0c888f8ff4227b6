#include "fs/import/drops.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct drops {
    pthread_mutex_t lock;
    int64_t limit_ms;
    struct drop *listed[DROPS_MAX]; /* in no order, without gaps */
    size_t count;
};

int drops_new(int64_t limit_ms, struct drops **ret, struct fault *f)
{
    struct drops *drops = malloc(sizeof(*drops));
    if (drops == NULL)
        return fault_no_memory(f);
    *drops = (struct drops){.lock = PTHREAD_MUTEX_INITIALIZER, .limit_ms = limit_ms};
    *ret = drops;
    return 0;
}

void drops_freep(struct drops **drops)
{
    if (*drops != NULL)
        pthread_mutex_destroy(&(*drops)->lock);
    free(*drops);
}

void drops_lock(struct drops *drops)
{
    pthread_mutex_lock(&drops->lock);
}

void drops_unlock(struct drops *drops)
{
    pthread_mutex_unlock(&drops->lock);
}

static size_t count_of(const struct drops *drops, uid_t uid)
{
    size_t count = 0;
    for (size_t i = 0; i < drops->count; i++)
        count += drops->listed[i]->uid == uid;
    return count;
}

/* Whether this user may take the place of a file of another one, who has so much more. */
static bool has_too_many(const struct drops *drops, uid_t uid, const struct drop *drop)
{
    return drop->uid != uid && (uid == 0 || count_of(drops, drop->uid) >= count_of(drops, uid) + 2);
}

static bool may_go(const struct drops *drops, uid_t uid, const struct drop *drop, int64_t now)
{
    bool idle = drop->uid != uid && count_of(drops, uid) == 0 && now - drop->moved >= DROPS_IDLE_MS;
    return upload_is_collecting(drop->upload) && (idle || has_too_many(drops, uid, drop));
}

/* Of two files: what the greedier user has, and of one user what has not grown for the longest. */
static bool goes_before(const struct drops *drops, const struct drop *a, const struct drop *b)
{
    size_t of_a = count_of(drops, a->uid), of_b = count_of(drops, b->uid);
    return of_a != of_b ? of_a > of_b : a->moved < b->moved;
}

struct drop *drops_yielding(const struct drops *drops, uid_t uid, int64_t now)
{
    struct drop *chosen = NULL;
    for (size_t i = 0; drops->count == DROPS_MAX && i < DROPS_MAX; i++) {
        struct drop *drop = drops->listed[i];
        if (may_go(drops, uid, drop, now) && (chosen == NULL || goes_before(drops, drop, chosen)))
            chosen = drop;
    }
    return chosen;
}

struct drop *drops_yielding_complete(const struct drops *drops, uid_t uid)
{
    struct drop *chosen = NULL;
    for (size_t i = 0; drops->count == DROPS_MAX && i < DROPS_MAX; i++) {
        struct drop *drop = drops->listed[i];
        if (upload_is_collecting(drop->upload) || !has_too_many(drops, uid, drop))
            continue;
        size_t own = count_of(drops, drop->uid), most = chosen == NULL ? 0 : count_of(drops, chosen->uid);
        if (chosen == NULL || own > most || (own == most && drop->moved > chosen->moved))
            chosen = drop;
    }
    return chosen;
}

int drops_add(struct drops *drops, struct drop *drop, struct fault *f)
{
    if (drop->uid != 0 && count_of(drops, drop->uid) >= DROPS_PER_UID)
        return fault_set(f, REASON_BUSY, "", "more than %d unfinished requests of this user; try again", DROPS_PER_UID);
    if (drops->count >= DROPS_MAX)
        return fault_set(f, REASON_BUSY, "", "more than %d unfinished requests in import/; try again", DROPS_MAX);
    drops->listed[drops->count++] = drop;
    drop->listed = true;
    return 0;
}

void drops_remove(struct drops *drops, struct drop *drop)
{
    for (size_t i = 0; i < drops->count; i++)
        if (drops->listed[i] == drop)
            drops->listed[i] = drops->listed[--drops->count];
    drop->listed = false;
}

struct drop *drops_find(struct drops *drops, const char *name)
{
    for (size_t i = 0; i < drops->count; i++)
        if (strcmp(drops->listed[i]->name, name) == 0)
            return drops->listed[i];
    return NULL;
}

int drops_check_room(const struct drops *drops, const struct drop *drop, size_t more, struct fault *f)
{
    size_t taken = 0;
    for (size_t i = 0; i < drops->count; i++)
        if (drops->listed[i]->uid == drop->uid)
            taken += drops->listed[i]->size;
    if (more > DROPS_BYTES_PER_UID || taken > DROPS_BYTES_PER_UID - more)
        return fault_set(f, REASON_BUSY, "", "more than %d MiB in unfinished requests of this user; try again",
                         DROPS_BYTES_PER_UID / (1024 * 1024));
    return 0;
}

/* A file that is being judged has all the time that the importer needs. */
static struct drop *next_to_expire(const struct drops *drops)
{
    struct drop *next = NULL;
    for (size_t i = 0; i < drops->count; i++) {
        struct drop *drop = drops->listed[i];
        if (upload_is_collecting(drop->upload) && (next == NULL || drop->begun < next->begun))
            next = drop;
    }
    return next;
}

struct drop *drops_expired(const struct drops *drops, int64_t now)
{
    struct drop *next = next_to_expire(drops);
    return next == NULL || now - next->begun < drops->limit_ms ? NULL : next;
}

int drops_wait(const struct drops *drops, int64_t now)
{
    const struct drop *next = next_to_expire(drops);
    if (next == NULL)
        return -1;
    int64_t left = next->begun + drops->limit_ms - now;
    return left < 0 ? 0 : (int)left;
}
