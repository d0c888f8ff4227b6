/*
 * standing: whether the directory of the records is this process's to use and stands where a restart finds it.
 */
#ifndef CERTFS_CORE_STORE_STANDING_H
#define CERTFS_CORE_STORE_STANDING_H

#include <sys/types.h>

#include "core/base/directory.h"
#include "core/base/fault.h"

/* For a process that may not walk the path: `find` looks, or returns -1 with errno. */
typedef int standing_find(void *context, enum directory_found *ret);
struct standing_host {
    standing_find *find;
    void *context;
    pid_t process;   /* that is asked, for messages */
    bool hands_over; /* a restart gives this process's user the files that are root's */
};

struct standing {
    int directory; /* borrowed */
    struct directory_place place;
    struct standing_host host; /* `find` NULL: this process looks itself */
};

/* Nothing is put into a directory that no longer stands there; nothing is removed while another one stands there. */
MUST_CHECK int standing_check(const struct standing *standing, bool removal, struct fault *f);

/* Whether it stands there, as far as is known. */
bool standing_is_in_place(const struct standing *standing);

#endif
