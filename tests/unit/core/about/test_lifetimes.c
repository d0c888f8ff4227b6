/*
 * A set's dates over time: its end, and the warnings at each moment.
 */
#include "core/about/lifetimes.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"

/* Days from PKI_NOW. */
struct days {
    int from, until;
};

static void fill(struct lifetimes *ret, bool anchors, const struct days *days, size_t count)
{
    ret->anchors = anchors;
    for (size_t i = 0; i < count; i++) {
        struct lifetime lifetime = {PKI_NOW + days[i].from * (int64_t)PKI_DAY,
                                    PKI_NOW + days[i].until * (int64_t)PKI_DAY, ""};
        snprintf(lifetime.place, sizeof(lifetime.place), "certificate %zu", i + 1);
        assert_int_equal(lifetimes_add(ret, &lifetime), 0);
    }
}

/* The names of the warnings on a day, each followed by a blank. */
static void warnings_at(const struct lifetimes *lifetimes, uint32_t waived, int day, char *ret, size_t size)
{
    struct findings findings = {0};
    lifetimes_review(lifetimes, waived, PKI_NOW + day * (int64_t)PKI_DAY, &findings);
    ret[0] = '\0';
    for (size_t i = 0; i < findings.warning_count; i++) {
        assert_true(strlen(findings.warnings[i].message) < FAULT_MESSAGE_SIZE - 1);
        size_t length = strlen(ret);
        snprintf(ret + length, size - length, "%s ", warning_name(findings.warnings[i].warning));
    }
}

TEST(a_path_ends_with_the_first_of_its_certificates)
{
    CLEANUP(lifetimes_done) struct lifetimes l = {0};
    static const struct days path[] = {{-1, 3650}, {-1, 800}, {-1, 60}};
    static const struct {
        int day;
        const char *warnings;
    } rows[] = {{0, "ends_before_leaf "},
                {29, "ends_before_leaf "},
                {30, "ends_before_leaf ends_soon "},
                {40, "short_lifetime ends_before_leaf ends_soon "},
                {60, "short_lifetime ends_before_leaf ends_soon "},
                {61, "fails_today short_lifetime ends_before_leaf "},
                {-2, "fails_today ends_before_leaf "}};
    fill(&l, false, path, COUNT_OF(path));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char warnings[256];
        warnings_at(&l, 0, rows[i].day, warnings, sizeof(warnings));
        assert_string_equal(warnings, rows[i].warnings);
        const struct set_end end = lifetimes_end(&l, PKI_NOW + rows[i].day * (int64_t)PKI_DAY);
        assert_int_equal(end.until, PKI_NOW + 60 * (int64_t)PKI_DAY);
        assert_string_equal(end.of, "certificate 3");
    }
}

TEST(a_good_path_has_no_warning_until_its_last_third)
{
    CLEANUP(lifetimes_done) struct lifetimes l = {0};
    static const struct days path[] = {{0, 900}, {-100, 3650}};
    static const int quiet[] = {0, 1, 300, 600};
    char warnings[256];
    fill(&l, false, path, COUNT_OF(path));
    for (size_t i = 0; i < COUNT_OF(quiet); i++) {
        warnings_at(&l, 0, quiet[i], warnings, sizeof(warnings));
        assert_string_equal(warnings, "");
    }
    warnings_at(&l, 0, 601, warnings, sizeof(warnings));
    assert_string_equal(warnings, "short_lifetime ");
}

TEST(a_ca_that_was_made_a_moment_before_its_leaf_does_not_end_first)
{
    CLEANUP(lifetimes_done) struct lifetimes l = {0};
    char warnings[256];
    static const struct days days[] = {{-1, 365}, {-1, 364}, {-1, 363}};
    for (size_t count = 2; count <= 3; count++) {
        lifetimes_done(&l);
        fill(&l, false, days, count);
        warnings_at(&l, 0, 0, warnings, sizeof(warnings));
        assert_string_equal(warnings, count == 2 ? "" : "ends_before_leaf ");
    }
}

TEST(a_waived_reason_is_not_a_failure)
{
    CLEANUP(lifetimes_done) struct lifetimes l = {0};
    char warnings[256];
    fill(&l, false, &(struct days){-10, 10}, 1);
    warnings_at(&l, UINT32_C(1) << REASON_EXPIRED, 11, warnings, sizeof(warnings));
    assert_string_equal(warnings, "short_lifetime ");
    warnings_at(&l, UINT32_C(1) << REASON_NOT_YET_VALID, -11, warnings, sizeof(warnings));
    assert_string_equal(warnings, "ends_soon ");
}

/* A trust bundle holds roots that expired years ago, and one that is not valid yet. */
TEST(anchors_alone_end_with_the_next_one)
{
    CLEANUP(lifetimes_done) struct lifetimes l = {0};
    static const struct days anchors[] = {{-4000, -900}, {-4000, 9}, {-10, 400}, {1, 5}};
    static const struct {
        int day, end;
        const char *of, *warnings;
    } rows[] = {{0, 9, "certificate 2", "expired_anchors ends_soon "},
                {2, 5, "certificate 4", "expired_anchors ends_soon "},
                {10, 400, "certificate 3", "expired_anchors "},
                {371, 400, "certificate 3", "expired_anchors ends_soon "},
                {401, 400, "", "expired_anchors "}};
    fill(&l, true, anchors, COUNT_OF(anchors));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char warnings[256];
        const struct set_end end = lifetimes_end(&l, PKI_NOW + rows[i].day * (int64_t)PKI_DAY);
        assert_int_equal(end.until, PKI_NOW + rows[i].end * (int64_t)PKI_DAY);
        assert_string_equal(end.of, rows[i].of);
        warnings_at(&l, 0, rows[i].day, warnings, sizeof(warnings));
        assert_string_equal(warnings, rows[i].warnings);
    }
}

TEST(expired_anchors_are_counted)
{
    CLEANUP(lifetimes_done) struct lifetimes l = {0};
    static const struct days anchors[] = {{-40, 400}, {-40, -9}, {-40, 10}};
    static const char *const messages[] = {"1 of 3 certificates is expired: certificate 2",
                                           "2 of 3 certificates are expired: certificate 2",
                                           "3 of 3 certificates are expired: certificate 1"};
    static const int days[] = {0, 11, 401};
    fill(&l, true, anchors, COUNT_OF(anchors));
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        struct findings findings = {0};
        lifetimes_review(&l, 0, PKI_NOW + days[i] * (int64_t)PKI_DAY, &findings);
        assert_string_equal(findings.warnings[0].message, messages[i]);
    }
}

TEST(anchors_none_of_which_is_valid_yet_are_counted)
{
    CLEANUP(lifetimes_done) struct lifetimes l = {0};
    static const struct days anchors[] = {{2, 400}, {3, 400}};
    struct findings findings = {0}, later = {0};
    fill(&l, true, anchors, COUNT_OF(anchors));
    lifetimes_review(&l, 0, PKI_NOW, &findings);
    assert_int_equal(findings.warning_count, 1);
    assert_int_equal(findings.warnings[0].warning, WARNING_FAILS_TODAY);
    assert_string_equal(findings.warnings[0].message, "2 of 2 certificates are not valid yet: certificate 1");
    lifetimes_review(&l, 0, PKI_NOW + 2 * (int64_t)PKI_DAY, &later);
    assert_int_equal(later.warning_count, 0);
}

TEST(one_day_is_no_days)
{
    CLEANUP(lifetimes_done) struct lifetimes l = {0};
    static const struct days path[] = {{-40, 1}};
    struct findings findings = {0};
    fill(&l, false, path, COUNT_OF(path));
    lifetimes_review(&l, 0, PKI_NOW, &findings);
    assert_int_equal(findings.warning_count, 2);
    assert_string_equal(findings.warnings[0].message, "certificate 1 has 1 day left, under a third of its life");
    assert_non_null(strstr(findings.warnings[1].message, ", in 1 day"));
    assert_null(strstr(findings.warnings[1].message, "days"));
}

TEST(there_may_be_thousands)
{
    CLEANUP(lifetimes_done) struct lifetimes l = {.anchors = true};
    for (int i = 0; i < 5000; i++) {
        const struct lifetime lifetime = {PKI_NOW, PKI_NOW + (5000 - i) * (int64_t)PKI_DAY, "x"};
        assert_int_equal(lifetimes_add(&l, &lifetime), 0);
    }
    assert_int_equal(l.count, 5000);
    assert_int_equal(lifetimes_end(&l, PKI_NOW + 100 * (int64_t)PKI_DAY + 1).until, PKI_NOW + 101 * (int64_t)PKI_DAY);
}
