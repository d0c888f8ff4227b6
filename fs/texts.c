#include "fs/texts.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>

struct user {
    uid_t uid;
    struct texts_sum own;
};

static int compare(const void *a, const void *b)
{
    uid_t left = ((const struct user *)a)->uid, right = ((const struct user *)b)->uid;
    return left < right ? -1 : left > right;
}

void texts_done(struct texts *texts)
{
    tdestroy(texts->users, free);
    *texts = (struct texts){.users = NULL};
}

static struct user *find(const struct texts *texts, uid_t uid)
{
    const struct user key = {.uid = uid};
    struct user **found = tfind(&key, &texts->users, compare);
    return found == NULL ? NULL : *found;
}

/* NULL for want of memory. */
static struct user *find_or_add(struct texts *texts, uid_t uid)
{
    struct user *user = find(texts, uid);
    if (user != NULL)
        return user;
    user = malloc(sizeof(*user));
    if (user == NULL)
        return NULL;
    *user = (struct user){.uid = uid};
    if (tsearch(user, &texts->users, compare) != NULL)
        return user;
    free(user);
    return NULL;
}

static void add(struct texts_sum *sum, size_t size)
{
    sum->count++;
    sum->bytes += size;
}

static void subtract(struct texts_sum *sum, size_t size)
{
    sum->count--;
    sum->bytes -= size;
}

/* An errno. */
static int check(const struct texts *texts, const struct user *user, size_t size)
{
    const struct texts_sum none = {0}, *own = user == NULL ? &none : &user->own;
    if (own->count >= TEXTS_PER_USER || (own->count > 0 && own->bytes + size > TEXTS_BYTES_PER_USER))
        return EMFILE;
    return texts->all.count >= TEXTS_MAX || texts->all.bytes + size > TEXTS_BYTES_MAX ? ENFILE : 0;
}

int texts_open(struct texts *texts, uid_t uid, size_t size)
{
    if (uid == 0)
        return 0;
    int error = check(texts, find(texts, uid), size);
    if (error != 0)
        return error;
    struct user *user = find_or_add(texts, uid);
    if (user == NULL)
        return ENOMEM;
    add(&user->own, size);
    add(&texts->all, size);
    return 0;
}

void texts_close(struct texts *texts, uid_t uid, size_t size)
{
    struct user *user = find(texts, uid);
    if (user == NULL)
        return;
    subtract(&texts->all, size);
    subtract(&user->own, size);
    if (user->own.count > 0)
        return;
    tdelete(user, &texts->users, compare);
    free(user);
}

void texts_resize(struct texts *texts, uid_t uid, size_t from, size_t to)
{
    struct user *user = find(texts, uid);
    if (user == NULL)
        return;
    texts->all.bytes += to - from;
    user->own.bytes += to - from;
}
