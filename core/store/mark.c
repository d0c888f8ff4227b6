#include "core/store/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/directory.h"

enum { NAME_SIZE = 40 };

static const char old_name[] = "generation", prefix[] = "generation.";

static void mark_name_of(uint64_t number, char ret[static NAME_SIZE])
{
    snprintf(ret, NAME_SIZE, "%s%" PRIu64, prefix, number);
}

static int mark_refuse(const char *what, struct fault *f)
{
    return fault_set_errno(f, REASON_STORE_FAILED, errno, "the store: %s of the mark failed", what);
}

/* 0 if it is no number, or an implausible one. */
static uint64_t mark_parse(const char *text)
{
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length > 16 || text[length] != '\0')
        return 0;
    uint64_t number = strtoull(text, NULL, 10);
    return number <= MARK_MAX ? number : 0;
}

/* Whether the name is a mark's, whatever its number: generation.N as mark_raise writes it. */
static bool mark_is(const char *name)
{
    return strncmp(name, prefix, sizeof(prefix) - 1) == 0 && name[sizeof(prefix) - 1] != '\0' &&
           strspn(name + sizeof(prefix) - 1, "0123456789") == strlen(name) - (sizeof(prefix) - 1);
}

bool mark_is_name(const char *name)
{
    return mark_is(name) || strcmp(name, old_name) == 0;
}

/* The number in the file of an older certfs; false if there is none. */
static bool mark_read_old(int fd, uint64_t *ret)
{
    char text[32] = "";
    struct stat st;
    if (fstatat(fd, old_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    *ret = 0;
    if (!S_ISREG(st.st_mode))
        return true;
    CLEANUP(close_fd) int file = openat(fd, old_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t length = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
    if (length > 0 && text[length - 1] == '\n')
        text[length - 1] = '\0';
    *ret = length > 0 ? mark_parse(text) : 0;
    return true;
}

static void mark_note_unreadable(struct mark *mark, const char *name)
{
    mark->unreadable = true;
    if (strlen(name) < sizeof(mark->name))
        snprintf(mark->name, sizeof(mark->name), "%s", name);
}

static int mark_find(void *context, const char *name)
{
    struct mark *mark = context;
    if (!mark_is(name))
        return 0;
    uint64_t number = mark_parse(name + sizeof(prefix) - 1);
    if (number == 0)
        mark_note_unreadable(mark, name);
    if (number > mark->number)
        mark->number = number;
    return 0;
}

/* One is enough. Whatever is left is lower, so it does no harm. */
struct lower {
    int fd;
    uint64_t than;
};

static int mark_remove_lower(void *context, const char *name)
{
    const struct lower *lower = context;
    uint64_t number = mark_is(name) ? mark_parse(name + sizeof(prefix) - 1) : 0;
    if (number != 0 && number < lower->than)
        (void)unlinkat(lower->fd, name, 0);
    return 0;
}

/* Only mark_raise removes the file: a start that ends before it has seen all records leaves it for the next. */
static void mark_look_for_old(int fd, struct mark *mark)
{
    uint64_t number;
    if (!mark_read_old(fd, &number))
        return;
    mark->is_old = number != 0;
    if (number == 0)
        mark_note_unreadable(mark, old_name);
    if (number > mark->number)
        mark->number = number;
}

int mark_open(int fd, struct mark *ret, struct fault *f)
{
    *ret = (struct mark){.number = 0};
    if (directory_each(fd, mark_find, ret) != 0)
        return mark_refuse("reading", f);
    mark_look_for_old(fd, ret);
    struct lower lower = {.fd = fd, .than = ret->number};
    return directory_each(fd, mark_remove_lower, &lower) == 0 ? 0 : mark_refuse("reading", f);
}

static int mark_create(int fd, const char *name)
{
    int file = openat(fd, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return file < 0 ? -1 : close(file);
}

/* The mark may have been removed meanwhile. */
static int mark_move(int fd, const struct mark *mark, const char *new)
{
    char old[NAME_SIZE];
    mark_name_of(mark->number, old);
    if (mark->number != 0 && renameat(fd, old, fd, new) == 0)
        return 0;
    if (mark->is_old && renameat(fd, old_name, fd, new) == 0)
        return 0;
    return mark->number == 0 || errno == ENOENT ? mark_create(fd, new) : -1;
}

int mark_raise(int fd, struct mark *mark, uint64_t number, struct fault *f)
{
    char new[NAME_SIZE];
    if (number <= mark->number && !mark->is_old)
        return 0;
    if (number < mark->number)
        number = mark->number;
    mark_name_of(number, new);
    if (mark_move(fd, mark, new) != 0)
        return mark_refuse("raising", f);
    if (mark->is_old)
        (void)unlinkat(fd, old_name, 0);
    mark->number = number;
    mark->is_old = false;
    return 0;
}
