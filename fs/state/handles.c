#include "fs/state/handles.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>

#include "core/base/fault.h"
#include "core/set/content.h"
#include "core/set/resource.h"

struct handles {
    pthread_mutex_t lock; /* over the shape of the tree */
    void *tree;           /* of struct handle, by number: tsearch(3) */
    uint64_t next;
    LIST_HEAD(, handle) written;  /* all that have an upload; the FUSE thread's */
    TAILQ_HEAD(, handle) waiting; /* under the lock; the oldest first */
    uint64_t marks;               /* under the lock */
};

static int handles_compare(const void *a, const void *b)
{
    uint64_t left = ((const struct handle *)a)->number;
    uint64_t right = ((const struct handle *)b)->number;
    return left < right ? -1 : left > right;
}

int handles_new(struct handles **ret, struct fault *f)
{
    struct handles *handles = malloc(sizeof(*handles));
    if (handles == NULL)
        return fault_no_memory(f);
    *handles = (struct handles){.lock = PTHREAD_MUTEX_INITIALIZER, .next = 1};
    TAILQ_INIT(&handles->waiting);
    LIST_INIT(&handles->written);
    *ret = handles;
    return 0;
}

static void handles_release(void *entry)
{
    struct handle *handle = entry;
    content_unref(handle->content);
    resource_unref(handle->resource);
    content_unref(handle->text);
    upload_free(handle->upload);
    free(handle->file);
    free(handle);
}

void handles_freep(struct handles **handles)
{
    if (*handles == NULL)
        return;
    tdestroy((*handles)->tree, handles_release);
    pthread_mutex_destroy(&(*handles)->lock);
    free(*handles);
}

struct handle *handles_find(struct handles *handles, uint64_t number)
{
    const struct handle key = {.number = number};
    struct handle **found = tfind(&key, &handles->tree, handles_compare);
    return found == NULL ? NULL : *found;
}

/* Inserts a copy of `made`, which is complete before handles_revoke can see it in the tree. NULL if that fails. */
static struct handle *handles_insert(struct handles *handles, const struct handle *made)
{
    struct handle *handle = malloc(sizeof(*handle));
    if (handle == NULL)
        return NULL;
    *handle = *made;
    handle->opens = 1;
    pthread_mutex_lock(&handles->lock);
    bool inserted = tsearch(handle, &handles->tree, handles_compare) != NULL;
    pthread_mutex_unlock(&handles->lock);
    if (!inserted)
        free(handle);
    return inserted ? handle : NULL;
}

bool handles_reopen(struct handles *handles, uint64_t inode)
{
    struct handle *handle = handles_find(handles, inode);
    if (handle == NULL)
        return false;
    handle->opens++;
    return true;
}

int handles_open_file(struct handles *handles, const struct handle *file, struct fault *f)
{
    content_ref(file->content);
    resource_ref(file->resource);
    if (handles_insert(handles, file) != NULL)
        return 0;
    content_unref(file->content);
    resource_unref(file->resource);
    return fault_no_memory(f);
}

int handles_open(struct handles *handles, enum node_kind kind, struct handle **ret, struct fault *f)
{
    /* The highest bit keeps these numbers apart from inode numbers of sets (node.h). */
    const struct handle empty = {.kind = kind, .number = UINT64_C(1) << 63 | handles->next++};
    *ret = handles_insert(handles, &empty);
    return *ret == NULL ? fault_no_memory(f) : 0;
}

void handles_close(struct handles *handles, uint64_t number)
{
    struct handle *handle = handles_find(handles, number);
    if (handle == NULL || --handle->opens > 0)
        return;
    pthread_mutex_lock(&handles->lock);
    tdelete(handle, &handles->tree, handles_compare);
    pthread_mutex_unlock(&handles->lock);
    if (handle->upload != NULL)
        LIST_REMOVE(handle, written);
    handles_release(handle);
}

struct upload *handles_add_upload(struct handles *handles, struct handle *handle)
{
    handle->upload = upload_new();
    if (handle->upload != NULL)
        LIST_INSERT_HEAD(&handles->written, handle, written);
    return handle->upload;
}

/* ---- walks over open files of sets, by twalk_r(3) ---- */

/* Each file once, by number and so by generation; NULL for everything else that the walk visits. */
static const struct handle *handles_file_at(const void *node, VISIT visit)
{
    const struct handle *handle = *(const struct handle *const *)node;
    return (visit == postorder || visit == leaf) && handle->content != NULL ? handle : NULL;
}

/* `set` points to the number of the set, NULL for every one. */
static void handles_revoke_one(const void *node, VISIT visit, void *set)
{
    const struct handle *file = handles_file_at(node, visit);
    if (file != NULL && (set == NULL || file->resource->set == *(const uint64_t *)set))
        content_revoke(file->content);
}

static void handles_revoke_matching(struct handles *handles, uint64_t *set)
{
    pthread_mutex_lock(&handles->lock);
    twalk_r(handles->tree, handles_revoke_one, set);
    pthread_mutex_unlock(&handles->lock);
}

void handles_revoke(struct handles *handles, uint64_t set)
{
    handles_revoke_matching(handles, &set);
}

void handles_wipe(struct handles *handles)
{
    handles_revoke_matching(handles, NULL);
}

/* Bytes that only open files still hold. Only the importer revokes, so it may look at them without their lock. */
static size_t handles_kept_bytes(const struct handle *file)
{
    return file != NULL && content_is_last(file->content) ? content_peek(file->content).len : 0;
}

static void handles_add_kept(const void *node, VISIT visit, void *total)
{
    *(size_t *)total += handles_kept_bytes(handles_file_at(node, visit));
}

static void handles_revoke_excess(const void *node, VISIT visit, void *excess)
{
    const struct handle *file = handles_file_at(node, visit);
    size_t bytes = handles_kept_bytes(file);
    size_t *left = excess;
    if (bytes == 0 || *left == 0)
        return;
    content_revoke(file->content);
    *left -= bytes < *left ? bytes : *left;
}

void handles_trim(struct handles *handles, size_t limit)
{
    size_t total = 0;
    pthread_mutex_lock(&handles->lock);
    twalk_r(handles->tree, handles_add_kept, &total);
    size_t excess = total > limit ? total - limit : 0;
    if (excess > 0)
        twalk_r(handles->tree, handles_revoke_excess, &excess);
    pthread_mutex_unlock(&handles->lock);
}

struct list {
    uint64_t set, after;
    uint64_t *ret;
    size_t count;
};

static void handles_list_one(const void *node, VISIT visit, void *context)
{
    const struct handle *file = handles_file_at(node, visit);
    struct list *list = context;
    if (file != NULL && list->count < HANDLES_LISTED && file->resource->set == list->set && file->number > list->after)
        list->ret[list->count++] = file->number;
}

size_t handles_list(struct handles *handles, uint64_t set, uint64_t after, uint64_t ret[static HANDLES_LISTED])
{
    struct list list = {.set = set, .after = after, .ret = ret};
    pthread_mutex_lock(&handles->lock);
    twalk_r(handles->tree, handles_list_one, &list);
    pthread_mutex_unlock(&handles->lock);
    return list.count;
}

/* ---- texts ---- */

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
    pthread_mutex_unlock(&handles->lock);
    content_unref(before);
    return size;
}

/* With the lock held. */
static struct fuse_pollhandle *handles_end_waiting(struct handles *handles, struct handle *handle)
{
    if (handle->poll != NULL)
        TAILQ_REMOVE(&handles->waiting, handle, waiting);
    return TAKE(handle->poll);
}

struct fuse_pollhandle *handles_set_poll(struct handles *handles, struct handle *handle, struct fuse_pollhandle *poll)
{
    pthread_mutex_lock(&handles->lock);
    struct fuse_pollhandle *before = handles_end_waiting(handles, handle);
    handle->poll = poll;
    handle->since = handles->marks;
    if (poll != NULL)
        TAILQ_INSERT_TAIL(&handles->waiting, handle, waiting);
    pthread_mutex_unlock(&handles->lock);
    return before;
}

uint64_t handles_mark(struct handles *handles)
{
    pthread_mutex_lock(&handles->lock);
    uint64_t mark = ++handles->marks;
    pthread_mutex_unlock(&handles->lock);
    return mark;
}

struct fuse_pollhandle *handles_take_poll(struct handles *handles, uint64_t mark)
{
    pthread_mutex_lock(&handles->lock);
    struct handle *first = TAILQ_FIRST(&handles->waiting);
    bool waits = first != NULL && first->since < mark;
    struct fuse_pollhandle *taken = waits ? handles_end_waiting(handles, first) : NULL;
    pthread_mutex_unlock(&handles->lock);
    return taken;
}

bool handles_has_writer(struct handles *handles, pid_t thread)
{
    const struct handle *handle;
    LIST_FOREACH(handle, &handles->written, written)
    {
        if (thread != 0 && handle->upload->writer.thread == thread)
            return true;
    }
    return false;
}
