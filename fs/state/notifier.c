#include "fs/state/notifier.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>

#include "fs/host/clock.h"
#include "fs/host/thread.h"

enum { STACK_SIZE = 256 * 1024 };

/* A notice that waits or is being sent. */
struct entry {
    TAILQ_ENTRY(entry) order;
    struct notice notice;
    unsigned clients; /* bit 1 << client: those that wait for it */
    int64_t begun;    /* milliseconds of the steady clock; 0: not yet */
};

TAILQ_HEAD(entries, entry);

struct notifier {
    void (*send)(void *context, const struct notice *notice);
    void *context;
    int wake_fd;
    pthread_mutex_t lock; /* over all below */
    pthread_cond_t changed;
    struct entries waiting, sending;
    size_t waiting_count;
    unsigned threads; /* that have not ended */
    bool stopping;
};

/* ---- all with the lock held ---- */

static bool notifier_is_held(const struct entry *entry, int64_t now)
{
    return now - entry->begun >= NOTIFIER_PATIENCE_MS;
}

/* The notice that is being sent for this directory, NULL for none. */
static const struct entry *notifier_find_sending(const struct notifier *n, uint64_t directory)
{
    const struct entry *entry;
    TAILQ_FOREACH(entry, &n->sending, order)
    {
        if (directory != 0 && entry->notice.directory == directory)
            return entry;
    }
    return NULL;
}

static unsigned notifier_count_held(const struct notifier *n, int64_t now)
{
    unsigned held = 0;
    const struct entry *entry;
    TAILQ_FOREACH(entry, &n->sending, order)
    {
        held += notifier_is_held(entry, now);
    }
    return held;
}

/* The first that can begin. */
static struct entry *notifier_take(struct notifier *n)
{
    struct entry *entry;
    TAILQ_FOREACH(entry, &n->waiting, order)
    {
        if (notifier_find_sending(n, entry->notice.directory) != NULL)
            continue;
        TAILQ_REMOVE(&n->waiting, entry, order);
        n->waiting_count--;
        entry->begun = clock_ms(CLOCK_MONOTONIC);
        TAILQ_INSERT_TAIL(&n->sending, entry, order);
        return entry;
    }
    return NULL;
}

static bool notifier_is_same(const struct notice *a, const struct notice *b)
{
    return a->kind == b->kind && a->directory == b->directory && a->set == b->set && strcmp(a->name, b->name) == 0 &&
           a->wiped_count == b->wiped_count && memcmp(a->wiped, b->wiped, a->wiped_count * sizeof(a->wiped[0])) == 0;
}

static struct entry *notifier_find_waiting(const struct notifier *n, const struct notice *notice)
{
    struct entry *entry;
    TAILQ_FOREACH(entry, &n->waiting, order)
    {
        if (notifier_is_same(&entry->notice, notice))
            return entry;
    }
    return NULL;
}

static struct entry *notifier_add(struct notifier *n, const struct notice *notice)
{
    struct entry *entry = n->waiting_count < NOTIFIER_WAITING_MAX ? malloc(sizeof(*entry)) : NULL;
    if (entry == NULL)
        return NULL;
    *entry = (struct entry){.notice = *notice};
    TAILQ_INSERT_TAIL(&n->waiting, entry, order);
    n->waiting_count++;
    return entry;
}

/* ---- the threads ---- */

static void notifier_send_one(struct notifier *n, struct entry *entry)
{
    pthread_mutex_unlock(&n->lock);
    n->send(n->context, &entry->notice);
    pthread_mutex_lock(&n->lock);
    TAILQ_REMOVE(&n->sending, entry, order);
    if (entry->clients != 0)
        (void)eventfd_write(n->wake_fd, 1);
    free(entry);
    pthread_cond_broadcast(&n->changed); /* its directory is free */
}

/* At the end, notices that have not begun are dropped: the mount goes away. */
static void *notifier_serve(void *argument)
{
    struct notifier *n = argument;
    struct entry *entry;
    pthread_mutex_lock(&n->lock);
    while (!n->stopping) {
        if ((entry = notifier_take(n)) != NULL)
            notifier_send_one(n, entry);
        else
            pthread_cond_wait(&n->changed, &n->lock);
    }
    n->threads--;
    pthread_cond_broadcast(&n->changed);
    pthread_mutex_unlock(&n->lock);
    return NULL;
}

/* Returns an error number. The thread is detached, since it may never end. */
static int notifier_start_thread(struct notifier *n)
{
    pthread_t thread;
    pthread_mutex_lock(&n->lock);
    int error = thread_start(&thread, NOTIFIER_THREAD_NAME, STACK_SIZE, notifier_serve, n);
    n->threads += error == 0;
    pthread_mutex_unlock(&n->lock);
    if (error == 0)
        pthread_detach(thread);
    return error;
}

static void notifier_init(struct notifier *n)
{
    pthread_mutex_init(&n->lock, NULL);
    thread_init_condition(&n->changed);
    TAILQ_INIT(&n->waiting);
    TAILQ_INIT(&n->sending);
}

int notifier_start(void (*send)(void *context, const struct notice *notice), void *context, int wake_fd,
                   struct notifier **ret, struct fault *f)
{
    struct notifier *n = malloc(sizeof(*n));
    if (n == NULL)
        return fault_no_memory(f);
    *n = (struct notifier){.send = send, .context = context, .wake_fd = wake_fd};
    notifier_init(n);
    int error = 0;
    for (int i = 0; i < NOTIFIER_THREADS && error == 0; i++)
        error = notifier_start_thread(n);
    if (error == 0) {
        *ret = n;
        return 0;
    }
    (void)!notifier_stop(n);
    return fault_set_errno(f, REASON_SYSTEM, error, "cannot start the threads that notify the kernel");
}

static void notifier_drop_waiting(struct notifier *n)
{
    struct entry *entry;
    while ((entry = TAILQ_FIRST(&n->waiting)) != NULL) {
        TAILQ_REMOVE(&n->waiting, entry, order);
        free(entry);
    }
    n->waiting_count = 0;
}

bool notifier_stop(struct notifier *n)
{
    if (n == NULL)
        return true;
    const struct timespec until = clock_timespec(clock_ms(CLOCK_MONOTONIC) + NOTIFIER_PATIENCE_MS);
    pthread_mutex_lock(&n->lock);
    n->stopping = true;
    notifier_drop_waiting(n);
    pthread_cond_broadcast(&n->changed);
    while (n->threads > 0 && pthread_cond_timedwait(&n->changed, &n->lock, &until) == 0)
        continue;
    bool ended = n->threads == 0;
    pthread_mutex_unlock(&n->lock);
    if (!ended)
        return false;
    pthread_cond_destroy(&n->changed);
    pthread_mutex_destroy(&n->lock);
    free(n);
    return true;
}

/* ---- for those that post ---- */

void notifier_post(struct notifier *n, const struct notice *notice, int client)
{
    pthread_mutex_lock(&n->lock);
    struct entry *entry = notifier_find_waiting(n, notice);
    if (entry == NULL)
        entry = notifier_add(n, notice);
    if (entry != NULL && client >= 0)
        entry->clients |= 1U << client;
    pthread_cond_signal(&n->changed);
    pthread_mutex_unlock(&n->lock);
}

/* With the lock held: it will not begin soon. */
static bool notifier_waits_behind_held(const struct notifier *n, const struct entry *entry, int64_t now)
{
    const struct entry *before = notifier_find_sending(n, entry->notice.directory);
    return (before != NULL && notifier_is_held(before, now)) || notifier_count_held(n, now) == NOTIFIER_THREADS;
}

bool notifier_is_done(struct notifier *n, int client)
{
    const unsigned bit = 1U << client;
    const struct entry *entry;
    bool done = true;
    pthread_mutex_lock(&n->lock);
    int64_t now = clock_ms(CLOCK_MONOTONIC);
    TAILQ_FOREACH(entry, &n->sending, order)
    {
        if ((entry->clients & bit) != 0 && !notifier_is_held(entry, now))
            done = false;
    }
    TAILQ_FOREACH(entry, &n->waiting, order)
    {
        if ((entry->clients & bit) != 0 && !notifier_waits_behind_held(n, entry, now))
            done = false;
    }
    pthread_mutex_unlock(&n->lock);
    return done;
}

void notifier_forget(struct notifier *n, int client)
{
    const unsigned bit = 1U << client;
    struct entry *entry;
    pthread_mutex_lock(&n->lock);
    TAILQ_FOREACH(entry, &n->sending, order)
    {
        entry->clients &= ~bit;
    }
    TAILQ_FOREACH(entry, &n->waiting, order)
    {
        entry->clients &= ~bit;
    }
    pthread_mutex_unlock(&n->lock);
}

unsigned notifier_held(struct notifier *n)
{
    pthread_mutex_lock(&n->lock);
    unsigned held = notifier_count_held(n, clock_ms(CLOCK_MONOTONIC));
    pthread_mutex_unlock(&n->lock);
    return held;
}

bool notifier_is_busy(struct notifier *n)
{
    pthread_mutex_lock(&n->lock);
    bool busy = !TAILQ_EMPTY(&n->sending);
    pthread_mutex_unlock(&n->lock);
    return busy;
}
