#include "core/store/standing.h"

#include <errno.h>

#include "core/store/rights.h"

static int standing_look(const struct standing *standing, enum directory_found *ret)
{
    if (standing->host.find != NULL)
        return standing->host.find(standing->host.context, ret);
    *ret = directory_find(&standing->place);
    return 0;
}

static int standing_fail(const struct standing *standing, struct fault *f)
{
    if (errno != ETIMEDOUT)
        return fault_set_errno(f, REASON_STORE_FAILED, errno, "cannot find out whether STORE is in its place");
    fault_set(f, REASON_STORE_FAILED, "", "the supervisor does not answer where STORE is: kill -CONT %d",
              (int)standing->host.process);
    f->os_errno = ETIMEDOUT;
    return -1;
}

int standing_check(const struct standing *standing, bool removal, struct fault *f)
{
    enum directory_found found;
    if (rights_check(standing->directory, standing->host.hands_over, f) != 0)
        return -1;
    if (standing_look(standing, &found) != 0)
        return standing_fail(standing, f);
    if (found == DIRECTORY_REPLACED)
        return fault_set(f, REASON_STORE_FAILED, "",
                         "another directory stands at STORE than the one in use: put it back, or start certfs anew");
    if (found == DIRECTORY_AWAY && !removal)
        return fault_set(
            f, REASON_STORE_FAILED, "",
            "the store is gone: its directory was moved or removed; put it back, or make it and start anew");
    return 0;
}

bool standing_is_in_place(const struct standing *standing)
{
    enum directory_found found;
    return standing_look(standing, &found) != 0 || found == DIRECTORY_IN_PLACE;
}
