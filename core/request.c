#include "core/request.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "core/json.h"
#include "core/nearest.h"

/* A record's part, as it was written. */
struct record_members {
    uint64_t format;
    uint64_t generation;
    uint64_t committed;
    struct buf identifier;
    struct buf previous_ca;
    struct buf previous_cert;
    struct buf previous_key;
    struct json_texts previous_accept;
};

/* The document as it was written: every member that any request can have. */
struct members {
    struct buf action;
    struct buf ssl_ca;
    struct buf ssl_cert;
    struct buf ssl_key;
    struct json_texts accept;
    struct buf kms_key_id;
    struct record_members record;
};

/* clang-format off */
static const struct json_member previous_table[] = {
    {.name = "ssl_ca",   .kind = JSON_TEXT,  .offset = offsetof(struct record_members, previous_ca)},
    {.name = "ssl_cert", .kind = JSON_TEXT,  .offset = offsetof(struct record_members, previous_cert)},
    {.name = "ssl_key",  .kind = JSON_TEXT,  .offset = offsetof(struct record_members, previous_key)},
    {.name = "Accept",   .kind = JSON_TEXTS, .offset = offsetof(struct record_members, previous_accept)},
};

static const struct json_member record_table[] = {
    {.name = "Format",     .kind = JSON_NUMBER, .offset = offsetof(struct record_members, format)},
    {.name = "Generation", .kind = JSON_NUMBER, .offset = offsetof(struct record_members, generation)},
    {.name = "Committed",  .kind = JSON_NUMBER, .offset = offsetof(struct record_members, committed)},
    {.name = "Identifier", .kind = JSON_TEXT,   .offset = offsetof(struct record_members, identifier)},
    {.name = "Previous",   .kind = JSON_OBJECT, .offset = 0, .members = previous_table, .count = 4},
};

static const struct json_member member_table[] = {
    {.name = "Action",   .kind = JSON_TEXT,   .offset = offsetof(struct members, action)},
    {.name = "ssl_ca",   .kind = JSON_TEXT,   .offset = offsetof(struct members, ssl_ca)},
    {.name = "ssl_cert", .kind = JSON_TEXT,   .offset = offsetof(struct members, ssl_cert)},
    {.name = "ssl_key",  .kind = JSON_TEXT,   .offset = offsetof(struct members, ssl_key)},
    {.name = "Accept",   .kind = JSON_TEXTS,  .offset = offsetof(struct members, accept)},
    {.name = "KmsKeyId", .kind = JSON_TEXT,   .offset = offsetof(struct members, kms_key_id)},
    {.name = "Record",   .kind = JSON_OBJECT, .offset = offsetof(struct members, record),
     .members = record_table, .count = 5},
};
/* clang-format on */

enum { MEMBER_COUNT = sizeof(member_table) / sizeof(member_table[0]) };

static const char *const action_names[ACTION_COUNT] = {
    [ACTION_NONE] = "none",
    [ACTION_IMPORT_MATERIAL] = "rds_import_binlog_ssl_material",
    [ACTION_REMOVE_MATERIAL] = "rds_remove_binlog_ssl_material",
    [ACTION_RESTORE_PREVIOUS] = "RestorePrevious",
};

const char *action_name(enum action action)
{
    return action_names[action];
}

bool request_accepts(const struct request *request, enum reason reason)
{
    return (request->accepted >> reason & 1) != 0;
}

static void members_done(struct members *members)
{
    buf_done(&members->action);
    buf_done(&members->ssl_ca);
    buf_done(&members->ssl_cert);
    buf_done(&members->ssl_key);
    json_texts_done(&members->accept);
    buf_done(&members->kms_key_id);
    buf_done(&members->record.identifier);
    buf_done(&members->record.previous_ca);
    buf_done(&members->record.previous_cert);
    buf_done(&members->record.previous_key);
    json_texts_done(&members->record.previous_accept);
}

static bool is_text(const struct buf *buf, const char *text)
{
    return span_equal(buf_span(buf), span_of(text));
}

static const char *name_at(const void *names, size_t index)
{
    return ((const char *const *)names)[index];
}

static int refuse_action(const struct buf *written, struct fault *f)
{
    char text[64] = "";
    memcpy(text, written->data, written->len < sizeof(text) ? written->len : sizeof(text) - 1);
    size_t nearest = nearest_find(text, name_at, action_names + 1, ACTION_COUNT - 1);
    return fault_set(f, REASON_UNSUPPORTED, "Action", "this action is unknown; the nearest known one is \"%s\"",
                     action_names[nearest + 1]);
}

static int find_action(const struct buf *written, enum action *ret, struct fault *f)
{
    for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
        if (is_text(written, action_names[action])) {
            *ret = action;
            return 0;
        }
    }
    return refuse_action(written, f);
}

/* The kind follows from the members; a written action must agree with it. */
static int judge_kind(const struct members *m, enum action *ret, struct fault *f)
{
    bool has_material = m->ssl_ca.len > 0 || m->ssl_cert.len > 0 || m->ssl_key.len > 0;
    if (has_material)
        *ret = ACTION_IMPORT_MATERIAL;
    if (m->action.len == 0 && !has_material)
        return fault_set(f, REASON_MISSING_FIELD, "", "ssl_ca, ssl_cert and ssl_key are needed, or an Action");
    if (m->action.len == 0)
        return 0;
    enum action written = ACTION_NONE;
    if (find_action(&m->action, &written, f) != 0)
        return -1;
    if (has_material && written != ACTION_IMPORT_MATERIAL)
        return fault_set(f, REASON_UNKNOWN_FIELD, "", "%s takes neither ssl_ca nor ssl_cert nor ssl_key",
                         action_names[written]);
    *ret = written;
    return 0;
}

static int check_complete(const struct members *m, struct fault *f)
{
    const struct {
        const struct buf *value;
        const char *name;
    } needed[] = {{&m->ssl_ca, "ssl_ca"}, {&m->ssl_cert, "ssl_cert"}, {&m->ssl_key, "ssl_key"}};
    for (size_t i = 0; i < 3; i++)
        if (needed[i].value->len == 0)
            return fault_set(f, REASON_MISSING_FIELD, needed[i].name,
                             "ssl_ca, ssl_cert and ssl_key are all needed; %s is missing or empty", needed[i].name);
    return 0;
}

static const char *waivable_at(const void *waivable, size_t index)
{
    return reason_name(((const enum reason *)waivable)[index]);
}

static int refuse_waiver(const char *written, struct fault *f)
{
    enum reason waivable[REASON_COUNT];
    size_t count = 0;
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++)
        if (reason_is_waivable(reason))
            waivable[count++] = reason;
    size_t nearest = nearest_find(written, waivable_at, waivable, count);
    return fault_set(f, REASON_UNSUPPORTED, "Accept", "this is no reason that can be waived; the nearest is \"%s\"",
                     reason_name(waivable[nearest]));
}

static int read_waivers(const struct json_texts *accept, uint32_t *ret, struct fault *f)
{
    for (size_t i = 0; i < accept->count; i++) {
        char name[64] = "";
        const struct buf *item = &accept->items[i];
        if (item->len > 0)
            memcpy(name, item->data, item->len < sizeof(name) ? item->len : sizeof(name) - 1);
        enum reason reason = reason_find(name);
        if (!reason_is_waivable(reason))
            return refuse_waiver(name, f);
        *ret |= UINT32_C(1) << reason;
    }
    return 0;
}

static int read_record(struct record_members *m, struct request_record *ret, struct fault *f)
{
    uint32_t accepted = 0;
    if (read_waivers(&m->previous_accept, &accepted, f) != 0)
        return fault_at(f, "Record.Previous");
    ret->format = m->format;
    ret->generation = m->generation;
    ret->committed = m->committed;
    ret->previous_accepted = accepted;
    buf_move(&ret->identifier, &m->identifier);
    buf_move(&ret->previous_ca, &m->previous_ca);
    buf_move(&ret->previous_cert, &m->previous_cert);
    buf_move(&ret->previous_key, &m->previous_key);
    return 0;
}

static int read_import(struct members *m, struct request *ret, struct fault *f)
{
    uint32_t accepted = 0;
    if (check_complete(m, f) != 0 || read_waivers(&m->accept, &accepted, f) != 0 ||
        read_record(&m->record, &ret->record, f) != 0)
        return -1;
    ret->accepted = accepted;
    buf_move(&ret->kms_key_id, &m->kms_key_id);
    buf_move(&ret->ssl_ca, &m->ssl_ca);
    buf_move(&ret->ssl_cert, &m->ssl_cert);
    buf_move(&ret->ssl_key, &m->ssl_key);
    return 0;
}

/* Members that only an import has. */
static int refuse_surplus(const struct members *m, enum action action, struct fault *f)
{
    const char *surplus = m->accept.count > 0     ? "Accept"
                          : m->kms_key_id.len > 0 ? "KmsKeyId"
                          : m->record.format > 0  ? "Record"
                                                  : NULL;
    if (surplus == NULL)
        return 0;
    return fault_set(f, REASON_UNKNOWN_FIELD, surplus, "%s takes no %s", action_names[action], surplus);
}

int request_parse(const struct frame *frame, struct request *ret, struct fault *f)
{
    assert(frame->complete);
    CLEANUP(json_freep) struct json *document = NULL;
    CLEANUP(members_done) struct members members = {0};
    if (json_parse(buf_span(&frame->text), &document, f) != 0 ||
        json_read(document, member_table, MEMBER_COUNT, &members, f) != 0 || judge_kind(&members, &ret->action, f) != 0)
        return -1;
    if (ret->action == ACTION_IMPORT_MATERIAL)
        return read_import(&members, ret, f);
    return refuse_surplus(&members, ret->action, f);
}

void request_done(struct request *request)
{
    buf_done(&request->ssl_ca);
    buf_done(&request->ssl_cert);
    buf_done(&request->ssl_key);
    buf_done(&request->kms_key_id);
    buf_done(&request->record.identifier);
    buf_done(&request->record.previous_ca);
    buf_done(&request->record.previous_cert);
    buf_done(&request->record.previous_key);
    *request = (struct request){.action = ACTION_NONE};
}
