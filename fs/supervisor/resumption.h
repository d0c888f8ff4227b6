/*
 * resumption: a supervisor as a text (fs/upgrade/resume.h), and again from it.
 *
 * The facts of a mount hold for every process that takes it over. The rest is for a program that the same process
 * executes: its children, what they are doing, and their descriptors, which stay what they are.
 */
#ifndef CERTFS_FS_SUPERVISOR_RESUMPTION_H
#define CERTFS_FS_SUPERVISOR_RESUMPTION_H

#include "core/base/cleanup.h"
#include "fs/supervisor/service.h"
#include "fs/upgrade/resume.h"

/* Appends the facts. Faults as resume_add. */
MUST_CHECK int resumption_write_facts(struct supervisor *supervisor, struct resume *resume, struct fault *f);

/* Takes over the facts, into a supervisor that has its options and nothing else. */
void resumption_read_facts(struct supervisor *supervisor, const struct resume *resume);

/* Whether all of its state has a member in the text now. */
bool resumption_is_possible(const struct supervisor *supervisor);

/* Appends all, the descriptors included. Faults as resume_add. */
MUST_CHECK int resumption_write(struct supervisor *supervisor, struct resume *resume, struct fault *f);

/*
 * Takes over all; the descriptors are the supervisor's from then on. Faults: system (a descriptor is missing, the
 * shared memory is one of another version), no_memory.
 */
MUST_CHECK int resumption_read(struct supervisor *supervisor, struct resume *resume, struct fault *f);

#endif
