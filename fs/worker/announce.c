#include "fs/worker/announce.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/host/channel.h"
#include "fs/report/journal.h"

/* `resource` of the set; NULL: of many. */
static int announce_send(int channel_fd, const struct resource *resource, uint64_t generation)
{
    char text[CHANNEL_TEXT_SIZE];
    snprintf(text, sizeof(text), "%" PRIu64 " %s", generation,
             resource == NULL ? ANNOUNCE_MANY : journal_set_name(resource->identifier));
    return channel_send(channel_fd, CHANNEL_CHANGED, 0, text);
}

/* A set that was removed and made again has another resource, but its name. */
static bool announce_is_of(const struct announcement *announcement, const struct resource *resource)
{
    const struct resource *own = announcement->resource;
    return own == NULL || resource == NULL ? own == resource : strcmp(own->identifier, resource->identifier) == 0;
}

static struct announcement *announce_find(const struct announcements *waiting, const struct resource *resource,
                                          size_t *ret_count)
{
    struct announcement *one, *found = NULL;
    *ret_count = 0;
    STAILQ_FOREACH(one, waiting, order)
    {
        ++*ret_count;
        if (announce_is_of(one, resource))
            found = one;
    }
    return found;
}

static void announce_remove_first(struct announcements *waiting)
{
    struct announcement *first = STAILQ_FIRST(waiting);
    STAILQ_REMOVE_HEAD(waiting, order);
    resource_unref(first->resource);
    free(first);
}

static struct announcement *announce_add(struct announcements *waiting, struct resource *resource)
{
    struct announcement *added = malloc(sizeof(*added));
    if (added == NULL)
        return NULL;
    added->resource = resource == NULL ? NULL : resource_ref(resource);
    STAILQ_INSERT_TAIL(waiting, added, order);
    return added;
}

void announce(struct announcements *waiting, int channel_fd, struct resource *resource, uint64_t generation)
{
    size_t count;
    if (announce_rest(waiting, channel_fd) && announce_send(channel_fd, resource, generation) == 0)
        return;
    struct announcement *place = announce_find(waiting, resource, &count);
    struct resource *set = place == NULL && count >= ANNOUNCE_WAITING_MAX ? NULL : resource;
    if (place == NULL)
        place = announce_find(waiting, set, &count);
    if (place == NULL)
        place = announce_add(waiting, set);
    if (place != NULL)
        place->generation = generation;
    else
        (void)announce_send(channel_fd, resource, generation); /* out of turn if there is no memory to wait */
}

bool announce_rest(struct announcements *waiting, int channel_fd)
{
    const struct announcement *first;
    while ((first = STAILQ_FIRST(waiting)) != NULL) {
        if (announce_send(channel_fd, first->resource, first->generation) != 0)
            return false;
        announce_remove_first(waiting);
    }
    return true;
}

void announce_done(struct announcements *waiting)
{
    while (!STAILQ_EMPTY(waiting))
        announce_remove_first(waiting);
}

static bool announce_is_name(const char *set)
{
    return strcmp(set, journal_set_name("")) == 0 || strcmp(set, ANNOUNCE_MANY) == 0 || identifier_is_valid(set);
}

bool announce_read(const char *text, uint64_t *ret_generation, char ret_set[static IDENTIFIER_MAX + 1])
{
    enum { DIGITS_MAX = 20 };
    size_t digits = strspn(text, "0123456789");
    const char *set = text + digits + 1;
    if (digits == 0 || digits > DIGITS_MAX || text[digits] != ' ' || strlen(set) > IDENTIFIER_MAX ||
        !announce_is_name(set))
        return false;
    errno = 0;
    *ret_generation = strtoull(text, NULL, 10);
    snprintf(ret_set, IDENTIFIER_MAX + 1, "%s", set);
    return errno == 0;
}
