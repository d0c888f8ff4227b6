/*
 * The functions of handles.h for texts, and for polls that wait for another one.
 */
#include "core/set/content.h"
#include "fs/state/handle.h"
#include "fs/state/handles.h"
#include "fs/state/handles_kept.h"
#include "fs/state/handles_state.h"
#include "fs/state/places.h"

struct content *handles_text(struct handles *handles, const struct handle *handle)
{
    pthread_mutex_lock(&handles->lock);
    struct content *text = handle->text == NULL ? NULL : content_ref(handle->text);
    pthread_mutex_unlock(&handles->lock);
    return text;
}

size_t handles_text_size(struct handles *handles, const struct handle *handle)
{
    pthread_mutex_lock(&handles->lock);
    size_t size = handle->text_size;
    pthread_mutex_unlock(&handles->lock);
    return size;
}

bool handles_is_cut(struct handles *handles, const struct handle *handle)
{
    pthread_mutex_lock(&handles->lock);
    bool cut = handle->cut;
    pthread_mutex_unlock(&handles->lock);
    return cut;
}

uint64_t handles_seen(struct handles *handles, const struct handle *handle)
{
    pthread_mutex_lock(&handles->lock);
    uint64_t seen = handle->seen;
    pthread_mutex_unlock(&handles->lock);
    return seen;
}

size_t handles_set_text(struct handles *handles, struct handle *handle, struct content *text, uint64_t seen)
{
    pthread_mutex_lock(&handles->lock);
    struct content *before = handle->text;
    size_t size = handle->text_size;
    handle->text = content_ref(text);
    handle->text_size = content_size(text);
    handle->seen = seen;
    handle->cut = false;
    if (handle->place != PLACES_NONE)
        handles_kept_other(&handles->kept, handle);
    pthread_mutex_unlock(&handles->lock);
    content_unref(before);
    return size;
}

/* With the lock held. */
static uint64_t handles_end_waiting(struct handles *handles, struct handle *handle)
{
    uint64_t poll = handle->poll;
    if (poll != 0)
        TAILQ_REMOVE(&handles->waiting, handle, waiting);
    handle->poll = 0;
    return poll;
}

void handles_set_poll(struct handles *handles, struct handle *handle, uint64_t poll)
{
    pthread_mutex_lock(&handles->lock);
    uint64_t before = handles_end_waiting(handles, handle);
    handle->poll = poll;
    handle->since = handles->marks;
    if (poll != 0)
        TAILQ_INSERT_TAIL(&handles->waiting, handle, waiting);
    if (poll != before)
        handles_kept_other(&handles->kept, handle);
    pthread_mutex_unlock(&handles->lock);
}

uint64_t handles_mark(struct handles *handles)
{
    pthread_mutex_lock(&handles->lock);
    uint64_t mark = ++handles->marks;
    pthread_mutex_unlock(&handles->lock);
    return mark;
}

uint64_t handles_take_poll(struct handles *handles, uint64_t mark)
{
    pthread_mutex_lock(&handles->lock);
    struct handle *first = TAILQ_FIRST(&handles->waiting);
    bool waits = first != NULL && first->since < mark;
    uint64_t taken = waits ? handles_end_waiting(handles, first) : 0;
    pthread_mutex_unlock(&handles->lock);
    return taken;
}
