/*
 * link: the line between supervisor and worker, a SOCK_SEQPACKET pair, and a second one for log lines alone.
 *
 * Worker to supervisor: ready (the mount answers), drained (nothing is running any more), changed.
 * Supervisor to worker: drain. The end of the line, whichever side goes, means: finish what runs, then exit.
 *
 * Log lines have a line of their own, from which the supervisor takes only what the log has room for: a slow or dead
 * log delays nothing else, and what the line does not take stays with whoever sends it.
 */
#ifndef CERTFS_FS_HOST_LINK_H
#define CERTFS_FS_HOST_LINK_H

#include "core/base/fault.h"

enum { LINK_TEXT_SIZE = 1024 };

enum link_kind {
    LINK_END,     /* the other side is gone */
    LINK_READY,   /* worker: the kernel's first request is answered */
    LINK_PROBLEM, /* worker: before it is ready, what is wrong and served all the same; text is the sentence */
    LINK_FAILED,  /* worker: could not start; text is the sentence */
    LINK_DRAIN,   /* supervisor: accept nothing new, finish, say drained */
    LINK_DRAINED, /* worker: nothing runs and nothing waits; text is LINK_HELD when a notice to the kernel is held */
    LINK_CHANGED, /* worker: a set was committed; text is the generation's number and the set's name */
    LINK_HOOK,    /* supervisor: the program of on_change= has ended; priority: whether it failed;
                     text is the set's name and its report */
    LINK_LOG,     /* worker, on the line for these: text is for the log, priority as in syslog(3) */
};

/* The worker's ends of both. */
struct link_ends {
    int line, log;
};

#define LINK_HELD "held"

struct link_message {
    enum link_kind kind;
    int priority;
    char text[LINK_TEXT_SIZE];
};

/* Makes the pair; both ends are close-on-exec. */
MUST_CHECK int link_open(int *ret_supervisor, int *ret_worker, struct fault *f);

/* Sends without waiting; a text beyond LINK_TEXT_SIZE is cut. Returns -1 when the line is full or gone. */
int link_send(int fd, enum link_kind kind, int priority, const char *text);

/*
 * Receives one message, waits for it. The end of the line arrives as LINK_END, and so does a message that is not as
 * link_send makes them: of no known kind, too short or too long, or with descriptors. The text may hold any bytes.
 */
void link_receive(int fd, struct link_message *ret);

#endif
