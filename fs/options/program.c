#include "fs/options/program.h"

#include <stdio.h>

#include "core/base/text.h"
#include "fs/host/safe_path.h"

enum { SHOWN_SIZE = 36 };

static int program_refuse(const char *what, struct fault *f)
{
    return fault_set(f, REASON_USAGE, "", "on_change= needs a program %s", what);
}

/*
 * The program runs as the owner of the key, so nobody else may be able to replace it. As only root can change the path,
 * the program that is checked is the one that runs.
 */
int program_check(const char *path, struct fault *f)
{
    char culprit[PATH_MAX], shown[SHOWN_SIZE], what[FAULT_MESSAGE_SIZE];
    struct stat facts;
    if (path[0] != '/')
        return program_refuse("by its absolute path, without arguments", f);
    enum safe_path safety = safe_path_check(path, 0, &facts, culprit);
    if (safety == SAFE_PATH_MISSING)
        return program_refuse("that exists (arguments cannot be given)", f);
    if (safety == SAFE_PATH_UNSAFE) {
        text_fit(culprit, shown, sizeof(shown));
        snprintf(what, sizeof(what), "that belongs to root and that others cannot write, unlike %s", shown);
        return program_refuse(what, f);
    }
    if (!S_ISREG(facts.st_mode) || (facts.st_mode & S_IXUSR) == 0)
        return program_refuse("that is a file and can be executed", f);
    return 0;
}
