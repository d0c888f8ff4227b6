/*
 * foreign: documents that other systems print and that hold what certfs wants, under other names or in another coding.
 * They are refused; a member that certfs never has tells which one it is.
 */
#ifndef CERTFS_CORE_JSON_FOREIGN_H
#define CERTFS_CORE_JSON_FOREIGN_H

#include "core/json/json.h"

/* -1 if the document is one of those; the message says what to send instead. Faults: unknown_field. */
MUST_CHECK int foreign_refuse(const struct json *document, struct fault *f);

#endif
