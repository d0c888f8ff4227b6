#include "core/about/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const repair_names[REPAIR_COUNT] = {
    [REPAIR_LINE_ENDINGS] = "line_endings",
    [REPAIR_BYTE_ORDER_MARK] = "byte_order_mark",
    [REPAIR_BLANKS] = "blanks",
    [REPAIR_BLANK_LINES] = "blank_lines",
    [REPAIR_SPACES_FOR_LINE_BREAKS] = "spaces_for_line_breaks",
    [REPAIR_ESCAPED_LINE_BREAKS] = "escaped_line_breaks",
    [REPAIR_LINE_WIDTH] = "line_width",
    [REPAIR_FINAL_NEWLINE] = "final_newline",
    [REPAIR_TEXT_AROUND] = "text_around",
    [REPAIR_EC_PARAMETERS] = "ec_parameters",
    [REPAIR_GLUED_BLOCKS] = "glued_blocks",
    [REPAIR_CHAIN_ORDER] = "chain_order",
    [REPAIR_DUPLICATE_CERTIFICATE] = "duplicate_certificate",
    [REPAIR_ROOT_IN_CHAIN] = "root_in_chain",
    [REPAIR_ANCHOR_ORDER] = "anchor_order",
    [REPAIR_WEAK_CERTIFICATE] = "weak_certificate",
};

static const char *const warning_names[WARNING_COUNT] = {
    [WARNING_ONE_DIRECTION] = "one_direction",
    [WARNING_LOST_DIRECTION] = "lost_direction",
    [WARNING_ONE_TLS_VERSION] = "one_tls_version",
    [WARNING_STRICT_PEERS] = "strict_peers",
    [WARNING_SHORT_LIFETIME] = "short_lifetime",
    [WARNING_ENDS_BEFORE_LEAF] = "ends_before_leaf",
    [WARNING_ENDS_SOON] = "ends_soon",
    [WARNING_PINNING] = "pinning",
    [WARNING_CA_AS_LEAF] = "ca_as_leaf",
    [WARNING_OFF_PATH] = "off_path",
    [WARNING_WEAK_ANCHORS] = "weak_anchors",
    [WARNING_EXPIRED_ANCHORS] = "expired_anchors",
    [WARNING_TRUST_BREAK] = "trust_break",
    [WARNING_FILES_GONE] = "files_gone",
    [WARNING_FAILS_TODAY] = "fails_today",
    [WARNING_RECORD_MISSING] = "record_missing",
    [WARNING_UNOPENED_REMOVED] = "unopened_removed",
};

const char *repair_name(enum repair repair)
{
    return repair_names[repair];
}

const char *warning_name(enum warning warning)
{
    return warning_names[warning];
}

static unsigned findings_place(const char *const names[], unsigned count, const char *name)
{
    unsigned place = 0;
    while (place < count && strcmp(names[place], name) != 0)
        place++;
    return place;
}

enum repair repair_find(const char *name)
{
    return (enum repair)findings_place(repair_names, REPAIR_COUNT, name);
}

enum warning warning_find(const char *name)
{
    return (enum warning)findings_place(warning_names, WARNING_COUNT, name);
}

const char *findings_field(const char *name)
{
    static const char *const fields[] = {"ssl_ca", "ssl_cert", "ssl_key", "CertificatePem", "CertificateWallet", ""};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (strcmp(fields[i], name) == 0)
            return fields[i];
    return NULL;
}

void findings_add_repair(struct findings *findings, enum repair repair, const char *field)
{
    for (size_t i = 0; i < findings->repair_count; i++)
        if (findings->repairs[i].repair == repair && findings->repairs[i].field == field)
            return;
    if (findings->repair_count == FINDINGS_REPAIRS_MAX)
        return;
    findings->repairs[findings->repair_count].repair = repair;
    findings->repairs[findings->repair_count].field = field;
    findings->repair_count++;
}

void findings_add_warning(struct findings *findings, enum warning warning, const char *field, const char *format, ...)
{
    if (findings->warning_count == FINDINGS_WARNINGS_MAX)
        return;
    size_t i = findings->warning_count++;
    findings->warnings[i].warning = warning;
    findings->warnings[i].field = field;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(findings->warnings[i].message, FAULT_MESSAGE_SIZE, format, arguments);
    va_end(arguments);
}
