#include "core/base/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

struct reason_row {
    const char *name;
    const char *wire_name;
    int errno_control;
    int errno_import;
    bool waivable;
};

/* clang-format off */
static const struct reason_row reason_rows[REASON_ALL] = {
    [REASON_NONE]               = {"none",               "InternalFailure",                EIO,          EIO,     false},
    [REASON_MALFORMED_JSON]     = {"malformed_json",     "InvalidParameterValueException", EBADMSG,      EBADMSG, false},
    [REASON_MISSING_FIELD]      = {"missing_field",      "InvalidParameterValueException", EBADMSG,      EBADMSG, false},
    [REASON_UNKNOWN_FIELD]      = {"unknown_field",      "InvalidParameterValueException", EBADMSG,      EBADMSG, false},
    [REASON_DUPLICATE_FIELD]    = {"duplicate_field",    "InvalidParameterValueException", EBADMSG,      EBADMSG, false},
    [REASON_WRONG_TYPE]         = {"wrong_type",         "InvalidParameterValueException", EBADMSG,      EBADMSG, false},
    [REASON_TOO_LARGE]          = {"too_large",          "InvalidParameterValueException", EFBIG,        EFBIG,   false},
    [REASON_UNSUPPORTED]        = {"unsupported",        "InvalidParameterValueException", EBADMSG,      EBADMSG, false},
    [REASON_MALFORMED_PEM]      = {"malformed_pem",      "InvalidCertificateFault",        EBADMSG,      EBADMSG, false},
    [REASON_WRONG_BLOCK]        = {"wrong_block",        "InvalidCertificateFault",        EBADMSG,      EBADMSG, false},
    [REASON_ENCRYPTED_KEY]      = {"encrypted_key",      "InvalidCertificateFault",        EKEYREJECTED, EBADMSG, false},
    [REASON_KEY_MISMATCH]       = {"key_mismatch",       "InvalidCertificateFault",        EKEYREJECTED, EBADMSG, false},
    [REASON_HANDSHAKE_FAILED]   = {"handshake_failed",   "InvalidCertificateFault",        EKEYREJECTED, EBADMSG, false},
    [REASON_UNTRUSTED_CHAIN]    = {"untrusted_chain",    "InvalidCertificateFault",        EKEYREJECTED, EBADMSG, true},
    [REASON_NOT_A_CA]           = {"not_a_ca",           "InvalidCertificateFault",        EKEYREJECTED, EBADMSG, true},
    [REASON_SAME_NAME]          = {"same_name",          "InvalidCertificateFault",        EKEYREJECTED, EBADMSG, true},
    [REASON_EXPIRED]            = {"expired",            "InvalidCertificateFault",        EKEYEXPIRED,  EBADMSG, true},
    [REASON_NOT_YET_VALID]      = {"not_yet_valid",      "InvalidCertificateFault",        EKEYREJECTED, EBADMSG, true},
    [REASON_WEAK_KEY]           = {"weak_key",           "InvalidCertificateFault",        EKEYREJECTED, EBADMSG, true},
    [REASON_WEAK_SIGNATURE]     = {"weak_signature",     "InvalidCertificateFault",        EKEYREJECTED, EBADMSG, true},
    [REASON_WRONG_PURPOSE]      = {"wrong_purpose",      "InvalidCertificateFault",        EKEYREJECTED, EBADMSG, true},
    [REASON_LOSES_FILES]        = {"loses_files",        "InvalidCertificateFault",        EKEYREJECTED, EBADMSG, true},
    [REASON_TOO_COSTLY]         = {"too_costly",         "InvalidCertificateFault",        EKEYREJECTED, EBADMSG, false},
    [REASON_JUDGE_FAILED]       = {"judge_failed",       "InternalFailure",                EIO,          EIO,     false},
    [REASON_EXISTS]             = {"exists",             "ResourceAlreadyExistsFault",     EEXIST,       EEXIST,  false},
    [REASON_QUOTA]              = {"quota",              "ResourceQuotaExceededFault",     EDQUOT,       ENOSPC,  false},
    [REASON_NOT_FOUND]          = {"not_found",          "ResourceNotFoundFault",          ENOENT,       ENOENT,  false},
    [REASON_KEY_NOT_ACCESSIBLE] = {"key_not_accessible", "KMSKeyNotAccessibleFault",       ENOKEY,       EACCES,  false},
    [REASON_BUSY]               = {"busy",               "ThrottlingException",            EBUSY,        EBUSY,   false},
    [REASON_STORE_FAILED]       = {"store_failed",       "InternalFailure",                EIO,          EIO,     false},
    [REASON_NO_MEMORY]          = {"no_memory",          "InternalFailure",                ENOMEM,       ENOMEM,  false},
    [REASON_SYSTEM]             = {"system",             "InternalFailure",                EIO,          EIO,     false},
    [REASON_USAGE]              = {"usage",              "InternalFailure",                EIO,          EIO,     false},
};
/* clang-format on */

const char *reason_name(enum reason reason)
{
    return reason_rows[reason].name;
}

bool reason_is_waivable(enum reason reason)
{
    return reason_rows[reason].waivable;
}

bool reason_are_waivable(uint32_t reasons)
{
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
        if (reason_is_waivable(reason))
            reasons &= ~(UINT32_C(1) << reason);
    return reasons == 0;
}

const char *reason_wire_name(enum reason reason)
{
    return reason_rows[reason].wire_name;
}

enum reason reason_find(const char *name)
{
    for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
        if (strcmp(reason_rows[reason].name, name) == 0)
            return reason;
    return REASON_NONE;
}

/* `length` is the return value of vsnprintf. */
static void fault_mark_cut(char *text, size_t size, int length)
{
    if (length >= 0 && (size_t)length >= size)
        memcpy(text + size - 4, "...", 4);
}

static void fault_copy_text(char *target, size_t size, const char *source)
{
    int length = snprintf(target, size, "%s", source);
    fault_mark_cut(target, size, length);
    text_make_printable(target);
}

__attribute__((format(printf, 4, 0))) static void fill(struct fault *f, enum reason reason, const char *field,
                                                       const char *format, va_list arguments)
{
    f->reason = reason;
    f->os_errno = 0;
    fault_copy_text(f->field, sizeof(f->field), field);
    int length = vsnprintf(f->message, sizeof(f->message), format, arguments);
    fault_mark_cut(f->message, sizeof(f->message), length);
    text_make_printable(f->message);
}

int fault_set(struct fault *f, enum reason reason, const char *field, const char *format, ...)
{
    if (f->reason != REASON_NONE)
        return -1;
    va_list arguments;
    va_start(arguments, format);
    fill(f, reason, field, format, arguments);
    va_end(arguments);
    return -1;
}

int fault_set_errno(struct fault *f, enum reason reason, int os_errno, const char *format, ...)
{
    if (f->reason != REASON_NONE)
        return -1;
    va_list arguments;
    va_start(arguments, format);
    fill(f, reason, "", format, arguments);
    va_end(arguments);
    f->os_errno = os_errno;
    size_t used = strlen(f->message);
    int length = snprintf(f->message + used, sizeof(f->message) - used, ": %s", strerror(os_errno));
    fault_mark_cut(f->message + used, sizeof(f->message) - used, length);
    return -1;
}

int fault_no_memory(struct fault *f)
{
    return fault_set(f, REASON_NO_MEMORY, "", "out of memory");
}

int fault_at(struct fault *f, const char *parent)
{
    char child[FAULT_FIELD_SIZE];
    memcpy(child, f->field, sizeof(child));
    const char *separator = child[0] != '\0' && child[0] != '[' ? "." : "";
    int length = snprintf(f->field, sizeof(f->field), "%s%s%s", parent, separator, child);
    fault_mark_cut(f->field, sizeof(f->field), length);
    return -1;
}

/*
 * Only JSON member errors get the field prefix; certificate errors already name their position, and AWS's texts must
 * stay verbatim.
 */
static bool fault_is_about_member(enum reason reason)
{
    return reason >= REASON_MISSING_FIELD && reason <= REASON_UNSUPPORTED;
}

void fault_name_field(struct fault *f)
{
    char both[FAULT_FIELD_SIZE + FAULT_MESSAGE_SIZE + 2];
    int length = snprintf(both, sizeof(both), "%s: %s", f->field, f->message);
    bool named = f->field[0] == '\0' || !fault_is_about_member(f->reason) || strstr(f->message, f->field) != NULL;
    if (!named && length < FAULT_MESSAGE_SIZE)
        memcpy(f->message, both, (size_t)length + 1);
}

void fault_clear(struct fault *f)
{
    *f = (struct fault){.reason = REASON_NONE};
}

/* Keeps the errno of a failed store operation, except for those on which writers retry. */
static int fault_errno_of_store(const struct fault *f)
{
    return f->os_errno == ENOSPC || f->os_errno == ENOMEM ? f->os_errno : EIO;
}

int fault_errno_control(const struct fault *f)
{
    return f->reason == REASON_STORE_FAILED ? fault_errno_of_store(f) : reason_rows[f->reason].errno_control;
}

int fault_errno_import(const struct fault *f)
{
    return f->reason == REASON_STORE_FAILED ? fault_errno_of_store(f) : reason_rows[f->reason].errno_import;
}
