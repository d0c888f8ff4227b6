/*
 * rights: why this process may not use the directory of the records, or one of them, and what to do.
 *
 * Somebody gave a file to another user, or copied it in as another one, or took the owner's own rights away.
 */
#ifndef CERTFS_CORE_STORE_RIGHTS_H
#define CERTFS_CORE_STORE_RIGHTS_H

#include <stdbool.h>

#include "core/base/fault.h"

/*
 * Checks owner and mode of the directory. `hands_over`: a restart gives this user what is root's. Fault: store_failed
 * with errno EACCES.
 */
MUST_CHECK int rights_check(int directory, bool hands_over, struct fault *f);

/* The same of the directory and the record of this name in it, if there is one. */
MUST_CHECK int rights_check_record(int directory, const char *name, bool hands_over, struct fault *f);

#endif
