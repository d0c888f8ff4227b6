/* status and metrics where there is more than the root set. */
#include "fs/report/status.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "core/about/identifier.h"
#include "core/json/json.h"
#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/status_fixture.h"

/* A root that expires so many days from now, under this name. */
static void commit(const char *identifier, int days)
{
    CLEANUP(buf_done) struct buf text = {0};
    X509 *root = pki_certificate(&(struct pki_spec){
        .name = "root", .key = pki_key(3), .kind = PKI_CA, .from = -1, .until = days * (int64_t)PKI_DAY});
    pki_write_certificate(&text, root);
    X509_free(root);
    CLEANUP(material_unrefp) struct material *material = bundle_must_build(&text);
    const struct registry_entry entry = set_entry(identifier, material);
    struct commit result;
    struct fault f = {0};
    const struct moment now = {.wall = PKI_NOW + days, .steady = 1};
    law_expect(registry_commit(source.registry, &entry, now, &result, &f), &f, REASON_NONE);
}

static void remove_set(const char *identifier)
{
    struct commit result;
    struct fault f = {0};
    law_expect(registry_remove(source.registry, identifier, &result, &f), &f, REASON_NONE);
}

/* status, read by cJSON. */
static cJSON *read_status(void)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    law_expect(status_write(&source, &text, &f), &f, REASON_NONE);
    assert_int_equal(text.data[text.len - 1], '\n');
    assert_int_equal(text.data[text.len - 2], '}');
    cJSON *status = cJSON_ParseWithLength((const char *)text.data, text.len);
    assert_non_null(status);
    return status;
}

static const cJSON *member(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    assert_non_null(value);
    return value;
}

/* How many named sets status counts, and when the first expires, in days from now; 0 for null. */
static void expect_certificates(int count, int days)
{
    cJSON *status = read_status();
    const cJSON *certificates = member(status, "certificates"), *not_after = member(certificates, "not_after");
    assert_true(cJSON_GetNumberValue(member(certificates, "count")) == count);
    assert_int_equal(cJSON_IsNull(not_after), days == 0);
    if (days != 0)
        assert_true(cJSON_GetNumberValue(not_after) == (double)(PKI_NOW + days * (int64_t)PKI_DAY));
    cJSON_Delete(status);
}

TEST(named_sets_are_counted_and_the_first_to_expire_is_named)
{
    expect_certificates(0, 0);
    commit("b", 30);
    expect_certificates(1, 30);
    commit("Set-1", 10);
    commit("c", 20);
    expect_certificates(3, 10);
    remove_set("Set-1");
    expect_certificates(2, 20);
    remove_set("b");
    remove_set("c");
    expect_certificates(0, 0);
}

static int64_t days_later = 0;

static int64_t at_a_later_day(void)
{
    return PKI_NOW + days_later * PKI_DAY;
}

/* The warnings about the root set, at a day. */
static int warnings_after(int days)
{
    days_later = days;
    cJSON *status = read_status();
    const cJSON *material = member(status, "material");
    int count = cJSON_GetArraySize(member(material, "warnings"));
    assert_true(cJSON_GetNumberValue(member(material, "valid_until")) == (double)(PKI_NOW + 90 * (int64_t)PKI_DAY));
    assert_string_equal(cJSON_GetStringValue(member(material, "valid_until_of")),
                        days <= 90 ? "certificate 1 of CertificatePem (CN=root)" : "nothing in it is valid");
    cJSON_Delete(status);
    return count;
}

/* 32 of them, in the order in which they end. */
TEST(the_sets_that_end_first_are_listed)
{
    enum { SETS = 40, LISTED = 32 };
    for (int i = 0; i < SETS; i++) {
        char name[16];
        int days = 10 + i * 7 % SETS; /* each number once, in no order */
        snprintf(name, sizeof(name), "ends-%d", days);
        commit(name, days);
    }
    cJSON *status = read_status();
    const cJSON *sets = member(member(status, "certificates"), "sets");
    assert_int_equal(cJSON_GetArraySize(sets), LISTED);
    for (int i = 0; i < LISTED; i++) {
        char name[16];
        const cJSON *set = cJSON_GetArrayItem(sets, i);
        snprintf(name, sizeof(name), "ends-%d", 10 + i);
        assert_string_equal(cJSON_GetStringValue(member(set, "identifier")), name);
        assert_string_equal(cJSON_GetStringValue(member(set, "subject")), "CN=root");
        assert_true(cJSON_GetNumberValue(member(set, "generation")) > 0);
        assert_true(cJSON_GetNumberValue(member(set, "not_after")) == PKI_NOW + (10 + i) * (double)PKI_DAY);
        assert_true(cJSON_GetNumberValue(member(set, "valid_until")) == PKI_NOW + (10 + i) * (double)PKI_DAY);
    }
    cJSON_Delete(status);
}

TEST(an_end_that_comes_near_is_reported_without_an_import)
{
    commit("", 90);
    source.clock = at_a_later_day;
    assert_int_equal(warnings_after(0), 0);
    assert_int_equal(warnings_after(59), 0);
    assert_int_equal(warnings_after(60), 1);
    assert_int_equal(warnings_after(91), 1);
}

TEST(the_root_set_is_reported_by_itself)
{
    commit("Set-1", 10);
    cJSON *before = read_status();
    assert_true(cJSON_IsNull(member(before, "material")));
    assert_true(cJSON_GetNumberValue(member(before, "generation")) == 1);
    cJSON_Delete(before);
    commit("", 5);
    expect_certificates(1, 10);
    cJSON *after = read_status();
    assert_string_equal(cJSON_GetStringValue(member(member(after, "material"), "subject")), "CN=root");
    cJSON_Delete(after);
}

/* An opened key, as far as audit looks at its generation. */
static void note_open(const char *identifier)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(source.registry, identifier);
    audit_note_open(
        source.audit,
        &(struct audit_open){
            .uid = 27, .gid = 27, .thread = getpid(), .resource = current->resource, .generation = current->number});
    audit_write(source.audit);
}

static void expect_reader(const cJSON *readers, int index, const char *set, int generation, bool current)
{
    const cJSON *reader = cJSON_GetArrayItem(readers, index);
    assert_non_null(reader);
    assert_string_equal(cJSON_GetStringValue(member(reader, "set")), set);
    assert_true(cJSON_GetNumberValue(member(reader, "generation")) == generation);
    assert_int_equal(cJSON_IsTrue(member(reader, "current")), current);
}

TEST(a_reader_is_behind_when_its_own_set_changed_and_not_another)
{
    commit("", 5);
    commit("Replica-1", 5);
    note_open("");
    note_open("Replica-1");
    commit("replica-1", 6);
    cJSON *status = read_status();
    const cJSON *readers = member(status, "readers");
    assert_int_equal(cJSON_GetArraySize(readers), 2);
    expect_reader(readers, 0, "/", 1, true);
    expect_reader(readers, 1, "Replica-1", 2, false);
    cJSON_Delete(status);
    remove_set("replica-1");
    commit("replica-1", 7);
    status = read_status();
    expect_reader(member(status, "readers"), 1, "Replica-1", 2, false);
    cJSON_Delete(status);
}

/* ---- metrics ---- */

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

TEST(each_set_has_its_lines_and_the_root_set_comes_first)
{
    CLEANUP(buf_done) struct buf text = {0};
    char line[256];
    commit("Replica-1", 10);
    commit("trust", 20);
    commit("", 30);
    write_metrics(&text);
    static const struct {
        const char *set;
        int days;
    } rows[] = {{"/", 30}, {"Replica-1", 10}, {"trust", 20}};
    const char *last = (const char *)text.data;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        snprintf(line, sizeof(line), "certfs_certificate_not_after_timestamp_seconds{set=\"%s\"} %lld", rows[i].set,
                 (long long)(PKI_NOW + rows[i].days * (int64_t)PKI_DAY));
        expect_line(&text, line);
        const char *at = strstr((const char *)text.data, line);
        assert_true(at > last);
        last = at;
        snprintf(line, sizeof(line), "certfs_set_valid_until_timestamp_seconds{set=\"%s\"} %lld", rows[i].set,
                 (long long)(PKI_NOW + rows[i].days * (int64_t)PKI_DAY));
        expect_line(&text, line);
        snprintf(line, sizeof(line), "certfs_last_change_timestamp_seconds{set=\"%s\"} %lld", rows[i].set,
                 (long long)PKI_NOW + rows[i].days);
        expect_line(&text, line);
    }
    assert_int_equal(count_of((const char *)text.data, "certfs_certificate_info{set="), 3);
    assert_int_equal(count_of((const char *)text.data, "# TYPE certfs_certificate_info gauge"), 1);
    assert_int_equal(count_of((const char *)text.data, "CN="), 0);
}

TEST(without_a_root_set_named_sets_are_reported_all_the_same)
{
    CLEANUP(buf_done) struct buf text = {0};
    commit("Set-1", 10);
    write_metrics(&text);
    assert_int_equal(count_of((const char *)text.data, "{set=\"Set-1\""), 4);
    assert_int_equal(count_of((const char *)text.data, "{set=\"/\""), 0);
}

TEST(the_longest_name_fits_into_its_lines)
{
    CLEANUP(buf_done) struct buf text = {0};
    char name[IDENTIFIER_MAX + 1], line[512];
    memset(name, 'x', IDENTIFIER_MAX);
    name[IDENTIFIER_MAX] = '\0';
    commit(name, 10);
    write_metrics(&text);
    CLEANUP(generation_unrefp) struct generation *current = registry_current(source.registry, name);
    snprintf(line, sizeof(line), "certfs_certificate_info{set=\"%s\",sha256=\"%s\"} 1", name,
             material_facts(current->material)->sha256);
    expect_line(&text, line);
}

TEST(readers_are_behind_by_their_own_set)
{
    CLEANUP(buf_done) struct buf text = {0};
    commit("", 5);
    commit("Set-1", 5);
    note_open("");
    note_open("Set-1");
    CLEANUP(buf_done) struct buf before = {0};
    write_metrics(&before);
    expect_line(&before, "certfs_readers_behind 0");
    commit("Set-1", 6);
    write_metrics(&text);
    expect_line(&text, "certfs_readers 2");
    expect_line(&text, "certfs_readers_behind 1");
    expect_line(&text, "certfs_key_opens_total 2");
}

static void attempt(void *unused)
{
    (void)unused;
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    int result = status_write(&source, &text, &f);
    law_check(result, &f, (struct span){NULL, 0});
}

TEST(a_failed_allocation_is_reported)
{
    commit("Set-1", 10);
    commit("", 10);
    note_open("Set-1");
    assert_true(alloc_fail_each(attempt, NULL) > 20);
}

EACH_TEST(source_setup, source_teardown);
ALL_TESTS(json_init, NULL);
