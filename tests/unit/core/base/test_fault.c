#include "core/base/fault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/harness.h"

TEST(raising_returns_minus_one_and_fills_the_fault)
{
    struct fault f = {0};
    assert_int_equal(fault_set(&f, REASON_WEAK_KEY, "ssl_cert", "key of %d bits, at least %d needed", 1024, 2048), -1);
    assert_int_equal(f.reason, REASON_WEAK_KEY);
    assert_int_equal(f.os_errno, 0);
    assert_string_equal(f.field, "ssl_cert");
    assert_string_equal(f.message, "key of 1024 bits, at least 2048 needed");
}

TEST(the_first_fault_wins)
{
    struct fault f = {0};
    fault_set(&f, REASON_EXPIRED, "ssl_ca", "the first");
    assert_int_equal(fault_set(&f, REASON_QUOTA, "other", "the second"), -1);
    assert_int_equal(fault_set_errno(&f, REASON_STORE_FAILED, EIO, "the third"), -1);
    assert_int_equal(fault_no_memory(&f), -1);
    assert_int_equal(f.reason, REASON_EXPIRED);
    assert_string_equal(f.field, "ssl_ca");
    assert_string_equal(f.message, "the first");
    assert_int_equal(f.os_errno, 0);
}

TEST(a_cleared_fault_can_be_set_again)
{
    struct fault f = {0};
    fault_set_errno(&f, REASON_STORE_FAILED, ENOSPC, "writing");
    fault_clear(&f);
    assert_int_equal(f.reason, REASON_NONE);
    assert_int_equal(f.os_errno, 0);
    assert_string_equal(f.field, "");
    assert_string_equal(f.message, "");
    fault_set(&f, REASON_BUSY, "", "again");
    assert_string_equal(f.message, "again");
}

TEST(a_message_has_up_to_120_characters)
{
    char text[200];
    memset(text, 'a', sizeof(text));
    text[120] = '\0';
    struct fault f = {0};
    fault_set(&f, REASON_BUSY, "", "%s", text);
    assert_string_equal(f.message, text);
}

TEST(a_longer_message_is_truncated_visibly)
{
    char text[122];
    memset(text, 'a', 121);
    text[121] = '\0';
    struct fault f = {0};
    fault_set(&f, REASON_BUSY, "", "%s", text);
    assert_int_equal(strlen(f.message), 120);
    assert_string_equal(f.message + 116, "a...");
}

TEST(unprintable_characters_become_question_marks)
{
    struct fault f = {0};
    fault_set(&f, REASON_BUSY, "a\x01z", "tab\there, bell\a, \xC3\xA9, del\x7f, %s~ !", "line\n");
    assert_string_equal(f.message, "tab?here, bell?, ??, del?, line?~ !");
    assert_string_equal(f.field, "a?z");
}

TEST(a_failed_call_keeps_its_errno_and_appends_its_text)
{
    struct fault f = {0};
    assert_int_equal(fault_set_errno(&f, REASON_STORE_FAILED, ENOSPC, "cannot write %s", "x"), -1);
    assert_int_equal(f.os_errno, ENOSPC);
    assert_string_equal(f.message, "cannot write x: No space left on device");
}

/* At every length of the message before it, the text of the errno is complete or ends in "...". */
TEST(the_text_of_an_errno_is_cut_within_the_message)
{
    for (int length = 80; length <= 130; length++) {
        struct fault f = {0};
        fault_set_errno(&f, REASON_STORE_FAILED, ENOSPC, "%.*d", length, 1);
        size_t whole = (size_t)length + strlen(": No space left on device");
        assert_int_equal(strlen(f.message), whole > 120 ? 120 : whole);
        if (whole > 120)
            assert_string_equal(f.message + 117, "...");
    }
}

TEST(a_place_is_prefixed)
{
    struct fault f = {0};
    fault_set(&f, REASON_WRONG_TYPE, "Key", "x");
    assert_int_equal(fault_at(&f, "Tags[2]"), -1);
    assert_string_equal(f.field, "Tags[2].Key");
}

TEST(an_index_follows_its_list_without_a_dot)
{
    struct fault f = {0};
    fault_set(&f, REASON_WRONG_TYPE, "[3]", "x");
    fault_at(&f, "Accept");
    assert_string_equal(f.field, "Accept[3]");
}

TEST(a_place_for_the_whole_document_is_the_parent_alone)
{
    struct fault f = {0};
    fault_set(&f, REASON_WRONG_TYPE, "", "x");
    fault_at(&f, "Tags");
    assert_string_equal(f.field, "Tags");
}

TEST(a_field_path_that_is_too_long_is_cut)
{
    struct fault f = {0};
    fault_set(&f, REASON_WRONG_TYPE, "child", "x");
    for (int i = 0; i < 20; i++)
        fault_at(&f, "parent");
    assert_int_equal(strlen(f.field), FAULT_FIELD_SIZE - 1);
    assert_string_equal(f.field + FAULT_FIELD_SIZE - 4, "...");
}

/* The table of README.md, repeated independently. */
static const struct {
    const char *name;
    const char *wire_name;
    int errno_control;
    int errno_import;
    bool waivable;
} contract[] = {
    {"malformed_json", "InvalidParameterValueException", EBADMSG, EBADMSG, false},
    {"missing_field", "InvalidParameterValueException", EBADMSG, EBADMSG, false},
    {"unknown_field", "InvalidParameterValueException", EBADMSG, EBADMSG, false},
    {"duplicate_field", "InvalidParameterValueException", EBADMSG, EBADMSG, false},
    {"wrong_type", "InvalidParameterValueException", EBADMSG, EBADMSG, false},
    {"too_large", "InvalidParameterValueException", EFBIG, EFBIG, false},
    {"unsupported", "InvalidParameterValueException", EBADMSG, EBADMSG, false},
    {"malformed_pem", "InvalidCertificateFault", EBADMSG, EBADMSG, false},
    {"wrong_block", "InvalidCertificateFault", EBADMSG, EBADMSG, false},
    {"encrypted_key", "InvalidCertificateFault", EKEYREJECTED, EBADMSG, false},
    {"key_mismatch", "InvalidCertificateFault", EKEYREJECTED, EBADMSG, false},
    {"handshake_failed", "InvalidCertificateFault", EKEYREJECTED, EBADMSG, false},
    {"untrusted_chain", "InvalidCertificateFault", EKEYREJECTED, EBADMSG, true},
    {"not_a_ca", "InvalidCertificateFault", EKEYREJECTED, EBADMSG, true},
    {"same_name", "InvalidCertificateFault", EKEYREJECTED, EBADMSG, true},
    {"expired", "InvalidCertificateFault", EKEYEXPIRED, EBADMSG, true},
    {"not_yet_valid", "InvalidCertificateFault", EKEYREJECTED, EBADMSG, true},
    {"weak_key", "InvalidCertificateFault", EKEYREJECTED, EBADMSG, true},
    {"weak_signature", "InvalidCertificateFault", EKEYREJECTED, EBADMSG, true},
    {"wrong_purpose", "InvalidCertificateFault", EKEYREJECTED, EBADMSG, true},
    {"loses_files", "InvalidCertificateFault", EKEYREJECTED, EBADMSG, true},
    {"too_costly", "InvalidCertificateFault", EKEYREJECTED, EBADMSG, false},
    {"judge_failed", "InternalFailure", EIO, EIO, false},
    {"exists", "ResourceAlreadyExistsFault", EEXIST, EEXIST, false},
    {"quota", "ResourceQuotaExceededFault", EDQUOT, ENOSPC, false},
    {"not_found", "ResourceNotFoundFault", ENOENT, ENOENT, false},
    {"key_not_accessible", "KMSKeyNotAccessibleFault", ENOKEY, EACCES, false},
    {"busy", "ThrottlingException", EBUSY, EBUSY, false},
    {"store_failed", "InternalFailure", EIO, EIO, false},
    {"no_memory", "InternalFailure", ENOMEM, ENOMEM, false},
};

TEST(every_reason_is_as_in_the_readme)
{
    assert_int_equal(COUNT_OF(contract), REASON_COUNT - 1);
    for (size_t i = 0; i < COUNT_OF(contract); i++) {
        enum reason reason = reason_find(contract[i].name);
        assert_int_not_equal(reason, REASON_NONE);
        struct fault f = {0};
        fault_set(&f, reason, "", "x");
        assert_string_equal(reason_name(reason), contract[i].name);
        assert_string_equal(reason_wire_name(reason), contract[i].wire_name);
        assert_int_equal(fault_errno_control(&f), contract[i].errno_control);
        assert_int_equal(fault_errno_import(&f), contract[i].errno_import);
        assert_int_equal(reason_is_waivable(reason), contract[i].waivable);
    }
}

TEST(reasons_are_waivable_together_if_each_is)
{
    uint32_t all = 0;
    for (unsigned bit = 0; bit < 32; bit++) {
        bool waivable = bit < REASON_COUNT && reason_is_waivable((enum reason)bit);
        assert_int_equal(reason_are_waivable(UINT32_C(1) << bit), waivable);
        assert_int_equal(reason_are_waivable(UINT32_C(1) << bit | UINT32_C(1) << REASON_EXPIRED), waivable);
        all |= waivable ? UINT32_C(1) << bit : 0;
    }
    assert_true(reason_are_waivable(all));
    assert_true(reason_are_waivable(0));
    assert_false(reason_are_waivable(UINT32_MAX));
}

TEST(the_programs_own_failures_are_not_reasons_of_answers)
{
    static const char *const names[] = {[REASON_SYSTEM] = "system", [REASON_USAGE] = "usage"};
    for (enum reason reason = REASON_COUNT; reason < REASON_ALL; reason++) {
        assert_string_equal(reason_name(reason), names[reason]);
        assert_int_equal(reason_find(names[reason]), REASON_NONE);
        assert_false(reason_is_waivable(reason));
    }
}

TEST(no_errno_is_one_on_which_writers_retry)
{
    static const int retried[] = {EINVAL, ENOSYS, EOPNOTSUPP, EXDEV, ESPIPE, EAGAIN, EINTR, 0};
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++) {
        for (int os_errno = 0; os_errno < 134; os_errno++) {
            struct fault f = {.reason = reason, .os_errno = os_errno};
            for (size_t i = 0; i < COUNT_OF(retried); i++) {
                assert_int_not_equal(fault_errno_control(&f), retried[i]);
                assert_int_not_equal(fault_errno_import(&f), retried[i]);
            }
            assert_in_range(fault_errno_import(&f), 1, 119);
        }
    }
}

TEST(a_full_disk_reaches_the_writer_as_such)
{
    struct fault f = {0};
    fault_set_errno(&f, REASON_STORE_FAILED, ENOSPC, "x");
    assert_int_equal(fault_errno_control(&f), ENOSPC);
    assert_int_equal(fault_errno_import(&f), ENOSPC);
    f.os_errno = EROFS;
    assert_int_equal(fault_errno_control(&f), EIO);
    assert_int_equal(fault_errno_import(&f), EIO);
}

TEST(an_unknown_name_is_not_a_reason)
{
    assert_int_equal(reason_find("Expired"), REASON_NONE);
    assert_int_equal(reason_find(""), REASON_NONE);
    assert_int_equal(reason_find("none"), REASON_NONE);
    assert_int_equal(reason_find("expired "), REASON_NONE);
}

static void expect_sentence(enum reason reason, const char *field, const char *message, const char *sentence)
{
    struct fault f = {0};
    fault_set(&f, reason, field, "%s", message);
    fault_name_field(&f);
    assert_string_equal(f.message, sentence);
}

TEST(a_message_names_its_member)
{
    static const char long_one[] =
        "a message that is so long that there is no room for a field in front of it, however "
        "short that may be";
    expect_sentence(REASON_WRONG_TYPE, "ssl_ca", "a string is expected", "ssl_ca: a string is expected");
    expect_sentence(REASON_TOO_LARGE, "Tags[2].Key", "more than 128", "Tags[2].Key: more than 128");
    expect_sentence(REASON_UNSUPPORTED, "Action", "unknown", "Action: unknown");
    expect_sentence(REASON_MISSING_FIELD, "ssl_ca", "ssl_ca is missing", "ssl_ca is missing");
    expect_sentence(REASON_KEY_MISMATCH, "ssl_key", "it does not match", "it does not match");
    expect_sentence(REASON_WRONG_TYPE, "", "a string is expected", "a string is expected");
    expect_sentence(REASON_WRONG_TYPE, "CertificateIdentifier", long_one, long_one);
}
