#include "core/request/request.h"

#include <stdio.h>
#include <string.h>

#include "core/json/json.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/mutate.h"
#include "tests/unit/lib/parser.h"

static const char secret[] = "MIIEpAIBAAKCAQEAsecretsecret";
static const char sample[] = "{\"ssl_ca\":\"ca\",\"ssl_cert\":\"c\\nrt\",\"ssl_key\":\"MIIEpAIBAAKCAQEAsecretsecret\","
                             "\"Accept\":[\"expired\",\"weak_key\"],\"Action\":\"rds_import_binlog_ssl_material\"}";

/* Frames and parses; what the frame refuses is a fault like any other. */
static int parse(struct span text, struct request *ret, struct fault *f)
{
    CLEANUP(frame_done) struct frame frame = {0};
    int result = frame_take(&frame, text, f);
    if (result == 0 && !frame.complete)
        result = frame_refuse_unfinished(&frame, f);
    if (result == 0)
        result = request_parse(&frame, ret, f);
    law_check(result, f, span_of(secret));
    return result;
}

TEST(all_three_members_are_an_import)
{
    CLEANUP(request_done) struct request request = {0};
    struct fault f = {0};
    assert_int_equal(parse(span_of("{\"ssl_key\":\"k\",\"ssl_ca\":\"a\",\"ssl_cert\":\"c\"}"), &request, &f), 0);
    assert_int_equal(request.action, ACTION_IMPORT_MATERIAL);
    expect_text(&request.set.ssl_ca, "a");
    expect_text(&request.set.ssl_cert, "c");
    expect_text(&request.set.ssl_key, "k");
    assert_int_equal(request.set.accepted, 0);
}

TEST(a_named_action_may_stand_beside_its_members)
{
    CLEANUP(request_done) struct request request = {0};
    struct fault f = {0};
    assert_int_equal(parse(span_of(sample), &request, &f), 0);
    assert_int_equal(request.action, ACTION_IMPORT_MATERIAL);
    expect_text(&request.set.ssl_cert, "c\nrt");
    expect_text(&request.set.ssl_key, secret);
}

TEST(accept_names_the_reasons_that_are_waived)
{
    CLEANUP(request_done) struct request request = {0};
    struct fault f = {0};
    assert_int_equal(parse(span_of(sample), &request, &f), 0);
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
        assert_int_equal(request_accepts(&request.set, reason), reason == REASON_EXPIRED || reason == REASON_WEAK_KEY);
}

TEST(every_waivable_reason_can_be_accepted_and_no_other)
{
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++) {
        char text[160];
        snprintf(text, sizeof(text), "{\"ssl_ca\":\"a\",\"ssl_cert\":\"c\",\"ssl_key\":\"k\",\"Accept\":[\"%s\"]}",
                 reason_name(reason));
        CLEANUP(request_done) struct request request = {0};
        struct fault f = {0};
        int result = parse(span_of(text), &request, &f);
        assert_int_equal(result, reason_is_waivable(reason) ? 0 : -1);
        assert_int_equal(request_accepts(&request.set, reason), reason_is_waivable(reason));
    }
}

TEST(actions_without_material_are_known_by_name)
{
    static const enum action actions[] = {ACTION_REMOVE_MATERIAL, ACTION_RESTORE_PREVIOUS};
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        char text[80];
        snprintf(text, sizeof(text), "{\"Action\":\"%s\"}", action_name(actions[i]));
        CLEANUP(request_done) struct request request = {0};
        struct fault f = {0};
        assert_int_equal(parse(span_of(text), &request, &f), 0);
        assert_int_equal(request.action, actions[i]);
    }
    assert_string_equal(action_name(ACTION_REMOVE_MATERIAL), "rds_remove_binlog_ssl_material");
    assert_string_equal(action_name(ACTION_RESTORE_PREVIOUS), "RestorePrevious");
}

static const struct {
    const char *text;
    enum reason reason;
    enum action action; /* as far as it was understood */
    const char *message;
} refusals[] = {
    {"{}", REASON_MISSING_FIELD, ACTION_NONE, "Action"},
    {"{\"Action\":null}", REASON_MISSING_FIELD, ACTION_NONE, "ssl_key"},
    {"{\"Action\":\"\"}", REASON_MISSING_FIELD, ACTION_NONE, "ssl_key"},
    {"{\"Accept\":[\"expired\"]}", REASON_MISSING_FIELD, ACTION_NONE, "ssl_key"},
    {"{\"ssl_ca\":\"a\"}", REASON_MISSING_FIELD, ACTION_IMPORT_MATERIAL, "ssl_cert is missing"},
    {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"b\"}", REASON_MISSING_FIELD, ACTION_IMPORT_MATERIAL, "ssl_key is missing"},
    {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"b\",\"ssl_key\":\"\"}", REASON_MISSING_FIELD, ACTION_IMPORT_MATERIAL,
     "ssl_key is missing"},
    {"{\"ssl_ca\":null,\"ssl_cert\":\"b\",\"ssl_key\":\"c\"}", REASON_MISSING_FIELD, ACTION_IMPORT_MATERIAL,
     "ssl_ca is missing"},
    {"{\"Action\":\"rds_import_binlog_ssl_material\"}", REASON_MISSING_FIELD, ACTION_IMPORT_MATERIAL, "missing"},
    {"{\"Action\":\"RestoreprevioUs\"}", REASON_UNSUPPORTED, ACTION_NONE, "\"RestorePrevious\""},
    {"{\"Action\":\"rds_remove_binlog_ssl_materia\"}", REASON_UNSUPPORTED, ACTION_NONE,
     "\"rds_remove_binlog_ssl_material\""},
    {"{\"Action\":\"none\"}", REASON_UNSUPPORTED, ACTION_NONE, "unknown"},
    {"{\"Action\":1}", REASON_WRONG_TYPE, ACTION_NONE, "a number"},
    {"{\"Action\":\"RestorePrevious\",\"ssl_ca\":\"a\"}", REASON_UNKNOWN_FIELD, ACTION_RESTORE_PREVIOUS,
     "RestorePrevious takes no ssl_ca"},
    {"{\"Action\":\"rds_remove_binlog_ssl_material\",\"Accept\":[\"expired\"]}", REASON_UNKNOWN_FIELD,
     ACTION_REMOVE_MATERIAL, "takes no Accept"},
    {"{\"ssl_ca\":1,\"ssl_cert\":\"b\",\"ssl_key\":\"c\"}", REASON_WRONG_TYPE, ACTION_IMPORT_MATERIAL,
     "a string is expected"},
    {"{\"ssl_CA\":\"a\"}", REASON_UNKNOWN_FIELD, ACTION_NONE, "\"ssl_ca\""},
    {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"c\",\"ssl_key\":\"k\",\"ssl_crl\":\"x\"}", REASON_UNKNOWN_FIELD,
     ACTION_IMPORT_MATERIAL, "member 4 of the object is unknown; leave it out, or: Action, "},
    {"{\"ssl_crt\":\"a\"}", REASON_UNKNOWN_FIELD, ACTION_NONE, "\"ssl_cert\""},
    {"{\"ssl_ca\":\"a\",\"ssl_ca\":\"a\"}", REASON_DUPLICATE_FIELD, ACTION_IMPORT_MATERIAL, "twice"},
    {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"c\",\"ssl_key\":\"k\",\"Accept\":[\"weakkey\"]}", REASON_UNSUPPORTED,
     ACTION_IMPORT_MATERIAL, "\"weak_key\""},
    {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"c\",\"ssl_key\":\"k\",\"Accept\":\"expired\"}", REASON_WRONG_TYPE,
     ACTION_IMPORT_MATERIAL, "a list of strings"},
};

static void expect_empty_when_released(struct request *request)
{
    static const struct request empty;
    request_done(request);
    assert_memory_equal(request, &empty, sizeof(empty));
}

/* AWS's skeletons are full of them. */
TEST(empty_strings_in_a_list_are_absent)
{
    CLEANUP(request_done) struct request request = {0};
    struct fault f = {0};
    static const char text[] = "{\"ssl_ca\":\"a\",\"ssl_cert\":\"c\",\"ssl_key\":\"k\","
                               "\"Accept\":[\"\",\"expired\",null,\"\"]}";
    assert_int_equal(parse(span_of(text), &request, &f), 0);
    assert_int_equal(request.set.accepted, UINT32_C(1) << REASON_EXPIRED);
}

TEST(anything_but_a_request_is_refused_with_the_nearest_right_one)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        CLEANUP(request_done) struct request request = {0};
        struct fault f = {0};
        law_expect(parse(span_of(refusals[i].text), &request, &f), &f, refusals[i].reason);
        if (strstr(f.message, refusals[i].message) == NULL || strstr(f.message, "...") != NULL)
            fail_msg("%s: \"%s\" does not contain %s", refusals[i].text, f.message, refusals[i].message);
        assert_int_equal(request.action, refusals[i].action);
        expect_empty_when_released(&request);
    }
}

TEST(names_that_are_far_too_long_are_refused_like_any_other)
{
    static const char *const shapes[] = {
        "{\"Action\":\"%s\"}",
        "{\"%s\":\"a\"}",
        "{\"ssl_ca\":\"a\",\"ssl_cert\":\"c\",\"ssl_key\":\"k\",\"Accept\":[\"%s\"]}",
    };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        for (int length = 60; length < 70; length++) {
            char name[80], text[200];
            memset(name, 'q', (size_t)length);
            name[length] = '\0';
            /* Each shape holds exactly one %s. */
            const char *hole = strchr(shapes[i], '%');
            snprintf(text, sizeof(text), "%.*s%s%s", (int)(hole - shapes[i]), shapes[i], name, hole + 2);
            CLEANUP(request_done) struct request request = {0};
            struct fault f = {0};
            assert_int_equal(parse(span_of(text), &request, &f), -1);
            assert_null(strstr(f.message, "qqqq"));
        }
    }
}

TEST(every_member_is_read_into_its_place)
{
    CLEANUP(request_done) struct request import = {0}, describe = {0}, untag = {0};
    struct fault f = {0};
    assert_int_equal(
        parse(span_of("{\"CertificateIdentifier\":\"One\",\"CertificatePem\":\"p\",\"KmsKeyId\":\"alias/x\","
                      "\"Replace\":true,\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\",\"ResourceArn\":\"r\"},"
                      "{\"Key\":\"l\"}]}"),
              &import, &f),
        0);
    expect_text(&import.identifier, "One");
    expect_text(&import.set.certificate_pem, "p");
    expect_text(&import.kms_key_id, "alias/x");
    assert_true(import.replace);
    assert_int_equal(import.tag_count, 2);
    expect_text(&import.tags[0].value, "v");
    expect_text(&import.tags[1].key, "l");
    assert_int_equal(
        parse(span_of("{\"Action\":\"DescribeCertificates\",\"MaxRecords\":7,\"Marker\":\"12\",\"Filters\":"
                      "[{\"Name\":\"certificate-id\",\"Values\":[\"a\",\"b\"]}]}"),
              &describe, &f),
        0);
    assert_int_equal(describe.max_records, 7);
    expect_text(&describe.marker, "12");
    assert_int_equal(describe.filter_count, 1);
    expect_text(&describe.filters[0].name, "certificate-id");
    expect_text(&describe.filters[0].values.items[1], "b");
    assert_int_equal(
        parse(span_of("{\"Action\":\"RemoveTagsFromResource\",\"ResourceArn\":\"r\",\"TagKeys\":[\"k\"]}"), &untag, &f),
        0);
    expect_text(&untag.resource_arn, "r");
    expect_text(&untag.tag_keys.items[0], "k");
}

TEST(tags_are_added_to_the_old_ones_by_their_rules)
{
    CLEANUP(request_done) struct request first = {0}, second = {0}, wrong = {0};
    CLEANUP(tags_unrefp) struct tags *old = NULL;
    CLEANUP(tags_unrefp) struct tags *both = NULL;
    struct fault f = {0};
    static const char shape[] = "{\"CertificateIdentifier\":\"x\",\"CertificatePem\":\"p\",\"Tags\":[%s]}";
    char text[256];
    snprintf(text, sizeof(text), shape, "{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"\",\"Value\":\"\"}");
    assert_int_equal(parse(span_of(text), &first, &f), 0);
    law_expect(request_read_tags(&first, NULL, &old, &f), &f, REASON_NONE);
    assert_int_equal(tags_count(old), 1);
    snprintf(text, sizeof(text), shape, "{\"Key\":\"b\"},{\"Key\":\"a\",\"Value\":\"2\"}");
    assert_int_equal(parse(span_of(text), &second, &f), 0);
    law_expect(request_read_tags(&second, old, &both, &f), &f, REASON_NONE);
    assert_int_equal(tags_count(both), 2);
    assert_string_equal(tags_at(both, 0)->value, "2");
    snprintf(text, sizeof(text), shape, "{},{\"Key\":\"aws:x\"}");
    law_expect(parse(span_of(text), &wrong, &f), &f, REASON_WRONG_TYPE);
    assert_string_equal(f.field, "Tags[1].Key");
}

TEST(lists_of_objects_are_bounded)
{
    static const struct {
        const char *begin, *item, *end;
        int max;
    } rows[] = {
        {"{\"CertificateIdentifier\":\"x\",\"CertificatePem\":\"p\",\"Tags\":[", "{}", "]}", REQUEST_TAGS_MAX},
        {"{\"Action\":\"DescribeCertificates\",\"Filters\":[", "{}", "]}", REQUEST_FILTERS_MAX},
        {"{\"Action\":\"ListTagsForResource\",\"ResourceArnList\":[", "\"a\"", "]}", JSON_TEXTS_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int count = rows[i].max; count <= rows[i].max + 1; count++) {
            CLEANUP(buf_done) struct buf text = {0};
            CLEANUP(request_done) struct request request = {0};
            struct fault f = {0};
            add_text(&text, rows[i].begin);
            for (int j = 0; j < count; j++) {
                add_text(&text, j == 0 ? "" : ",");
                add_text(&text, rows[i].item);
            }
            add_text(&text, rows[i].end);
            law_expect(parse(buf_span(&text), &request, &f), &f, count == rows[i].max ? REASON_NONE : REASON_TOO_LARGE);
        }
}

/* A record's previous set has waivers of its own, and they are reported by their own path. */
TEST(the_waivers_of_a_previous_set_are_read_too)
{
    static const char shape[] = "{\"ssl_ca\":\"a\",\"ssl_cert\":\"c\",\"ssl_key\":\"k\",\"Record\":{\"Format\":1,"
                                "\"Previous\":{\"CertificatePem\":\"p\",\"Accept\":[\"%s\"]}}}";
    char text[256];
    CLEANUP(request_done) struct request good = {0}, bad = {0};
    struct fault f = {0};
    snprintf(text, sizeof(text), shape, "expired");
    assert_int_equal(parse(span_of(text), &good, &f), 0);
    assert_int_equal(good.set.accepted, 0);
    assert_true(request_accepts(&good.record.previous, REASON_EXPIRED));
    snprintf(text, sizeof(text), shape, "key_mismatch");
    law_expect(parse(span_of(text), &bad, &f), &f, REASON_UNSUPPORTED);
    assert_string_equal(f.field, "Record.Previous.Accept");
}

static void take_mutant(struct span mutant, void *context)
{
    (void)context;
    CLEANUP(request_done) struct request request = {0};
    struct fault f = {0};
    if (parse(mutant, &request, &f) == 0 && request.action == ACTION_IMPORT_MATERIAL)
        assert_true(request.set.ssl_ca.len > 0 && request.set.ssl_cert.len > 0 && request.set.ssl_key.len > 0);
}

TEST(every_mutant_keeps_the_law)
{
    mutate_each(span_of(sample), 1, take_mutant, NULL);
    mutate_each(span_of("'{\"Action\":\"RestorePrevious\"}'"), 1, take_mutant, NULL);
}

TEST(failed_allocations_leak_nothing)
{
    assert_true(parser_fail_each(span_of(sample), take_mutant, NULL) > 10);
}

TEST(no_copy_of_the_key_is_left_behind)
{
    parser_expect_wiped(span_of(secret), span_of(sample), take_mutant, NULL);
}

ALL_TESTS(json_init, NULL);
