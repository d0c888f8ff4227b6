#include "fs/worker/announce.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/host/channel.h"
#include "fs/report/journal.h"

static int announce_say(int channel_fd, const char *set, uint64_t generation)
{
    char text[CHANNEL_TEXT_SIZE];
    snprintf(text, sizeof(text), "%" PRIu64 " %s", generation, set);
    return channel_send(channel_fd, CHANNEL_CHANGED, 0, text);
}

static struct announcement *announce_find(const struct announcements *waiting, const char *set)
{
    struct announcement *found;
    STAILQ_FOREACH(found, waiting, order)
    {
        if (strcmp(found->set, set) == 0)
            return found;
    }
    return NULL;
}

static void announce_remove_first(struct announcements *waiting)
{
    struct announcement *first = STAILQ_FIRST(waiting);
    STAILQ_REMOVE_HEAD(waiting, order);
    free(first);
}

static size_t announce_count(const struct announcements *waiting)
{
    size_t count = 0;
    const struct announcement *one;
    STAILQ_FOREACH(one, waiting, order)
    {
        count++;
    }
    return count;
}

static struct announcement *announce_add(struct announcements *waiting, const char *set)
{
    struct announcement *added = malloc(sizeof(*added));
    if (added == NULL)
        return NULL;
    snprintf(added->set, sizeof(added->set), "%s", set);
    STAILQ_INSERT_TAIL(waiting, added, order);
    return added;
}

void announce(struct announcements *waiting, int channel_fd, const char *set, uint64_t generation)
{
    if (announce_rest(waiting, channel_fd) && announce_say(channel_fd, set, generation) == 0)
        return;
    struct announcement *place = announce_find(waiting, set);
    const char *name = place == NULL && announce_count(waiting) >= ANNOUNCE_WAITING_MAX ? ANNOUNCE_MANY : set;
    if (place == NULL)
        place = announce_find(waiting, name);
    if (place == NULL)
        place = announce_add(waiting, name);
    if (place != NULL)
        place->generation = generation;
    else
        (void)!announce_say(channel_fd, set, generation); /* out of turn, where there is no memory to wait */
}

bool announce_rest(struct announcements *waiting, int channel_fd)
{
    const struct announcement *first;
    while ((first = STAILQ_FIRST(waiting)) != NULL) {
        if (announce_say(channel_fd, first->set, first->generation) != 0)
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
