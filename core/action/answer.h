/*
 * answer: what is read back on the descriptor that wrote the request (README.md, "Reference: control").
 */
#ifndef CERTFS_CORE_ACTION_ANSWER_H
#define CERTFS_CORE_ACTION_ANSWER_H

#include "core/action/outcome.h"
#include "core/base/cleanup.h"

/* {"result":"ok",...} and a newline; the document of an action of DMS. Faults: no_memory, too_large. */
MUST_CHECK int answer_write_outcome(const struct outcome *outcome, struct buf *ret, struct fault *f);

/*
 * {"result":"refused",...} and a newline; for an action of DMS {"__type":...}. `outcome` is NULL where it was not
 * understood what was asked for. Faults: no_memory.
 */
MUST_CHECK int answer_write_fault(const struct fault *refusal, const struct outcome *outcome, struct buf *ret,
                                  struct fault *f);

/*
 * Adds the warnings and repairs as lines for people: "1 warning:", then each behind two blanks; the same for repairs.
 * Nothing where there are none; else at most 66 lines and 5 KiB. Fault: no_memory.
 */
MUST_CHECK int answer_write_findings(const struct findings *findings, struct buf *ret, struct fault *f);

/* The lists of findings, as members of `object`; -1 if allocation fails. */
struct json;
int answer_add_repairs(struct json *object, const struct findings *findings);
int answer_add_warnings(struct json *object, const struct findings *findings);
int answer_add_waived(struct json *object, uint32_t waived);

#endif
