#include "fs/state/shares.h"

#include <errno.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>

enum { MIB = 1024 * 1024 };

/* Everybody who opens a text between two changes shares its bytes. */
const struct share_limits shares_of_texts = {
    .per_user = 256, .all = 2048, .bytes_per_user = 8 * MIB, .bytes_all = 64 * MIB};

/* 2 KiB each; the documents in unfinished ones have their own limits (inflight.h, pending.h). */
const struct share_limits shares_of_control = {
    .per_user = 256, .all = 1024, .bytes_per_user = SIZE_MAX, .bytes_all = SIZE_MAX};
const struct share_limits shares_of_import = {
    .per_user = 64, .all = 1024, .bytes_per_user = SIZE_MAX, .bytes_all = SIZE_MAX};

struct user {
    uid_t uid;
    struct shares_sum own;
};

static int shares_compare(const void *a, const void *b)
{
    uid_t left = ((const struct user *)a)->uid, right = ((const struct user *)b)->uid;
    return left < right ? -1 : left > right;
}

void shares_done(struct shares *shares)
{
    tdestroy(shares->users, free);
    shares->users = NULL;
    shares->all = (struct shares_sum){0};
}

static struct user *shares_find(const struct shares *shares, uid_t uid)
{
    const struct user key = {.uid = uid};
    struct user **found = tfind(&key, &shares->users, shares_compare);
    return found == NULL ? NULL : *found;
}

/* NULL if allocation fails. */
static struct user *shares_find_or_add(struct shares *shares, uid_t uid)
{
    struct user *user = shares_find(shares, uid);
    if (user != NULL)
        return user;
    user = malloc(sizeof(*user));
    if (user == NULL)
        return NULL;
    *user = (struct user){.uid = uid};
    if (tsearch(user, &shares->users, shares_compare) != NULL)
        return user;
    free(user);
    return NULL;
}

static void shares_add(struct shares_sum *sum, size_t size)
{
    sum->count++;
    sum->bytes += size;
}

static void shares_subtract(struct shares_sum *sum, size_t size)
{
    sum->count--;
    sum->bytes -= size;
}

/* Returns an errno. */
static int shares_check(const struct shares *shares, const struct user *user, size_t size)
{
    const struct shares_sum none = {0}, *own = user == NULL ? &none : &user->own, *all = &shares->all;
    const struct share_limits *most = shares->limits;
    if (own->count >= most->per_user || (own->count > 0 && own->bytes + size > most->bytes_per_user))
        return EMFILE;
    if (all->count >= most->all || all->bytes > most->bytes_all)
        return ENFILE;
    return own->count >= most->all - all->count || own->bytes + size > most->bytes_all - all->bytes ? ENFILE : 0;
}

/* With the lock held. Returns an errno. */
static int shares_count(struct shares *shares, uid_t uid, size_t size)
{
    int error = shares_check(shares, shares_find(shares, uid), size);
    if (error != 0)
        return error;
    struct user *user = shares_find_or_add(shares, uid);
    if (user == NULL)
        return ENOMEM;
    shares_add(&user->own, size);
    shares_add(&shares->all, size);
    return 0;
}

int shares_open(struct shares *shares, uid_t uid, size_t size)
{
    if (uid == 0)
        return 0;
    pthread_mutex_lock(&shares->lock);
    int error = shares_count(shares, uid, size);
    pthread_mutex_unlock(&shares->lock);
    return error;
}

void shares_restore(struct shares *shares, uid_t uid, size_t size)
{
    if (uid == 0)
        return;
    pthread_mutex_lock(&shares->lock);
    struct user *user = shares_find_or_add(shares, uid);
    if (user != NULL) {
        shares_add(&user->own, size);
        shares_add(&shares->all, size);
    }
    pthread_mutex_unlock(&shares->lock);
}

/* With the lock held. */
static void shares_discount(struct shares *shares, struct user *user, size_t size)
{
    shares_subtract(&shares->all, size);
    shares_subtract(&user->own, size);
    if (user->own.count > 0)
        return;
    tdelete(user, &shares->users, shares_compare);
    free(user);
}

void shares_close(struct shares *shares, uid_t uid, size_t size)
{
    pthread_mutex_lock(&shares->lock);
    struct user *user = shares_find(shares, uid);
    if (user != NULL)
        shares_discount(shares, user, size);
    pthread_mutex_unlock(&shares->lock);
}

void shares_resize(struct shares *shares, uid_t uid, size_t from, size_t to)
{
    pthread_mutex_lock(&shares->lock);
    struct user *user = shares_find(shares, uid);
    if (user != NULL) {
        shares->all.bytes += to - from;
        user->own.bytes += to - from;
    }
    pthread_mutex_unlock(&shares->lock);
}
