/* Which document takes which member: every action with every member, by a table of the test's own. */
#include "core/request/request.h"

#include <stdio.h>
#include <string.h>

#include "core/json/json.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"

#define IMPORT "rds_import_binlog_ssl_material"
#define REMOVE "rds_remove_binlog_ssl_material"

/* A member, a value that is there, and one that means absent and is no null. */
static const struct {
    const char *name, *value, *absent;
} members[] = {
    {"ssl_ca", "\"a\"", "\"\""},
    {"ssl_cert", "\"b\"", "\"\""},
    {"ssl_key", "\"c\"", "\"\""},
    {"CertificateIdentifier", "\"one\"", "\"\""},
    {"CertificatePem", "\"pem\"", "\"\""},
    {"CertificateWallet", "\"d2FsbGV0\"", "\"\""},
    {"Accept", "[\"expired\"]", "[\"\"]"},
    {"KmsKeyId", "\"alias/x\"", "\"\""},
    {"Replace", "true", "false"},
    {"Tags", "[{\"Key\":\"k\",\"Value\":\"v\"}]", "[]"},
    {"TagKeys", "[\"k\"]", "[\"\"]"},
    {"CertificateArn", "\"arn\"", "\"\""},
    {"ResourceArn", "\"arn\"", "\"\""},
    {"ResourceArnList", "[\"arn\"]", "[]"},
    {"Filters", "[{\"Name\":\"certificate-id\",\"Values\":[\"x\"]}]", "[]"},
    {"MaxRecords", "20", "0"},
    {"Marker", "\"7\"", "\"\""},
    {"Record", "{\"Format\":1}", "{}"},
    {"CertificateCreationDate", "\"1543259542.506\"", "\"\""},
    {"CertificateOwner", "\"123456789012\"", "\"\""},
    {"ValidFromDate", "1500000000.5", "\"\""},
    {"ValidToDate", "\"2030-01-01T00:00:00Z\"", "\"\""},
    {"SigningAlgorithm", "\"SHA256withRSA\"", "\"\""},
    {"KeyLength", "2048", "\"\""},
};

enum { MEMBERS = COUNT_OF(members) };

/* The members that each action needs, and those that it also accepts; separated by blanks. */
static const struct {
    enum action action;
    const char *name, *needs, *takes;
} actions[] = {
    {ACTION_IMPORT_MATERIAL, IMPORT, "ssl_ca ssl_cert ssl_key",
     "CertificateIdentifier Accept KmsKeyId Replace Tags Record"},
    {ACTION_REMOVE_MATERIAL, REMOVE, "", "CertificateIdentifier"},
    {ACTION_RESTORE_PREVIOUS, "RestorePrevious", "", "CertificateIdentifier Accept"},
    {ACTION_IMPORT_CERTIFICATE, "ImportCertificate", "CertificateIdentifier CertificatePem",
     "Accept KmsKeyId Replace Tags Record CertificateArn CertificateCreationDate CertificateOwner ValidFromDate "
     "ValidToDate SigningAlgorithm KeyLength"},
    {ACTION_DESCRIBE_CERTIFICATES, "DescribeCertificates", "", "Filters MaxRecords Marker"},
    {ACTION_DELETE_CERTIFICATE, "DeleteCertificate", "CertificateArn", ""},
    {ACTION_ADD_TAGS, "AddTagsToResource", "ResourceArn Tags", ""},
    {ACTION_LIST_TAGS, "ListTagsForResource", "ResourceArn", "ResourceArnList"},
    {ACTION_REMOVE_TAGS, "RemoveTagsFromResource", "ResourceArn TagKeys", ""},
};

/* Whether a blank-separated list names the member. */
static bool names(const char *list, const char *member)
{
    size_t length = strlen(member);
    for (const char *at = list; (at = strstr(at, member)) != NULL; at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' '))
            return true;
    return false;
}

/* A set without a name is the root set, which has no tags and is always replaced. */
static bool needs_name(size_t action, int member)
{
    return actions[action].action == ACTION_IMPORT_MATERIAL && member >= 0 &&
           names("Replace Tags", members[member].name);
}

/* A document of an action, with what it needs but for `without`, and with one member more, both by index or -1. */
static void write(size_t action, int without, int more, const char *value, struct buf *ret)
{
    char text[128];
    snprintf(text, sizeof(text), "{\"Action\":\"%s\"", actions[action].name);
    add_text(ret, text);
    if (needs_name(action, more))
        add_text(ret, ",\"CertificateIdentifier\":\"one\"");
    for (int i = 0; i < (int)MEMBERS; i++) {
        bool needed = names(actions[action].needs, members[i].name);
        if (i != more && (i == without || !needed))
            continue;
        snprintf(text, sizeof(text), ",\"%s\":%s", members[i].name, i == more ? value : members[i].value);
        add_text(ret, text);
    }
    add_bytes(ret, (struct span){(const unsigned char *)"}", 2}); /* with a NUL */
}

TEST(the_required_members_are_enough)
{
    assert_int_equal(COUNT_OF(actions), ACTION_COUNT - 1);
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
        struct fault f = {0};
        write(i, -1, -1, NULL, &text);
        law_expect(request_of((char *)text.data, &request, &f), &f, REASON_NONE);
        assert_int_equal(request.action, actions[i].action);
        assert_string_equal(action_name(request.action), actions[i].name);
    }
}

/* Two forms of one thing exclude each other; that has a sentence of its own. */
static bool excludes(size_t action, int member)
{
    return actions[action].action == ACTION_IMPORT_CERTIFICATE &&
           strcmp(members[member].name, "CertificateWallet") == 0;
}

static void expect_pair(size_t action, int member)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    struct fault f = {0};
    char sentence[FAULT_MESSAGE_SIZE];
    const char *name = members[member].name;
    bool taken = names(actions[action].needs, name) || names(actions[action].takes, name);
    write(action, -1, member, members[member].value, &text);
    int result = request_of((char *)text.data, &request, &f);
    if ((result == 0) != taken)
        fail_msg("%s: %s", (char *)text.data, f.message);
    assert_int_equal(request.action, actions[action].action);
    if (taken)
        return;
    snprintf(sentence, sizeof(sentence), "%s takes no %s; leave it out", actions[action].name, name);
    assert_int_equal(f.reason, REASON_UNKNOWN_FIELD);
    assert_string_equal(f.message, sentence);
    assert_string_equal(f.field, name);
}

TEST(every_action_takes_its_members_and_no_others)
{
    for (size_t action = 0; action < COUNT_OF(actions); action++)
        for (int member = 0; member < (int)MEMBERS; member++)
            if (!excludes(action, member))
                expect_pair(action, member);
}

/* AWS's skeletons have members that stay empty. */
TEST(absent_values_are_accepted_everywhere)
{
    for (size_t action = 0; action < COUNT_OF(actions); action++)
        for (int member = 0; member < (int)MEMBERS; member++) {
            const char *const absent[] = {"null", members[member].absent, "\"\""};
            for (size_t i = 0; i < COUNT_OF(absent); i++) {
                CLEANUP(buf_done) struct buf text = {0};
                CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
                struct fault f = {0};
                if (names(actions[action].needs, members[member].name))
                    continue;
                write(action, -1, member, absent[i], &text);
                if (request_of((char *)text.data, &request, &f) != 0)
                    fail_msg("%s: %s", (char *)text.data, f.message);
            }
        }
}

/* The one sentence that names no action is about the pair of pem and wallet, and AWS's. */
static void expect_missing(size_t action, int member, const char *value)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    struct fault f = {0};
    write(action, member, value == NULL ? -1 : member, value, &text);
    law_expect(request_of((char *)text.data, &request, &f), &f, REASON_MISSING_FIELD);
    assert_int_equal(request.action, actions[action].action);
    assert_string_equal(f.field, members[member].name);
    if (strstr(f.message, members[member].name) == NULL)
        fail_msg("%s: %s", (char *)text.data, f.message);
}

TEST(a_missing_required_member_is_named)
{
    for (size_t action = 0; action < COUNT_OF(actions); action++)
        for (int member = 0; member < (int)MEMBERS; member++)
            if (names(actions[action].needs, members[member].name)) {
                expect_missing(action, member, NULL);
                expect_missing(action, member, "null");
                expect_missing(action, member, members[member].absent);
            }
}

TEST(either_pem_or_wallet)
{
    static const struct {
        const char *text;
        enum reason reason;
        const char *field, *message;
    } rows[] = {
        {"{\"CertificateIdentifier\":\"x\",\"CertificateWallet\":\"d2FsbGV0\"}", REASON_NONE, "", ""},
        {"{\"CertificateIdentifier\":\"x\",\"CertificateWallet\":\"d2FsbGV0\",\"CertificatePem\":\"p\"}",
         REASON_UNKNOWN_FIELD, "CertificateWallet",
         "CertificatePem and CertificateWallet are both there; exactly one of them is expected"},
        {"{\"CertificateIdentifier\":\"x\"}", REASON_MISSING_FIELD, "CertificatePem",
         "Please provide a value for either for CertificatePem or for CertificateWallet."},
        {"{\"CertificateIdentifier\":\"x\",\"CertificateWallet\":null,\"CertificatePem\":\"\"}", REASON_MISSING_FIELD,
         "CertificatePem", "Please provide a value for either for CertificatePem or for CertificateWallet."},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
        struct fault f = {0};
        law_expect(request_of(rows[i].text, &request, &f), &f, rows[i].reason);
        assert_int_equal(request.action, ACTION_IMPORT_CERTIFICATE);
        assert_string_equal(f.field, rows[i].field);
        assert_string_equal(f.message, rows[i].message);
    }
}

TEST(the_root_set_takes_neither_tags_nor_replace)
{
    static const char *const rows[][2] = {{"Replace", "true"}, {"Tags", "[{\"Key\":\"k\"}]"}, {"Tags", "[{}]"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[160], sentence[FAULT_MESSAGE_SIZE];
        CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
        struct fault f = {0};
        snprintf(text, sizeof(text), "{\"ssl_ca\":\"a\",\"ssl_cert\":\"b\",\"ssl_key\":\"c\",\"%s\":%s}", rows[i][0],
                 rows[i][1]);
        snprintf(sentence, sizeof(sentence), "a set without CertificateIdentifier takes no %s", rows[i][0]);
        law_expect(request_of(text, &request, &f), &f, REASON_UNKNOWN_FIELD);
        assert_string_equal(f.field, rows[i][0]);
        assert_string_equal(f.message, sentence);
    }
}

TEST(a_list_of_resources_does_for_one)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    struct fault f = {0};
    law_expect(request_of("{\"Action\":\"ListTagsForResource\",\"ResourceArnList\":[\"a\",\"\",\"b\"]}", &request, &f),
               &f, REASON_NONE);
    assert_int_equal(request.arns.count, 2);
    expect_text(&request.arns.items[1], "b");
}

/* ---- the kind follows from the members ---- */

TEST(without_an_action_the_members_of_a_set_decide_the_kind)
{
    static const struct {
        const char *text;
        enum reason reason;
        enum action action;
    } rows[] = {
        {"{\"ssl_ca\":\"a\",\"ssl_cert\":\"b\",\"ssl_key\":\"c\"}", REASON_NONE, ACTION_IMPORT_MATERIAL},
        {"{\"CertificateIdentifier\":\"x\",\"ssl_ca\":\"a\",\"ssl_cert\":\"b\",\"ssl_key\":\"c\"}", REASON_NONE,
         ACTION_IMPORT_MATERIAL},
        {"{\"CertificateIdentifier\":\"x\",\"ssl_key\":\"c\"}", REASON_MISSING_FIELD, ACTION_IMPORT_MATERIAL},
        {"{\"CertificateIdentifier\":\"x\",\"CertificatePem\":\"p\"}", REASON_NONE, ACTION_IMPORT_CERTIFICATE},
        {"{\"CertificatePem\":\"p\"}", REASON_MISSING_FIELD, ACTION_IMPORT_CERTIFICATE},
        {"{\"CertificateWallet\":\"d2FsbGV0\"}", REASON_MISSING_FIELD, ACTION_IMPORT_CERTIFICATE},
        {"{\"ssl_ca\":\"a\",\"CertificatePem\":\"p\"}", REASON_UNKNOWN_FIELD, ACTION_IMPORT_MATERIAL},
        {"{\"CertificateArn\":\"a\"}", REASON_MISSING_FIELD, ACTION_NONE},
        {"{\"ResourceArn\":\"a\",\"Tags\":[{\"Key\":\"k\"}]}", REASON_MISSING_FIELD, ACTION_NONE},
        {"{\"Filters\":[]}", REASON_MISSING_FIELD, ACTION_NONE},
        {"{\"Replace\":true}", REASON_MISSING_FIELD, ACTION_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
        struct fault f = {0};
        law_expect(request_of(rows[i].text, &request, &f), &f, rows[i].reason);
        assert_int_equal(request.action, rows[i].action);
    }
}

/* An error in a member is reported in the shape of the action that the document is for. */
TEST(the_action_is_known_before_its_members_are_read)
{
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        static const char *const wrong[] = {"\"Colour\":1", "\"Accept\":7", "\"Tags\":[7]", "\"Replace\":\"yes\""};
        for (size_t j = 0; j < COUNT_OF(wrong); j++) {
            char text[128];
            CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
            struct fault f = {0};
            snprintf(text, sizeof(text), "{%s,\"Action\":\"%s\"}", wrong[j], actions[i].name);
            law_expect(request_of(text, &request, &f), &f, j == 0 ? REASON_UNKNOWN_FIELD : REASON_WRONG_TYPE);
            assert_int_equal(request.action, actions[i].action);
        }
    }
}

TEST(only_the_actions_of_dms_answer_in_its_shapes)
{
    for (enum action action = ACTION_NONE; action < ACTION_COUNT; action++)
        assert_int_equal(action_is_dms(action), action > ACTION_RESTORE_PREVIOUS);
}

/* ---- AWS's skeletons, as its CLI prints them, with an Action where the kind does not follow ---- */

TEST(skeletons_are_understood_as_empty_as_they_are)
{
    static const struct {
        const char *text, *missing;
        enum action action;
    } rows[] = {
        {"{\"CertificateIdentifier\":\"x\",\"CertificatePem\":\"\",\"CertificateWallet\":null,\"Tags\":[{\"Key\":\"\","
         "\"Value\":\"\",\"ResourceArn\":\"\"}],\"KmsKeyId\":\"\"}",
         "CertificatePem", ACTION_IMPORT_CERTIFICATE},
        {"{\"CertificateIdentifier\":\"x\",\"CertificatePem\":\"p\",\"CertificateWallet\":null,\"Tags\":[{\"Key\":\"\","
         "\"Value\":\"\",\"ResourceArn\":\"\"}],\"KmsKeyId\":\"\"}",
         NULL, ACTION_IMPORT_CERTIFICATE},
        {"{\"Action\":\"DescribeCertificates\",\"Filters\":[{\"Name\":\"\",\"Values\":[\"\"]}],\"MaxRecords\":0,"
         "\"Marker\":\"\"}",
         NULL, ACTION_DESCRIBE_CERTIFICATES},
        {"{\"Action\":\"DeleteCertificate\",\"CertificateArn\":\"\"}", "CertificateArn", ACTION_DELETE_CERTIFICATE},
        {"{\"Action\":\"AddTagsToResource\",\"ResourceArn\":\"\",\"Tags\":[{\"Key\":\"\",\"Value\":\"\","
         "\"ResourceArn\":\"\"}]}",
         "ResourceArn", ACTION_ADD_TAGS},
        {"{\"Action\":\"ListTagsForResource\",\"ResourceArn\":\"\",\"ResourceArnList\":[\"\"]}", "ResourceArn",
         ACTION_LIST_TAGS},
        {"{\"Action\":\"RemoveTagsFromResource\",\"ResourceArn\":\"x\",\"TagKeys\":[\"\"]}", "TagKeys",
         ACTION_REMOVE_TAGS},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
        struct fault f = {0};
        law_expect(request_of(rows[i].text, &request, &f), &f,
                   rows[i].missing == NULL ? REASON_NONE : REASON_MISSING_FIELD);
        assert_int_equal(request.action, rows[i].action);
        assert_string_equal(f.field, rows[i].missing == NULL ? "" : rows[i].missing);
    }
}

ALL_TESTS(json_init, NULL);
