/*
 * foreign: documents of other systems that hold what certfs needs under other names or in another encoding. They are
 * refused; each is recognised by a member that certfs does not have.
 */
#ifndef CERTFS_CORE_JSON_FOREIGN_H
#define CERTFS_CORE_JSON_FOREIGN_H

#include "core/base/cleanup.h"
#include "core/json/json.h"

/* Returns -1 if the document is one of those; the message names the replacement. Fault: unknown_field. */
MUST_CHECK int foreign_refuse(const struct json *document, struct fault *f);

#endif
