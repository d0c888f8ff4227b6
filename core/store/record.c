#include "core/store/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/base64.h"
#include "core/base/buf.h"
#include "core/set/content.h"
#include "core/set/material.h"
#include "core/set/resource.h"

/* Appends each of the texts, up to a NULL. */
static int record_append_texts(struct buf *ret, struct fault *f, const char *const *texts)
{
    for (; *texts != NULL; texts++)
        if (buf_append_text(ret, *texts, f) != 0)
            return -1;
    return 0;
}

#define APPEND(ret, f, ...) record_append_texts(ret, f, (const char *const[]){__VA_ARGS__, NULL})

/*
 * Within a JSON string. PEM has line feeds to escape, the results of judging may have a certificate's names; all
 * else is printable ASCII. No JSON library makes copies of the key here.
 */
static int record_write_lines(struct span text, struct buf *ret, struct fault *f)
{
    if (buf_reserve(ret, text.len + text.len / 32 + 32, f) != 0)
        return -1;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.data[i];
        struct span piece = c == '\n' ? span_of("\\n") : (struct span){text.data + i, 1};
        if (((c == '"' || c == '\\') && buf_append_text(ret, "\\", f) != 0) || buf_append(ret, piece, f) != 0)
            return -1;
    }
    return 0;
}

static int record_write_judged(const char *name, const struct material *material, struct buf *ret, struct fault *f)
{
    CLEANUP(buf_done) struct buf text = {.len = 0};
    if (material_write_judged(material, &text, f) != 0 || APPEND(ret, f, ",\"", name, "\":\"") != 0 ||
        record_write_lines(buf_span(&text), ret, f) != 0)
        return -1;
    return APPEND(ret, f, "\"");
}

static int record_write_waivers(uint32_t waived, struct buf *ret, struct fault *f)
{
    const char *separator = "";
    if (buf_append_text(ret, ",\"Accept\":[", f) != 0)
        return -1;
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++) {
        if ((waived >> reason & 1) == 0)
            continue;
        if (buf_append_text(ret, separator, f) != 0 || buf_append_text(ret, "\"", f) != 0 ||
            buf_append_text(ret, reason_name(reason), f) != 0 || buf_append_text(ret, "\"", f) != 0)
            return -1;
        separator = ",";
    }
    return buf_append_text(ret, "]", f);
}

static int record_write_fields(const struct material *material, struct buf *ret, struct fault *f)
{
    static const char *const names[] = {
        [MATERIAL_CA] = "ssl_ca", [MATERIAL_CERT] = "ssl_cert", [MATERIAL_KEY] = "ssl_key"};
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_PEM_COUNT; file++)
        if (APPEND(ret, f, file == MATERIAL_CA ? "\"" : ",\"", names[file], "\":\"") != 0 ||
            record_write_lines(material_bytes(material, file), ret, f) != 0 || APPEND(ret, f, "\"") != 0)
            return -1;
    return 0;
}

/* Whether the leaf, which comes first in cert.pem, stands in ca.pem too. */
static bool record_is_pinned(const struct material *material)
{
    static const char end[] = "-----END";
    struct span ca = material_bytes(material, MATERIAL_CA), cert = material_bytes(material, MATERIAL_CERT);
    if (ca.len == 0 || cert.len == 0)
        return false;
    const unsigned char *stop = memmem(cert.data, cert.len, end, sizeof(end) - 1);
    return stop != NULL && memmem(ca.data, ca.len, cert.data, (size_t)(stop - cert.data)) != NULL;
}

/*
 * In the order in which the same set is read from it again: a leaf that is a CA must come first, and one that is an
 * anchor in its place among the anchors. A CA that is its own anchor was read as the first of these.
 */
static int record_write_bundle(const char *name, const struct material *material, struct buf *ret, struct fault *f)
{
    bool pinned = record_is_pinned(material);
    const enum material_file order[] = {pinned ? MATERIAL_CA : MATERIAL_CERT, MATERIAL_KEY,
                                        pinned ? MATERIAL_CERT : MATERIAL_CA};
    if (APPEND(ret, f, "\"", name, "\":\"") != 0)
        return -1;
    for (size_t i = 0; i < MATERIAL_PEM_COUNT; i++)
        if (record_write_lines(material_bytes(material, order[i]), ret, f) != 0)
            return -1;
    return APPEND(ret, f, "\"");
}

static int record_write_wallet(struct span bytes, struct buf *ret, struct fault *f)
{
    if (APPEND(ret, f, "\"CertificateWallet\":\"") != 0 || base64_encode(bytes, ret, f) != 0)
        return -1;
    return APPEND(ret, f, "\"");
}

static int record_write_set(const struct material *material, struct buf *ret, struct fault *f)
{
    struct span wallet = material_bytes(material, MATERIAL_WALLET);
    int written = wallet.len > 0                 ? record_write_wallet(wallet, ret, f)
                  : material_is_bundle(material) ? record_write_bundle("CertificatePem", material, ret, f)
                                                 : record_write_fields(material, ret, f);
    return written == 0 ? record_write_waivers(material_findings(material)->waived, ret, f) : -1;
}

/* So that a start opens no wallet, which takes as long as its maker wanted, and judges nothing again. */
static int record_write_found(const char *const names[2], const struct material *material, struct buf *ret,
                              struct fault *f)
{
    if (record_write_judged(names[0], material, ret, f) != 0)
        return -1;
    if (material_bytes(material, MATERIAL_WALLET).len == 0)
        return 0;
    return APPEND(ret, f, ",") == 0 ? record_write_bundle(names[1], material, ret, f) : -1;
}

/* Neither identifiers nor tags can hold a character that JSON wants escaped (identifier.h, tags.h). */
static int record_write_name(const struct record *record, struct buf *ret, struct fault *f)
{
    const char *identifier = record->generation->resource->identifier;
    if (identifier[0] != '\0' && APPEND(ret, f, "\"CertificateIdentifier\":\"", identifier, "\",") != 0)
        return -1;
    if (tags_count(record->tags) == 0)
        return 0;
    for (size_t i = 0; i < tags_count(record->tags); i++) {
        const struct tag *tag = tags_at(record->tags, i);
        if (APPEND(ret, f, i == 0 ? "\"Tags\":[" : ",", "{\"Key\":\"", tag->key, "\",\"Value\":\"", tag->value,
                   "\"}") != 0)
            return -1;
    }
    return APPEND(ret, f, "],");
}

static int record_write_record_part(const struct record *record, struct buf *ret, struct fault *f)
{
    static const char *const found[] = {"Judged", "Opened"}, *const previous_found[] = {"PreviousJudged",
                                                                                        "PreviousOpened"};
    char numbers[192];
    const struct generation *generation = record->generation;
    const struct resource *resource = generation->resource;
    snprintf(numbers, sizeof(numbers),
             "{\"Format\":%d,\"Generation\":%" PRIu64 ",\"Committed\":%" PRId64 ",\"Set\":%" PRIu64
             ",\"Created\":%" PRId64,
             RECORD_FORMAT, generation->number, generation->committed, resource->set, resource->created);
    if (APPEND(ret, f, ",\"KmsKeyId\":\"", generation->key_id, "\",\"Record\":", numbers, ",\"Arn\":\"", resource->arn,
               "\"") != 0 ||
        record_write_found(found, generation->material, ret, f) != 0)
        return -1;
    if (record->previous == NULL)
        return APPEND(ret, f, "}");
    if (record_write_found(previous_found, record->previous, ret, f) != 0 || APPEND(ret, f, ",\"Previous\":{") != 0 ||
        record_write_set(record->previous, ret, f) != 0)
        return -1;
    return APPEND(ret, f, "}}");
}

int record_write(const struct record *record, struct buf *ret, struct fault *f)
{
    if (APPEND(ret, f, "{") != 0 || record_write_name(record, ret, f) != 0 ||
        record_write_set(record->generation->material, ret, f) != 0 || record_write_record_part(record, ret, f) != 0)
        return -1;
    return buf_append_text(ret, "}\n", f);
}
