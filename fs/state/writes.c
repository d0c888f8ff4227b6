#include "fs/state/writes.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "fs/state/upload.h"

struct writes {
    int importer_fd, upkeep_fd;
    pthread_mutex_t lock; /* over all below */
    pthread_cond_t room;  /* a place is free for one more that spreads */
    struct queue queue;
    struct job running; /* request NULL: none */
    bool committing;    /* the running one */
    bool answered;      /* the running one was given up */
    struct spread spreading[WRITES_SPREADING_MAX];
    unsigned reserved, used; /* bit 1 << place */
};

int writes_new(struct writes **ret, struct fault *f)
{
    struct writes *writes = calloc(1, sizeof(*writes));
    if (writes == NULL)
        return fault_no_memory(f);
    pthread_mutex_init(&writes->lock, NULL);
    pthread_cond_init(&writes->room, NULL);
    writes->importer_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    writes->upkeep_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    *ret = writes;
    if (writes->importer_fd >= 0 && writes->upkeep_fd >= 0)
        return 0;
    int os_errno = errno;
    writes_freep(ret);
    *ret = NULL;
    return fault_set_errno(f, REASON_SYSTEM, os_errno, "cannot make an eventfd");
}

void writes_freep(struct writes **writes)
{
    struct writes *w = *writes;
    if (w == NULL)
        return;
    for (int place = 0; place < WRITES_SPREADING_MAX; place++) {
        buf_done(&w->spreading[place].answer);
        content_unref(w->spreading[place].findings);
        resource_unref(w->spreading[place].resource);
    }
    close_fd(&w->importer_fd);
    close_fd(&w->upkeep_fd);
    pthread_cond_destroy(&w->room);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

int writes_importer_fd(const struct writes *writes)
{
    return writes->importer_fd;
}

int writes_upkeep_fd(const struct writes *writes)
{
    return writes->upkeep_fd;
}

void writes_wake(int fd)
{
    /* Fails only if the counter is full, and then the descriptor is readable. */
    (void)eventfd_write(fd, 1);
}

/* ---- the FUSE thread ---- */

void writes_submit(struct writes *w, const struct job *job)
{
    pthread_mutex_lock(&w->lock);
    queue_put(&w->queue, job);
    pthread_mutex_unlock(&w->lock);
    writes_wake(w->importer_fd);
    if (job->interrupted)
        writes_wake(w->upkeep_fd);
}

static bool writes_is_used(const struct writes *w, int place)
{
    return (w->used >> place & 1) != 0;
}

static bool writes_is_of_request(const struct job *job, const void *request)
{
    return job->request == request;
}

static struct job *writes_find(struct writes *w, const struct fuse_req *request)
{
    if (w->running.request == request && !w->answered)
        return &w->running;
    for (int place = 0; place < WRITES_SPREADING_MAX; place++)
        if (writes_is_used(w, place) && w->spreading[place].job.request == request)
            return &w->spreading[place].job;
    return queue_find(&w->queue, writes_is_of_request, request);
}

static bool writes_is_of_upload(const struct job *job, const void *upload)
{
    return job->upload == upload;
}

bool writes_withdraw(struct writes *w, const struct upload *upload, struct job *ret)
{
    pthread_mutex_lock(&w->lock);
    bool found = queue_remove(&w->queue, writes_is_of_upload, upload, ret);
    pthread_mutex_unlock(&w->lock);
    return found;
}

void writes_interrupt(struct writes *w, const struct fuse_req *request)
{
    pthread_mutex_lock(&w->lock);
    struct job *job = writes_find(w, request);
    if (job != NULL)
        job->interrupted = true;
    pthread_mutex_unlock(&w->lock);
    writes_wake(w->upkeep_fd);
}

/* ---- the importer ---- */

bool writes_begin(struct writes *w, int64_t now, bool hurry, struct running *ret)
{
    pthread_mutex_lock(&w->lock);
    bool found = queue_take(&w->queue, now, hurry, &w->running);
    if (found) {
        struct upload *upload = w->running.upload;
        *ret = (struct running){.job = w->running, .frame = upload->frame, .writer = upload->writer};
        upload->frame = (struct frame){.taken = 0};
        w->committing = false;
        w->answered = false;
    }
    pthread_mutex_unlock(&w->lock);
    return found;
}

int writes_wait(struct writes *w, int64_t now)
{
    pthread_mutex_lock(&w->lock);
    int wait = queue_wait(&w->queue, now);
    pthread_mutex_unlock(&w->lock);
    return wait;
}

int writes_permit(void *writes, struct fault *f)
{
    struct writes *w = writes;
    pthread_mutex_lock(&w->lock);
    w->committing = !w->answered;
    bool permitted = w->committing;
    pthread_mutex_unlock(&w->lock);
    return permitted ? 0 : fault_set(f, REASON_BUSY, "", "the write was given up; nothing was changed");
}

void writes_changed(struct writes *w, int64_t now)
{
    pthread_mutex_lock(&w->lock);
    queue_changed(&w->queue, now);
    pthread_mutex_unlock(&w->lock);
}

/* With the lock held. */
static void writes_stop_running(struct writes *w)
{
    w->running = (struct job){.request = NULL};
    writes_wake(w->upkeep_fd);
}

enum write_end writes_end(struct writes *w)
{
    pthread_mutex_lock(&w->lock);
    enum write_end end = !w->answered ? WRITE_END_ANSWER : w->committing ? WRITE_END_RECORD : WRITE_END_RECORDED;
    writes_stop_running(w);
    pthread_mutex_unlock(&w->lock);
    return end;
}

static int writes_free_place(const struct writes *w)
{
    for (int place = 0; place < WRITES_SPREADING_MAX; place++)
        if ((w->reserved >> place & 1) == 0)
            return place;
    return -1;
}

void writes_reserve(struct writes *w, struct spread *spread)
{
    pthread_mutex_lock(&w->lock);
    while ((spread->client = writes_free_place(w)) < 0)
        pthread_cond_wait(&w->room, &w->lock);
    w->reserved |= 1U << spread->client;
    pthread_mutex_unlock(&w->lock);
}

void writes_spread(struct writes *w, const struct spread *spread)
{
    pthread_mutex_lock(&w->lock);
    struct spread *place = &w->spreading[spread->client];
    *place = *spread;
    place->job = w->running;
    place->answered = w->answered || w->running.request == NULL;
    w->used |= 1U << spread->client;
    writes_stop_running(w);
    pthread_mutex_unlock(&w->lock);
}

/* ---- the upkeep thread ---- */

struct ending {
    bool (*is_ending)(pid_t thread);
};

static bool writes_is_ending_job(const struct job *job, const void *context)
{
    const struct ending *ending = context;
    return job->interrupted && job->thread != 0 && ending->is_ending(job->thread);
}

static bool writes_is_any(const struct job *job, const void *context)
{
    (void)job;
    (void)context;
    return true;
}

/* With the lock held. */
static bool writes_take(struct writes *w, queue_wanted *wanted, const void *context, bool committing, struct job *ret,
                        enum write_stage *ret_stage)
{
    *ret_stage = WRITE_QUEUED;
    if (queue_remove(&w->queue, wanted, context, ret))
        return true;
    bool runs = w->running.request != NULL && !w->answered && (committing || !w->committing);
    if (!runs || !wanted(&w->running, context))
        return false;
    w->answered = true;
    *ret = w->running;
    *ret_stage = w->committing ? WRITE_COMMITTING : WRITE_JUDGING;
    return true;
}

bool writes_take_ending(struct writes *w, bool (*is_ending)(pid_t thread), struct job *ret, enum write_stage *ret_stage)
{
    const struct ending ending = {.is_ending = is_ending};
    pthread_mutex_lock(&w->lock);
    bool taken = writes_take(w, writes_is_ending_job, &ending, true, ret, ret_stage);
    pthread_mutex_unlock(&w->lock);
    return taken;
}

bool writes_take_unfinished(struct writes *w, struct job *ret, enum write_stage *ret_stage)
{
    pthread_mutex_lock(&w->lock);
    bool taken = writes_take(w, writes_is_any, NULL, false, ret, ret_stage);
    pthread_mutex_unlock(&w->lock);
    return taken;
}

/* With the lock held. */
static void writes_leave(struct writes *w, int place, struct spread *ret)
{
    *ret = w->spreading[place];
    w->spreading[place] = (struct spread){.client = place};
    w->used &= ~(1U << place);
    w->reserved &= ~(1U << place);
    pthread_cond_signal(&w->room);
}

bool writes_take_spread(struct writes *w, bool (*has_spread)(const struct spread *spread, void *context), void *context,
                        struct spread *ret)
{
    bool taken = false;
    pthread_mutex_lock(&w->lock);
    for (int place = 0; place < WRITES_SPREADING_MAX && !taken; place++) {
        if (!writes_is_used(w, place) || !has_spread(&w->spreading[place], context))
            continue;
        writes_leave(w, place, ret);
        taken = true;
    }
    pthread_mutex_unlock(&w->lock);
    return taken;
}

static bool writes_is_interrupted(const struct job *job, const void *unused)
{
    (void)unused;
    return job->interrupted;
}

bool writes_are_interrupted(struct writes *w)
{
    pthread_mutex_lock(&w->lock);
    bool interrupted = (w->running.request != NULL && w->running.interrupted && !w->answered) ||
                       queue_find(&w->queue, writes_is_interrupted, NULL) != NULL;
    pthread_mutex_unlock(&w->lock);
    return interrupted;
}

bool writes_are_spreading(struct writes *w)
{
    pthread_mutex_lock(&w->lock);
    bool spreading = w->used != 0;
    pthread_mutex_unlock(&w->lock);
    return spreading;
}

static bool writes_is_committing(const struct writes *w)
{
    return w->running.request != NULL && w->committing;
}

bool writes_are_committing(struct writes *w)
{
    pthread_mutex_lock(&w->lock);
    bool committing = writes_is_committing(w);
    pthread_mutex_unlock(&w->lock);
    return committing;
}

bool writes_are_answered(struct writes *w)
{
    pthread_mutex_lock(&w->lock);
    bool runs = w->running.request != NULL && !w->answered;
    bool waits = queue_wait(&w->queue, 0) >= 0;
    bool answered = !runs && !waits && !writes_is_committing(w) && w->used == 0;
    pthread_mutex_unlock(&w->lock);
    return answered;
}
