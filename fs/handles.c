#include "fs/handles.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>

struct handles {
    pthread_mutex_t lock; /* over the shape of the tree */
    void *tree;           /* of struct handle, by number: tsearch(3) */
    uint64_t next;
};

static int compare(const void *a, const void *b)
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
    *ret = handles;
    return 0;
}

static void release(void *entry)
{
    struct handle *handle = entry;
    content_unref(handle->content);
    buf_done(&handle->text);
    upload_free(handle->upload);
    free(handle->drop);
    free(handle);
}

void handles_freep(struct handles **handles)
{
    if (*handles == NULL)
        return;
    tdestroy((*handles)->tree, release);
    pthread_mutex_destroy(&(*handles)->lock);
    free(*handles);
}

struct handle *handles_find(struct handles *handles, uint64_t number)
{
    const struct handle key = {.number = number};
    struct handle **found = tfind(&key, &handles->tree, compare);
    return found == NULL ? NULL : *found;
}

/* Complete before it is in the tree, where handles_revoke may see it. */
static struct handle *insert(struct handles *handles, uint64_t number, struct content *content)
{
    struct handle *handle = calloc(1, sizeof(*handle));
    if (handle == NULL)
        return NULL;
    handle->number = number;
    handle->opens = 1;
    handle->content = content;
    pthread_mutex_lock(&handles->lock);
    bool inserted = tsearch(handle, &handles->tree, compare) != NULL;
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

int handles_open_file(struct handles *handles, uint64_t inode, struct content *content, int64_t committed,
                      struct fault *f)
{
    struct handle *handle = insert(handles, inode, content_ref(content));
    if (handle == NULL) {
        content_unref(content);
        return fault_no_memory(f);
    }
    handle->committed = committed;
    return 0;
}

/* Inode numbers of sets have a generation above their low byte; numbers from here stay clear of them at the top. */
static uint64_t own_number(struct handles *handles)
{
    return UINT64_C(1) << 63 | handles->next++;
}

int handles_open(struct handles *handles, struct handle **ret, struct fault *f)
{
    *ret = insert(handles, own_number(handles), NULL);
    return *ret == NULL ? fault_no_memory(f) : 0;
}

void handles_close(struct handles *handles, uint64_t number)
{
    struct handle *handle = handles_find(handles, number);
    if (handle == NULL || --handle->opens > 0)
        return;
    pthread_mutex_lock(&handles->lock);
    tdelete(handle, &handles->tree, compare);
    pthread_mutex_unlock(&handles->lock);
    release(handle);
}

static void revoke_one(const void *node, VISIT visit, void *unused)
{
    const struct handle *handle = *(const struct handle *const *)node;
    (void)unused;
    if ((visit == postorder || visit == leaf) && handle->content != NULL)
        content_revoke(handle->content);
}

void handles_revoke(struct handles *handles)
{
    pthread_mutex_lock(&handles->lock);
    twalk_r(handles->tree, revoke_one, NULL);
    pthread_mutex_unlock(&handles->lock);
}

struct fuse_pollhandle *handles_set_poll(struct handles *handles, struct handle *handle, struct fuse_pollhandle *poll)
{
    pthread_mutex_lock(&handles->lock);
    struct fuse_pollhandle *before = handle->poll;
    handle->poll = poll;
    pthread_mutex_unlock(&handles->lock);
    return before;
}

static void take_one(const void *node, VISIT visit, void *taken)
{
    struct handle *handle = *(struct handle *const *)node;
    struct fuse_pollhandle **ret = taken;
    if ((visit == postorder || visit == leaf) && *ret == NULL)
        *ret = TAKE(handle->poll);
}

struct fuse_pollhandle *handles_take_poll(struct handles *handles)
{
    struct fuse_pollhandle *taken = NULL;
    pthread_mutex_lock(&handles->lock);
    twalk_r(handles->tree, take_one, &taken);
    pthread_mutex_unlock(&handles->lock);
    return taken;
}

struct search {
    pid_t thread;
    bool found;
};

static void look_for_writer(const void *node, VISIT visit, void *context)
{
    const struct handle *handle = *(const struct handle *const *)node;
    struct search *search = context;
    if ((visit == postorder || visit == leaf) && handle->upload != NULL && handle->upload->writer.pid == search->thread)
        search->found = true;
}

bool handles_has_writer(struct handles *handles, pid_t thread)
{
    struct search search = {.thread = thread};
    if (thread != 0)
        twalk_r(handles->tree, look_for_writer, &search);
    return search.found;
}
