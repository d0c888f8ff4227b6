#include "fs/report/render.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/registry/registry.h"
#include "core/set/content.h"
#include "fs/host/clock.h"
#include "fs/host/thread.h"
#include "fs/report/journal.h"
#include "fs/report/metrics.h"

enum {
    STACK_SIZE = 256 * 1024, /* locked memory, so it is small */
    SHARE = 10,              /* rendering one text uses at most 1/SHARE of a processor */
    PAUSE_MAX_MS = 1000,
};

STAILQ_HEAD(waiters, render_waiter);

/* One text. */
struct page {
    struct rendered now;
    uint64_t version;         /* of the journal, when rendered */
    int64_t made, not_before; /* ms of CLOCK_MONOTONIC: when it was rendered, when it may be again */
    struct waiters waiting;
};

struct render {
    const struct status_source *source;
    pthread_t thread;
    pthread_mutex_t lock; /* over all below */
    pthread_cond_t wake;
    struct page pages[RENDER_COUNT];
    bool stopping;
};

static int (*const writers[])(const struct status_source *, struct buf *, struct fault *) = {
    [RENDER_LAST] = status_write_last, [RENDER_STATUS] = status_write, [RENDER_METRICS] = metrics_write};

static int64_t render_microseconds_of_work(void)
{
    struct timespec now;
    return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0 ? (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 : 0;
}

void rendered_done(struct rendered *rendered)
{
    content_unref(rendered->content);
    rendered->content = NULL;
}

/* ---- requests ---- */

/* With the lock held. */
static bool render_is_fresh(const struct render *render, const struct page *page, int64_t now, int max_age_ms)
{
    return page->now.content != NULL && now - page->made <= max_age_ms &&
           page->now.number == registry_number(render->source->registry) &&
           page->version == journal_version(render->source->journal);
}

static struct rendered render_rendered_ref(const struct rendered *rendered)
{
    struct rendered copy = *rendered;
    (void)content_ref(copy.content);
    return copy;
}

bool render_get(struct render *render, enum render_text text, int max_age_ms, struct rendered *ret)
{
    struct page *page = &render->pages[text];
    pthread_mutex_lock(&render->lock);
    bool fresh = render_is_fresh(render, page, clock_ms(CLOCK_MONOTONIC_COARSE), max_age_ms);
    if (fresh)
        *ret = render_rendered_ref(&page->now);
    pthread_mutex_unlock(&render->lock);
    return fresh;
}

bool render_get_last(struct render *render, enum render_text text, struct rendered *ret)
{
    pthread_mutex_lock(&render->lock);
    bool made = render->pages[text].now.content != NULL;
    if (made)
        *ret = render_rendered_ref(&render->pages[text].now);
    pthread_mutex_unlock(&render->lock);
    return made;
}

void render_wait(struct render *render, enum render_text text, struct render_waiter *waiter)
{
    pthread_mutex_lock(&render->lock);
    STAILQ_INSERT_TAIL(&render->pages[text].waiting, waiter, next);
    pthread_cond_signal(&render->wake);
    pthread_mutex_unlock(&render->lock);
}

size_t render_size(struct render *render, enum render_text text)
{
    pthread_mutex_lock(&render->lock);
    const struct content *content = render->pages[text].now.content;
    size_t size = content == NULL ? 0 : content_size(content);
    pthread_mutex_unlock(&render->lock);
    return size;
}

/* ---- the rendering thread ---- */

/* Called before rendering, so that a change meanwhile outdates the text. */
static void render_note_moment(const struct render *render, struct page *ret)
{
    ret->now.number = registry_number(render->source->registry);
    ret->version = journal_version(render->source->journal);
    ret->now.time = journal_time(render->source->journal);
    ret->made = clock_ms(CLOCK_MONOTONIC_COARSE);
}

static int render_make(const struct render *render, enum render_text text, struct page *ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    int64_t begun = render_microseconds_of_work();
    render_note_moment(render, ret);
    if (writers[text](render->source, &bytes, f) != 0)
        return -1;
    ret->now.content = content_new(&bytes);
    if (ret->now.content == NULL)
        return fault_no_memory(f);
    int64_t pause = (render_microseconds_of_work() - begun) * (SHARE - 1) / 1000;
    ret->not_before = clock_ms(CLOCK_MONOTONIC) + (pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS);
    return 0;
}

/* Whether the page has the same bytes. Needs no lock, since only this thread changes pages. */
static bool render_has_same_bytes(const struct page *page, const struct page *made)
{
    const struct content *old = page->now.content;
    return old != NULL && span_equal(content_peek(old), content_peek(made->now.content));
}

/* Keeps the old content if the bytes are the same, to share its memory. Returns the one to unref. With the lock held.
 */
static struct content *render_replace(struct page *page, const struct page *made, bool same)
{
    struct content *old = page->now.content;
    page->now = made->now;
    page->version = made->version;
    page->made = made->made;
    page->not_before = made->not_before;
    if (!same)
        return old;
    page->now.content = old;
    return made->now.content;
}

static int render_refresh(struct render *render, enum render_text text, struct fault *f)
{
    struct page made = {.version = 0};
    if (render_make(render, text, &made, f) != 0)
        return -1;
    bool same = render_has_same_bytes(&render->pages[text], &made);
    pthread_mutex_lock(&render->lock);
    struct content *unneeded = render_replace(&render->pages[text], &made, same);
    pthread_mutex_unlock(&render->lock);
    content_unref(unneeded);
    return 0;
}

static void render_answer_all(struct waiters *waiters, const struct rendered *rendered, const struct fault *f)
{
    struct render_waiter *waiter;
    while ((waiter = STAILQ_FIRST(waiters)) != NULL) {
        STAILQ_REMOVE_HEAD(waiters, next);
        waiter->answer(waiter, rendered, f);
    }
}

/* Answers the requests that wait now; those that arrive during rendering may need the next text. */
static void render_serve_page(struct render *render, enum render_text text)
{
    struct page *page = &render->pages[text];
    struct waiters waiters = STAILQ_HEAD_INITIALIZER(waiters);
    struct rendered rendered = {.content = NULL};
    struct fault f = {.reason = REASON_NONE};
    pthread_mutex_lock(&render->lock);
    STAILQ_CONCAT(&waiters, &page->waiting);
    bool fresh = render_is_fresh(render, page, clock_ms(CLOCK_MONOTONIC_COARSE), RENDER_FRESH_MS);
    pthread_mutex_unlock(&render->lock);
    if (fresh || render_refresh(render, text, &f) == 0) {
        pthread_mutex_lock(&render->lock);
        rendered = render_rendered_ref(&page->now);
        pthread_mutex_unlock(&render->lock);
    }
    render_answer_all(&waiters, rendered.content == NULL ? NULL : &rendered, &f);
    rendered_done(&rendered);
}

/* The requested text that is due first; RENDER_COUNT: none is requested. With the lock held. */
static enum render_text render_next_page(const struct render *render, int64_t *ret_due)
{
    enum render_text next = RENDER_COUNT;
    for (enum render_text text = RENDER_LAST; text < RENDER_COUNT; text++) {
        const struct page *page = &render->pages[text];
        bool fresh = render_is_fresh(render, page, clock_ms(CLOCK_MONOTONIC_COARSE), RENDER_FRESH_MS);
        int64_t then = STAILQ_EMPTY(&page->waiting) ? INT64_MAX : fresh ? 0 : page->not_before;
        if (then == INT64_MAX || (next != RENDER_COUNT && then >= *ret_due))
            continue;
        *ret_due = then;
        next = text;
    }
    return next;
}

/* With the lock held. */
static void render_sleep_until(struct render *render, int64_t until)
{
    const struct timespec time = clock_timespec(until);
    if (until == INT64_MAX)
        pthread_cond_wait(&render->wake, &render->lock);
    else
        pthread_cond_timedwait(&render->wake, &render->lock, &time);
}

/* Returns RENDER_COUNT at the end, after all requests are answered, which then do not wait for their time. */
static enum render_text render_wait_for_work(struct render *render)
{
    enum render_text next;
    int64_t until = INT64_MAX;
    pthread_mutex_lock(&render->lock);
    while (((next = render_next_page(render, &until)) == RENDER_COUNT || until > clock_ms(CLOCK_MONOTONIC)) &&
           !render->stopping) {
        render_sleep_until(render, next == RENDER_COUNT ? INT64_MAX : until);
        until = INT64_MAX;
    }
    pthread_mutex_unlock(&render->lock);
    return next;
}

static void *render_serve(void *argument)
{
    struct render *render = argument;
    struct fault unasked = {.reason = REASON_NONE};
    enum render_text text;
    for (text = RENDER_LAST; text < RENDER_COUNT; text++)
        (void)render_refresh(render, text, &unasked);
    while ((text = render_wait_for_work(render)) != RENDER_COUNT)
        render_serve_page(render, text);
    return NULL;
}

int render_start(const struct status_source *source, struct render **ret, struct fault *f)
{
    struct render *render = calloc(1, sizeof(*render));
    if (render == NULL)
        return fault_no_memory(f);
    render->source = source;
    for (enum render_text text = RENDER_LAST; text < RENDER_COUNT; text++)
        STAILQ_INIT(&render->pages[text].waiting);
    thread_init_condition(&render->wake);
    pthread_mutex_init(&render->lock, NULL);
    int error = thread_start(&render->thread, "texts", STACK_SIZE, render_serve, render);
    if (error != 0) {
        free(render);
        return fault_set_errno(f, REASON_SYSTEM, error, "cannot start the rendering thread");
    }
    *ret = render;
    return 0;
}

void render_stop(struct render *render)
{
    if (render == NULL)
        return;
    pthread_mutex_lock(&render->lock);
    render->stopping = true;
    pthread_cond_signal(&render->wake);
    pthread_mutex_unlock(&render->lock);
    pthread_join(render->thread, NULL);
    for (enum render_text text = RENDER_LAST; text < RENDER_COUNT; text++)
        rendered_done(&render->pages[text].now);
    pthread_cond_destroy(&render->wake);
    pthread_mutex_destroy(&render->lock);
    free(render);
}
