/*
 * restarts: what operators see of workers that were replaced: a problem or a remark for a day, and a member of status.
 */
#ifndef CERTFS_FS_REPORT_RESTARTS_H
#define CERTFS_FS_REPORT_RESTARTS_H

#include <stdint.h>

#include "fs/takeover/cells.h"

struct json;
struct problems;

enum { RESTARTS_YOUNG = 24 * 60 * 60 /* seconds */ };

/*
 * Sets or removes the problem and the remark. A worker that ended by itself, or had to be ended, is a problem until
 * that is RESTARTS_YOUNG ago, or another program took its place; one that was killed from outside is a remark as long.
 * `now` is in seconds since the epoch; the cells are those of ends.h.
 */
void restarts_report(struct problems *problems, const struct cells *ends, int64_t now);

/* Adds the member `restarts`; -1 if allocation fails. */
int restarts_add(struct json *status, const struct cells *ends);

#endif
