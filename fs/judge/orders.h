/*
 * orders: messages between the worker and the zygote, over a SOCK_SEQPACKET pair.
 *
 * Neither side trusts the other: a message of another form is the end of the connection.
 */
#ifndef CERTFS_FS_JUDGE_ORDERS_H
#define CERTFS_FS_JUDGE_ORDERS_H

#include <stdint.h>

#include "core/base/fault.h"

/* Messages of the worker. */
enum order {
    ORDER_END,   /* the worker is gone, or has sent something else */
    ORDER_JUDGE, /* fork a judge, whose end of a stream comes along (exchange.h); only when none runs */
    ORDER_KILL,  /* kill the judge if one runs; its end is reported either way */
};

/* Messages of the zygote. */
enum report_kind {
    REPORT_END,    /* the zygote is gone, or has sent something else */
    REPORT_READY,  /* once: it is confined; text is what this kernel or container does not allow, or "" */
    REPORT_FAILED, /* it cannot be started; text is the sentence */
    REPORT_ENDED,  /* the judge has ended */
};

struct report {
    enum report_kind kind;
    int status;     /* of wait(2) */
    int64_t cpu_ms; /* that the judge has used */
    char text[FAULT_MESSAGE_SIZE];
};

/* Sends an order, with a descriptor or -1, without blocking. Returns -1 with errno. */
MUST_CHECK int orders_send(int fd, enum order order, int descriptor);

/* Waits for an order. `ret_descriptor` gets what came along, close-on-exec and never 0, 1 or 2, or -1. */
enum order orders_receive(int fd, int *ret_descriptor);

/* Sends a report without blocking. Returns -1 with errno. */
int report_send(int fd, const struct report *report);

/* Waits until `deadline` (ms of CLOCK_MONOTONIC). Returns false if nothing came, with errno ETIMEDOUT. */
MUST_CHECK bool report_receive(int fd, int64_t deadline, struct report *ret);

#endif
