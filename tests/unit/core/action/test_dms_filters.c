/* DescribeCertificates: which sets are listed. */
#include "core/action/dms.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/request_client.h"

static struct pki pki;
static struct material *anchors;

TEST(filters_choose_by_name_and_by_arn)
{
    char by_arn[256], both[512];
    asking_add_set("One", anchors);
    asking_add_set("two", anchors);
    asking_add_set("three", anchors);
    snprintf(by_arn, sizeof(by_arn), ",\"Filters\":[{\"Name\":\"certificate-arn\",\"Values\":[\"%s\"]}]",
             arn_of("two"));
    snprintf(both, sizeof(both),
             ",\"Filters\":[{\"Name\":\"certificate-arn\",\"Values\":[\"x\",\"%s\"]},{\"Name\":\"certificate-id\","
             "\"Values\":[\"one\",\"TWO\"]}]",
             arn_of("two"));
    expect_page(",\"Filters\":[{\"Name\":\"certificate-id\",\"Values\":[\"oNE\"]}]", "One", false);
    expect_page(",\"Filters\":[{\"Name\":\"certificate-id\",\"Values\":[\"three\",\"nobody\",\"One\"]}]", "One three",
                false);
    expect_page(by_arn, "two", false);
    expect_page(both, "two", false);
    expect_page(",\"Filters\":[{\"Name\":\"certificate-id\",\"Values\":[\"three\",\"One\"]}],\"MaxRecords\":1", "One",
                true);
}

TEST(a_filter_that_nothing_passes_finds_nothing)
{
    static const char *const filters[] = {
        "{\"Name\":\"certificate-id\",\"Values\":[\"absent\"]}",
        "{\"Name\":\"certificate-id\",\"Values\":[\"s0\"]}",
        "{\"Name\":\"certificate-arn\",\"Values\":[\"s01\"]}",
        "{\"Name\":\"certificate-id\",\"Values\":[\"s01\"]},{\"Name\":\"certificate-id\",\"Values\":[\"s02\"]}",
    };
    asking_add_sets(1, 3, anchors);
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        char text[256];
        snprintf(text, sizeof(text), "{\"Action\":\"DescribeCertificates\",\"Filters\":[%s]}", filters[i]);
        ask_bad(text, REASON_NOT_FOUND, "Filters", "no certificate passes");
    }
}

TEST(a_name_that_is_too_long_for_one_passes_nothing)
{
    CLEANUP(buf_done) struct buf text = {0};
    char name[IDENTIFIER_MAX + 2];
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    add_text(&text, "{\"Action\":\"DescribeCertificates\",\"Filters\":[{\"Name\":\"certificate-id\",\"Values\":[\"");
    add_text(&text, name);
    add_bytes(&text, (struct span){(const unsigned char *)"\"]}]}", 6});
    name[IDENTIFIER_MAX] = '\0';
    asking_add_set(name, anchors);
    ask_bad((const char *)text.data, REASON_NOT_FOUND, "Filters", "no certificate passes");
}

TEST(an_invalid_filter_is_refused_at_its_place)
{
    static const struct {
        const char *filters, *field, *part;
        enum reason reason;
    } rows[] = {
        {"{\"Name\":\"certificate\",\"Values\":[\"a\"]}", "Filters[0].Name", "certificate-id", REASON_WRONG_TYPE},
        {"{\"Name\":\"Certificate-id\",\"Values\":[\"a\"]}", "Filters[0].Name", "certificate-id", REASON_WRONG_TYPE},
        {"{},{\"Name\":\"x\"}", "Filters[1].Name", "certificate-id", REASON_WRONG_TYPE},
        {"{\"Values\":[\"a\"]}", "Filters[0].Name", "certificate-id", REASON_WRONG_TYPE},
        {"{\"Name\":\"certificate-id\"}", "Filters[0].Values", "at least one", REASON_MISSING_FIELD},
        {"{\"Name\":\"certificate-id\",\"Values\":[\"\"]}", "Filters[0].Values", "at least one", REASON_MISSING_FIELD},
        {"{\"Name\":\"certificate-id\",\"Values\":\"a\"}", "Filters[0].Values", "a list of strings", REASON_WRONG_TYPE},
    };
    asking_add_sets(1, 1, anchors);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[256];
        snprintf(text, sizeof(text), "{\"Action\":\"DescribeCertificates\",\"Filters\":[%s]}", rows[i].filters);
        ask_bad(text, rows[i].reason, rows[i].field, rows[i].part);
    }
}

TEST(the_skeleton_lists_as_if_it_were_empty)
{
    asking_add_sets(1, 2, anchors);
    expect_page(",\"Filters\":[{\"Name\":\"\",\"Values\":[\"\"]}],\"MaxRecords\":0,\"Marker\":\"\"", "s01 s02", false);
}

/* Sets missing at the beginning are not found; sets that are gone by now are. */
TEST(a_page_that_became_empty_meanwhile_is_no_fault)
{
    char names[ASKING_NAMES_SIZE], marker[ASKING_MARKER_SIZE], more[256];
    struct commit commit;
    struct fault f = {0};
    static const char filter[] =
        ",\"MaxRecords\":1,\"Filters\":[{\"Name\":\"certificate-id\",\"Values\":[\"s01\",\"s02\"]}]";
    asking_add_sets(1, 3, anchors);
    assert_int_equal(asking_page(filter, names, marker), 1);
    law_expect(registry_remove(asking_registry, "s02", &commit, &f), &f, REASON_NONE);
    snprintf(more, sizeof(more), "%s,\"Marker\":\"%s\"", filter, marker);
    expect_page(more, "", false);
}

static void init(void)
{
    start_core();
    json_init();
    pki_make(&pki, pki_key(2));
    anchors = bundle_must_build(&pki.ca);
}

static void done(void)
{
    material_unrefp(&anchors);
    pki_done(&pki);
}

EACH_TEST(asking_setup, asking_teardown);
ALL_TESTS(init, done);
