#include "core/json/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/base/memory.h"
#include "core/json/nearest.h"

/* struct json is an opaque cJSON; no other module includes the library. */
static cJSON *json_open(struct json *json)
{
    return (cJSON *)json;
}

static const cJSON *json_view(const struct json *json)
{
    return (const cJSON *)json;
}

void json_init(void)
{
    cJSON_Hooks hooks = {.malloc_fn = memory_allocate, .free_fn = memory_free};
    cJSON_InitHooks(&hooks);
}

void json_texts_done(struct json_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        buf_done(&texts->items[i]);
    texts->count = 0;
}

int json_parse(struct span text, struct json **ret, struct fault *f)
{
    cJSON *document = cJSON_ParseWithLength((const char *)text.data, text.len);
    if (document == NULL)
        return fault_set(f, REASON_MALFORMED_JSON, "", "the document is not valid JSON");
    *ret = (struct json *)document;
    return 0;
}

void json_freep(struct json **document)
{
    cJSON_Delete(json_open(*document));
    *document = NULL;
}

static const char *json_type_name(const cJSON *value)
{
    static const struct {
        cJSON_bool (*is)(const cJSON *);
        const char *name;
    } types[] = {
        {cJSON_IsString, "a string"}, {cJSON_IsNumber, "a number"},  {cJSON_IsBool, "true or false"},
        {cJSON_IsArray, "a list"},    {cJSON_IsObject, "an object"},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].is(value))
            return types[i].name;
    return "null";
}

static int json_refuse_type(const cJSON *value, const char *expected, const char *field, struct fault *f)
{
    return fault_set(f, REASON_WRONG_TYPE, field, "%s is expected, %s was found", expected, json_type_name(value));
}

static bool json_is_absent(const cJSON *value)
{
    return cJSON_IsNull(value) || (cJSON_IsString(value) && value->valuestring[0] == '\0');
}

static int json_read_text(const cJSON *value, const char *field, void *target, struct fault *f)
{
    if (!cJSON_IsString(value))
        return json_refuse_type(value, "a string", field, f);
    return buf_append_text(target, value->valuestring, f);
}

static int json_read_flag(const cJSON *value, const char *field, void *target, struct fault *f)
{
    if (!cJSON_IsBool(value))
        return json_refuse_type(value, "true or false", field, f);
    *(bool *)target = cJSON_IsTrue(value);
    return 0;
}

static int json_read_texts(const cJSON *value, const char *field, void *target, struct fault *f)
{
    struct json_texts *texts = target;
    if (!cJSON_IsArray(value))
        return json_refuse_type(value, "a list of strings", field, f);
    const cJSON *item;
    cJSON_ArrayForEach(item, value)
    {
        if (json_is_absent(item))
            continue;
        if (texts->count == JSON_TEXTS_MAX)
            return fault_set(f, REASON_TOO_LARGE, field, "more than %d strings in the list", JSON_TEXTS_MAX);
        if (json_read_text(item, field, &texts->items[texts->count++], f) != 0)
            return -1;
    }
    return 0;
}

static int json_read_number(const cJSON *value, const char *field, void *target, struct fault *f)
{
    if (!cJSON_IsNumber(value))
        return json_refuse_type(value, "a number", field, f);
    double number = cJSON_GetNumberValue(value);
    if (!(number >= 0 && number <= 0x1p53) || number != (double)(uint64_t)number)
        return fault_set(f, REASON_WRONG_TYPE, field, "a whole number from 0 is expected");
    *(uint64_t *)target = (uint64_t)number;
    return 0;
}

/* json_read itself reads objects and lists of objects. */
static int (*const readers[])(const cJSON *, const char *, void *, struct fault *) = {
    [JSON_TEXT] = json_read_text,
    [JSON_TEXTS] = json_read_texts,
    [JSON_FLAG] = json_read_flag,
    [JSON_NUMBER] = json_read_number,
};

static const struct json_member *find_member(const struct json_member *members, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].name, name) == 0)
            return &members[i];
    return NULL;
}

/* The members that an object may still have, for a suggestion. */
struct free_members {
    const struct json_member *members;
    const cJSON *object;
};

static const char *json_free_name_at(const void *names, size_t index)
{
    const struct free_members *given = names;
    const struct json_member *member = &given->members[index];
    bool taken = member->kind == JSON_IGNORED || cJSON_GetObjectItemCaseSensitive(given->object, member->name) != NULL;
    return taken ? NULL : member->name;
}

static int json_refuse_unknown(const cJSON *object, const char *written, size_t position,
                               const struct json_member *members, size_t count, struct fault *f)
{
    char list[64]; /* as much as the message has space for */
    struct free_members given = {members, object};
    size_t nearest = nearest_find(written, json_free_name_at, &given, count);
    if (nearest < count)
        return fault_set(f, REASON_UNKNOWN_FIELD, "",
                         "member %zu of the object is unknown; the nearest known one is \"%s\"", position,
                         members[nearest].name);
    nearest_list(json_free_name_at, &given, count, list, sizeof(list));
    return fault_set(f, REASON_UNKNOWN_FIELD, "", "member %zu of the object is unknown; leave it out%s%s", position,
                     list[0] != '\0' ? ", or: " : "", list);
}

static int json_read_object(const cJSON *value, const struct json_member *member, void *target, struct fault *f)
{
    if (!cJSON_IsObject(value))
        return json_refuse_type(value, "an object", member->name, f);
    if (json_read((const struct json *)value, member->members, member->count, (char *)target + member->offset, f) != 0)
        return fault_at(f, member->name);
    return 0;
}

static size_t *json_counter_of(const struct json_member *member, void *target)
{
    return (size_t *)((char *)target + member->counter);
}

static void *json_item_of(const struct json_member *member, void *target, size_t index)
{
    return (char *)target + member->offset + index * member->item_size;
}

static int json_read_item(const cJSON *item, const struct json_member *member, void *target, size_t index,
                          struct fault *f)
{
    int result = cJSON_IsObject(item) ? json_read((const struct json *)item, member->members, member->count, target, f)
                                      : json_refuse_type(item, "an object", "", f);
    if (result == 0)
        return 0;
    char place[FAULT_FIELD_SIZE];
    snprintf(place, sizeof(place), "%s[%zu]", member->name, index);
    return fault_at(f, place);
}

static int json_read_list(const cJSON *value, const struct json_member *member, void *target, struct fault *f)
{
    size_t *counter = json_counter_of(member, target);
    if (!cJSON_IsArray(value))
        return json_refuse_type(value, "a list of objects", member->name, f);
    const cJSON *item;
    cJSON_ArrayForEach(item, value)
    {
        if (*counter == member->item_max)
            return fault_set(f, REASON_TOO_LARGE, member->name, "more than %zu objects in the list", member->item_max);
        size_t index = (*counter)++;
        if (json_read_item(item, member, json_item_of(member, target, index), index, f) != 0)
            return -1;
    }
    return 0;
}

static int json_read_member(const cJSON *value, const struct json_member *member, void *target, struct fault *f)
{
    if (json_is_absent(value) || member->kind == JSON_IGNORED)
        return 0;
    if (member->kind == JSON_OBJECT)
        return json_read_object(value, member, target, f);
    if (member->kind == JSON_LIST)
        return json_read_list(value, member, target, f);
    return readers[member->kind](value, member->name, (char *)target + member->offset, f);
}

int json_read(const struct json *object, const struct json_member *members, size_t count, void *target, struct fault *f)
{
    uint64_t seen = 0;
    size_t position = 0;
    const cJSON *value;
    cJSON_ArrayForEach(value, json_view(object))
    {
        position++;
        const struct json_member *member = find_member(members, count, value->string);
        if (member == NULL)
            return json_refuse_unknown(json_view(object), value->string, position, members, count, f);
        uint64_t bit = UINT64_C(1) << (member - members);
        if ((seen & bit) != 0)
            return fault_set(f, REASON_DUPLICATE_FIELD, member->name, "the member is given twice");
        seen |= bit;
        if (json_read_member(value, member, target, f) != 0)
            return -1;
    }
    return 0;
}

static bool json_is_any_present(const struct json_member *members, size_t count, const void *target)
{
    for (size_t i = 0; i < count; i++)
        if (json_is_present(&members[i], target))
            return true;
    return false;
}

bool json_is_present(const struct json_member *member, const void *target)
{
    const void *place = (const char *)target + member->offset;
    switch (member->kind) {
    case JSON_TEXT:
        return ((const struct buf *)place)->len > 0;
    case JSON_TEXTS:
        return ((const struct json_texts *)place)->count > 0;
    case JSON_FLAG:
        return *(const bool *)place;
    case JSON_NUMBER:
        return *(const uint64_t *)place != 0;
    case JSON_OBJECT:
        return json_is_any_present(member->members, member->count, place);
    case JSON_LIST:
        return *(const size_t *)((const char *)target + member->counter) > 0;
    case JSON_IGNORED:
        break;
    }
    return false;
}

static void json_release_list(const struct json_member *member, void *target)
{
    size_t *counter = json_counter_of(member, target);
    for (size_t i = 0; i < *counter; i++)
        json_release(member->members, member->count, json_item_of(member, target, i));
    *counter = 0;
}

void json_release(const struct json_member *members, size_t count, void *target)
{
    for (size_t i = 0; i < count; i++) {
        void *place = (char *)target + members[i].offset;
        switch (members[i].kind) {
        case JSON_TEXT:
            buf_done(place);
            break;
        case JSON_TEXTS:
            json_texts_done(place);
            break;
        case JSON_FLAG:
            *(bool *)place = false;
            break;
        case JSON_NUMBER:
            *(uint64_t *)place = 0;
            break;
        case JSON_OBJECT:
            json_release(members[i].members, members[i].count, place);
            break;
        case JSON_LIST:
            json_release_list(&members[i], target);
            break;
        case JSON_IGNORED:
            break;
        }
    }
}

bool json_has(const struct json *object, const char *name, const char *text)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(json_view(object), name);
    if (value == NULL || text == NULL)
        return value != NULL && !json_is_absent(value);
    return cJSON_IsString(value) && strcmp(value->valuestring, text) == 0;
}

struct json *json_new(void)
{
    return (struct json *)cJSON_CreateObject();
}

struct json *json_add_object(struct json *object, const char *name)
{
    return (struct json *)cJSON_AddObjectToObject(json_open(object), name);
}

struct json *json_add_list(struct json *object, const char *name)
{
    return (struct json *)cJSON_AddArrayToObject(json_open(object), name);
}

static int json_append(struct json *list, cJSON *item)
{
    if (list != NULL && item != NULL && cJSON_AddItemToArray(json_open(list), item))
        return 0;
    cJSON_Delete(item);
    return -1;
}

struct json *json_append_object(struct json *list)
{
    cJSON *item = cJSON_CreateObject();
    return json_append(list, item) == 0 ? (struct json *)item : NULL;
}

int json_append_text(struct json *list, const char *text)
{
    return json_append(list, cJSON_CreateString(text));
}

int json_add_text(struct json *object, const char *name, const char *text)
{
    return cJSON_AddStringToObject(json_open(object), name, text) != NULL ? 0 : -1;
}

/* Not a double, which holds 53 bits only. */
int json_add_number(struct json *object, const char *name, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%" PRIu64, number);
    return cJSON_AddRawToObject(json_open(object), name, digits) != NULL ? 0 : -1;
}

/* Times before the epoch are negative. */
int json_add_date(struct json *object, const char *name, int64_t seconds)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%" PRId64, seconds);
    return cJSON_AddRawToObject(json_open(object), name, digits) != NULL ? 0 : -1;
}

int json_add_flag(struct json *object, const char *name, bool flag)
{
    return cJSON_AddBoolToObject(json_open(object), name, flag) != NULL ? 0 : -1;
}

int json_add_null(struct json *object, const char *name)
{
    return cJSON_AddNullToObject(json_open(object), name) != NULL ? 0 : -1;
}

int json_write(const struct json *document, struct buf *ret, struct fault *f)
{
    char *text = cJSON_PrintUnformatted(json_view(document));
    if (text == NULL)
        return fault_no_memory(f);
    int result = buf_append_text(ret, text, f);
    memory_free(text);
    return result;
}
