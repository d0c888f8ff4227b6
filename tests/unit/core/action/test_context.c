/* On which terms documents are taken: through the narrow door of import/, and records of another host. */
#include "core/action/check.h"

#include <stdio.h>
#include <string.h>

#include "core/store/record.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/request_client.h"

static struct pki pki, other;

/* ---- only_set ---- */

static void ask_fields(const char *identifier, const struct pki *from, enum reason reason, const char *field)
{
    CLEANUP(buf_done) struct buf text = {0};
    asking_write_fields(&text, identifier, from, "");
    if (reason == REASON_NONE)
        do_good((const char *)text.data);
    else
        ask_bad((const char *)text.data, reason, field, "");
}

TEST(behind_the_door_the_set_need_not_be_named)
{
    asking_policy.only_set = "Replica-1";
    ask_fields(NULL, &pki, REASON_NONE, "");
    assert_int_equal(number_of("Replica-1"), 1);
    assert_int_equal(number_of(""), 0);
    asking_policy.only_set = "";
    ask_fields(NULL, &pki, REASON_NONE, "");
    assert_int_equal(number_of(""), 2);
}

TEST(it_may_be_named_whatever_the_case)
{
    asking_policy.only_set = "Replica-1";
    ask_fields("REPLICA-1", &pki, REASON_NONE, "");
    CLEANUP(generation_unrefp) struct generation *current = registry_current(asking_registry, "replica-1");
    assert_string_equal(current->resource->identifier, "Replica-1");
    assert_true(resource_is_arn(current->resource->arn));
}

TEST(no_other_set_can_be_changed_there)
{
    ask_fields("other", &pki, REASON_NONE, "");
    asking_policy.only_set = "Replica-1";
    ask_fields("other", &other, REASON_UNSUPPORTED, "CertificateIdentifier");
    ask_fields("Replica-11", &pki, REASON_UNSUPPORTED, "CertificateIdentifier");
    ask_fields("Replica-", &pki, REASON_UNSUPPORTED, "CertificateIdentifier");
    asking_policy.only_set = "";
    ask_fields("other", &other, REASON_UNSUPPORTED, "CertificateIdentifier");
    ask_bad("{\"Action\":\"rds_remove_binlog_ssl_material\",\"CertificateIdentifier\":\"other\"}", REASON_UNSUPPORTED,
            "CertificateIdentifier", "sql_import=");
}

/* A truncated name must not become the allowed one. */
TEST(nor_one_whose_name_begins_as_the_longest_does)
{
    char name[IDENTIFIER_MAX + 2], only[IDENTIFIER_MAX + 1];
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    memset(only, 'a', sizeof(only) - 1);
    only[sizeof(only) - 1] = '\0';
    asking_policy.only_set = only;
    ask_fields(name, &pki, REASON_UNSUPPORTED, "CertificateIdentifier");
    ask_fields(only, &pki, REASON_NONE, "");
}

/* As Aurora does it: the procedure is not asked whether it may replace. */
TEST(it_is_replaced_without_being_asked_to)
{
    asking_policy.only_set = "Replica-1";
    asking_policy.quota = 1;
    ask_fields(NULL, &pki, REASON_NONE, "");
    ask_fields(NULL, &other, REASON_NONE, "");
    assert_int_equal(number_of("Replica-1"), 2);
    do_good("{\"Action\":\"rds_remove_binlog_ssl_material\"}");
    assert_int_equal(number_of("Replica-1"), 0);
}

TEST(the_quota_holds_there_too)
{
    asking_policy.quota = 1;
    do_import("other", &pki.ca, "");
    asking_policy.only_set = "Replica-1";
    ask_fields(NULL, &pki, REASON_QUOTA, "CertificateIdentifier");
}

TEST(every_other_action_is_refused_there)
{
    CLEANUP(buf_done) struct buf import = {0};
    char delete[256], tag[256];
    do_import("Replica-1", &pki.ca, "");
    asking_write_import(&import, "Replica-1", &other.ca, ",\"Replace\":true");
    snprintf(delete, sizeof(delete), "{\"Action\":\"DeleteCertificate\",\"CertificateArn\":\"%s\"}",
             arn_of("Replica-1"));
    snprintf(tag, sizeof(tag), "{\"Action\":\"AddTagsToResource\",\"ResourceArn\":\"%s\",\"Tags\":[{\"Key\":\"a\"}]}",
             arn_of("Replica-1"));
    asking_policy.only_set = "Replica-1";
    const char *const texts[] = {
        (const char *)import.data,
        delete,
        tag,
        "{\"Action\":\"RestorePrevious\"}",
        "{\"Action\":\"DescribeCertificates\",\"Filters\":[{\"Name\":\"certificate-id\",\"Values\":[\"a\"]}]}",
        "{\"Action\":\"ListTagsForResource\",\"ResourceArnList\":[\"a\"]}",
        "{\"Action\":\"RemoveTagsFromResource\",\"ResourceArn\":\"a\",\"TagKeys\":[\"a\"]}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        ask_bad(texts[i], REASON_UNSUPPORTED, "Action",
                "only rds_import_binlog_ssl_material and rds_remove_binlog_ssl_material are taken here");
}

TEST(whether_the_set_can_be_presented_may_be_asked_there)
{
    static const char question[] = "{\"Action\":\"DescribeCertificates\"}";
    ask_fields("other", &pki, REASON_NONE, "");
    asking_policy.only_set = "Replica-1";
    ask_bad(question, REASON_NOT_FOUND, "",
            "no set Replica-1 is served; import one first (rds_import_binlog_ssl_material)");
    asking_policy.only_set = "";
    ask_bad(question, REASON_NOT_FOUND, "", "no set is served; import one first (rds_import_binlog_ssl_material)");
    asking_policy.only_set = NULL;
    do_import("Replica-1", &pki.ca, "");
    asking_policy.only_set = "Replica-1";
    ask_bad(question, REASON_NOT_FOUND, "", "set Replica-1 lacks one of the three files; import one first");
    ask_fields(NULL, &pki, REASON_NONE, "");
    CLEANUP(asked_done) struct asked asked = ask_good(question);
    assert_non_null(strstr(asked.outcome.sentence, "served is Replica-1 generation 3: "));
    assert_false(asked.outcome.commit.changed);
    do_good("{\"Action\":\"rds_remove_binlog_ssl_material\"}");
    ask_bad(question, REASON_NOT_FOUND, "", "no set Replica-1 is served");
}

/* However the action is written: a name in JSON, and an action, can stand there in more than one way. */
TEST(a_user_that_may_only_import_does_nothing_else)
{
    static const char *const texts[] = {
        "{\"Action\":\"rds_remove_binlog_ssl_material\"}",
        "{\"\\u0041ction\":\"rds_remove_binlog_ssl_material\"}",
        "{\"Action\":\"rds_\\u0072emove_binlog_ssl_material\",\"CertificateIdentifier\":\"Replica-1\"}",
        "{\"Action\":\"RestorePrevious\"}",
        "{\"Action\":\"DescribeCertificates\"}",
    };
    asking_policy.only_set = "Replica-1";
    ask_fields(NULL, &pki, REASON_NONE, "");
    asking_policy.only_import = true;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        ask_bad(texts[i], REASON_UNSUPPORTED, "Action", "only rds_import_binlog_ssl_material is taken here");
    CLEANUP(asked_done)
    struct asked twice =
        ask("{\"Action\":\"rds_import_binlog_ssl_material\",\"Action\":\"rds_remove_binlog_ssl_material\"}");
    assert_int_equal(twice.result, -1);
    ask_fields(NULL, &other, REASON_NONE, "");
    assert_int_equal(number_of("Replica-1"), 2);
    asking_policy.only_import = false;
    do_good(texts[0]);
}

/* ---- records of another host ---- */

static const char foreign[] = "arn:aws:dms:eu-west-1:123456789012:cert:FOREIGNFOREIGNFOREIGNFOREI";

/* A record as a store holds it, and a NUL. */
static void write_record(const char *identifier, const char *arn, const char *key_id, struct buf *ret)
{
    CLEANUP(material_unrefp) struct material *material = set_material(&pki);
    CLEANUP(resource_unrefp) struct resource *resource = resource_new(identifier, 77, arn, PKI_NOW - 1000);
    CLEANUP(generation_unrefp)
    struct generation *generation = generation_new(99, PKI_NOW - 500, material, resource, key_id);
    CLEANUP(tags_unrefp) struct tags *tags = NULL;
    const struct tag_input input = {span_of("a"), span_of("1")};
    struct fault f = {0};
    law_expect(tags_add(NULL, &input, identifier[0] == '\0' ? 0 : 1, "Tags", &tags, &f), &f, REASON_NONE);
    const struct record record = {.generation = generation, .tags = tags};
    law_expect(record_write(&record, ret, &f), &f, REASON_NONE);
    ret->data[ret->len - 1] = '\0'; /* in the place of the line feed */
}

TEST(a_record_brings_arn_date_and_tags_along_but_no_number)
{
    CLEANUP(buf_done) struct buf text = {0};
    char expected[256];
    write_record("Replica-1", foreign, "certfs", &text);
    do_good((const char *)text.data);
    snprintf(expected, sizeof(expected), "1: Replica-1(%s,%lld)=1;a=1", foreign, (long long)PKI_NOW - 1000);
    assert_string_equal(all_that_is_served(), expected);
    CLEANUP(generation_unrefp) struct generation *current = registry_current(asking_registry, "Replica-1");
    assert_int_equal(current->committed, PKI_NOW);
    assert_int_equal(current->resource->set, 1);
}

/* Later dates are not valid in DMS, and clients of DMS fail at them. */
TEST(a_record_was_created_before_the_year_10000)
{
    static const struct {
        const char *created;
        bool good;
    } rows[] = {{"253402300799", true}, {"253402300800", false}, {"9007199254740992", false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        char more[96], name[] = "a";
        name[0] += (char)i;
        snprintf(more, sizeof(more), ",\"Record\":{\"Format\":1,\"Created\":%s}", rows[i].created);
        asking_write_import(&text, name, &pki.ca, more);
        if (rows[i].good)
            do_good((const char *)text.data);
        else
            ask_bad((const char *)text.data, REASON_WRONG_TYPE, "Record.Created", "before the year 10000");
    }
}

TEST(the_root_sets_record_has_no_arn)
{
    CLEANUP(buf_done) struct buf text = {0};
    write_record("", "", "certfs", &text);
    do_good((const char *)text.data);
    CLEANUP(generation_unrefp) struct generation *current = registry_current(asking_registry, "");
    assert_string_equal(current->resource->arn, "");
    assert_int_equal(current->resource->set, 0);
}

TEST(an_arn_that_is_taken_or_none_is_replaced_by_a_new_one)
{
    static const char *const wrong[] = {"", "x", "arn:aws:dms:", "arn:aws:dms:eu-west-1:123456789012:cert:"};
    CLEANUP(buf_done) struct buf first = {0}, second = {0};
    write_record("first", foreign, "", &first);
    write_record("second", foreign, "", &second);
    do_good((const char *)first.data);
    do_good((const char *)second.data);
    assert_string_equal(arn_of("first"), foreign);
    assert_string_not_equal(arn_of("second"), foreign);
    assert_true(resource_is_arn(arn_of("second")));
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        char name[16];
        snprintf(name, sizeof(name), "wrong-%zu", i);
        write_record(name, wrong[i], "", &text);
        do_good((const char *)text.data);
        assert_true(resource_is_arn(arn_of(name)));
    }
}

TEST(a_set_that_is_there_keeps_its_own)
{
    char arn[RESOURCE_ARN_SIZE];
    CLEANUP(buf_done) struct buf text = {0};
    do_import("Replica-1", &pki.ca, "");
    snprintf(arn, sizeof(arn), "%s", arn_of("Replica-1"));
    write_record("replica-1", foreign, "", &text);
    ask_bad((const char *)text.data, REASON_EXISTS, "CertificateIdentifier", "already exists");
    text.len -= 2; /* the brace and the NUL */
    add_bytes(&text, (struct span){(const unsigned char *)",\"Replace\":true}", 17});
    do_good((const char *)text.data);
    assert_string_equal(arn_of("Replica-1"), arn);
    CLEANUP(generation_unrefp) struct generation *current = registry_current(asking_registry, "Replica-1");
    assert_int_equal(current->resource->created, PKI_NOW);
}

/* ---- --check --against ---- */

TEST(judging_against_what_is_served_goes_by_the_name)
{
    CLEANUP(buf_done) struct buf old = {0}, new = {0};
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct frame against = {0}, frame = {0};
    struct fault f = {0};
    asking_write_fields(&old, "Replica-1", &pki, "");
    asking_write_fields(&new, "replica-1", &other, ",\"Replace\":true");
    assert_int_equal(frame_take(&against, span_of((const char *)old.data), &f), 0);
    assert_int_equal(frame_take(&frame, span_of((const char *)new.data), &f), 0);
    law_expect(request_check(&asking_policy, &against, &frame, asking_now, &outcome, &f), &f, REASON_NONE);
    assert_true(outcome.commit.changed);
    assert_string_equal(outcome_identifier(&outcome), "Replica-1");
    assert_string_not_equal(outcome.old_sha256, "");
    frame_done(&against);
    frame_done(&frame);
}

/* ---- identifiers in sentences: a name that is cut is another name */

/* All z, which nothing else in these sentences has. */
static void expect_whole_or_none(const char *sentence, size_t length, size_t ret_longest[static 1])
{
    size_t count = 0;
    for (const char *c = sentence; *c != '\0'; c++)
        count += *c == 'z';
    if (count != 0 && count != length)
        fail_msg("%zu of %zu characters: %s", count, length, sentence);
    assert_null(strstr(sentence, "z..."));
    if (count == length)
        *ret_longest = length;
}

static void expect_request(const char *text, const char *name, size_t ret_longest[static 1])
{
    CLEANUP(asked_done) struct asked asked = ask(text);
    expect_whole_or_none(asked.result == 0 ? asked.outcome.sentence : asked.fault.message, strlen(name), ret_longest);
}

TEST(an_identifier_is_whole_in_a_sentence_or_not_there)
{
    static const char remove[] = "{\"Action\":\"rds_remove_binlog_ssl_material\"}";
    CLEANUP(material_unrefp) struct material *material = set_material(&pki);
    char name[IDENTIFIER_MAX + 1] = "";
    char text[RESOURCE_ARN_SIZE + 128];
    size_t asked = 0, removed = 0, deleted = 0, tagged = 0;
    for (size_t length = 1; length <= IDENTIFIER_MAX; length++) {
        name[length - 1] = 'z';
        asking_policy.only_set = name;
        expect_request("{\"Action\":\"DescribeCertificates\"}", name, &asked);
        expect_request(remove, name, &removed);
        asking_add_set(name, material);
        expect_request(remove, name, &removed);
        asking_policy.only_set = NULL;
        asking_add_set(name, material);
        snprintf(text, sizeof(text),
                 "{\"Action\":\"AddTagsToResource\",\"ResourceArn\":\"%s\",\"Tags\":[{\"Key\":\"a\"}]}", arn_of(name));
        expect_request(text, name, &tagged);
        snprintf(text, sizeof(text), "{\"Action\":\"DeleteCertificate\",\"CertificateArn\":\"%s\"}", arn_of(name));
        expect_request(text, name, &deleted);
    }
    assert_true(asked == 40 && removed == 64 && tagged == 100 && deleted == 112);
}

TEST(an_identifier_is_whole_in_the_description_of_a_set_or_not_there)
{
    static const char *const verbs[] = {"imported", "unchanged, still", "restored as", "served is",
                                        "would change nothing"};
    CLEANUP(material_unrefp) struct material *material = set_material(&pki);
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        struct request_context context = {.policy = &asking_policy, .now = asking_now};
        struct outcome outcome = {.action = ACTION_NONE};
        char name[IDENTIFIER_MAX + 1] = "";
        size_t longest = 0;
        for (size_t length = 1; length <= IDENTIFIER_MAX; length++) {
            name[length - 1] = 'z';
            CLEANUP(generation_unrefp) struct generation *generation = set_generation(UINT64_MAX, name, material);
            context.resource = generation->resource;
            outcome_describe(&outcome, &context, verbs[i], generation);
            expect_whole_or_none(outcome.sentence, length, &longest);
            assert_non_null(strstr(outcome.sentence, ", valid until 2027-09-21"));
        }
        assert_true(longest >= 40);
    }
}

static void before_all(void)
{
    start_core();
    pki_make(&pki, pki_key(2));
    pki_make(&other, pki_key(3));
}

static void after_all(void)
{
    pki_done(&pki);
    pki_done(&other);
}

EACH_TEST(asking_setup, asking_teardown);
ALL_TESTS(before_all, after_all);
