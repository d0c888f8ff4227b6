#include "core/record.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/frame.h"

/* PEM as a JSON string: the line feeds are all there is to escape. No JSON library makes copies of the key here. */
static int write_pem(const char *name, struct span pem, struct buf *ret, struct fault *f)
{
    if (buf_reserve(ret, pem.len + pem.len / 32 + 32, f) != 0 || buf_append_text(ret, "\"", f) != 0 ||
        buf_append_text(ret, name, f) != 0 || buf_append_text(ret, "\":\"", f) != 0)
        return -1;
    for (size_t i = 0; i < pem.len; i++) {
        struct span piece = pem.data[i] == '\n' ? span_of("\\n") : (struct span){pem.data + i, 1};
        if (buf_append(ret, piece, f) != 0)
            return -1;
    }
    return buf_append_text(ret, "\"", f);
}

static int write_waivers(uint32_t waived, struct buf *ret, struct fault *f)
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

static int write_set(const struct material *material, struct buf *ret, struct fault *f)
{
    static const char *const names[] = {
        [MATERIAL_CA] = "ssl_ca", [MATERIAL_CERT] = "ssl_cert", [MATERIAL_KEY] = "ssl_key"};
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++) {
        if (file != MATERIAL_CA && buf_append_text(ret, ",", f) != 0)
            return -1;
        if (write_pem(names[file], material_bytes(material, file), ret, f) != 0)
            return -1;
    }
    return write_waivers(material_findings(material)->waived, ret, f);
}

static int write_record_part(const struct record *record, struct buf *ret, struct fault *f)
{
    char head[768]; /* two identifiers of up to 255 characters */
    snprintf(head, sizeof(head),
             ",\"KmsKeyId\":\"%s\",\"Record\":{\"Format\":%d,\"Identifier\":\"%s\",\"Generation\":%" PRIu64
             ",\"Committed\":%" PRId64,
             record->key_id, RECORD_FORMAT, record->identifier, record->generation, record->committed);
    if (buf_append_text(ret, head, f) != 0)
        return -1;
    if (record->previous == NULL)
        return buf_append_text(ret, "}", f);
    if (buf_append_text(ret, ",\"Previous\":{", f) != 0 || write_set(record->previous, ret, f) != 0)
        return -1;
    return buf_append_text(ret, "}}", f);
}

int record_write(const struct record *record, struct buf *ret, struct fault *f)
{
    if (buf_append_text(ret, "{", f) != 0 || write_set(record->current, ret, f) != 0 ||
        write_record_part(record, ret, f) != 0)
        return -1;
    return buf_append_text(ret, "}\n", f);
}

int record_parse(struct span text, struct request *ret, struct fault *f)
{
    CLEANUP(frame_done) struct frame frame = {.max = BUF_MAX}; /* two sets in one document */
    if (frame_take(&frame, text, f) != 0)
        return -1;
    if (!frame.complete)
        return frame_refuse_unfinished(&frame, f);
    if (request_parse(&frame, ret, f) != 0)
        return -1;
    if (ret->action != ACTION_IMPORT_MATERIAL || ret->record.format == 0)
        return fault_set(f, REASON_MISSING_FIELD, "Record", "this is no record");
    if (ret->record.format != RECORD_FORMAT)
        return fault_set(f, REASON_UNSUPPORTED, "Record.Format", "the record is of a later version of certfs");
    return 0;
}

bool record_take_previous(struct request *record, struct request *ret)
{
    const struct request_record *r = &record->record;
    if (r->previous_ca.len == 0 || r->previous_cert.len == 0 || r->previous_key.len == 0)
        return false;
    ret->action = ACTION_IMPORT_MATERIAL;
    ret->accepted = record->record.previous_accepted;
    buf_move(&ret->ssl_ca, &record->record.previous_ca);
    buf_move(&ret->ssl_cert, &record->record.previous_cert);
    buf_move(&ret->ssl_key, &record->record.previous_key);
    return true;
}
