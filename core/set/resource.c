#include "core/set/resource.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

enum { RANDOM_CHARACTERS = 26 };

#define DIGITS "0123456789"
#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "-"

struct resource *resource_new(const char *identifier, uint64_t set, const char *arn, int64_t created)
{
    size_t size = strlen(identifier) + 1;
    struct resource *resource = malloc(sizeof(*resource) + size);
    if (resource == NULL)
        return NULL;
    resource->set = set;
    resource->created = created;
    resource->references_ = REFCOUNT_ONE;
    snprintf(resource->arn, sizeof(resource->arn), "%s", arn);
    memcpy(resource->identifier, identifier, size);
    return resource;
}

struct resource *resource_ref(struct resource *resource)
{
    refcount_take(&resource->references_);
    return resource;
}

void resource_unref(struct resource *resource)
{
    if (resource != NULL && refcount_drop(&resource->references_))
        free(resource);
}

void resource_unrefp(struct resource **resource)
{
    resource_unref(*resource);
}

int resource_make_arn(const char *region, const char *account, char ret[static RESOURCE_ARN_SIZE], struct fault *f)
{
    static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; /* RFC 4648 */
    unsigned char bytes[RANDOM_CHARACTERS];
    char random[RANDOM_CHARACTERS + 1] = "";
    if (RAND_bytes(bytes, sizeof(bytes)) != 1)
        return fault_no_memory(f);
    for (size_t i = 0; i < RANDOM_CHARACTERS; i++)
        random[i] = base32[bytes[i] % 32];
    snprintf(ret, RESOURCE_ARN_SIZE, "arn:aws:dms:%s:%s:cert:%s", region, account, random);
    return 0;
}

/* Behind a part of at least one character of the alphabet and the mark that ends it; NULL if they are not there. */
static const char *resource_skip(const char *text, const char *alphabet, const char *mark)
{
    size_t length = text == NULL ? 0 : strspn(text, alphabet);
    if (length == 0 || strncmp(text + length, mark, strlen(mark)) != 0)
        return NULL;
    return text + length + strlen(mark);
}

bool resource_is_arn(const char *text)
{
    static const char beginning[] = "arn:aws:dms:";
    if (strncmp(text, beginning, sizeof(beginning) - 1) != 0 || strlen(text) >= RESOURCE_ARN_SIZE)
        return false;
    const char *account = resource_skip(text + sizeof(beginning) - 1, WORD, ":");
    const char *end = resource_skip(resource_skip(account, DIGITS, ":cert:"), WORD, "");
    return end != NULL && *end == '\0';
}

void resource_account(const struct resource *resource, char ret[static RESOURCE_ARN_SIZE])
{
    const char *field = resource->arn;
    for (int colons = 0; colons < 4 && field != NULL; colons++) {
        field = strchr(field, ':');
        field = field == NULL ? NULL : field + 1;
    }
    snprintf(ret, RESOURCE_ARN_SIZE, "%.*s", field == NULL ? 0 : (int)strcspn(field, ":"), field == NULL ? "" : field);
}
