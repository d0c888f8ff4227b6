/*
 * json: fills structs from documents by a table of members, and builds documents. The only module with cJSON.
 *
 * Reading is strict: unknown, repeated and case-variant members and wrong types are refused; null and the empty string
 * mean absent. The text must have passed grammar.h, which refuses errors that cJSON silently accepts. Values are copied
 * into bufs; cJSON's own copies are wiped when the document is released.
 */
#ifndef CERTFS_CORE_JSON_JSON_H
#define CERTFS_CORE_JSON_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

struct json;

enum { JSON_TEXTS_MAX = 128 }; /* enough for all certificates that the default quota allows */

/* A list of strings, without absent ones. All zero is empty. */
struct json_texts {
    struct buf items[JSON_TEXTS_MAX];
    size_t count;
};

void json_texts_done(struct json_texts *texts);

enum json_kind {
    JSON_TEXT,   /* into a struct buf */
    JSON_TEXTS,  /* into a struct json_texts */
    JSON_FLAG,   /* into a bool */
    JSON_NUMBER, /* into a uint64_t: a whole number from 0 to 2^53 */
    JSON_OBJECT, /* into a struct with a table of its own */
    JSON_LIST,   /* of objects, into an array of structs and a size_t that counts them */
    JSON_IGNORED /* allowed with any type, not read */
};

/* One member that an object may have. */
struct json_member {
    const char *name;
    enum json_kind kind;
    size_t offset;                     /* of the target within the struct */
    const struct json_member *members; /* of a JSON_OBJECT, of each object of a JSON_LIST */
    size_t count;
    size_t item_size, item_max; /* of a JSON_LIST: size of one struct in bytes, and the maximal number */
    size_t counter;             /* of a JSON_LIST: offset of its size_t */
};

/* Installs the wiping allocator in cJSON. Call it once, before any other function of this module. */
void json_init(void);

/* Parses one object. Faults: malformed_json, no_memory. */
MUST_CHECK int json_parse(struct span text, struct json **ret, struct fault *f);

/* Releases a document, parsed or built. Accepts NULL. */
void json_freep(struct json **document);

/*
 * Fills `target`, whose members must be empty, from the object's members. Members filled before a fault stay filled:
 * call json_release in either case. Faults: unknown_field, duplicate_field, wrong_type, too_large, no_memory.
 */
MUST_CHECK int json_read(const struct json *object, const struct json_member *members, size_t count, void *target,
                         struct fault *f);

/* True if the target of this member has a value; for an object, if any of its members has. */
bool json_is_present(const struct json_member *member, const void *target);

/* Wipes and releases everything that json_read filled. */
void json_release(const struct json_member *members, size_t count, void *target);

/* True if the object has a member of this name with this text; if `text` is NULL, any value except null and "". */
bool json_has(const struct json *object, const char *name, const char *text);

/*
 * Functions that build a document. Each returns 0, or -1 or NULL if allocation fails; a NULL object is accepted and
 * fails again, so that results can be or-ed and checked once. Children belong to their parent.
 */
struct json *json_new(void);
struct json *json_add_object(struct json *object, const char *name);
struct json *json_add_list(struct json *object, const char *name);
struct json *json_append_object(struct json *list);
int json_append_text(struct json *list, const char *text);
int json_add_text(struct json *object, const char *name, const char *text);
int json_add_number(struct json *object, const char *name, uint64_t number);
int json_add_date(struct json *object, const char *name, int64_t seconds);
int json_add_flag(struct json *object, const char *name, bool flag);
int json_add_null(struct json *object, const char *name);

/* Appends the document to `ret`, without white space. Faults: no_memory, too_large. */
MUST_CHECK int json_write(const struct json *document, struct buf *ret, struct fault *f);

#endif
