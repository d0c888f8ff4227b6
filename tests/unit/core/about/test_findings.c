#include "core/about/findings.h"

#include <string.h>

#include "tests/unit/lib/harness.h"

TEST(a_repair_found_twice_in_a_field_is_kept_once)
{
    static const char ca[] = "ssl_ca", key[] = "ssl_key";
    struct findings findings = {0};
    findings_add_repair(&findings, REPAIR_BLANKS, ca);
    findings_add_repair(&findings, REPAIR_BLANKS, ca);
    findings_add_repair(&findings, REPAIR_BLANKS, key);
    findings_add_repair(&findings, REPAIR_LINE_WIDTH, ca);
    assert_int_equal(findings.repair_count, 3);
    assert_int_equal(findings.repairs[1].repair, REPAIR_BLANKS);
    assert_string_equal(findings.repairs[1].field, "ssl_key");
}

TEST(all_repairs_of_all_three_fields_fit)
{
    static const char *const fields[] = {"ssl_ca", "ssl_cert", "ssl_key"};
    struct findings findings = {0};
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        for (enum repair repair = 0; repair < REPAIR_COUNT; repair++)
            findings_add_repair(&findings, repair, fields[i]);
    assert_int_equal(findings.repair_count, 3 * REPAIR_COUNT);
}

TEST(findings_that_do_not_fit_are_left_out)
{
    struct findings findings = {0};
    for (int i = 0; i < 1000; i++)
        findings_add_warning(&findings, WARNING_OFF_PATH, "ssl_ca", "certificate %d", i);
    assert_int_equal(findings.warning_count, FINDINGS_WARNINGS_MAX);
    assert_string_equal(findings.warnings[1].message, "certificate 1");
    static const char fields[200] = "";
    for (size_t i = 0; i < sizeof(fields); i++)
        findings_add_repair(&findings, REPAIR_BLANKS, fields + i);
    assert_int_equal(findings.repair_count, FINDINGS_REPAIRS_MAX);
}

TEST(a_long_warning_is_truncated)
{
    struct findings findings = {0};
    findings_add_warning(&findings, WARNING_PINNING, "ssl_ca", "%0300d", 1);
    assert_int_equal(strlen(findings.warnings[0].message), FAULT_MESSAGE_SIZE - 1);
}

TEST(every_name_is_unique)
{
    for (enum repair a = 0; a < REPAIR_COUNT; a++)
        for (enum repair b = 0; b < a; b++)
            assert_string_not_equal(repair_name(a), repair_name(b));
    for (enum warning a = 0; a < WARNING_COUNT; a++)
        for (enum warning b = 0; b < a; b++)
            assert_string_not_equal(warning_name(a), warning_name(b));
}

/* A field outlives what it was read from. */
TEST(the_fields_of_findings_are_known_by_name)
{
    static const char *const names[] = {"", "ssl_ca", "ssl_cert", "ssl_key", "CertificatePem", "CertificateWallet"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char copy[32] = "";
        memcpy(copy, names[i], strlen(names[i]));
        assert_string_equal(findings_field(copy), names[i]);
        assert_ptr_not_equal(findings_field(copy), copy);
    }
    assert_null(findings_field("ssl_crl"));
    assert_null(findings_field("ssl_c"));
}
