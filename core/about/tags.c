#include "core/about/tags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/about/unicode.h"
#include "core/base/refcount.h"

enum { PREFIX_LENGTH = 4, PLACE_SIZE = 24 };

/* Allocated as one block: the items are followed by their texts. */
struct tags {
    struct refcount references;
    size_t count;
    struct tag items[];
};

/* The tags of a new list; the spans are borrowed. */
struct draft {
    struct tag_input items[TAGS_MAX];
    size_t count;
};

/* ---- lists ---- */

struct tags *tags_ref(struct tags *tags)
{
    if (tags != NULL)
        refcount_take(&tags->references);
    return tags;
}

void tags_unref(struct tags *tags)
{
    if (tags != NULL && refcount_drop(&tags->references))
        free(tags);
}

void tags_unrefp(struct tags **tags)
{
    tags_unref(*tags);
}

size_t tags_count(const struct tags *tags)
{
    return tags == NULL ? 0 : tags->count;
}

const struct tag *tags_at(const struct tags *tags, size_t index)
{
    return &tags->items[index];
}

static bool tags_has_tag(const struct tags *tags, const struct tag *tag)
{
    for (size_t i = 0; i < tags_count(tags); i++)
        if (strcmp(tags->items[i].key, tag->key) == 0)
            return strcmp(tags->items[i].value, tag->value) == 0;
    return false;
}

bool tags_equal(const struct tags *a, const struct tags *b)
{
    if (tags_count(a) != tags_count(b))
        return false;
    for (size_t i = 0; i < tags_count(a); i++)
        if (!tags_has_tag(b, &a->items[i]))
            return false;
    return true;
}

/* ---- one key, one value ---- */

static bool tags_is_allowed(uint32_t character)
{
    bool mark = character > 0 && character < 0x80 && strchr("_.:/=+-", (int)character) != NULL;
    return mark || unicode_is_letter_separator_or_number(character);
}

static bool tags_has_reserved_prefix(struct span text)
{
    const char *begin = (const char *)text.data;
    return text.len >= PREFIX_LENGTH &&
           (strncasecmp(begin, "aws:", PREFIX_LENGTH) == 0 || strncasecmp(begin, "dms:", PREFIX_LENGTH) == 0);
}

static int tags_check_text(struct span text, const char *member, size_t max, struct fault *f)
{
    struct span rest = text;
    for (size_t at = 1; rest.len > 0; at++) {
        uint32_t character;
        if (at > max)
            return fault_set(f, REASON_TOO_LARGE, member, "more than %zu characters", max);
        if (unicode_next(&rest, &character) != 0)
            return fault_set(f, REASON_WRONG_TYPE, member, "character %zu is not in UTF-8", at);
        if (!tags_is_allowed(character))
            return fault_set(f, REASON_WRONG_TYPE, member,
                             "character %zu is not a letter, number, separator or _ . : / = + -", at);
    }
    if (tags_has_reserved_prefix(text))
        return fault_set(f, REASON_WRONG_TYPE, member, "it begins with aws: or dms:, which are reserved");
    return 0;
}

/* ---- adding ---- */

static bool tags_is_empty(const struct tag_input *entry)
{
    return entry->key.len == 0 && entry->value.len == 0;
}

static int tags_check_entry(const struct tag_input *entry, struct fault *f)
{
    if (entry->key.len == 0)
        return fault_set(f, REASON_MISSING_FIELD, "Key", "a tag with a value needs a key of 1 to %d characters",
                         TAGS_KEY_MAX);
    if (tags_check_text(entry->key, "Key", TAGS_KEY_MAX, f) != 0)
        return -1;
    return tags_check_text(entry->value, "Value", TAGS_VALUE_MAX, f);
}

static int tags_check_unique(const struct tag_input *added, size_t index, struct fault *f)
{
    for (size_t i = 0; i < index; i++)
        if (span_equal(added[i].key, added[index].key))
            return fault_set(f, REASON_DUPLICATE_FIELD, "Key", "entry %zu of the list has the same key", i);
    return 0;
}

static int tags_fail_at(size_t index, const char *field, struct fault *f)
{
    char place[PLACE_SIZE];
    snprintf(place, sizeof(place), "[%zu]", index);
    fault_at(f, place);
    return fault_at(f, field);
}

static int tags_too_many(const char *field, struct fault *f)
{
    return fault_set(f, REASON_TOO_LARGE, field, "more than %d tags", TAGS_MAX);
}

/* Counts before comparing, so that a long list does not cost O(n^2). */
static int tags_check_added(const struct tag_input *added, size_t count, const char *field, struct fault *f)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (tags_is_empty(&added[i]))
            continue;
        if (++used > TAGS_MAX)
            return tags_too_many(field, f);
        if (tags_check_entry(&added[i], f) != 0 || tags_check_unique(added, i, f) != 0)
            return tags_fail_at(i, field, f);
    }
    return 0;
}

static void tags_draft_old(struct draft *draft, const struct tags *old)
{
    for (size_t i = 0; i < tags_count(old); i++)
        draft->items[draft->count++] =
            (struct tag_input){.key = span_of(old->items[i].key), .value = span_of(old->items[i].value)};
}

static int tags_draft_entry(struct draft *draft, const struct tag_input *entry, const char *field, struct fault *f)
{
    size_t at = 0;
    while (at < draft->count && !span_equal(draft->items[at].key, entry->key))
        at++;
    if (at == TAGS_MAX)
        return tags_too_many(field, f);
    draft->items[at] = *entry;
    if (at == draft->count)
        draft->count++;
    return 0;
}

/* ---- building ---- */

static const char *tags_put_text(char **end, struct span text)
{
    char *begin = *end;
    if (text.len > 0)
        memcpy(begin, text.data, text.len);
    begin[text.len] = '\0';
    *end = begin + text.len + 1;
    return begin;
}

static size_t tags_size_of(const struct draft *draft)
{
    size_t size = sizeof(struct tags) + draft->count * sizeof(struct tag);
    for (size_t i = 0; i < draft->count; i++)
        size += draft->items[i].key.len + 1 + draft->items[i].value.len + 1;
    return size;
}

static void tags_fill(struct tags *tags, const struct draft *draft)
{
    char *end = (char *)&tags->items[draft->count];
    for (size_t i = 0; i < draft->count; i++) {
        tags->items[i].key = tags_put_text(&end, draft->items[i].key);
        tags->items[i].value = tags_put_text(&end, draft->items[i].value);
    }
    tags->count = draft->count;
    tags->references = REFCOUNT_ONE;
}

static int tags_build(const struct draft *draft, struct tags **ret, struct fault *f)
{
    struct tags *tags = NULL;
    if (draft->count > 0) {
        tags = malloc(tags_size_of(draft));
        if (tags == NULL)
            return fault_no_memory(f);
        tags_fill(tags, draft);
    }
    *ret = tags;
    return 0;
}

int tags_add(const struct tags *old, const struct tag_input *added, size_t count, const char *field, struct tags **ret,
             struct fault *f)
{
    struct draft draft = {.count = 0};
    if (tags_check_added(added, count, field, f) != 0)
        return -1;
    tags_draft_old(&draft, old);
    for (size_t i = 0; i < count; i++)
        if (!tags_is_empty(&added[i]) && tags_draft_entry(&draft, &added[i], field, f) != 0)
            return -1;
    return tags_build(&draft, ret, f);
}

static bool tags_is_among(struct span key, const struct span *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_equal(keys[i], key))
            return true;
    return false;
}

int tags_remove(const struct tags *old, const struct span *keys, size_t count, struct tags **ret, struct fault *f)
{
    struct draft all = {.count = 0}, kept = {.count = 0};
    tags_draft_old(&all, old);
    for (size_t i = 0; i < all.count; i++)
        if (!tags_is_among(all.items[i].key, keys, count))
            kept.items[kept.count++] = all.items[i];
    return tags_build(&kept, ret, f);
}
