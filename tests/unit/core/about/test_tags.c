#include "core/about/tags.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

enum { ROUNDS = 5000, ENTRIES_MAX = 16 };

/* Makes a list of tags from a text like "a=1 b=2 c". */
struct entries {
    char text[512];
    struct tag_input items[ENTRIES_MAX];
    size_t count;
};

static const struct entries *parse(const char *text, struct entries *ret)
{
    *ret = (struct entries){.count = 0};
    snprintf(ret->text, sizeof(ret->text), "%s", text);
    char *rest = ret->text;
    for (char *word = strsep(&rest, " "); word != NULL && text[0] != '\0'; word = strsep(&rest, " ")) {
        char *key = strsep(&word, "=");
        assert_true(ret->count < ENTRIES_MAX);
        ret->items[ret->count++] = (struct tag_input){span_of(key), span_of(word != NULL ? word : "")};
    }
    return ret;
}

static int add(const struct tags *old, const char *text, struct tags **ret, struct fault *f)
{
    struct entries entries;
    parse(text, &entries);
    int result = tags_add(old, entries.items, entries.count, "Tags", ret, f);
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

static struct tags *made(const struct tags *old, const char *text)
{
    struct tags *tags = NULL;
    struct fault f = {0};
    if (add(old, text, &tags, &f) != 0)
        fail_msg("%s: %s", text, f.message);
    return tags;
}

static struct tags *without(const struct tags *old, const char *text)
{
    struct tags *tags = NULL;
    struct fault f = {0};
    struct entries entries;
    struct span keys[ENTRIES_MAX];
    parse(text, &entries);
    for (size_t i = 0; i < entries.count; i++)
        keys[i] = entries.items[i].key;
    law_expect(tags_remove(old, keys, entries.count, &tags, &f), &f, REASON_NONE);
    return tags;
}

static void expect_refusal(const struct tags *old, const char *text, enum reason reason, const char *field)
{
    struct tags *tags = NULL;
    struct fault f = {0};
    assert_int_equal(add(old, text, &tags, &f), -1);
    assert_null(tags);
    assert_int_equal(f.reason, reason);
    assert_string_equal(f.field, field);
}

static void expect_tags(const struct tags *tags, const char *text)
{
    struct entries entries;
    parse(text, &entries);
    assert_int_equal(tags_count(tags), entries.count);
    for (size_t i = 0; i < entries.count; i++) {
        const struct tag *tag = tags_at(tags, i);
        if (!span_equal(span_of(tag->key), entries.items[i].key) ||
            !span_equal(span_of(tag->value), entries.items[i].value))
            fail_msg("tag %zu of \"%s\" is %s=%s", i, text, tag->key, tag->value);
    }
}

/* Consumes both. */
static void expect_same(bool same, struct tags *a, struct tags *b)
{
    assert_int_equal(tags_equal(a, b), same);
    assert_int_equal(tags_equal(b, a), same);
    tags_unref(a);
    tags_unref(b);
}

TEST(null_is_the_empty_list)
{
    struct tags *none = NULL;
    assert_null(tags_ref(NULL));
    tags_unref(NULL);
    tags_unrefp(&none);
    assert_int_equal(tags_count(NULL), 0);
    assert_true(tags_equal(NULL, NULL));
    assert_null(made(NULL, ""));
    assert_null(without(NULL, "a b"));
    assert_null(without(NULL, ""));
}

TEST(tags_are_in_the_order_in_which_they_were_added)
{
    CLEANUP(tags_unrefp) struct tags *first = made(NULL, "z=1 a=2 m");
    CLEANUP(tags_unrefp) struct tags *second = made(first, "k=4 b=5");
    expect_tags(first, "z=1 a=2 m");
    expect_tags(second, "z=1 a=2 m k=4 b=5");
}

TEST(adding_again_overwrites_in_place)
{
    CLEANUP(tags_unrefp) struct tags *old = made(NULL, "a=1 b=2 c=3");
    CLEANUP(tags_unrefp) struct tags *new = made(old, "b=other d=4 a");
    expect_tags(new, "a b=other c=3 d=4");
    expect_tags(old, "a=1 b=2 c=3");
}

TEST(a_list_lives_as_long_as_it_has_references)
{
    size_t before = alloc_live();
    struct tags *old = made(NULL, "a=1");
    struct tags *held = tags_ref(old);
    assert_ptr_equal(held, old);
    struct tags *new = made(old, "b=2");
    tags_unref(old);
    expect_tags(held, "a=1");
    tags_unref(held);
    expect_tags(new, "a=1 b=2");
    tags_unrefp(&new);
    assert_int_equal(alloc_live(), before);
}

TEST(the_case_of_keys_matters)
{
    CLEANUP(tags_unrefp) struct tags *tags = made(NULL, "Name=1 name=2 NAME=3");
    expect_tags(tags, "Name=1 name=2 NAME=3");
    CLEANUP(tags_unrefp) struct tags *left = without(tags, "name");
    expect_tags(left, "Name=1 NAME=3");
}

TEST(a_prefix_of_a_key_is_another_key)
{
    CLEANUP(tags_unrefp) struct tags *tags = made(NULL, "ab=1 a=2 abc=3");
    CLEANUP(tags_unrefp) struct tags *new = made(tags, "a=9");
    expect_tags(new, "ab=1 a=9 abc=3");
}

TEST(a_key_that_is_added_twice_is_refused)
{
    CLEANUP(tags_unrefp) struct tags *old = made(NULL, "a=1");
    expect_refusal(NULL, "x=1 y=2 x=1", REASON_DUPLICATE_FIELD, "Tags[2].Key");
    expect_refusal(old, "a=1 a=2", REASON_DUPLICATE_FIELD, "Tags[1].Key");
    expect_refusal(NULL, "= a = = a", REASON_DUPLICATE_FIELD, "Tags[4].Key");
}

TEST(an_entry_of_the_skeleton_is_ignored)
{
    CLEANUP(tags_unrefp) struct tags *tags = made(NULL, "= a=1 = b=2 =");
    expect_tags(tags, "a=1 b=2");
    assert_null(made(NULL, "= = = = = = = = = = = ="));
}

TEST(faults_name_the_entry_by_its_index_in_the_document)
{
    expect_refusal(NULL, "=1", REASON_MISSING_FIELD, "Tags[0].Key");
    expect_refusal(NULL, "a =1", REASON_MISSING_FIELD, "Tags[1].Key");
    expect_refusal(NULL, "a = b= =x", REASON_MISSING_FIELD, "Tags[3].Key");
    expect_refusal(NULL, "a b@=1", REASON_WRONG_TYPE, "Tags[1].Key");
    expect_refusal(NULL, "a=1 b=@", REASON_WRONG_TYPE, "Tags[1].Value");
    expect_refusal(NULL, "dms:a=@", REASON_WRONG_TYPE, "Tags[0].Key");
}

TEST(at_most_ten_tags_are_accepted)
{
    static const char ten[] = "a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8 i=9 j=10";
    CLEANUP(tags_unrefp) struct tags *full = made(NULL, ten);
    expect_tags(full, ten);
    expect_refusal(full, "k", REASON_TOO_LARGE, "Tags");
    expect_refusal(NULL, "a b c d e f g h i j k", REASON_TOO_LARGE, "Tags");
    expect_refusal(NULL, "a b c d e f g h i j a", REASON_TOO_LARGE, "Tags");
    CLEANUP(tags_unrefp) struct tags *with_empty = made(NULL, "a=1 = b=2 = c=3 d=4 e=5 f=6 = g=7 h=8 i=9 j=10 =");
    assert_true(tags_equal(full, with_empty));
    CLEANUP(tags_unrefp) struct tags *changed = made(full, "j=x a=y");
    expect_tags(changed, "a=y b=2 c=3 d=4 e=5 f=6 g=7 h=8 i=9 j=x");
    CLEANUP(tags_unrefp) struct tags *nine = without(full, "e");
    CLEANUP(tags_unrefp) struct tags *again = made(nine, "k");
    expect_tags(again, "a=1 b=2 c=3 d=4 f=6 g=7 h=8 i=9 j=10 k");
}

TEST(removing_ignores_unknown_keys)
{
    CLEANUP(tags_unrefp) struct tags *tags = made(NULL, "a=1 b=2 c=3");
    CLEANUP(tags_unrefp) struct tags *some = without(tags, "b x aa b =");
    CLEANUP(tags_unrefp) struct tags *all = without(tags, "");
    expect_tags(some, "a=1 c=3");
    expect_tags(all, "a=1 b=2 c=3");
    assert_null(without(tags, "c b a"));
    expect_tags(tags, "a=1 b=2 c=3");
}

TEST(equality_is_of_keys_and_values)
{
    expect_same(true, made(NULL, "a=1 b=2"), made(NULL, "a=1 b=2"));
    expect_same(true, made(NULL, "a=1 b=2"), made(NULL, "b=2 a=1"));
    expect_same(false, made(NULL, "a=1 b=2"), made(NULL, "a=2 b=1"));
    expect_same(false, made(NULL, "a=1 b=2"), made(NULL, "a=1"));
    expect_same(false, made(NULL, "a=1 b=2"), made(NULL, "a=1 c=2"));
    expect_same(false, made(NULL, "a"), made(NULL, "A"));
    expect_same(false, made(NULL, "a"), NULL);
}

TEST(the_largest_list_is_accepted)
{
    CLEANUP(buf_done) struct buf key = {0}, value = {0};
    struct tag_input entries[TAGS_MAX];
    for (size_t i = 0; i < TAGS_VALUE_MAX; i++)
        add_text(&value, "\xF0\x90\x90\x80");
    for (size_t i = 0; i < TAGS_MAX + TAGS_KEY_MAX - 1; i++)
        add_bytes(&key,
                  (struct span){(const unsigned char *)(i < TAGS_MAX ? "\xF0\x90\x90\x80" : "\xF0\x90\x90\x81"), 4});
    for (size_t i = 0; i < TAGS_MAX; i++)
        entries[i] = (struct tag_input){{key.data + 4 * i, (size_t)4 * TAGS_KEY_MAX}, buf_span(&value)};
    CLEANUP(tags_unrefp) struct tags *tags = NULL;
    struct fault f = {0};
    law_expect(tags_add(NULL, entries, TAGS_MAX, "Tags", &tags, &f), &f, REASON_NONE);
    for (size_t i = 0; i < TAGS_MAX; i++) {
        assert_true(span_equal(span_of(tags_at(tags, i)->key), entries[i].key));
        assert_true(span_equal(span_of(tags_at(tags, i)->value), entries[i].value));
    }
}

static void add_and_remove(void *context)
{
    CLEANUP(tags_unrefp) struct tags *more = NULL;
    CLEANUP(tags_unrefp) struct tags *fewer = NULL;
    const struct tags *old = context;
    struct fault f = {0};
    const struct span key = span_of("a");
    if (add(old, "b=3 c=4", &more, &f) != 0) {
        assert_int_equal(f.reason, REASON_NO_MEMORY);
        assert_null(more);
    }
    fault_clear(&f);
    if (tags_remove(old, &key, 1, &fewer, &f) != 0) {
        assert_int_equal(f.reason, REASON_NO_MEMORY);
        assert_null(fewer);
    }
    expect_tags(old, "a=1 b=2");
}

TEST(a_failed_allocation_changes_nothing)
{
    CLEANUP(tags_unrefp) struct tags *old = made(NULL, "a=1 b=2");
    assert_int_equal(alloc_fail_each(add_and_remove, old), 2);
}

/* ---- against a model ---- */

enum { KEYS = 14 };

/* Only the keys, in the order in which they came, and their values. */
struct model {
    char keys[KEYS + 1];
    char values[KEYS + 1];
};

static uint32_t below(uint32_t *seed, uint32_t limit)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % limit;
}

static void model_add(struct model *model, char key, char value)
{
    const char *at = strchr(model->keys, key);
    size_t index = at != NULL ? (size_t)(at - model->keys) : strlen(model->keys);
    model->keys[index] = key;
    model->values[index] = value;
}

static void model_remove(struct model *model, char key)
{
    const char *at = strchr(model->keys, key);
    if (at == NULL)
        return;
    size_t index = (size_t)(at - model->keys);
    memmove(model->keys + index, model->keys + index + 1, KEYS - index);
    memmove(model->values + index, model->values + index + 1, KEYS - index);
}

static void expect_model(const struct tags *tags, const struct model *model)
{
    assert_int_equal(tags_count(tags), strlen(model->keys));
    for (size_t i = 0; i < tags_count(tags); i++) {
        assert_string_equal(tags_at(tags, i)->key, ((char[]){model->keys[i], '\0'}));
        assert_string_equal(tags_at(tags, i)->value, ((char[]){model->values[i], '\0'}));
    }
}

/* Appends up to four entries with different keys, which are then added to or removed from the model. */
static void choose(uint32_t *seed, bool adding, struct model *model, char text[static 20])
{
    uint32_t count = below(seed, 5), first = below(seed, KEYS);
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < count; i++) {
        char key = (char)('a' + (first + 3 * i) % KEYS), value = (char)('0' + below(seed, 10));
        used += (size_t)snprintf(text + used, 20 - used, "%s%c=%c", i > 0 ? " " : "", key, value);
        if (adding)
            model_add(model, key, value);
        else
            model_remove(model, key);
    }
}

TEST(every_sequence_of_changes_is_as_in_the_model)
{
    uint32_t seed = 7, refused = 0;
    struct model model = {{0}, {0}};
    CLEANUP(tags_unrefp) struct tags *tags = NULL;
    for (int round = 0; round < ROUNDS; round++) {
        struct model next = model;
        char text[20];
        bool adding = below(&seed, 3) > 0;
        choose(&seed, adding, &next, text);
        if (strlen(next.keys) > TAGS_MAX) {
            expect_refusal(tags, text, REASON_TOO_LARGE, "Tags");
            refused++;
            continue;
        }
        struct tags *changed = adding ? made(tags, text) : without(tags, text);
        tags_unref(tags);
        tags = changed;
        model = next;
        expect_model(tags, &model);
    }
    assert_in_range(refused, ROUNDS / 20, ROUNDS / 2);
}
