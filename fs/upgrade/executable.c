#include "fs/upgrade/executable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fault.h"
#include "core/base/text.h"
#include "fs/host/safe_path.h"

enum { SHOWN_SIZE = 49 };

static const char self[] = "/proc/self/exe", deleted[] = " (deleted)";

static bool executable_is_self(const char *path)
{
    struct stat given, running;
    return stat(path, &given) == 0 && stat(self, &running) == 0 && given.st_dev == running.st_dev &&
           given.st_ino == running.st_ino;
}

void executable_find(const char *word, char ret[static PATH_MAX])
{
    ret[0] = '\0';
    if (word != NULL && word[0] == '/' && strlen(word) < PATH_MAX && executable_is_self(word)) {
        snprintf(ret, PATH_MAX, "%s", word);
        return;
    }
    ssize_t length = readlink(self, ret, PATH_MAX - 1);
    size_t end = length > 0 ? (size_t)length : 0, extra = sizeof(deleted) - 1;
    ret[end] = '\0';
    if (end > extra && strcmp(ret + end - extra, deleted) == 0)
        ret[end - extra] = '\0';
}

int executable_open_self(void)
{
    return open(self, O_PATH | O_CLOEXEC);
}

static int executable_refuse(const char *path, const char *why, struct fault *f)
{
    char shown[SHOWN_SIZE];
    text_fit(path, shown, sizeof(shown));
    return fault_set(f, REASON_SYSTEM, "", "%s %s", shown, why);
}

int executable_open(const char *path, int *ret_fd, struct fault *f)
{
    char culprit[PATH_MAX];
    struct stat checked, opened;
    enum safe_path safety = path[0] == '/' ? safe_path_check(path, 0, &checked, culprit) : SAFE_PATH_MISSING;
    if (safety == SAFE_PATH_MISSING)
        return executable_refuse(path, "does not exist", f);
    if (safety == SAFE_PATH_UNSAFE)
        return executable_refuse(culprit, "is not root's alone: others can replace the program", f);
    if (!S_ISREG(checked.st_mode) || (checked.st_mode & S_IXUSR) == 0)
        return executable_refuse(path, "is not a file that can be executed", f);
    CLEANUP(close_fd) int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &opened) != 0)
        return executable_refuse(path, "cannot be opened", f);
    if (opened.st_dev != checked.st_dev || opened.st_ino != checked.st_ino)
        return executable_refuse(path, "was replaced at this moment: try again", f);
    *ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    return *ret_fd >= 0 ? 0 : executable_refuse(path, "cannot be opened", f);
}

int executable_run(int fd, char *const arguments[], char *const environment[])
{
    return execveat(fd, "", arguments, environment, AT_EMPTY_PATH);
}
