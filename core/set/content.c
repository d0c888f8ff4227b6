#include "core/set/content.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/base/refcount.h"

struct content {
    struct refcount references;
    size_t size;
    pthread_mutex_t lock;
    bool revoked;     /* under the lock */
    struct buf bytes; /* under the lock */
};

const char *content_file_name(enum material_file file)
{
    static const char *const names[MATERIAL_FILE_COUNT] = {[MATERIAL_CA] = "ca.pem",
                                                           [MATERIAL_CERT] = "cert.pem",
                                                           [MATERIAL_KEY] = "key.pem",
                                                           [MATERIAL_WALLET] = "cwallet.sso"};
    return names[file];
}

struct content *content_new(struct buf *bytes)
{
    struct fault untold = {.reason = REASON_NONE};
    struct content *content = buf_fit(bytes, &untold) == 0 ? malloc(sizeof(*content)) : NULL;
    if (content == NULL)
        return NULL;
    *content = (struct content){.references = REFCOUNT_ONE, .size = bytes->len, .lock = PTHREAD_MUTEX_INITIALIZER};
    buf_move(&content->bytes, bytes);
    return content;
}

struct content *content_ref(struct content *content)
{
    refcount_take(&content->references);
    return content;
}

void content_unref(struct content *content)
{
    if (content == NULL || !refcount_drop(&content->references))
        return;
    buf_done(&content->bytes);
    pthread_mutex_destroy(&content->lock);
    free(content);
}

void content_unrefp(struct content **content)
{
    content_unref(*content);
}

bool content_is_last(const struct content *content)
{
    return refcount_is_one(&content->references);
}

size_t content_size(const struct content *content)
{
    return content->size;
}

int content_borrow(struct content *content, struct span *ret)
{
    pthread_mutex_lock(&content->lock);
    if (content->revoked) {
        pthread_mutex_unlock(&content->lock);
        return -1;
    }
    *ret = buf_span(&content->bytes);
    return 0;
}

void content_return(struct content *content)
{
    pthread_mutex_unlock(&content->lock);
}

struct span content_peek(const struct content *content)
{
    return buf_span(&content->bytes);
}

void content_revoke(struct content *content)
{
    pthread_mutex_lock(&content->lock);
    content->revoked = true;
    buf_done(&content->bytes);
    pthread_mutex_unlock(&content->lock);
}
