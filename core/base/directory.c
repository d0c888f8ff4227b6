#include "core/base/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int directory_list(int fd, directory_visit *visit, void *context)
{
    DIR *directory = fdopendir(fd);
    if (directory == NULL) {
        close_fd(&fd);
        return -1;
    }
    int result = 0;
    const struct dirent *entry;
    while (result == 0 && (errno = 0, entry = readdir(directory)) != NULL)
        result = visit(context, entry->d_name);
    int error = errno;
    closedir(directory);
    errno = error;
    return result == 0 && error != 0 ? -1 : result;
}

int directory_each(int fd, directory_visit *visit, void *context)
{
    int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return again < 0 ? -1 : directory_list(again, visit, context);
}

/* Reads the kernel's current name of the directory; "" if there is none. */
static void directory_name_of(int fd, char ret[static PATH_MAX])
{
    char link[40];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, ret, PATH_MAX - 1);
    ret[length > 0 ? length : 0] = '\0';
}

struct directory_place directory_place(int fd, const char *path)
{
    struct directory_place place = {.fd = fd, .path = path, .link = -1};
    struct stat facts;
    if (path == NULL)
        return place;
    directory_name_of(fd, place.was);
    place.link = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (place.link >= 0 && (fstat(place.link, &facts) != 0 || !S_ISLNK(facts.st_mode)))
        directory_place_done(&place);
    return place;
}

void directory_place_done(struct directory_place *place)
{
    if (place->link >= 0)
        close(place->link);
    place->link = -1;
}

static bool directory_is_same(int first, int second)
{
    struct statx one, two;
    if (statx(first, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &one) != 0 ||
        statx(second, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &two) != 0)
        return true;
    return one.stx_ino == two.stx_ino && one.stx_dev_major == two.stx_dev_major &&
           one.stx_dev_minor == two.stx_dev_minor;
}

static bool directory_has_moved(const struct directory_place *place)
{
    char now[PATH_MAX];
    directory_name_of(place->fd, now);
    return now[0] != '\0' && strcmp(now, place->was) != 0;
}

/*
 * RESOLVE_CACHED, openat2(2), fails unless the path can be resolved without blocking. It also fails for a symbolic link
 * whose access time is due for an update; the kernel has that link cached then, so an ordinary open does not block
 * either.
 */
static int directory_open_path(const struct directory_place *place)
{
    const struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_CACHED};
    int there = (int)syscall(SYS_openat2, AT_FDCWD, place->path, &how, sizeof(how));
    if (there < 0 && errno == EAGAIN && place->link >= 0)
        there = open(place->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return there;
}

enum directory_found directory_find(const struct directory_place *place)
{
    if (place->path == NULL)
        return DIRECTORY_IN_PLACE;
    int there = directory_open_path(place);
    if (there < 0)
        return errno == ENOENT || errno == ENOTDIR || directory_has_moved(place) ? DIRECTORY_AWAY : DIRECTORY_IN_PLACE;
    bool same = directory_is_same(place->fd, there);
    close(there);
    return same ? DIRECTORY_IN_PLACE : DIRECTORY_REPLACED;
}
