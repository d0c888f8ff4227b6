#include "core/base/cleanup.h"

#include <unistd.h>

void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
