#include "core/set/dms_certificate.h"

#include "core/about/cert_info.h"
#include "core/base/buf.h"
#include "core/set/content.h"
#include "core/set/material.h"
#include "core/set/resource.h"

/*
 * The bytes are borrowed, for the reader may be the FUSE thread while the importer revokes. A self-signed leaf that is
 * its own anchor stands in both files, and is listed once.
 */
static int dms_certificate_append(struct content *content, struct buf *ret, struct fault *f)
{
    struct span bytes;
    if (content == NULL || content_borrow(content, &bytes) != 0)
        return 0;
    bool again = ret->len == bytes.len && span_equal(buf_span(ret), bytes);
    int result = again ? 0 : buf_append(ret, bytes, f);
    content_return(content);
    return result;
}

static int dms_certificate_write_pem(const struct generation *generation, struct buf *ret, struct fault *f)
{
    static const enum material_file order[] = {MATERIAL_CERT, MATERIAL_CA};
    if (buf_reserve(ret, dms_certificate_size(generation) + 1, f) != 0)
        return -1;
    for (size_t i = 0; i < 2; i++)
        if (dms_certificate_append(material_content(generation->material, order[i]), ret, f) != 0)
            return -1;
    return buf_append(ret, (struct span){(const unsigned char *)"", 1}, f); /* the NUL of a C string */
}

size_t dms_certificate_size(const struct generation *generation)
{
    const struct content *cert = material_content(generation->material, MATERIAL_CERT);
    const struct content *ca = material_content(generation->material, MATERIAL_CA);
    return (cert == NULL ? 0 : content_size(cert)) + (ca == NULL ? 0 : content_size(ca));
}

int dms_certificate_fill(struct json *object, const struct generation *generation, struct fault *f)
{
    CLEANUP(buf_done) struct buf pem = {0};
    char owner[RESOURCE_ARN_SIZE];
    const struct resource *resource = generation->resource;
    const struct cert_info *facts = material_facts(generation->material);
    if (dms_certificate_write_pem(generation, &pem, f) != 0)
        return -1;
    resource_account(resource, owner);
    int failed = json_add_text(object, "CertificateIdentifier", resource->identifier);
    failed |= json_add_date(object, "CertificateCreationDate", resource->created);
    failed |= json_add_text(object, "CertificatePem", (const char *)pem.data);
    failed |= json_add_text(object, "CertificateArn", resource->arn);
    failed |= json_add_text(object, "CertificateOwner", owner);
    failed |= json_add_date(object, "ValidFromDate", facts->not_before);
    failed |= json_add_date(object, "ValidToDate", facts->not_after);
    failed |= json_add_text(object, "SigningAlgorithm", facts->java_algorithm);
    failed |= json_add_number(object, "KeyLength", (uint64_t)facts->key_bits);
    if (generation->key_id[0] != '\0')
        failed |= json_add_text(object, "KmsKeyId", generation->key_id);
    return failed == 0 ? 0 : fault_no_memory(f);
}

int dms_certificate_write(const struct generation *generation, struct buf *ret, struct fault *f)
{
    CLEANUP(json_freep) struct json *object = json_new();
    if (dms_certificate_fill(object, generation, f) != 0 || json_write(object, ret, f) != 0)
        return -1;
    return buf_append_text(ret, "\n", f);
}

static struct content *dms_certificate_make_description(const struct generation *generation)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct fault f = {.reason = REASON_NONE};
    return dms_certificate_write(generation, &text, &f) == 0 ? content_new(&text) : NULL;
}

struct generation *dms_certificate_generation(uint64_t number, int64_t committed, struct material *material,
                                              struct resource *resource, const char *key_id)
{
    struct generation *generation = generation_new(number, committed, material, resource, key_id);
    if (generation == NULL || resource->identifier[0] == '\0')
        return generation;
    generation->description = dms_certificate_make_description(generation);
    if (generation->description != NULL)
        return generation;
    generation_unref(generation);
    return NULL;
}
