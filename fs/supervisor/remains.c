#include "fs/supervisor/remains.h"

#include <stddef.h>
#include <sys/wait.h>

void remains_add(pid_t list[static REMAINS_MAX], pid_t pid)
{
    for (size_t i = 0; i < REMAINS_MAX; i++)
        if (list[i] == 0) {
            list[i] = pid;
            return;
        }
}

bool remains_reap(pid_t list[static REMAINS_MAX])
{
    bool left = false;
    for (size_t i = 0; i < REMAINS_MAX; i++) {
        if (list[i] > 0 && waitpid(list[i], NULL, WNOHANG) != 0)
            list[i] = 0;
        left |= list[i] > 0;
    }
    return left;
}
