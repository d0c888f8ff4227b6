#include "tests/unit/lib/fixtures.h"
#include "core/draft/build.h"

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/wire_judging.h"

struct material *set_material(const struct pki *pki)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_IMPORT_MATERIAL};
    struct request_set *set = &request.set;
    struct material *material = NULL;
    struct fault f = {0};
    assert_int_equal(buf_append(&set->ssl_ca, buf_span(&pki->ca), &f), 0);
    assert_int_equal(buf_append(&set->ssl_cert, buf_span(&pki->cert), &f), 0);
    assert_int_equal(buf_append(&set->ssl_key, buf_span(&pki->key), &f), 0);
    if (material_build_by_wire(set, NULL, PKI_NOW, &material, &f) != 0)
        fail_msg("%s: %s", reason_name(f.reason), f.message);
    return material;
}

struct material *set_material_of_key(int key)
{
    struct pki pki;
    pki_make(&pki, pki_key(key));
    struct material *material = set_material(&pki);
    pki_done(&pki);
    return material;
}

void set_document(const struct pki *pki, struct buf *ret)
{
    pki_write_document(ret, buf_span(&pki->ca), buf_span(&pki->cert), buf_span(&pki->key));
}

int request_of(const char *text, struct request *ret, struct fault *f)
{
    CLEANUP(frame_done) struct frame frame = {0};
    assert_int_equal(frame_take(&frame, span_of(text), f), 0);
    assert_true(frame.complete);
    int result = request_parse(&frame, ret, f);
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

const char *set_arn(void)
{
    return "arn:aws:dms:us-east-1:000000000000:cert:ABCDEFGHIJKLMNOPQRSTUVWXYZ";
}

static const char *arn_of(const char *identifier)
{
    return identifier[0] == '\0' ? "" : set_arn();
}

struct generation *set_generation(uint64_t number, const char *identifier, struct material *material)
{
    uint64_t set = identifier[0] == '\0' ? 0 : 7;
    struct resource *resource = resource_new(identifier, set, arn_of(identifier), PKI_NOW);
    assert_non_null(resource);
    struct generation *generation = generation_new(number, PKI_NOW, material, resource, "");
    assert_non_null(generation);
    resource_unref(resource);
    return generation;
}

struct registry_entry set_entry(const char *identifier, struct material *material)
{
    return (struct registry_entry){
        .identifier = identifier, .material = material, .arn = arn_of(identifier), .created = PKI_NOW};
}

struct tags *set_tags(const char *key)
{
    const struct tag_input input = {span_of(key), span_of("value")};
    struct tags *tags = NULL;
    struct fault f = {0};
    law_expect(tags_add(NULL, &input, 1, "Tags", &tags, &f), &f, REASON_NONE);
    return tags;
}
