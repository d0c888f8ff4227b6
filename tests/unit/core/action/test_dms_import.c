/* ImportCertificate and DeleteCertificate, from the document to the answer. */
#include "core/action/dms.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/request_client.h"

static struct pki pki, other;
static struct buf whole, whole_other; /* leaf, key, chain and root in one text */

static void import_bad(const char *identifier, const struct buf *pem, const char *more, enum reason reason,
                       const char *field, const char *part)
{
    CLEANUP(buf_done) struct buf text = {0};
    asking_write_import(&text, identifier, pem, more);
    ask_bad((const char *)text.data, reason, field, part);
}

/* ---- importing ---- */

TEST(a_certificate_is_served_and_answered)
{
    CLEANUP(asked_done) struct asked asked = ask_import("Replica-1", &whole, "");
    assert_int_equal(asked.outcome.action, ACTION_IMPORT_CERTIFICATE);
    assert_string_equal(outcome_identifier(&asked.outcome), "Replica-1");
    assert_true(asked.outcome.commit.changed);
    assert_int_equal(asked.outcome.commit.generation, 1);
    assert_int_equal(asked.outcome.commit.set, 1);
    assert_string_equal(asked.outcome.sentence,
                        "imported Replica-1 generation 1: CN=db.example.com, valid until 2027-09-21");
    assert_string_equal(asked_text(&asked, "CertificateIdentifier"), "Replica-1");
    assert_string_equal(asked_text(&asked, "CertificateArn"), arn_of("Replica-1"));
    assert_true(resource_is_arn(arn_of("Replica-1")));
    assert_string_equal(asked_text(&asked, "CertificateOwner"), "000000000000");
    assert_int_equal(cJSON_GetArraySize(asked.answer), 1);
    assert_int_equal(number_of("Replica-1"), 1);
}

TEST(region_and_account_are_those_of_the_terms)
{
    asking_policy.region = "eu-central-1";
    asking_policy.account = "123456789012";
    CLEANUP(asked_done) struct asked asked = ask_import("Set-1", &whole, "");
    assert_int_equal(strncmp(arn_of("Set-1"), "arn:aws:dms:eu-central-1:123456789012:cert:", 43), 0);
    assert_string_equal(asked_text(&asked, "CertificateOwner"), "123456789012");
}

TEST(each_set_has_an_arn_of_its_own)
{
    char first[RESOURCE_ARN_SIZE];
    do_import("Set-1", &whole, "");
    snprintf(first, sizeof(first), "%s", arn_of("Set-1"));
    do_import("b", &whole, "");
    assert_string_not_equal(arn_of("b"), first);
    assert_string_equal(arn_of("Set-1"), first);
}

TEST(the_three_fields_under_a_name_are_a_named_set)
{
    CLEANUP(buf_done) struct buf text = {0};
    asking_write_fields(&text, "Replica-1", &pki, ",\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"}]");
    CLEANUP(asked_done) struct asked asked = ask_good((const char *)text.data);
    assert_int_equal(asked.outcome.action, ACTION_IMPORT_MATERIAL);
    assert_string_equal(outcome_identifier(&asked.outcome), "Replica-1");
    assert_int_equal(number_of("Replica-1"), 1);
    assert_int_equal(number_of(""), 0);
    assert_true(resource_is_arn(arn_of("Replica-1")));
    assert_non_null(strstr(all_that_is_served(), ";a=1"));
    ask_bad((const char *)text.data, REASON_EXISTS, "CertificateIdentifier", "already exists");
}

TEST(the_root_set_is_another)
{
    CLEANUP(buf_done) struct buf text = {0};
    asking_write_fields(&text, NULL, &pki, "");
    do_good((const char *)text.data);
    do_import("Set-1", &whole, "");
    do_good((const char *)text.data);
    assert_int_equal(number_of(""), 1);
    assert_int_equal(number_of("Set-1"), 2);
    do_good("{\"Action\":\"rds_remove_binlog_ssl_material\"}");
    assert_int_equal(number_of(""), 0);
    assert_int_equal(number_of("Set-1"), 2);
}

/* ---- a name that is taken ---- */

TEST(a_name_that_is_taken_is_a_fault_of_dmss_whatever_its_case)
{
    static const char *const names[] = {"Replica-1", "replica-1", "REPLICA-1"};
    do_import("Replica-1", &whole, "");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        asking_write_import(&text, names[i], &whole_other, ",\"Replace\":false");
        CLEANUP(asked_done) struct asked asked = ask((const char *)text.data);
        assert_int_equal(asked.fault.reason, REASON_EXISTS);
        assert_string_equal(reason_wire_name(asked.fault.reason), "ResourceAlreadyExistsFault");
        static const char documented[] = "The resource you are attempting to create already exists.";
        assert_int_equal(strncmp(asked.fault.message, documented, sizeof(documented) - 1), 0);
        const cJSON *arn = cJSON_GetObjectItemCaseSensitive(asked.answer, "resourceArn");
        assert_string_equal(cJSON_GetStringValue(arn), arn_of("Replica-1"));
    }
}

TEST(only_what_is_in_the_way_is_named_in_a_fault)
{
    CLEANUP(buf_done) struct buf text = {0}, bad = {0};
    add_text(&bad, "no PEM");
    asking_write_import(&text, "Set-1", &bad, "");
    CLEANUP(asked_done) struct asked asked = ask((const char *)text.data);
    assert_int_equal(asked.fault.reason, REASON_MALFORMED_PEM);
    assert_false(cJSON_HasObjectItem(asked.answer, "resourceArn"));
}

/* Name, ARN, date of creation, number and tags are the set's for life. */
TEST(replacing_keeps_what_is_the_sets)
{
    char arn[RESOURCE_ARN_SIZE];
    do_import("bystander", &whole, "");
    do_import("Replica-1", &whole, ",\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"b\"}]");
    snprintf(arn, sizeof(arn), "%s", arn_of("Replica-1"));
    asking_now.wall += 1000;
    CLEANUP(asked_done)
    struct asked asked = ask_import("REPLICA-1", &whole_other,
                                    ",\"Replace\":true,\"Tags\":[{\"Key\":\"b\",\"Value\":"
                                    "\"2\"}]");
    assert_true(asked.outcome.commit.changed);
    assert_int_equal(asked.outcome.commit.set, 2);
    assert_string_equal(outcome_identifier(&asked.outcome), "Replica-1");
    assert_string_equal(asked_text(&asked, "CertificateIdentifier"), "Replica-1");
    assert_string_equal(asked_text(&asked, "CertificateArn"), arn);
    assert_int_equal(number_of("Replica-1"), 3);
    assert_int_equal(number_of("bystander"), 1);
    CLEANUP(generation_unrefp) struct generation *current = registry_current(asking_registry, "replica-1");
    assert_int_equal(current->resource->created, PKI_NOW);
    assert_int_equal(current->committed, PKI_NOW + 1000);
    assert_non_null(strstr(all_that_is_served(), "=3;a=1;b=2"));
}

TEST(replacing_by_the_same_changes_nothing_but_tags)
{
    do_import("Set-1", &whole, "");
    CLEANUP(asked_done) struct asked same = ask_import("Set-1", &whole, ",\"Replace\":true");
    assert_false(same.outcome.commit.changed);
    assert_int_equal(strncmp(same.outcome.sentence, "unchanged, still Set-1 generation 1", 35), 0);
    CLEANUP(asked_done)
    struct asked tagged = ask_import("Set-1", &whole, ",\"Replace\":true,\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]");
    assert_false(tagged.outcome.commit.changed);
    assert_int_equal(number_of("Set-1"), 1);
    assert_non_null(strstr(all_that_is_served(), "=1;k=v"));
}

TEST(replacing_what_is_not_there_makes_it)
{
    CLEANUP(asked_done) struct asked asked = ask_import("Set-1", &whole, ",\"Replace\":true");
    assert_true(asked.outcome.commit.changed);
    assert_int_equal(number_of("Set-1"), 1);
}

TEST(the_previous_certificate_can_be_restored_under_its_name)
{
    do_import("Set-1", &whole, "");
    do_import("b", &whole, "");
    do_import("Set-1", &whole_other, ",\"Replace\":true");
    CLEANUP(asked_done)
    struct asked asked = ask_good("{\"Action\":\"RestorePrevious\",\"CertificateIdentifier\":\"SET-1\"}");
    assert_int_equal(asked.outcome.commit.set, 1);
    assert_string_equal(outcome_identifier(&asked.outcome), "Set-1");
    assert_int_equal(number_of("Set-1"), 4);
    assert_int_equal(number_of("b"), 2);
    ask_bad("{\"Action\":\"RestorePrevious\",\"CertificateIdentifier\":\"b\"}", REASON_NOT_FOUND, "",
            "no previous set");
    ask_bad("{\"Action\":\"RestorePrevious\",\"CertificateIdentifier\":\"c\"}", REASON_NOT_FOUND, "",
            "no previous set");
}

TEST(the_description_is_the_same_after_it_is_restored)
{
    CLEANUP(buf_done) struct buf pinned = {0};
    X509 *alone = pki_certificate(&(struct pki_spec){.name = "alone", .key = pki_key(9)});
    pki_write_certificate(&pinned, alone);
    pki_write_key(&pinned, pki_key(9));
    do_import("Set-1", &pinned, "");
    do_import("Set-1", &whole, ",\"Replace\":true");
    CLEANUP(asked_done)
    struct asked asked = ask_good("{\"Action\":\"RestorePrevious\",\"CertificateIdentifier\":\"Set-1\"}");
    const cJSON *warnings = cJSON_GetObjectItemCaseSensitive(asked.answer, "warnings");
    assert_int_equal(cJSON_GetArraySize(warnings), 1);
    assert_int_equal(asked.outcome.findings.warnings[0].warning, WARNING_PINNING);
    X509_free(alone);
}

/* ---- what is refused ---- */

TEST(a_broken_rule_is_refused_with_its_fault)
{
    CLEANUP(buf_done) struct buf mismatch = {0};
    add_bytes(&mismatch, buf_span(&pki.cert));
    add_bytes(&mismatch, buf_span(&other.key));
    do_import("there", &whole, "");
    import_bad("-a", &whole, "", REASON_WRONG_TYPE, "CertificateIdentifier", "letter");
    import_bad("a--b", &whole, "", REASON_WRONG_TYPE, "CertificateIdentifier", "hyphen");
    import_bad("Set-1", &mismatch, "", REASON_KEY_MISMATCH, "CertificatePem", "belongs to none");
    import_bad("Set-1", &whole, ",\"KmsKeyId\":\"alias/x\"", REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId", "in memory");
    import_bad("Set-1", &whole, ",\"KmsKeyId\":\"/x\"", REASON_KEY_NOT_ACCESSIBLE, "KmsKeyId", "a key is named by");
    import_bad("Set-1", &whole, ",\"Tags\":[{},{\"Key\":\"dms:x\"}]", REASON_WRONG_TYPE, "Tags[1].Key", "reserved");
    import_bad("Set-1", &whole, ",\"Tags\":[{\"Value\":\"x\"}]", REASON_MISSING_FIELD, "Tags[0].Key", "key");
    import_bad("Set-1", &whole, ",\"Accept\":[\"exists\"]", REASON_UNSUPPORTED, "Accept", "waived");
    import_bad("Set-1", &whole, ",\"MaxRecords\":1", REASON_UNKNOWN_FIELD, "MaxRecords", "takes no MaxRecords");
    ask_bad("{\"CertificateIdentifier\":\"Set-1\",\"CertificateWallet\":\"b2ZoT2FiYw==\"}", REASON_MALFORMED_PEM,
            "CertificateWallet", "base64 twice");
}

TEST(faults_have_dmss_names)
{
    static const struct {
        enum reason reason;
        const char *name;
    } rows[] = {
        {REASON_EXISTS, "ResourceAlreadyExistsFault"},         {REASON_QUOTA, "ResourceQuotaExceededFault"},
        {REASON_NOT_FOUND, "ResourceNotFoundFault"},           {REASON_KEY_NOT_ACCESSIBLE, "KMSKeyNotAccessibleFault"},
        {REASON_MALFORMED_PEM, "InvalidCertificateFault"},     {REASON_KEY_MISMATCH, "InvalidCertificateFault"},
        {REASON_WRONG_TYPE, "InvalidParameterValueException"}, {REASON_MISSING_FIELD, "InvalidParameterValueException"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_string_equal(reason_wire_name(rows[i].reason), rows[i].name);
}

TEST(names_of_1_and_of_255_characters_are_taken_and_none_longer)
{
    char name[IDENTIFIER_MAX + 2];
    do_import("Set-1", &whole, "");
    memset(name, 'b', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    import_bad(name, &whole, "", REASON_WRONG_TYPE, "CertificateIdentifier", "255");
    name[IDENTIFIER_MAX] = '\0';
    do_import(name, &whole, "");
    assert_int_equal(number_of(name), 2);
}

/* ---- the quota ---- */

TEST(the_quota_counts_named_sets_alone)
{
    CLEANUP(buf_done) struct buf root = {0};
    char delete[256];
    asking_policy.quota = 2;
    asking_write_fields(&root, NULL, &pki, "");
    do_import("Set-1", &whole, "");
    do_good((const char *)root.data);
    do_import("b", &whole, "");
    import_bad("c", &whole, "", REASON_QUOTA, "CertificateIdentifier",
               "The quota for this resource quota has been exceeded. It is 2 certificates here");
    import_bad("c", &whole, ",\"Replace\":true", REASON_QUOTA, "CertificateIdentifier", "exceeded");
    do_import("Set-1", &whole_other, ",\"Replace\":true");
    snprintf(delete, sizeof(delete), "{\"Action\":\"DeleteCertificate\",\"CertificateArn\":\"%s\"}", arn_of("Set-1"));
    do_good(delete);
    do_import("c", &whole, "");
}

TEST(the_quota_is_100_by_default)
{
    char name[16];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "set-%d", i);
        do_import(name, &pki.ca, "");
    }
    import_bad("one-more", &pki.ca, "", REASON_QUOTA, "CertificateIdentifier", "It is 100 certificates here");
}

/* ---- deleting ---- */

TEST(deleting_answers_what_was_there_and_wipes_it)
{
    struct span bytes;
    char delete[256], arn[RESOURCE_ARN_SIZE];
    do_import("Set-1", &whole, "");
    do_import("b", &whole, "");
    snprintf(arn, sizeof(arn), "%s", arn_of("Set-1"));
    snprintf(delete, sizeof(delete), "{\"Action\":\"DeleteCertificate\",\"CertificateArn\":\"%s\"}", arn);
    CLEANUP(generation_unrefp) struct generation *held = registry_current(asking_registry, "Set-1");
    CLEANUP(asked_done) struct asked asked = ask_good(delete);
    assert_string_equal(asked_text(&asked, "CertificateArn"), arn);
    assert_string_equal(asked_text(&asked, "CertificateIdentifier"), "Set-1");
    assert_int_equal(asked.outcome.commit.set, 1);
    assert_true(asked.outcome.commit.changed);
    assert_string_equal(asked.outcome.sentence, "deleted Set-1");
    assert_int_equal(content_borrow(material_content(held->material, MATERIAL_KEY), &bytes), -1);
    assert_int_equal(number_of("Set-1"), 0);
    assert_int_equal(number_of("b"), 2);
    ask_bad(delete, REASON_NOT_FOUND, "CertificateArn", "no certificate with the ARN");
}

TEST(a_name_that_was_deleted_comes_back_as_another_set)
{
    char delete[256];
    do_import("Set-1", &whole, ",\"Tags\":[{\"Key\":\"old\"}]");
    snprintf(delete, sizeof(delete), "{\"Action\":\"DeleteCertificate\",\"CertificateArn\":\"%s\"}", arn_of("Set-1"));
    do_good(delete);
    CLEANUP(asked_done) struct asked asked = ask_import("SET-1", &whole, "");
    assert_int_equal(asked.outcome.commit.set, 3);
    assert_string_equal(asked_text(&asked, "CertificateIdentifier"), "SET-1");
    assert_null(strstr(delete, asked_text(&asked, "CertificateArn")));
    assert_null(strstr(all_that_is_served(), "old"));
}

TEST(a_foreign_arn_is_not_found)
{
    do_import("Set-1", &whole, "");
    ask_bad("{\"Action\":\"DeleteCertificate\",\"CertificateArn\":\"a\"}", REASON_NOT_FOUND, "CertificateArn",
            "no certificate");
    ask_bad("{\"Action\":\"DeleteCertificate\",\"CertificateArn\":\"arn:aws:dms:us-east-1:000000000000:cert:\"}",
            REASON_NOT_FOUND, "CertificateArn", "no certificate");
}

static void before_all(void)
{
    start_core();
    pki_make(&pki, pki_key(2));
    pki_make(&other, pki_key(3));
    bundle_of(&pki, &whole);
    bundle_of(&other, &whole_other);
}

static void after_all(void)
{
    pki_done(&pki);
    pki_done(&other);
    buf_done(&whole);
    buf_done(&whole_other);
}

EACH_TEST(asking_setup, asking_teardown);
ALL_TESTS(before_all, after_all);
