/*
 * event: what the audit log tells of, and its line.
 *
 * The lines are fields.h's; README.md has the table of keys.
 */
#ifndef CERTFS_FS_REPORT_EVENT_H
#define CERTFS_FS_REPORT_EVENT_H

#include "fs/report/fields.h"
#include "fs/report/journal.h"

/* Kinds do not share their places in the queue, so that one cannot drive out another. */
enum event_kind {
    EVENT_CONTROL,         /* a request of control that was carried out */
    EVENT_IMPORT,          /* the same of import/ */
    EVENT_QUERY,           /* one that only read */
    EVENT_REFUSED_CONTROL, /* a request that was refused, through control */
    EVENT_REFUSED_IMPORT,  /* the same through import/ */
    EVENT_OPEN,            /* a key.pem was opened */
    EVENT_KINDS,
};

/* An open of a key.pem. */
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

/* Makes an event of a request that ended. */
void event_of_request(const struct journal_entry *entry, struct event *ret);

/* Makes the resource in it a reference of its own, and releases that. A user of events who keeps one does so. */
void event_keep(struct event *event);
void event_done(struct event *event);

/* The user whom the event is about. */
uid_t event_user(const struct event *event);

/* Its priority, as in syslog(3). */
int event_priority(const struct event *event);

/*
 * Its line. `count` is how many events it stands for: more than one where they could not be listed one by one; the
 * event is then the last of them, and `several` says that they are not all the same user's.
 */
void event_write(const struct event *event, uint64_t count, bool several, struct fields *ret);

#endif
