#include "core/store/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/directory.h"

enum { NAME_SIZE = 40 };

static const char old_name[] = "generation", prefix[] = "generation.";

static void name_of(uint64_t number, char ret[static NAME_SIZE])
{
    snprintf(ret, NAME_SIZE, "%s%" PRIu64, prefix, number);
}

static int refuse(const char *what, struct fault *f)
{
    return fault_set_errno(f, REASON_STORE_FAILED, errno, "the store: %s of the mark failed", what);
}

/* 0 for what is no number, or none that is plausible. */
static uint64_t parse(const char *text)
{
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length > 16 || text[length] != '\0')
        return 0;
    uint64_t number = strtoull(text, NULL, 10);
    return number <= MARK_MAX ? number : 0;
}

/* Whether the name is a mark's, whatever its number: generation.N as mark_raise writes it. */
static bool is_mark(const char *name)
{
    return strncmp(name, prefix, sizeof(prefix) - 1) == 0 && name[sizeof(prefix) - 1] != '\0' &&
           strspn(name + sizeof(prefix) - 1, "0123456789") == strlen(name) - (sizeof(prefix) - 1);
}

bool mark_is_name(const char *name)
{
    return is_mark(name) || strcmp(name, old_name) == 0;
}

/* The number in the file of an older certfs; false if there is none. */
static bool read_old(int fd, uint64_t *ret)
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
    *ret = length > 0 ? parse(text) : 0;
    return true;
}

static void note_unreadable(struct mark *mark, const char *name)
{
    mark->unreadable = true;
    if (strlen(name) < sizeof(mark->name))
        snprintf(mark->name, sizeof(mark->name), "%s", name);
}

static int find(void *context, const char *name)
{
    struct mark *mark = context;
    if (!is_mark(name))
        return 0;
    uint64_t number = parse(name + sizeof(prefix) - 1);
    if (number == 0)
        note_unreadable(mark, name);
    if (number > mark->number)
        mark->number = number;
    return 0;
}

/* One is enough. Whatever is left is lower, so it does no harm. */
struct lower {
    int fd;
    uint64_t than;
};

static int remove_lower(void *context, const char *name)
{
    const struct lower *lower = context;
    uint64_t number = is_mark(name) ? parse(name + sizeof(prefix) - 1) : 0;
    if (number != 0 && number < lower->than)
        (void)unlinkat(lower->fd, name, 0);
    return 0;
}

/* Only mark_raise removes the file: a start that ends before it has seen all records leaves it for the next. */
static void look_for_old(int fd, struct mark *mark)
{
    uint64_t number;
    if (!read_old(fd, &number))
        return;
    mark->is_old = number != 0;
    if (number == 0)
        note_unreadable(mark, old_name);
    if (number > mark->number)
        mark->number = number;
}

int mark_open(int fd, struct mark *ret, struct fault *f)
{
    *ret = (struct mark){.number = 0};
    if (directory_each(fd, find, ret) != 0)
        return refuse("reading", f);
    look_for_old(fd, ret);
    struct lower lower = {.fd = fd, .than = ret->number};
    return directory_each(fd, remove_lower, &lower) == 0 ? 0 : refuse("reading", f);
}

static int create(int fd, const char *name)
{
    int file = openat(fd, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return file < 0 ? -1 : close(file);
}

/* Somebody may have removed the mark that we had. */
static int move(int fd, const struct mark *mark, const char *new)
{
    char old[NAME_SIZE];
    name_of(mark->number, old);
    if (mark->number != 0 && renameat(fd, old, fd, new) == 0)
        return 0;
    if (mark->is_old && renameat(fd, old_name, fd, new) == 0)
        return 0;
    return mark->number == 0 || errno == ENOENT ? create(fd, new) : -1;
}

int mark_raise(int fd, struct mark *mark, uint64_t number, struct fault *f)
{
    char new[NAME_SIZE];
    if (number <= mark->number && !mark->is_old)
        return 0;
    if (number < mark->number)
        number = mark->number;
    name_of(number, new);
    if (move(fd, mark, new) != 0)
        return refuse("raising", f);
    if (mark->is_old)
        (void)unlinkat(fd, old_name, 0);
    mark->number = number;
    mark->is_old = false;
    return 0;
}
