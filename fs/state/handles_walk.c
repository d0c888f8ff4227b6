/*
 * The functions of handles.h for all open files of a set, by twalk_r(3).
 */
#include <search.h>

#include "core/set/content.h"
#include "core/set/resource.h"
#include "fs/state/handle.h"
#include "fs/state/handles.h"
#include "fs/state/handles_state.h"
#include "fs/state/node.h"

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

bool handles_hold(struct handles *handles, uint64_t generation)
{
    bool held = false;
    pthread_mutex_lock(&handles->lock);
    for (enum material_file file = MATERIAL_CA; file <= NODE_DESCRIPTION_FILE && !held; file++)
        held = handles_find(handles, node_file_inode(generation, file)) != NULL ||
               handles_find(handles, node_generation_file_inode(generation, file)) != NULL;
    pthread_mutex_unlock(&handles->lock);
    return held;
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
