#include "core/draft/build_wire.h"

#include <stddef.h>
#include <stdio.h>

#include "core/about/cert_info.h"
#include "core/about/findings.h"
#include "core/about/lifetimes.h"
#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/base/wire.h"
#include "core/draft/build_shape.h"
#include "core/judge/path.h"
#include "core/pem/pem.h"
#include "core/set/content.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { FIELD_SIZE = 32, ALL_FILES = (1 << MATERIAL_FILE_COUNT) - 1 };

/* clang-format off */
#define TEXT(type, member, least) \
    {#member, WIRE_TEXT, offsetof(type, member), least, sizeof(((type *)NULL)->member) - 1}
#define FLAG(type, member) {#member, WIRE_FLAG, offsetof(type, member), 0, 0}
#define TIME(type, member) {#member, WIRE_TIME, offsetof(type, member), 0, 0}
#define SMALL(type, member, most) {#member, WIRE_SMALL, offsetof(type, member), 0, most}

static const struct wire_member served_table[] = {
    FLAG(struct build_served, exists),
    TEXT(struct build_served, leaf, 0),
    SMALL(struct build_served, files, ALL_FILES),
    FLAG(struct build_served, loss_waived),
    FLAG(struct build_served, sound),
    FLAG(struct build_served, for_server),
    FLAG(struct build_served, for_client),
};

static const struct wire_member now_table[] = {
    {"the time", WIRE_TIME, 0, 0, 0},
};

static const struct wire_member result_table[] = {
    FLAG(struct build_result, for_server),
    FLAG(struct build_result, for_client),
    FLAG(struct build_result, bundle),
    FLAG(struct build_result, keeps_key),
    FLAG(struct build_result, lifetimes.anchors),
    SMALL(struct build_result, findings.waived, UINT32_MAX),
};

/* A key has at most the bits of a document. */
static const struct wire_member facts_table[] = {
    TEXT(struct cert_info, subject, 0),
    TEXT(struct cert_info, issuer, 0),
    TEXT(struct cert_info, serial, 0),
    TIME(struct cert_info, not_before),
    TIME(struct cert_info, not_after),
    TEXT(struct cert_info, key_algorithm, 0),
    SMALL(struct cert_info, key_bits, 8 * FRAME_DOCUMENT_MAX),
    TEXT(struct cert_info, signature_algorithm, 0),
    TEXT(struct cert_info, java_algorithm, 0),
    TEXT(struct cert_info, sha256, CERT_INFO_HEX_SIZE - 1),
};

static const struct wire_member lifetime_table[] = {
    TIME(struct lifetime, from),
    TIME(struct lifetime, until),
    TEXT(struct lifetime, place, 1),
};

/* A repair or a warning, whose field is known by its name. A repair has no message. */
struct build_finding {
    unsigned kind;
    char field[FIELD_SIZE];
    char message[FAULT_MESSAGE_SIZE];
};

static const struct wire_member repair_table[] = {
    {"a repair", WIRE_SMALL, offsetof(struct build_finding, kind), 0, REPAIR_COUNT - 1},
    TEXT(struct build_finding, field, 0),
};

static const struct wire_member warning_table[] = {
    {"a warning", WIRE_SMALL, offsetof(struct build_finding, kind), 0, WARNING_COUNT - 1},
    TEXT(struct build_finding, field, 0),
    TEXT(struct build_finding, message, 1),
};

static const struct wire_member file_table[MATERIAL_FILE_COUNT] = {
    {"ca.pem", WIRE_BUF, offsetof(struct build_result, files[MATERIAL_CA]), 0, BUILD_WIRE_FILE_MAX},
    {"cert.pem", WIRE_BUF, offsetof(struct build_result, files[MATERIAL_CERT]), 0, BUILD_WIRE_FILE_MAX},
    {"key.pem", WIRE_BUF, offsetof(struct build_result, files[MATERIAL_KEY]), 0, BUILD_WIRE_FILE_MAX},
    {"cwallet.sso", WIRE_BUF, offsetof(struct build_result, files[MATERIAL_WALLET]), 0, FRAME_DOCUMENT_MAX},
};
/* clang-format on */

/* ---- served sets ---- */

int build_wire_write_served(const struct build_served *served, int64_t now, struct buf *ret, struct fault *f)
{
    return wire_write(served_table, COUNT(served_table), served, ret, f) == 0 &&
                   wire_write(now_table, COUNT(now_table), &now, ret, f) == 0 &&
                   wire_write_bytes(served->ca, ret, f) == 0 && wire_write_bytes(served->cert, ret, f) == 0
               ? 0
               : -1;
}

int build_wire_read_served(struct span bytes, struct build_served *ret, int64_t *ret_now, struct fault *f)
{
    struct wire_reader reader = {.rest = bytes, .what = "the served set", .f = f};
    wire_read(&reader, served_table, COUNT(served_table), ret);
    wire_read(&reader, now_table, COUNT(now_table), ret_now);
    ret->ca = wire_read_bytes(&reader, "ca.pem", BUILD_WIRE_FILE_MAX);
    ret->cert = wire_read_bytes(&reader, "cert.pem", BUILD_WIRE_FILE_MAX);
    if (ret->leaf[0] != '\0' && !cert_info_is_sha256(ret->leaf))
        wire_refuse(&reader, "leaf", "is no SHA-256");
    return wire_end(&reader);
}

/* ---- writing a result ---- */

static struct build_finding build_wire_finding(unsigned kind, const char *field, const char *message)
{
    struct build_finding ret = {.kind = kind};
    snprintf(ret.field, sizeof(ret.field), "%s", field);
    snprintf(ret.message, sizeof(ret.message), "%s", message);
    return ret;
}

static int build_wire_write_repairs(const struct findings *findings, struct buf *ret, struct fault *f)
{
    if (wire_write_number(findings->repair_count, ret, f) != 0)
        return -1;
    for (size_t i = 0; i < findings->repair_count; i++) {
        const struct build_finding repair =
            build_wire_finding(findings->repairs[i].repair, findings->repairs[i].field, "");
        if (wire_write(repair_table, COUNT(repair_table), &repair, ret, f) != 0)
            return -1;
    }
    return 0;
}

static int build_wire_write_warnings(const struct findings *findings, struct buf *ret, struct fault *f)
{
    if (wire_write_number(findings->warning_count, ret, f) != 0)
        return -1;
    for (size_t i = 0; i < findings->warning_count; i++) {
        const struct build_finding warning = build_wire_finding(
            findings->warnings[i].warning, findings->warnings[i].field, findings->warnings[i].message);
        if (wire_write(warning_table, COUNT(warning_table), &warning, ret, f) != 0)
            return -1;
    }
    return 0;
}

static int build_wire_write_lifetimes(const struct lifetimes *lifetimes, struct buf *ret, struct fault *f)
{
    if (wire_write_number(lifetimes->count, ret, f) != 0)
        return -1;
    for (size_t i = 0; i < lifetimes->count; i++)
        if (wire_write(lifetime_table, COUNT(lifetime_table), &lifetimes->list[i], ret, f) != 0)
            return -1;
    return 0;
}

int build_wire_write_result(const struct build_result *result, struct buf *ret, struct fault *f)
{
    return wire_write(result_table, COUNT(result_table), result, ret, f) == 0 &&
                   wire_write(facts_table, COUNT(facts_table), &result->facts, ret, f) == 0 &&
                   build_wire_write_repairs(&result->findings, ret, f) == 0 &&
                   build_wire_write_warnings(&result->findings, ret, f) == 0 &&
                   build_wire_write_lifetimes(&result->lifetimes, ret, f) == 0 &&
                   wire_write(file_table, COUNT(file_table), result, ret, f) == 0
               ? 0
               : -1;
}

/* ---- reading a result ---- */

static const char *build_wire_field(struct wire_reader *reader, const struct build_finding *finding)
{
    const char *field = findings_field(finding->field);
    if (field == NULL)
        wire_refuse(reader, "field", "is none of a set");
    return field;
}

static void build_wire_read_repairs(struct wire_reader *reader, struct findings *ret)
{
    size_t count = (size_t)wire_read_number(reader, "the number of repairs", FINDINGS_REPAIRS_MAX);
    for (size_t i = 0; i < count && !wire_is_refused(reader); i++) {
        struct build_finding repair = {.kind = 0};
        wire_read(reader, repair_table, COUNT(repair_table), &repair);
        const char *field = build_wire_field(reader, &repair);
        if (wire_is_refused(reader))
            return;
        findings_add_repair(ret, (enum repair)repair.kind, field);
        if (ret->repair_count != i + 1)
            wire_refuse(reader, "a repair", "is there twice");
    }
}

static void build_wire_read_warnings(struct wire_reader *reader, struct findings *ret)
{
    size_t count = (size_t)wire_read_number(reader, "the number of warnings", FINDINGS_WARNINGS_MAX);
    for (size_t i = 0; i < count && !wire_is_refused(reader); i++) {
        struct build_finding warning = {.kind = 0};
        wire_read(reader, warning_table, COUNT(warning_table), &warning);
        const char *field = build_wire_field(reader, &warning);
        if (!wire_is_refused(reader))
            findings_add_warning(ret, (enum warning)warning.kind, field, "%s", warning.message);
    }
}

static void build_wire_read_lifetimes(struct wire_reader *reader, struct lifetimes *ret)
{
    size_t count = (size_t)wire_read_number(reader, "the number of lifetimes",
                                            ret->anchors ? (size_t)PEM_BLOCKS_MAX : (size_t)PATH_LENGTH_MAX);
    if (count == 0)
        wire_refuse(reader, "the number of lifetimes", "is 0");
    for (size_t i = 0; i < count && !wire_is_refused(reader); i++) {
        struct lifetime lifetime = {.from = 0};
        wire_read(reader, lifetime_table, COUNT(lifetime_table), &lifetime);
        if (!wire_is_refused(reader) && lifetimes_add(ret, &lifetime) != 0)
            fault_no_memory(reader->f);
    }
}

int build_wire_read_result(struct span bytes, const struct build_served *served, struct build_result *ret,
                           struct fault *f)
{
    struct wire_reader reader = {.rest = bytes, .what = "the result of judging", .f = f};
    wire_read(&reader, result_table, COUNT(result_table), ret);
    wire_read(&reader, facts_table, COUNT(facts_table), &ret->facts);
    build_wire_read_repairs(&reader, &ret->findings);
    build_wire_read_warnings(&reader, &ret->findings);
    build_wire_read_lifetimes(&reader, &ret->lifetimes);
    wire_read(&reader, file_table, COUNT(file_table), ret);
    if (!wire_is_refused(&reader))
        build_shape_check(&reader, ret, served);
    return wire_end(&reader);
}
