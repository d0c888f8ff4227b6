/*
 * findings: results of validation that are not faults: repairs, warnings, waived reasons.
 *
 * Fixed size; a repair is kept once for each field.
 */
#ifndef CERTFS_CORE_ABOUT_FINDINGS_H
#define CERTFS_CORE_ABOUT_FINDINGS_H

#include <stdint.h>

#include "core/base/fault.h"

/* Repairs of the input (README.md, "Reference: control"); their names are in findings.c. */
enum repair {
    REPAIR_LINE_ENDINGS,
    REPAIR_BYTE_ORDER_MARK,
    REPAIR_BLANKS,
    REPAIR_BLANK_LINES,
    REPAIR_SPACES_FOR_LINE_BREAKS,
    REPAIR_ESCAPED_LINE_BREAKS,
    REPAIR_LINE_WIDTH,
    REPAIR_FINAL_NEWLINE,
    REPAIR_TEXT_AROUND,
    REPAIR_EC_PARAMETERS,
    REPAIR_GLUED_BLOCKS,
    REPAIR_CHAIN_ORDER,
    REPAIR_DUPLICATE_CERTIFICATE,
    REPAIR_ROOT_IN_CHAIN,
    REPAIR_ANCHOR_ORDER,
    REPAIR_WEAK_CERTIFICATE,
    REPAIR_COUNT,
};

/* Warnings about an accepted set. */
enum warning {
    WARNING_ONE_DIRECTION,
    WARNING_LOST_DIRECTION,
    WARNING_ONE_TLS_VERSION,
    WARNING_STRICT_PEERS,
    WARNING_SHORT_LIFETIME,
    WARNING_ENDS_BEFORE_LEAF,
    WARNING_ENDS_SOON,
    WARNING_PINNING,
    WARNING_CA_AS_LEAF,
    WARNING_OFF_PATH,
    WARNING_WEAK_ANCHORS,
    WARNING_EXPIRED_ANCHORS,
    WARNING_TRUST_BREAK,
    WARNING_FILES_GONE,
    WARNING_FAILS_TODAY,      /* a set from the store that would be refused now */
    WARNING_RECORD_MISSING,   /* the record of a served set was removed from the store */
    WARNING_UNOPENED_REMOVED, /* a removed record could not be opened, so nothing had been served */
    WARNING_COUNT,
};

enum { FINDINGS_REPAIRS_MAX = 48, FINDINGS_WARNINGS_MAX = 16 };

struct findings {
    struct {
        enum repair repair;
        const char *field; /* never freed */
    } repairs[FINDINGS_REPAIRS_MAX];
    size_t repair_count;
    struct {
        enum warning warning;
        const char *field;
        char message[FAULT_MESSAGE_SIZE];
    } warnings[FINDINGS_WARNINGS_MAX];
    size_t warning_count;
    uint32_t waived; /* bit 1 << reason */
};

const char *repair_name(enum repair repair);
const char *warning_name(enum warning warning);

/* The one with this name; REPAIR_COUNT, WARNING_COUNT where there is none: another version may have more. */
enum repair repair_find(const char *name);
enum warning warning_find(const char *name);

/*
 * Returns the field with this name, which is never freed, as those of findings are: a member of a set, or "". NULL if
 * it is none of them.
 */
const char *findings_field(const char *name);

void findings_add_repair(struct findings *findings, enum repair repair, const char *field);

void findings_add_warning(struct findings *findings, enum warning warning, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
