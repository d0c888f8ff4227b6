/*
 * channel: the line between supervisor and worker, a SOCK_SEQPACKET pair, and a second one for log lines alone.
 *
 * Worker to supervisor: ready (the mount answers), drained (nothing is running any more), changed.
 * Supervisor to worker: drain. The end of the line, whichever side goes, means: finish what runs, then exit.
 *
 * Log lines have a line of their own, from which the supervisor takes only what the log has room for: a slow or dead
 * log delays nothing else, and what the line does not take stays with whoever sends it.
 */
#ifndef CERTFS_FS_HOST_CHANNEL_H
#define CERTFS_FS_HOST_CHANNEL_H

#include "core/base/fault.h"

enum { CHANNEL_TEXT_SIZE = 1024 };

enum channel_kind {
    CHANNEL_END,     /* the other side is gone */
    CHANNEL_READY,   /* worker: the kernel's first request is answered */
    CHANNEL_PROBLEM, /* worker: before it is ready, what is wrong and served all the same; text is the sentence */
    CHANNEL_FAILED,  /* worker: could not start; text is the sentence */
    CHANNEL_DRAIN,   /* supervisor: accept nothing new, finish, say drained */
    CHANNEL_DRAINED, /* worker: nothing runs and nothing waits; text is CHANNEL_HELD when a notice to the kernel is held
                      */
    CHANNEL_CHANGED, /* worker: a set was committed; text is the generation's number and the set's name */
    CHANNEL_HOOK,    /* supervisor: the program of on_change= has ended; priority: whether it failed;
                     text is the set's name and its report */
    CHANNEL_LOG,     /* worker, on the line for these: text is for the log, priority as in syslog(3) */
};

/* The worker's ends of both. */
struct channel_ends {
    int line, log;
};

#define CHANNEL_HELD "held"

struct channel_message {
    enum channel_kind kind;
    int priority;
    char text[CHANNEL_TEXT_SIZE];
};

/* Makes the pair; both ends are close-on-exec. */
MUST_CHECK int channel_open(int *ret_supervisor, int *ret_worker, struct fault *f);

/* Sends without waiting; a text beyond CHANNEL_TEXT_SIZE is cut. Returns -1 when the line is full or gone. */
int channel_send(int fd, enum channel_kind kind, int priority, const char *text);

/*
 * Receives one message, waits for it. The end of the line arrives as CHANNEL_END, and so does a message that is not as
 * channel_send makes them: of no known kind, too short or too long, or with descriptors. The text may hold any bytes.
 */
void channel_receive(int fd, struct channel_message *ret);

#endif
