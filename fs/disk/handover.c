#include "fs/disk/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/directory.h"
#include "core/base/fault.h"
#include "core/base/text.h"
#include "core/store/filename.h"

enum { NAME_SHOWN_SIZE = 76, PATH_SHOWN_SIZE = 41, LINKS_STEP = 64 };

struct handover {
    int store;
    struct account to;
    struct fault *fault;
    ino_t *linked; /* the inode of each name whose file has several; sorted after the first walk */
    size_t count, capacity;
    bool given; /* the directory or a file belongs to `to`, which is not root */
};

static void handover_done(struct handover *handover)
{
    free(handover->linked);
}

static bool handover_is_ours(const char *name)
{
    return filename_of(name) != FILENAME_FOREIGN;
}

static int handover_refuse(const struct handover *handover, const char *name, const char *why)
{
    char shown[NAME_SHOWN_SIZE];
    text_fit(name, shown, sizeof(shown));
    return fault_set(handover->fault, REASON_SYSTEM, "", "%s %s", shown, why);
}

/* ---- looking ---- */

static int handover_note_link(struct handover *handover, ino_t inode)
{
    if (handover->count == handover->capacity) {
        size_t capacity = handover->capacity + handover->capacity / 2 + LINKS_STEP;
        ino_t *linked = reallocarray(handover->linked, capacity, sizeof(*linked));
        if (linked == NULL)
            return fault_no_memory(handover->fault);
        handover->linked = linked;
        handover->capacity = capacity;
    }
    handover->linked[handover->count++] = inode;
    return 0;
}

static int handover_check_file(const struct handover *handover, const char *name, const struct stat *facts)
{
    char why[FAULT_MESSAGE_SIZE];
    if (!S_ISREG(facts->st_mode))
        return handover_refuse(handover, name, "in STORE is not a regular file: move it away");
    if (facts->st_uid == 0 || facts->st_uid == handover->to.user)
        return 0;
    snprintf(why, sizeof(why), "belongs to uid %u: chown it to root", (unsigned)facts->st_uid);
    return handover_refuse(handover, name, why);
}

static int handover_visit_first(void *context, const char *name)
{
    struct handover *handover = context;
    struct stat facts;
    if (fstatat(handover->store, name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : fault_set_errno(handover->fault, REASON_SYSTEM, errno, "cannot look into STORE");
    if (!S_ISDIR(facts.st_mode) && facts.st_nlink > 1 && handover_note_link(handover, facts.st_ino) != 0)
        return -1;
    if (!handover_is_ours(name))
        return 0;
    handover->given |= facts.st_uid != 0 && facts.st_uid == handover->to.user;
    return handover_check_file(handover, name, &facts);
}

static int handover_compare(const void *first, const void *second)
{
    ino_t one = *(const ino_t *)first, two = *(const ino_t *)second;
    return one < two ? -1 : one > two;
}

/* How many names in STORE lead to this inode. */
static size_t handover_names_of(const struct handover *handover, ino_t inode)
{
    size_t low = 0, high = handover->count, names = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (handover->linked[middle] < inode)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + names < handover->count && handover->linked[low + names] == inode)
        names++;
    return names;
}

/* An interrupted replacement leaves a record with two names (core/store/dir_store.c). */
static int handover_visit_linked(void *context, const char *name)
{
    const struct handover *handover = context;
    struct stat facts;
    if (!handover_is_ours(name) || fstatat(handover->store, name, &facts, AT_SYMLINK_NOFOLLOW) != 0 ||
        facts.st_nlink == 1 || handover_names_of(handover, facts.st_ino) >= facts.st_nlink)
        return 0;
    return handover_refuse(handover, name, "has links outside STORE: cp -p F n && mv n F");
}

/* A visitor reports its fault; otherwise the listing failed. */
static int handover_each(struct handover *handover, directory_visit *visit)
{
    if (directory_each(handover->store, visit, handover) == 0)
        return 0;
    if (handover->fault->reason != REASON_NONE)
        return -1;
    return fault_set_errno(handover->fault, REASON_SYSTEM, errno, "cannot list STORE");
}

static int handover_check_all(struct handover *handover)
{
    if (handover_each(handover, handover_visit_first) != 0)
        return -1;
    if (handover->count == 0)
        return 0;
    qsort(handover->linked, handover->count, sizeof(*handover->linked), handover_compare);
    return handover_each(handover, handover_visit_linked);
}

/* ---- giving ---- */

static int handover_fail(const struct handover *handover)
{
    return fault_set_errno(handover->fault, REASON_SYSTEM, errno, "STORE cannot be given to uid %u",
                           (unsigned)handover->to.user);
}

/* O_PATH, since opening a FIFO or a device has effects. A file that changed since the check is left alone. */
static int handover_give_file(const struct handover *handover, const char *name, uid_t from, const struct account *to)
{
    CLEANUP(close_fd) int file = openat(handover->store, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat facts;
    if (file < 0)
        return errno == ENOENT ? 0 : -1;
    if (fstat(file, &facts) != 0)
        return -1;
    if (!S_ISREG(facts.st_mode) || facts.st_uid != from)
        return 0;
    return fchownat(file, "", to->user, to->group, AT_EMPTY_PATH);
}

/* Goes on after a failure, whose fault stays. */
static int handover_visit_give(void *context, const char *name)
{
    const struct handover *handover = context;
    if (handover_is_ours(name) && handover_give_file(handover, name, 0, &handover->to) != 0)
        (void)!handover_fail(handover);
    return 0;
}

static int handover_visit_take_back(void *context, const char *name)
{
    const struct handover *handover = context;
    static const struct account root = {0};
    if (handover_is_ours(name))
        (void)!handover_give_file(handover, name, handover->to.user, &root);
    return 0;
}

/* In a STORE that was given before, a file that cannot be given, on a read-only disk, is reported when it is opened. */
static int handover_give(struct handover *handover, bool directory_given)
{
    (void)!handover_each(handover, handover_visit_give);
    if (directory_given) {
        fault_clear(handover->fault);
        return 0;
    }
    if (handover->fault->reason != REASON_NONE)
        return -1;
    return fchown(handover->store, handover->to.user, handover->to.group) == 0 ? 0 : handover_fail(handover);
}

static int handover_give_or_undo(struct handover *handover, bool directory_given)
{
    bool was_given = handover->given;
    if (handover_give(handover, directory_given) == 0) {
        handover->given = true;
        return 0;
    }
    if (!was_given)
        (void)!directory_each(handover->store, handover_visit_take_back, handover);
    return -1;
}

static int handover_refuse_directory(const char *path, uid_t owner, struct fault *f)
{
    char shown[PATH_SHOWN_SIZE];
    text_fit(path, shown, sizeof(shown));
    return fault_set(f, REASON_SYSTEM, "", "STORE belongs to uid %u, not to root or the worker: chown -R root %s",
                     (unsigned)owner, shown);
}

int handover_store(int store, const char *path, const struct account *to, bool *ret_untouched, struct fault *f)
{
    CLEANUP(handover_done) struct handover handover = {.store = store, .to = *to, .fault = f};
    struct stat facts;
    *ret_untouched = false;
    if (fstat(store, &facts) != 0)
        return fault_set_errno(f, REASON_SYSTEM, errno, "cannot look up STORE");
    if (facts.st_uid != 0 && facts.st_uid != to->user)
        return handover_refuse_directory(path, facts.st_uid, f);
    handover.given = facts.st_uid != 0;
    if (to->user == 0) {
        *ret_untouched = true;
        return 0;
    }
    int result = handover_check_all(&handover) == 0 ? handover_give_or_undo(&handover, facts.st_uid == to->user) : -1;
    *ret_untouched = !handover.given;
    return result;
}
