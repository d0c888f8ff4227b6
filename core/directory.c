#include "core/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int directory_each(int fd, directory_visit *visit, void *context)
{
    int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = again < 0 ? NULL : fdopendir(again);
    if (directory == NULL) {
        if (again >= 0)
            close(again);
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
