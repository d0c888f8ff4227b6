/*
 * event: an event of the audit log and its line, in the format of fields.h. README.md documents the fields.
 */
#ifndef CERTFS_FS_REPORT_EVENT_H
#define CERTFS_FS_REPORT_EVENT_H

#include "fs/host/process.h"
#include "fs/report/fields.h"
#include "fs/report/journal.h"

/* Each kind has queues of its own, so that events of one kind cannot displace others. */
enum event_kind {
    EVENT_CONTROL,         /* a request through control succeeded */
    EVENT_IMPORT,          /* the same through import/ */
    EVENT_QUERY,           /* a request that only reads succeeded */
    EVENT_REFUSED_CONTROL, /* a request through control was refused */
    EVENT_REFUSED_IMPORT,  /* the same through import/ */
    EVENT_OPEN,            /* a key was opened */
    EVENT_KINDS,
};

struct event_open {
    int64_t time; /* seconds since the epoch */
    uid_t uid;
    gid_t gid;
    struct process process;
    struct resource *resource; /* of the set; borrowed */
    uint64_t generation;
};

struct event {
    enum event_kind kind;
    union {
        struct event_open open;       /* of EVENT_OPEN */
        struct journal_entry request; /* of the others */
    };
};

/* Makes the event of a finished request. */
void event_of_request(const struct journal_entry *entry, struct event *ret);

/* event_keep takes a reference to the resource of the event, for an event that is stored; event_done drops it. */
void event_keep(struct event *event);
void event_done(struct event *event);

/* The user of the event. */
uid_t event_user(const struct event *event);

/* The priority of its line, as in syslog(3). */
int event_priority(const struct event *event);

/*
 * Writes the line of an event. If `count` is more than 1, the line stands for so many events, of which this is the
 * last; `several` if they are not all of the same user.
 */
void event_write(const struct event *event, uint64_t count, bool several, struct fields *ret);

#endif
