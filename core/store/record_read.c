#include "core/store/record_read.h"

#include "core/base/base64.h"
#include "core/base/buf.h"
#include "core/json/frame.h"
#include "core/set/content.h"
#include "core/set/judged.h"
#include "core/store/record.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* clang-format off */
#define SET(of)                                                                                                        \
    {.name = "ssl_ca",            .kind = JSON_TEXT,  .offset = (of) + offsetof(struct record_set, ssl_ca)},           \
    {.name = "ssl_cert",          .kind = JSON_TEXT,  .offset = (of) + offsetof(struct record_set, ssl_cert)},         \
    {.name = "ssl_key",           .kind = JSON_TEXT,  .offset = (of) + offsetof(struct record_set, ssl_key)},          \
    {.name = "CertificatePem",    .kind = JSON_TEXT,  .offset = (of) + offsetof(struct record_set, certificate_pem)},  \
    {.name = "CertificateWallet", .kind = JSON_TEXT,  .offset = (of) + offsetof(struct record_set, wallet)},           \
    {.name = "Accept",            .kind = JSON_TEXTS, .offset = (of) + offsetof(struct record_set, accept)}

static const struct json_member record_previous_table[] = {SET(0)};

static const struct json_member record_tag_table[] = {
    {.name = "Key",   .kind = JSON_TEXT, .offset = offsetof(struct record_tag, key)},
    {.name = "Value", .kind = JSON_TEXT, .offset = offsetof(struct record_tag, value)},
};

static const struct json_member record_part_table[] = {
    {.name = "Format",     .kind = JSON_NUMBER, .offset = offsetof(struct record_text, format)},
    {.name = "Generation", .kind = JSON_NUMBER, .offset = offsetof(struct record_text, generation)},
    {.name = "Committed",  .kind = JSON_NUMBER, .offset = offsetof(struct record_text, committed)},
    {.name = "Set",        .kind = JSON_NUMBER, .offset = offsetof(struct record_text, number)},
    {.name = "Created",    .kind = JSON_NUMBER, .offset = offsetof(struct record_text, created)},
    {.name = "Arn",        .kind = JSON_TEXT,   .offset = offsetof(struct record_text, arn)},
    {.name = "Judged",     .kind = JSON_TEXT,   .offset = offsetof(struct record_text, set.judged)},
    {.name = "Opened",     .kind = JSON_TEXT,   .offset = offsetof(struct record_text, set.opened)},
    {.name = "PreviousJudged", .kind = JSON_TEXT, .offset = offsetof(struct record_text, previous.judged)},
    {.name = "PreviousOpened", .kind = JSON_TEXT, .offset = offsetof(struct record_text, previous.opened)},
    {.name = "Previous",   .kind = JSON_OBJECT, .offset = offsetof(struct record_text, previous),
     .members = record_previous_table, .count = COUNT(record_previous_table)},
};

static const struct json_member record_table[] = {
    {.name = "CertificateIdentifier", .kind = JSON_TEXT, .offset = offsetof(struct record_text, identifier)},
    {.name = "KmsKeyId", .kind = JSON_IGNORED}, /* the sealed record names its key (seal.h) */
    {.name = "Tags", .kind = JSON_LIST, .offset = offsetof(struct record_text, tags), .members = record_tag_table,
     .count = COUNT(record_tag_table), .item_size = sizeof(struct record_tag), .item_max = TAGS_MAX,
     .counter = offsetof(struct record_text, tag_count)},
    SET(offsetof(struct record_text, set)),
    {.name = "Record", .kind = JSON_OBJECT, .members = record_part_table, .count = COUNT(record_part_table)},
};
/* clang-format on */

int record_parse(struct span text, struct record_text *ret, struct fault *f)
{
    CLEANUP(frame_done) struct frame frame = {.max = BUF_MAX}; /* two sets in one document */
    CLEANUP(json_freep) struct json *document = NULL;
    if (frame_take_whole(&frame, text, f) != 0 || json_parse(buf_span(&frame.text), &document, f) != 0 ||
        json_read(document, record_table, COUNT(record_table), ret, f) != 0)
        return -1;
    if (ret->format == 0)
        return fault_set(f, REASON_MISSING_FIELD, "Record", "this is no record");
    if (ret->format != RECORD_FORMAT)
        return fault_set(f, REASON_UNSUPPORTED, "Record.Format", "the record is of a later version of certfs");
    return 0;
}

void record_done(struct record_text *record)
{
    json_release(record_table, COUNT(record_table), record);
}

bool record_has_previous(const struct record_text *record)
{
    const struct record_set *previous = &record->previous;
    return previous->certificate_pem.len > 0 || previous->wallet.len > 0 ||
           (previous->ssl_ca.len > 0 && previous->ssl_cert.len > 0 && previous->ssl_key.len > 0);
}

int record_tags(const struct record_text *record, struct tags **ret, struct fault *f)
{
    struct tag_input inputs[TAGS_MAX];
    for (size_t i = 0; i < record->tag_count; i++)
        inputs[i] = (struct tag_input){buf_span(&record->tags[i].key), buf_span(&record->tags[i].value)};
    return tags_add(NULL, inputs, record->tag_count, "Tags", ret, f);
}

/* ---- material ---- */

/* False for a reason that this version does not know. */
static bool record_read_waived(const struct json_texts *accept, uint32_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < accept->count; i++) {
        char name[64];
        buf_copy_text(&accept->items[i], name, sizeof(name));
        enum reason reason = reason_find(name);
        if (!reason_is_waivable(reason))
            return false;
        *ret |= UINT32_C(1) << reason;
    }
    return true;
}

static struct span record_cut(struct span *text, size_t size)
{
    struct span piece = {text->data, size < text->len ? size : text->len};
    *text = span_from(*text, piece.len);
    return piece;
}

/* The files in the set's text, which has them in one of two orders (record.c). False: they are not those judged. */
static bool record_find_files(const struct record_set *set, struct span text, const struct judged_read *judged,
                              bool pinned, struct span files[MATERIAL_PEM_COUNT])
{
    if (text.len == 0) {
        files[MATERIAL_CA] = buf_span(&set->ssl_ca);
        files[MATERIAL_CERT] = buf_span(&set->ssl_cert);
        files[MATERIAL_KEY] = buf_span(&set->ssl_key);
    } else {
        enum material_file first = pinned ? MATERIAL_CA : MATERIAL_CERT, last = pinned ? MATERIAL_CERT : MATERIAL_CA;
        files[first] = record_cut(&text, judged->sizes[first]);
        files[MATERIAL_KEY] = record_cut(&text, judged->sizes[MATERIAL_KEY]);
        files[last] = record_cut(&text, judged->sizes[last]);
    }
    return judged_is_about(judged, files);
}

static int record_copy_files(const struct record_set *set, const struct span files[MATERIAL_PEM_COUNT],
                             struct buf ret[MATERIAL_FILE_COUNT], struct fault *f)
{
    for (size_t i = 0; i < MATERIAL_PEM_COUNT; i++)
        if (files[i].len > 0 && (buf_reserve(&ret[i], files[i].len, f) != 0 || buf_append(&ret[i], files[i], f) != 0))
            return -1;
    return set->wallet.len == 0 ? 0 : base64_decode(buf_span(&set->wallet), &ret[MATERIAL_WALLET], f);
}

static int record_use_judged(const struct record_set *set, struct judged_read *judged, const struct span *files,
                             struct material **ret, struct fault *f)
{
    struct buf copies[MATERIAL_FILE_COUNT] = {{.len = 0}};
    const struct material_parts parts = {.facts = &judged->facts,
                                         .findings = &judged->findings,
                                         .lifetimes = &judged->lifetimes,
                                         .for_server = judged->for_server,
                                         .for_client = judged->for_client,
                                         .bundle = set->certificate_pem.len > 0 || set->wallet.len > 0,
                                         .files = copies};
    int result = record_copy_files(set, files, copies, f) == 0 ? material_of_parts(&parts, ret, f) : -1;
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++)
        buf_done(&copies[i]);
    return result;
}

int record_material(const struct record_set *set, struct material **ret, struct fault *f)
{
    const struct span text = buf_span(set->wallet.len > 0 ? &set->opened : &set->certificate_pem);
    CLEANUP(judged_done) struct judged_read judged = {.for_server = false};
    struct span files[MATERIAL_PEM_COUNT] = {{NULL, 0}};
    *ret = NULL;
    if (set->judged.len == 0 || !judged_parse(buf_span(&set->judged), &judged) ||
        !record_read_waived(&set->accept, &judged.findings.waived) ||
        (!record_find_files(set, text, &judged, false, files) && !record_find_files(set, text, &judged, true, files)))
        return 0;
    return record_use_judged(set, &judged, files, ret, f);
}
