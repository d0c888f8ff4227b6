#include "fs/report/metrics.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/status_fixture.h"

static void commit_a_set(const char *ret_sha256[static 1])
{
    static char sha256[CERT_INFO_HEX_SIZE];
    struct commit result;
    struct fault f = {0};
    CLEANUP(material_unrefp) struct material *material = set_material_of_key(2);
    snprintf(sha256, sizeof(sha256), "%s", material_facts(material)->sha256);
    *ret_sha256 = sha256;
    const struct moment now = {.wall = PKI_NOW + 5, .steady = 1};
    const struct registry_entry entry = set_entry("", material);
    law_expect(registry_commit(source.registry, &entry, now, &result, &f), &f, REASON_NONE);
}

static void expect_nothing_of(const struct buf *text, const char *part)
{
    if (strstr((const char *)text->data, part) != NULL)
        fail_msg("\"%s\" is in %s", part, (const char *)text->data);
}

TEST(before_the_first_set_there_is_nothing_of_a_certificate)
{
    CLEANUP(buf_done) struct buf text = {0};
    write_metrics(&text);
    expect_nothing_of(&text, "certificate");
    expect_line(&text, "certfs_generation 0");
    expect_line(&text, "certfs_requests_total{result=\"ok\",reason=\"\"} 0");
    expect_line(&text, "certfs_readers 0");
    expect_line(&text, "certfs_problems 0");
}

TEST(a_set_is_identified_by_its_dates_and_its_hash_never_by_a_name)
{
    CLEANUP(buf_done) struct buf text = {0};
    const char *sha256;
    char line[256];
    commit_a_set(&sha256);
    write_metrics(&text);
    snprintf(line, sizeof(line), "certfs_certificate_info{set=\"/\",sha256=\"%s\"} 1", sha256);
    expect_line(&text, line);
    snprintf(line, sizeof(line), "certfs_certificate_not_after_timestamp_seconds{set=\"/\"} %lld",
             (long long)(PKI_NOW + 365 * (int64_t)PKI_DAY));
    expect_line(&text, line);
    snprintf(line, sizeof(line), "certfs_last_change_timestamp_seconds{set=\"/\"} %lld", (long long)(PKI_NOW + 5));
    expect_line(&text, line);
    expect_line(&text, "certfs_generation 1");
    expect_nothing_of(&text, "db.example.com");
    expect_nothing_of(&text, "Test Root");
}

TEST(requests_are_counted_by_result_and_reason)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct journal_entry entry = {.time = 1};
    journal_record(source.journal, &entry, NULL);
    journal_record(source.journal, &entry, NULL);
    (void)fault_set(&entry.fault, REASON_EXPIRED, "", "too old");
    journal_record(source.journal, &entry, NULL);
    write_metrics(&text);
    expect_line(&text, "certfs_requests_total{result=\"ok\",reason=\"\"} 2");
    expect_line(&text, "certfs_requests_total{result=\"refused\",reason=\"expired\"} 1");
    expect_line(&text, "certfs_requests_total{result=\"refused\",reason=\"key_mismatch\"} 0");
}

TEST(readers_of_an_older_generation_are_behind)
{
    CLEANUP(buf_done) struct buf before = {0}, after = {0};
    const char *sha256;
    commit_a_set(&sha256);
    CLEANUP(generation_unrefp) struct generation *current = registry_current(source.registry, "");
    audit_note_open(
        source.audit,
        &(struct audit_open){
            .uid = 27, .gid = 27, .thread = getpid(), .resource = current->resource, .generation = current->number});
    audit_write(source.audit);
    write_metrics(&before);
    expect_line(&before, "certfs_key_opens_total 1");
    expect_line(&before, "certfs_readers 1");
    expect_line(&before, "certfs_readers_behind 0");
    struct commit result;
    law_check(registry_remove(source.registry, "", &result, &(struct fault){0}), &(struct fault){0}, span_of(""));
    write_metrics(&after);
    expect_line(&after, "certfs_readers_behind 1");
}

TEST(problems_are_counted_also_the_unlisted)
{
    CLEANUP(buf_done) struct buf text = {0};
    for (int i = 0; i < PROBLEMS_MAX + 3; i++)
        problems_add(&problems, "something");
    write_metrics(&text);
    char line[64];
    snprintf(line, sizeof(line), "certfs_problems %d", PROBLEMS_MAX + 3);
    expect_line(&text, line);
}

/* The lines before each sample: HELP and TYPE of its name, once. */
TEST(every_metric_has_one_help_and_one_type)
{
    CLEANUP(buf_done) struct buf text = {0};
    const char *sha256, *line;
    char *rest = NULL, name[128], head[160];
    commit_a_set(&sha256);
    write_metrics(&text);
    assert_int_equal(text.data[text.len - 2], '\n');
    CLEANUP(buf_done) struct buf copy = {0};
    add_bytes(&copy, buf_span(&text));
    for (line = strtok_r((char *)copy.data, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (line[0] == '#')
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, "{ "), line);
        snprintf(head, sizeof(head), "# TYPE %s ", name);
        const char *first = strstr((const char *)text.data, head);
        assert_non_null(first);
        assert_null(strstr(first + 1, head));
        snprintf(head, sizeof(head), "# HELP %s ", name);
        assert_non_null(strstr((const char *)text.data, head));
    }
}

static void attempt(void *unused)
{
    (void)unused;
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    law_check(metrics_write(&source, &text, &f), &f, span_of(""));
}

TEST(a_failed_allocation_is_reported)
{
    assert_true(alloc_fail_each(attempt, NULL) > 0);
}

EACH_TEST(source_setup, source_teardown);
