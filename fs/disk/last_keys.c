#include "fs/disk/last_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The place of the key of this name, or the last one, whose key has to go. */
static size_t last_keys_place_of(const struct last_keys *last, const char *name)
{
    size_t place = 0;
    while (place < LAST_KEYS_MAX - 1 && strcmp(last->keys[place].name, name) != 0)
        place++;
    return place;
}

static bool last_keys_is_key(int descriptor)
{
    struct stat facts;
    return fstat(descriptor, &facts) == 0 && kek_can_be_in(&facts);
}

void last_keys_keep(struct last_keys *last, const char *name, int descriptor)
{
    const size_t place = last_keys_place_of(last, name);
    int kept = last_keys_is_key(descriptor) ? fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : -1;
    if (kept < 0)
        return;
    if (last->keys[place].name[0] != '\0')
        close(last->keys[place].descriptor);
    memmove(last->keys + 1, last->keys, place * sizeof(last->keys[0]));
    snprintf(last->keys[0].name, sizeof(last->keys[0].name), "%s", name);
    last->keys[0].descriptor = kept;
}

int last_keys_open(const struct last_keys *last, const char *name)
{
    const size_t place = last_keys_place_of(last, name);
    if (name[0] != '\0' && strcmp(last->keys[place].name, name) == 0)
        return fcntl(last->keys[place].descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    errno = ENOENT;
    return -1;
}

void last_keys_done(struct last_keys *last)
{
    for (size_t i = 0; i < LAST_KEYS_MAX; i++)
        if (last->keys[i].name[0] != '\0')
            close(last->keys[i].descriptor);
    *last = (struct last_keys){.keys = {{.name = ""}}};
}
