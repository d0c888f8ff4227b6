#include "fs/disk/access.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "fs/host/ask.h"

static int access_find(struct ask *ask, enum ask_kind kind, enum directory_found *ret)
{
    int value;
    int descriptor = ask_supervisor(ask, kind, "", &value);
    if (descriptor >= 0 && value >= DIRECTORY_IN_PLACE && value <= DIRECTORY_REPLACED) {
        *ret = (enum directory_found)value;
        return descriptor;
    }
    if (descriptor > 0)
        close_fd(&descriptor);
    if (descriptor >= 0)
        errno = EPROTO;
    return -1;
}

int access_find_store(struct ask *ask, enum directory_found *ret)
{
    return access_find(ask, ASK_STORE_PLACE, ret);
}

int access_find_keys(struct ask *ask, enum directory_found *ret)
{
    return access_find(ask, ASK_KEYS_PLACE, ret);
}

static int access_open_key(void *context, const char *file)
{
    return ask_supervisor(context, ASK_KEY, file, NULL);
}

static int access_open_kept_key(void *context, const char *file)
{
    return ask_supervisor(context, ASK_KEPT_KEY, file, NULL);
}

static int access_look_key(void *context, const char *file, struct stat *ret)
{
    return ask_key_facts(context, file, ret);
}

static int access_find_store_for(void *context, enum directory_found *ret)
{
    return access_find_store(context, ret);
}

struct store_host access_host(struct ask *ask)
{
    return (struct store_host){.open_key = access_open_key,
                               .open_kept_key = access_open_kept_key,
                               .look_key = access_look_key,
                               .find_store = access_find_store_for,
                               .context = ask,
                               .process = getppid()};
}
