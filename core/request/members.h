/*
 * members: the members of a request: how they are read from a document, and which action takes which.
 */
#ifndef CERTFS_CORE_REQUEST_MEMBERS_H
#define CERTFS_CORE_REQUEST_MEMBERS_H

#include "core/base/cleanup.h"
#include "core/json/json.h"
#include "core/request/request.h"

/* Fills a request from its document. Faults: as json_read. */
MUST_CHECK int members_read(const struct json *document, struct request *ret, struct fault *f);

/*
 * Checks that the action takes each member that is there, and that those that it needs are there; of a set, only if
 * there is a document: NULL is a request without its sets (request_wire.h). Faults: unknown_field, missing_field.
 */
MUST_CHECK int members_check(const struct request *request, const struct json *document, struct fault *f);

/* Wipes and releases all members. */
void members_release(struct request *request);

#endif
