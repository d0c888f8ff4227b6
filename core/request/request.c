#include "core/request/request.h"

#include <assert.h>

#include "core/base/buf.h"
#include "core/json/foreign.h"
#include "core/json/nearest.h"
#include "core/request/members.h"

bool request_accepts(const struct request_set *set, enum reason reason)
{
    return (set->accepted >> reason & 1) != 0;
}

/* ---- which kind ---- */

static const char *request_action_name_at(const void *unused, size_t index)
{
    (void)unused;
    return action_name((enum action)(index + 1));
}

/*
 * Determines the action from the member names before the values are read, so that errors are reported in that action's
 * format. A written action counts; without one, the members of a set decide.
 */
static enum action request_guess_action(const struct json *document)
{
    for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++)
        if (json_has(document, "Action", action_name(action)))
            return action;
    if (json_has(document, "Action", NULL))
        return ACTION_NONE;
    if (json_has(document, "ssl_ca", NULL) || json_has(document, "ssl_cert", NULL) ||
        json_has(document, "ssl_key", NULL))
        return ACTION_IMPORT_MATERIAL;
    bool named = json_has(document, "CertificateIdentifier", NULL) || json_has(document, "CertificatePem", NULL) ||
                 json_has(document, "CertificateWallet", NULL);
    return named ? ACTION_IMPORT_CERTIFICATE : ACTION_NONE;
}

static int request_refuse_action(const struct request *request, struct fault *f)
{
    char text[84];
    const struct buf *written = &request->written_action;
    if (written->len == 0)
        return fault_set(f, REASON_MISSING_FIELD, "", "ssl_ca, ssl_cert and ssl_key are needed, or an Action");
    buf_copy_text(written, text, sizeof(text));
    size_t nearest = nearest_find(text, request_action_name_at, NULL, ACTION_COUNT - 1);
    if (nearest < ACTION_COUNT - 1)
        return fault_set(f, REASON_UNSUPPORTED, "Action", "this action is unknown; the nearest known one is \"%s\"",
                         request_action_name_at(NULL, nearest));
    nearest_list(request_action_name_at, NULL, ACTION_COUNT - 1, text, sizeof(text));
    return fault_set(f, REASON_UNSUPPORTED, "Action", "this action is unknown; known are %s", text);
}

/* ---- waivers ---- */

static const char *request_waivable_at(const void *unused, size_t index)
{
    (void)unused;
    return reason_is_waivable((enum reason)index) ? reason_name((enum reason)index) : NULL;
}

static int request_refuse_waiver(const char *written, struct fault *f)
{
    size_t nearest = nearest_find(written, request_waivable_at, NULL, REASON_COUNT);
    if (nearest < REASON_COUNT)
        return fault_set(f, REASON_UNSUPPORTED, "Accept", "this is no reason that can be waived; the nearest is \"%s\"",
                         request_waivable_at(NULL, nearest));
    char list[76];
    nearest_list(request_waivable_at, NULL, REASON_COUNT, list, sizeof(list));
    return fault_set(f, REASON_UNSUPPORTED, "Accept", "this is no reason that can be waived; known are %s", list);
}

static int request_read_waivers(struct request_set *set, struct fault *f)
{
    for (size_t i = 0; i < set->accept.count; i++) {
        char name[64];
        buf_copy_text(&set->accept.items[i], name, sizeof(name));
        enum reason reason = reason_find(name);
        if (!reason_is_waivable(reason))
            return request_refuse_waiver(name, f);
        set->accepted |= UINT32_C(1) << reason;
    }
    return 0;
}

/* Checks the new tags alone; the limit together with existing tags is checked at commit. */
static int request_check_tags(const struct request *request, struct fault *f)
{
    CLEANUP(tags_unrefp) struct tags *unused = NULL;
    return request_read_tags(request, NULL, &unused, f);
}

int request_parse(const struct frame *frame, struct request *ret, struct fault *f)
{
    assert(frame->complete);
    CLEANUP(json_freep) struct json *document = NULL;
    if (json_parse(buf_span(&frame->text), &document, f) != 0)
        return -1;
    ret->action = request_guess_action(document);
    if (foreign_refuse(document, f) != 0)
        return -1;
    if (members_read(document, ret, f) != 0)
        return -1;
    if (ret->action == ACTION_NONE)
        return request_refuse_action(ret, f);
    if (ret->action == ACTION_IMPORT_CERTIFICATE)
        buf_done(&ret->arn); /* AWS's, as the members that are ignored */
    if (members_check(ret, document, f) != 0 || request_check_tags(ret, f) != 0 ||
        request_read_waivers(&ret->set, f) != 0)
        return -1;
    return request_read_waivers(&ret->record.previous, f) == 0 ? 0 : fault_at(f, "Record.Previous");
}

int request_read_tags(const struct request *request, const struct tags *old, struct tags **ret, struct fault *f)
{
    struct tag_input inputs[REQUEST_TAGS_MAX];
    for (size_t i = 0; i < request->tag_count; i++)
        inputs[i] = (struct tag_input){buf_span(&request->tags[i].key), buf_span(&request->tags[i].value)};
    return tags_add(old, inputs, request->tag_count, "Tags", ret, f);
}

void request_done(struct request *request)
{
    members_release(request);
    request->set.accepted = 0;
    request->record.previous.accepted = 0;
    request->action = ACTION_NONE;
}
