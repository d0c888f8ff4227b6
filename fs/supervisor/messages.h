/*
 * messages: what the worker sends, and what it is answered. The worker is not trusted.
 */
#ifndef CERTFS_FS_SUPERVISOR_MESSAGES_H
#define CERTFS_FS_SUPERVISOR_MESSAGES_H

#include "fs/supervisor/service.h"

enum message_event {
    MESSAGE_NONE,
    MESSAGE_READY,    /* the worker serves */
    MESSAGE_FAILED,   /* it could not start, and why is reported */
    MESSAGE_DRAINED,  /* see CHANNEL_DRAINED */
    MESSAGE_CLOSED,   /* its channel is closed */
    MESSAGE_DISTRUST, /* it does not keep to the protocol, so it may be hostile */
};

/* Before the mount answers, errors go to the user who waits for it, later to the log. */
void messages_report(const struct supervisor *supervisor, const char *sentence);

/* Prints the problems to mend where certfs was started. */
void messages_print_problems(struct problems *problems);

/* Receives and handles one message of the worker. */
enum message_event messages_receive(struct supervisor *supervisor);

/* Answers a question of the worker. */
enum message_event messages_answer(struct supervisor *supervisor);

/* Handles those that are waiting, and relays log lines as far as the log has room. For a worker that has ended. */
enum message_event messages_receive_rest(struct supervisor *supervisor);

/* Reports to log and worker how a run of on_change= ended, if one has. */
void messages_step_hook(struct supervisor *supervisor);

/* Reports the last run to a worker that follows another one. */
void messages_repeat_hook(const struct supervisor *supervisor);

#endif
