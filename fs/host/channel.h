/*
 * channel: messages between supervisor and worker over a SOCK_SEQPACKET pair, with a second pair for log lines.
 *
 * If one side closes its end, the other one finishes the running requests and exits.
 *
 * The supervisor reads log lines only while the log has room, so a slow or dead log delays no other message, and lines
 * that the socket does not take stay with their sender.
 */
#ifndef CERTFS_FS_HOST_CHANNEL_H
#define CERTFS_FS_HOST_CHANNEL_H

#include <stddef.h>
#include <sys/uio.h>

#include "core/base/fault.h"

enum { CHANNEL_TEXT_SIZE = 1280 };

enum channel_kind {
    CHANNEL_END,     /* the peer closed its end */
    CHANNEL_READY,   /* worker: the kernel's first request is answered */
    CHANNEL_PROBLEM, /* worker, before it is ready: a problem that does not stop it; text is the sentence */
    CHANNEL_FAILED,  /* worker: could not start; text is the sentence */
    CHANNEL_DRAIN,   /* supervisor: accept no new request, finish the others, send CHANNEL_DRAINED */
    CHANNEL_DRAINED, /* worker: nothing runs and nothing waits; text is CHANNEL_HELD when a notice to the kernel is held
                      */
    CHANNEL_CHANGED, /* worker: a set was committed; text is the generation's number and the set's name */
    CHANNEL_HOOK,    /* supervisor: the program of on_change= has ended; priority: whether it failed;
                     text is the set's name and its report */
    CHANNEL_LOG,     /* worker, on the log channel: text is the line, priority as in syslog(3) */
};

/*
 * The worker's ends of both channels, those of its questions (ask.h) and of the judges' parent (fs/judge; -1: it has
 * none yet), and the one whose closing shows that the thread that reads requests has ended (own_files.h).
 */
struct channel_ends {
    int line, log, ask, zygote, life;
};

#define CHANNEL_HELD "held"

struct channel_message {
    enum channel_kind kind;
    int priority;
    char text[CHANNEL_TEXT_SIZE];
};

/*
 * Creates a pair; both ends are close-on-exec, and the supervisor's takes no descriptors where the kernel can refuse
 * them (Linux 6.16). Fault: system (with errno).
 */
MUST_CHECK int channel_open(int *ret_supervisor, int *ret_worker, struct fault *f);

/*
 * Sends one message of these parts to a connected socket without blocking, with a descriptor, which stays the
 * caller's, unless that is -1. Returns -1 with errno if the socket is full or closed, or the kernel passes no
 * descriptor.
 */
int channel_post(int fd, const struct iovec *parts, size_t count, int descriptor);

/* Sends without blocking; a text beyond CHANNEL_TEXT_SIZE ends in "...". Returns -1 if the socket is full or closed. */
int channel_send(int fd, enum channel_kind kind, int priority, const char *text);

/* Whether there is a message, or the end: channel_receive does not wait then. False for -1. */
bool channel_is_waiting(int fd);

/*
 * Waits for one message. A closed channel and a malformed message (unknown kind, too short, too long, or with
 * descriptors) are reported as CHANNEL_END. The text may hold any bytes.
 */
void channel_receive(int fd, struct channel_message *ret);

#endif
