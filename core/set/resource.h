/*
 * resource: what stays of a set for its life, whatever is imported into it: its name, its number, its ARN and when it
 * was created. Immutable, reference counted.
 */
#ifndef CERTFS_CORE_SET_RESOURCE_H
#define CERTFS_CORE_SET_RESOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/fault.h"
#include "core/base/refcount.h"

/* The last second that has a date of four digits, as DMS writes them. */
#define RESOURCE_CREATED_MAX INT64_C(253402300799)

enum { RESOURCE_ARN_SIZE = 128 /* with the final NUL */ };

struct resource {
    uint64_t set;                /* its number: that of its first generation; 0 is the root set */
    int64_t created;             /* seconds since the epoch */
    char arn[RESOURCE_ARN_SIZE]; /* "" for the root set */
    struct refcount references_; /* resource.c's own */
    char identifier[];           /* as it was written first; "" is the root set */
};

/* NULL if allocation fails. */
struct resource *resource_new(const char *identifier, uint64_t set, const char *arn, int64_t created);

struct resource *resource_ref(struct resource *resource);
void resource_unref(struct resource *resource); /* accepts NULL */
void resource_unrefp(struct resource **resource);

/* A new ARN of a certificate: 26 random characters of base32, as DMS makes them. Fault: no_memory. */
MUST_CHECK int resource_make_arn(const char *region, const char *account, char ret[static RESOURCE_ARN_SIZE],
                                 struct fault *f);

/* The account in its ARN; "" for the root set, which has none. */
void resource_account(const struct resource *resource, char ret[static RESOURCE_ARN_SIZE]);

/* Whether the text can be an ARN: arn:aws:dms:REGION:ACCOUNT:cert:ID, in the characters that these have. */
bool resource_is_arn(const char *text);

#endif
