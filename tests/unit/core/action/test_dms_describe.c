/* DescribeCertificates: pages, markers, filters, and sets that come and go between two pages. */
#include "core/action/dms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/request_client.h"

static struct pki pki;
static struct material *anchors;

static void remove_set(const char *name)
{
    struct commit commit;
    struct fault f = {0};
    law_expect(registry_remove(asking_registry, name, &commit, &f), &f, REASON_NONE);
}

TEST(where_there_is_nothing_the_list_is_empty)
{
    CLEANUP(asked_done) struct asked asked = ask_good("{\"Action\":\"DescribeCertificates\"}");
    char *text = cJSON_PrintUnformatted(asked.answer);
    assert_string_equal(text, "{\"Certificates\":[]}");
    cJSON_free(text);
}

TEST(sets_are_listed_in_the_order_in_which_they_were_made)
{
    asking_add_set("zebra", anchors);
    asking_add_set("Ape", anchors);
    asking_add_set("bear", anchors);
    expect_page("", "zebra Ape bear", false);
}

TEST(the_root_set_is_no_certificate_of_dmss)
{
    CLEANUP(buf_done) struct buf text = {0};
    asking_write_fields(&text, NULL, &pki, "");
    do_good((const char *)text.data);
    expect_page("", "", false);
}

TEST(each_item_is_a_whole_certificate)
{
    asking_add_set("Set-1", anchors);
    CLEANUP(asked_done) struct asked asked = ask_good("{\"Action\":\"DescribeCertificates\"}");
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(asked.answer, "Certificates"), 0);
    assert_int_equal(cJSON_GetArraySize(item), 9);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "CertificateArn")),
                        arn_of("Set-1"));
    assert_string_equal(asked.outcome.sentence, "1 certificates listed");
    assert_false(asked.outcome.commit.changed);
}

/* ---- pages ---- */

TEST(a_page_has_ten_by_default)
{
    char names[ASKING_NAMES_SIZE], marker[ASKING_MARKER_SIZE];
    asking_add_sets(1, 10, anchors);
    assert_int_equal(asking_page("", names, marker), 10);
    assert_string_equal(marker, "");
    asking_add_sets(11, 11, anchors);
    assert_int_equal(asking_page("", names, marker), 10);
    assert_string_not_equal(marker, "");
    assert_int_equal(asking_page(",\"MaxRecords\":0", names, marker), 10);
    assert_int_equal(asking_page(",\"MaxRecords\":11", names, marker), 11);
    assert_string_equal(marker, "");
}

TEST(a_page_has_1_to_100)
{
    char names[ASKING_NAMES_SIZE], marker[ASKING_MARKER_SIZE];
    asking_policy.quota = 200;
    asking_add_sets(1, 101, anchors);
    assert_int_equal(asking_page(",\"MaxRecords\":1", names, marker), 1);
    assert_int_equal(asking_page(",\"MaxRecords\":100", names, marker), 100);
    assert_string_not_equal(marker, "");
    ask_bad("{\"Action\":\"DescribeCertificates\",\"MaxRecords\":101}", REASON_WRONG_TYPE, "MaxRecords",
            "from 1 to 100");
    ask_bad("{\"Action\":\"DescribeCertificates\",\"MaxRecords\":9007199254740992}", REASON_WRONG_TYPE, "MaxRecords",
            "from 1 to 100");
    ask_bad("{\"Action\":\"DescribeCertificates\",\"MaxRecords\":-1}", REASON_WRONG_TYPE, "MaxRecords", "whole number");
}

/* All names that a client sees that follows the markers; between two pages `meanwhile` happens. */
static void walk(int size, void (*meanwhile)(int page), char names[static ASKING_NAMES_SIZE])
{
    char marker[ASKING_MARKER_SIZE] = "", more[128];
    size_t used = 0;
    int number = 0;
    names[0] = '\0';
    do {
        char found[ASKING_NAMES_SIZE];
        snprintf(more, sizeof(more), ",\"MaxRecords\":%d,\"Marker\":\"%s\"", size, marker);
        assert_in_range(asking_page(more, found, marker), 0, size);
        used += (size_t)snprintf(names + used, ASKING_NAMES_SIZE - used, "%s%s", used == 0 ? "" : " ", found);
        if (meanwhile != NULL)
            meanwhile(++number);
    } while (marker[0] != '\0');
}

TEST(pages_of_any_size_list_all_and_none_twice)
{
    static const char all[] = "s01 s02 s03 s04 s05 s06 s07 s08 s09 s10 s11 s12";
    asking_add_sets(1, 12, anchors);
    for (int size = 1; size <= 13; size++) {
        char names[ASKING_NAMES_SIZE];
        walk(size, NULL, names);
        assert_string_equal(names, all);
    }
}

/* Shown ones go, the one of the marker goes, others that were not shown yet go, and new ones come. */
static void come_and_go(int page)
{
    if (page == 1) {
        remove_set("s01");
        remove_set("s03");
        remove_set("s05");
        asking_add_sets(20, 20, anchors);
    }
    if (page == 2)
        asking_add_sets(1, 1, anchors);
}

TEST(changes_between_pages_neither_hide_others_nor_show_them_twice)
{
    char names[ASKING_NAMES_SIZE];
    asking_add_sets(1, 9, anchors);
    walk(3, come_and_go, names);
    assert_string_equal(names, "s01 s02 s03 s04 s06 s07 s08 s09 s20 s01");
}

static void replace_all(int page)
{
    char name[16];
    for (int i = 1; i <= 6 && page == 1; i++) {
        snprintf(name, sizeof(name), "s%02d", i);
        do_import(name, &pki.cert, ",\"Replace\":true");
    }
}

TEST(a_replaced_set_keeps_its_place)
{
    char names[ASKING_NAMES_SIZE];
    asking_add_sets(1, 6, anchors);
    walk(2, replace_all, names);
    assert_string_equal(names, "s01 s02 s03 s04 s05 s06");
}

TEST(a_marker_that_nobody_gave_out_is_refused)
{
    static const char *const wrong[] = {
        "x", "-1", "0", "1x", " 1", "1 ", "4", "0x1", "9999999999999999", "99999999999999999", "1.0", "\\u00e9"};
    asking_add_sets(1, 3, anchors);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char text[128];
        snprintf(text, sizeof(text), "{\"Action\":\"DescribeCertificates\",\"Marker\":\"%s\"}", wrong[i]);
        ask_bad(text, REASON_WRONG_TYPE, "Marker", "none that DescribeCertificates gave out");
    }
    expect_page(",\"Marker\":\"2\"", "s03", false);
    expect_page(",\"Marker\":\"3\"", "", false);
}

/* ---- large answers ---- */

/* So many distinct roots, some 500 bytes of PEM each. */
static struct material *make_large(int count)
{
    CLEANUP(buf_done) struct buf text = {0};
    for (int i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof(name), "Root number %d of a long list of roots", i);
        X509 *root = pki_certificate(&(struct pki_spec){.name = name, .key = pki_key(9), .kind = PKI_CA});
        pki_write_certificate(&text, root);
        X509_free(root);
    }
    return bundle_must_build(&text);
}

TEST(a_page_ends_before_its_pem_is_over_1_mib_but_has_one_at_least)
{
    CLEANUP(material_unrefp) struct material *third = make_large(700);
    CLEANUP(material_unrefp) struct material *most = make_large(2200);
    char names[ASKING_NAMES_SIZE], marker[ASKING_MARKER_SIZE];
    size_t third_size = material_bytes(third, MATERIAL_CA).len, most_size = material_bytes(most, MATERIAL_CA).len;
    assert_in_range(third_size, 1048576 / 4 + 1, 1048576 / 2);
    assert_in_range(most_size, 1048576 + 1, 2 * 1048576);
    for (int i = 0; i < 4; i++) {
        snprintf(names, sizeof(names), "third-%d", i);
        asking_add_set(names, third);
    }
    asking_add_set("most-0", most);
    asking_add_set("most-1", most);
    int fitting = (int)(1048576 / third_size);
    assert_int_equal(asking_page("", names, marker), fitting);
    walk(10, NULL, names);
    assert_string_equal(names, "third-0 third-1 third-2 third-3 most-0 most-1");
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
