/*
 * exchange: the conversation with a judge, over a stream: messages of a kind, a length and a body.
 *
 *     worker  EXCHANGE_DOCUMENT            the text of the frame
 *     judge   EXCHANGE_REQUEST             request_wire.h, or EXCHANGE_REFUSAL: the action and a fault
 *     worker  EXCHANGE_SERVED              build_wire.h, for an import; or closes the stream
 *     judge   EXCHANGE_RESULT              build_wire.h, or EXCHANGE_FAULT
 */
#ifndef CERTFS_FS_JUDGE_EXCHANGE_H
#define CERTFS_FS_JUDGE_EXCHANGE_H

#include <stdint.h>

#include "core/base/buf.h"

enum exchange_kind {
    EXCHANGE_DOCUMENT = 1,
    EXCHANGE_REQUEST,
    EXCHANGE_REFUSAL,
    EXCHANGE_SERVED,
    EXCHANGE_RESULT,
    EXCHANGE_FAULT,
};

/* One end. */
struct exchange {
    int fd;
    int64_t deadline; /* ms of CLOCK_MONOTONIC; 0: none, for the judge, which the worker ends */
};

/* Sends a message. Returns -1 with errno: EPIPE or ECONNRESET (the peer is gone), ETIMEDOUT. */
MUST_CHECK int exchange_send(const struct exchange *exchange, enum exchange_kind kind, struct span body);

/*
 * Receives a message with a body of at most `max` bytes into an empty buf. Returns -1 with errno: EPIPE or ECONNRESET
 * (the peer is gone), ETIMEDOUT, EMSGSIZE (a longer body), ENOMEM.
 */
MUST_CHECK int exchange_receive(const struct exchange *exchange, size_t max, enum exchange_kind *ret_kind,
                                struct buf *ret);

#endif
