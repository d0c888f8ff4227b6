/*
 * json: documents into structs by a table of members, and structs into documents. The only room with cJSON.
 *
 * Reading is strict: unknown, repeated and case-variant members and wrong types are refused; null and the empty
 * string mean absent. The text must have passed grammar.h, which refuses what cJSON would silently accept.
 * Values that were read are copied into bufs; cJSON's own copies are wiped when the document is released.
 */
#ifndef CERTFS_CORE_JSON_JSON_H
#define CERTFS_CORE_JSON_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

struct json;

enum { JSON_TEXTS_MAX = 128 }; /* a filter for all certificates that the default quota allows, and some more */

/* A list of strings, without those that mean absent. All zero is empty. */
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
    JSON_OBJECT, /* into a struct of its own, by a table of its own */
    JSON_LIST,   /* of objects, into an array of such structs and a size_t that counts them */
    JSON_IGNORED /* may be there, of any kind, and goes nowhere */
};

/* One member that an object may have. */
struct json_member {
    const char *name;
    enum json_kind kind;
    size_t offset;                     /* of the target within the struct that is filled */
    const struct json_member *members; /* of a JSON_OBJECT, of each object of a JSON_LIST */
    size_t count;
    size_t item_size, item_max; /* of a JSON_LIST: of one struct, in bytes, and how many there can be */
    size_t counter;             /* of a JSON_LIST: offset of its size_t */
};

/* Gives cJSON the wiping allocator. Called once, before anything else of this room. */
void json_init(void);

/* Parses one object. Faults: malformed_json, no_memory. */
MUST_CHECK int json_parse(struct span text, struct json **ret, struct fault *f);

/* Releases a document, parsed or built. Accepts NULL. */
void json_freep(struct json **document);

/*
 * Fills `target`, whose members are empty, from the object's members. What was filled stays filled on -1: the
 * caller releases target either way. Faults: unknown_field, duplicate_field, wrong_type, too_large, no_memory.
 */
MUST_CHECK int json_read(const struct json *object, const struct json_member *members, size_t count, void *target,
                         struct fault *f);

/* Whether something stands in the target of this member. An object counts if any of its members does. */
bool json_is_present(const struct json_member *member, const void *target);

/* Wipes and releases what json_read filled; all is empty then. */
void json_release(const struct json_member *members, size_t count, void *target);

/* Whether the object has a member of this name whose value is this text, NULL: any value but null and "". */
bool json_has(const struct json *object, const char *name, const char *text);

/*
 * Building. Each call returns 0, or -1 for want of memory; a NULL object is taken and gives -1 again, so that calls
 * can be or-ed and checked once. Children belong to their parent.
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

/* Appends the document to `ret`, without blanks. Faults: no_memory, too_large. */
MUST_CHECK int json_write(const struct json *document, struct buf *ret, struct fault *f);

#endif
