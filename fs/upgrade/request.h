/*
 * request: asking a supervisor to reload, for a program that wants to know the result: certfs --reload PID.
 *
 * The request is SIGUSR2. The supervisor answers with datagrams to an abstract socket that is named after the process
 * that sent the signal; where that has none, as kill(1), nobody misses them. The first one acknowledges the request:
 * until then the signal is repeated, since two that come at a time are one.
 */
#ifndef CERTFS_FS_UPGRADE_REQUEST_H
#define CERTFS_FS_UPGRADE_REQUEST_H

#include <sys/types.h>

#include "core/base/cleanup.h"

struct fault;

enum { REQUEST_LIMIT_MS = 80 * 1000, REQUEST_AGAIN_MS = 1000 };

/*
 * Asks the supervisor with this process id, and waits for the end of the reload. Faults: usage (no process id), system
 * (it is no certfs, or one that is too old; it could not reload, or gave no answer).
 */
MUST_CHECK int request_reload(const char *pid, struct fault *f);

/* ---- the supervisor; neither blocks */

void request_acknowledge(pid_t from);

/* `failure`: a sentence; NULL if the reload is done. */
void request_report(pid_t from, const char *failure);

#endif
