/* AddTagsToResource, ListTagsForResource, RemoveTagsFromResource. */
#include "core/action/dms.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/request_client.h"

static struct pki pki;

/* {"Action":ACTION,"ResourceArn":the set's,MORE} */
static const char *about(const char *action, const char *identifier, const char *more)
{
    static char text[4096];
    snprintf(text, sizeof(text), "{\"Action\":\"%s\",\"ResourceArn\":\"%s\"%s}", action, arn_of(identifier), more);
    return text;
}

static void add(const char *identifier, const char *tags)
{
    char more[2048];
    snprintf(more, sizeof(more), ",\"Tags\":[%s]", tags);
    CLEANUP(asked_done) struct asked asked = ask_good(about("AddTagsToResource", identifier, more));
    assert_int_equal(cJSON_GetArraySize(asked.answer), 0);
}

static void remove_keys(const char *identifier, const char *keys)
{
    char more[2048];
    snprintf(more, sizeof(more), ",\"TagKeys\":[%s]", keys);
    CLEANUP(asked_done) struct asked asked = ask_good(about("RemoveTagsFromResource", identifier, more));
    assert_int_equal(cJSON_GetArraySize(asked.answer), 0);
}

/* "a=1 b=" of a TagList, each with the ARN of the set that it is of. */
static void expect_list(const struct asked *asked, const char *expected)
{
    char found[2048] = "";
    size_t used = 0;
    const cJSON *item;
    assert_int_equal(cJSON_GetArraySize(asked->answer), 1);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(asked->answer, "TagList"))
    {
        assert_int_equal(cJSON_GetArraySize(item), 3);
        const char *key = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "Key"));
        const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "Value"));
        const char *arn = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "ResourceArn"));
        const char *owner = strcmp(arn, arn_of("Set-1")) == 0 ? "Set-1" : "two";
        assert_string_equal(arn, arn_of(owner));
        used +=
            (size_t)snprintf(found + used, sizeof(found) - used, "%s%s:%s=%s", used == 0 ? "" : " ", owner, key, value);
    }
    assert_string_equal(found, expected);
}

static void expect_tags(const char *identifier, const char *expected)
{
    CLEANUP(asked_done) struct asked asked = ask_good(about("ListTagsForResource", identifier, ""));
    expect_list(&asked, expected);
}

TEST(a_new_set_has_the_tags_that_came_with_it)
{
    expect_tags("Set-1", "Set-1:Name=db Set-1:empty=");
    expect_tags("two", "");
}

TEST(adding_appends_and_overwrites_in_place)
{
    add("Set-1", "{\"Key\":\"zone\",\"Value\":\"a\"},{\"Key\":\"Name\",\"Value\":\"other\"}");
    expect_tags("Set-1", "Set-1:Name=other Set-1:empty= Set-1:zone=a");
    add("Set-1", "{\"Key\":\"name\",\"Value\":\"lower case is another\"}");
    expect_tags("Set-1", "Set-1:Name=other Set-1:empty= Set-1:zone=a Set-1:name=lower case is another");
    expect_tags("two", "");
}

TEST(removing_takes_what_is_there_and_ignores_what_is_not)
{
    remove_keys("Set-1", "\"absent\",\"Name\",\"EMPTY\"");
    expect_tags("Set-1", "Set-1:empty=");
    remove_keys("Set-1", "\"empty\",\"empty\"");
    expect_tags("Set-1", "");
    remove_keys("Set-1", "\"empty\"");
    expect_tags("Set-1", "");
}

TEST(tags_of_several_resources_are_listed_with_their_arns)
{
    char more[512];
    add("two", "{\"Key\":\"a\",\"Value\":\"1\"}");
    snprintf(more, sizeof(more), "{\"Action\":\"ListTagsForResource\",\"ResourceArnList\":[\"%s\",", arn_of("two"));
    size_t used = strlen(more);
    snprintf(more + used, sizeof(more) - used, "\"\",\"%s\"]}", arn_of("Set-1"));
    CLEANUP(asked_done) struct asked asked = ask_good(more);
    expect_list(&asked, "two:a=1 Set-1:Name=db Set-1:empty=");
    snprintf(more, sizeof(more), ",\"ResourceArnList\":[\"%s\"]", arn_of("Set-1"));
    CLEANUP(asked_done) struct asked both = ask_good(about("ListTagsForResource", "two", more));
    expect_list(&both, "two:a=1 Set-1:Name=db Set-1:empty=");
}

/* Tags are no part of what is served: no generation, no event. */
TEST(changing_tags_is_no_change_of_what_is_served)
{
    CLEANUP(asked_done)
    struct asked added = ask_good(about("AddTagsToResource", "Set-1", ",\"Tags\":[{\"Key\":\"a\"}]"));
    assert_false(added.outcome.commit.changed);
    assert_string_equal(outcome_identifier(&added.outcome), "Set-1");
    assert_string_equal(added.outcome.sentence, "Set-1 has 3 tags");
    assert_int_equal(number_of("Set-1"), 1);
    assert_int_equal(registry_number(asking_registry), 2);
}

TEST(a_resource_that_is_not_there_is_not_found)
{
    static const char arn[] = "arn:aws:dms:us-east-1:000000000000:cert:AAAAAAAAAAAAAAAAAAAAAAAAAA";
    static const struct {
        const char *begin, *end, *field;
    } rows[] = {
        {"{\"Action\":\"AddTagsToResource\",\"Tags\":[{\"Key\":\"a\"}],\"ResourceArn\":\"", "\"}", "ResourceArn"},
        {"{\"Action\":\"RemoveTagsFromResource\",\"TagKeys\":[\"a\"],\"ResourceArn\":\"", "\"}", "ResourceArn"},
        {"{\"Action\":\"ListTagsForResource\",\"ResourceArn\":\"", "\"}", "ResourceArn"},
        {"{\"Action\":\"ListTagsForResource\",\"ResourceArnList\":[\"", "\"]}", "ResourceArnList"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[256];
        snprintf(text, sizeof(text), "%s%s%s", rows[i].begin, arn, rows[i].end);
        ask_bad(text, REASON_NOT_FOUND, rows[i].field, "no certificate with the ARN");
    }
}

/* The root set has no ARN; the empty string is none. */
TEST(the_root_set_cannot_be_named_by_an_arn)
{
    CLEANUP(buf_done) struct buf text = {0};
    asking_write_fields(&text, NULL, &pki, "");
    do_good((const char *)text.data);
    ask_bad("{\"Action\":\"ListTagsForResource\",\"ResourceArn\":\"\"}", REASON_MISSING_FIELD, "ResourceArn",
            "missing or empty");
    ask_bad("{\"Action\":\"ListTagsForResource\",\"ResourceArn\":\"/\"}", REASON_NOT_FOUND, "ResourceArn",
            "no certificate");
}

TEST(a_broken_rule_is_refused_at_its_place_and_nothing_changes)
{
    static const struct {
        const char *tags, *field;
        enum reason reason;
    } rows[] = {
        {"{\"Key\":\"ok\"},{\"Key\":\"aws:x\"}", "Tags[1].Key", REASON_WRONG_TYPE},
        {"{\"Key\":\"a!\"}", "Tags[0].Key", REASON_WRONG_TYPE},
        {"{\"Key\":\"a\",\"Value\":\"Dms:x\"}", "Tags[0].Value", REASON_WRONG_TYPE},
        {"{\"Key\":\"a\"},{\"Key\":\"a\"}", "Tags[1].Key", REASON_DUPLICATE_FIELD},
        {"{\"Value\":\"a\"}", "Tags[0].Key", REASON_MISSING_FIELD},
        {"{\"Key\":7}", "Tags[0].Key", REASON_WRONG_TYPE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char more[256];
        snprintf(more, sizeof(more), ",\"Tags\":[%s]", rows[i].tags);
        ask_bad(about("AddTagsToResource", "Set-1", more), rows[i].reason, rows[i].field, "");
    }
    expect_tags("Set-1", "Set-1:Name=db Set-1:empty=");
}

TEST(a_resource_has_at_most_ten)
{
    for (int i = 3; i <= 10; i++) {
        char tag[32];
        snprintf(tag, sizeof(tag), "{\"Key\":\"%d\"}", i);
        add("Set-1", tag);
    }
    ask_bad(about("AddTagsToResource", "Set-1", ",\"Tags\":[{\"Key\":\"11\"}]"), REASON_TOO_LARGE, "Tags",
            "more than 10 tags");
    add("Set-1", "{\"Key\":\"10\",\"Value\":\"overwritten\"}");
    remove_keys("Set-1", "\"3\"");
    add("Set-1", "{\"Key\":\"11\"}");
    CLEANUP(asked_done) struct asked asked = ask_good(about("ListTagsForResource", "Set-1", ""));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(asked.answer, "TagList")), 10);
}

/* The empty entries of AWS's skeleton are neither tags nor keys. */
TEST(empty_entries_of_a_skeleton_are_ignored)
{
    add("Set-1",
        "{\"Key\":\"\",\"Value\":\"\",\"ResourceArn\":\"\"},{\"Key\":\"a\",\"Value\":\"\",\"ResourceArn\":\"x\"}");
    expect_tags("Set-1", "Set-1:Name=db Set-1:empty= Set-1:a=");
    remove_keys("Set-1", "\"\",\"a\"");
    expect_tags("Set-1", "Set-1:Name=db Set-1:empty=");
}

static void setup(void)
{
    asking_setup();
    do_import("Set-1", &pki.ca, ",\"Tags\":[{\"Key\":\"Name\",\"Value\":\"db\"},{\"Key\":\"empty\",\"Value\":\"\"}]");
    do_import("two", &pki.ca, "");
}

static void before_all(void)
{
    start_core();
    pki_make(&pki, pki_key(2));
}

static void after_all(void)
{
    pki_done(&pki);
}

EACH_TEST(setup, asking_teardown);
ALL_TESTS(before_all, after_all);
