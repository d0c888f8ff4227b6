/*
 * rehearsal: judges a set with a throw-away key, before sets that come from outside are judged.
 *
 * A library loads, looks up and computes some things when it is used for the first time. They are there afterwards:
 * judging then opens no file, and a process that is forked finds them done.
 */
#ifndef CERTFS_CORE_DRAFT_REHEARSAL_H
#define CERTFS_CORE_DRAFT_REHEARSAL_H

#include <stdint.h>

#include "core/base/fault.h"

/* Decodes, judges and proves a set at the time `now`; making an RSA key as well would take long, and gain nothing. */
MUST_CHECK int rehearsal_run(int64_t now, struct fault *f);

#endif
