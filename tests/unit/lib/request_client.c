#include "tests/unit/lib/request_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "core/action/answer.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/wire_judging.h"

enum { SERVED_SIZE = 65536 };

void __real_registry_look(struct registry *registry, const char *identifier, struct served *ret);
struct generation *__real_registry_current(struct registry *registry, const char *identifier);
void __wrap_registry_look(struct registry *registry, const char *identifier, struct served *ret);
struct generation *__wrap_registry_current(struct registry *registry, const char *identifier);

struct registry *asking_registry;
struct policy asking_policy;
struct moment asking_now;

static size_t lookups; /* of sets by their names */

void __wrap_registry_look(struct registry *registry, const char *identifier, struct served *ret)
{
    lookups++;
    __real_registry_look(registry, identifier, ret);
}

struct generation *__wrap_registry_current(struct registry *registry, const char *identifier)
{
    lookups++;
    return __real_registry_current(registry, identifier);
}

void asked_done(struct asked *asked)
{
    outcome_done(&asked->outcome);
    cJSON_Delete(asked->answer);
    asked->answer = NULL;
}

/* The base64 of the first private key in a document. */
static struct span key_in(const char *text)
{
    static const char begin[] = "PRIVATE KEY-----";
    const char *at = strstr(text, begin);
    if (at == NULL)
        return (struct span){NULL, 0};
    at += sizeof(begin) - 1;
    const char *end = strstr(at, "-----");
    return (struct span){(const unsigned char *)at, end == NULL ? 0 : (size_t)(end - at)};
}

static void expect_member(const cJSON *answer, const char *name, const char *value)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, name));
    assert_non_null(text);
    assert_string_equal(text, value);
}

static void expect_shape(const struct asked *asked)
{
    const cJSON *answer = asked->answer;
    bool dms = action_is_dms(asked->outcome.action), good = asked->result == 0;
    if (!dms)
        expect_member(answer, "result", good ? "ok" : "refused");
    assert_int_equal(cJSON_HasObjectItem(answer, "__type"), dms && !good);
    if (good)
        return;
    expect_member(answer, dms ? "__type" : "fault", reason_wire_name(asked->fault.reason));
    expect_member(answer, "message", asked->fault.message);
    expect_member(answer, "reason", reason_name(asked->fault.reason));
}

static void read_answer(struct asked *asked)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {0};
    int result = asked->result == 0 ? answer_write_outcome(&asked->outcome, &text, &f)
                                    : answer_write_fault(&asked->fault, &asked->outcome, &text, &f);
    law_expect(result, &f, REASON_NONE);
    assert_int_equal(text.data[text.len - 1], '\n');
    assert_false(span_has(buf_span(&text), span_of("PRIVATE")));
    asked->answer = cJSON_ParseWithLength((const char *)text.data, text.len);
    assert_non_null(asked->answer);
}

struct asked ask(const char *text)
{
    struct asked asked = {.outcome.action = ACTION_NONE};
    CLEANUP(frame_done) struct frame frame = {0};
    char *before = strdup(all_that_is_served());
    assert_int_equal(frame_take(&frame, span_of(text), &asked.fault), 0);
    assert_true(frame.complete);
    lookups = 0;
    asked.result = request_execute(asking_registry, &asking_policy, &frame, asking_now, &asked.outcome, &asked.fault);
    assert_in_range(lookups, 0, 1);
    assert_in_range(asked.fault.reason, REASON_NONE, REASON_COUNT - 1);
    law_check(asked.result, &asked.fault, key_in(text));
    assert_null(frame.text.data);
    assert_int_equal(ERR_peek_error(), 0);
    if (asked.result != 0)
        assert_string_equal(all_that_is_served(), before);
    free(before);
    read_answer(&asked);
    expect_shape(&asked);
    return asked;
}

struct asked ask_good(const char *text)
{
    struct asked asked = ask(text);
    if (asked.result != 0)
        fail_msg("%s: %s", reason_name(asked.fault.reason), asked.fault.message);
    return asked;
}

void do_good(const char *text)
{
    struct asked asked = ask_good(text);
    asked_done(&asked);
}

void ask_bad(const char *text, enum reason reason, const char *field, const char *part)
{
    CLEANUP(asked_done) struct asked asked = ask(text);
    law_expect(asked.result, &asked.fault, reason);
    assert_string_equal(asked.fault.field, field);
    if (strstr(asked.fault.message, part) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", asked.fault.message, part);
}

/* ---- documents ---- */

static void add_member(struct buf *ret, const char *name, const struct buf *pem)
{
    add_text(ret, ",");
    pki_write_member(ret, name, buf_span(pem));
}

static void begin(struct buf *ret, const char *identifier)
{
    add_text(ret, "{\"CertificateIdentifier\":\"");
    add_text(ret, identifier == NULL ? "" : identifier);
    add_text(ret, "\"");
}

static void end(struct buf *ret, const char *more)
{
    add_text(ret, more);
    add_bytes(ret, (struct span){(const unsigned char *)"}", 2}); /* with a NUL */
}

void asking_write_import(struct buf *ret, const char *identifier, const struct buf *pem, const char *more)
{
    begin(ret, identifier);
    add_member(ret, "CertificatePem", pem);
    end(ret, more);
}

void asking_write_fields(struct buf *ret, const char *identifier, const struct pki *pki, const char *more)
{
    begin(ret, identifier);
    add_member(ret, "ssl_ca", &pki->ca);
    add_member(ret, "ssl_cert", &pki->cert);
    add_member(ret, "ssl_key", &pki->key);
    end(ret, more);
}

struct asked ask_import(const char *identifier, const struct buf *pem, const char *more)
{
    CLEANUP(buf_done) struct buf text = {0};
    asking_write_import(&text, identifier, pem, more);
    return ask_good((const char *)text.data);
}

void do_import(const char *identifier, const struct buf *pem, const char *more)
{
    struct asked asked = ask_import(identifier, pem, more);
    asked_done(&asked);
}

/* ---- what is served ---- */

const char *asked_text(const struct asked *asked, const char *name)
{
    const cJSON *certificate = cJSON_GetObjectItemCaseSensitive(asked->answer, "Certificate");
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(certificate, name));
    assert_non_null(text);
    return text;
}

const char *arn_of(const char *identifier)
{
    static char arn[RESOURCE_ARN_SIZE];
    CLEANUP(generation_unrefp) struct generation *current = registry_current(asking_registry, identifier);
    assert_non_null(current);
    snprintf(arn, sizeof(arn), "%s", current->resource->arn);
    return arn;
}

uint64_t number_of(const char *identifier)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(asking_registry, identifier);
    return current == NULL ? 0 : current->number;
}

static size_t tell(const struct generation *generation, char *ret, size_t size)
{
    CLEANUP(tags_unrefp) struct tags *tags = registry_tags(asking_registry, generation->resource->set);
    const struct resource *resource = generation->resource;
    size_t used = (size_t)snprintf(ret, size, " %s(%s,%lld)=%llu", resource->identifier, resource->arn,
                                   (long long)resource->created, (unsigned long long)generation->number);
    for (size_t i = 0; i < tags_count(tags) && used < size; i++)
        used += (size_t)snprintf(ret + used, size - used, ";%s=%s", tags_at(tags, i)->key, tags_at(tags, i)->value);
    return used < size ? used : size - 1;
}

const char *all_that_is_served(void)
{
    static char served[SERVED_SIZE];
    CLEANUP(generation_unrefp) struct generation *root = registry_current(asking_registry, "");
    struct generation *named;
    size_t used =
        (size_t)snprintf(served, sizeof(served), "%llu:", (unsigned long long)registry_number(asking_registry));
    if (root != NULL)
        used += tell(root, served + used, sizeof(served) - used);
    for (uint64_t set = 0; (named = registry_next(asking_registry, set)) != NULL; generation_unref(named)) {
        set = named->resource->set;
        used += tell(named, served + used, sizeof(served) - used);
    }
    return served;
}

void asking_add_set(const char *name, struct material *material)
{
    char arn[RESOURCE_ARN_SIZE];
    struct registry_entry entry = {.identifier = name, .material = material, .arn = arn, .created = PKI_NOW};
    struct commit commit;
    struct fault f = {0};
    law_expect(resource_make_arn("us-east-1", "000000000000", arn, &f), &f, REASON_NONE);
    law_expect(registry_commit(asking_registry, &entry, asking_now, &commit, &f), &f, REASON_NONE);
}

void asking_add_sets(int from, int to, struct material *material)
{
    char name[16];
    for (int i = from; i <= to; i++) {
        snprintf(name, sizeof(name), "s%02d", i);
        asking_add_set(name, material);
    }
}

int asking_page(const char *more, char names[static ASKING_NAMES_SIZE], char marker[static ASKING_MARKER_SIZE])
{
    char text[512];
    snprintf(text, sizeof(text), "{\"Action\":\"DescribeCertificates\"%s}", more);
    CLEANUP(asked_done) struct asked asked = ask_good(text);
    const cJSON *certificates = cJSON_GetObjectItemCaseSensitive(asked.answer, "Certificates"), *item;
    const char *given = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(asked.answer, "Marker"));
    size_t used = 0;
    assert_true(cJSON_IsArray(certificates));
    names[0] = '\0';
    cJSON_ArrayForEach(item, certificates)
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "CertificateIdentifier"));
        used += (size_t)snprintf(names + used, ASKING_NAMES_SIZE - used, "%s%s", used == 0 ? "" : " ", name);
    }
    snprintf(marker, ASKING_MARKER_SIZE, "%s", given == NULL ? "" : given);
    return cJSON_GetArraySize(certificates);
}

void expect_page(const char *more, const char *names, bool has_more)
{
    char found[ASKING_NAMES_SIZE], marker[ASKING_MARKER_SIZE];
    (void)asking_page(more, found, marker);
    assert_string_equal(found, names);
    assert_int_equal(marker[0] != '\0', has_more);
}

void asking_setup(void)
{
    struct fault f = {0};
    asking_policy = policy_default;
    asking_policy.judging = &judging_by_wire;
    asking_now = (struct moment){.wall = PKI_NOW, .steady = 1};
    assert_int_equal(registry_new(&asking_registry, &f), 0);
}

void asking_teardown(void)
{
    registry_freep(&asking_registry);
    asking_registry = NULL;
}
