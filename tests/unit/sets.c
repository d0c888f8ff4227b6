#include "tests/unit/sets.h"

#include "tests/unit/harness.h"

struct material *set_material(const struct pki *pki)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_IMPORT_MATERIAL};
    struct material *material = NULL;
    struct fault f = {0};
    assert_int_equal(buf_append(&request.ssl_ca, buf_span(&pki->ca), &f), 0);
    assert_int_equal(buf_append(&request.ssl_cert, buf_span(&pki->cert), &f), 0);
    assert_int_equal(buf_append(&request.ssl_key, buf_span(&pki->key), &f), 0);
    if (material_build(&request, NULL, PKI_NOW, &material, &f) != 0)
        fail_msg("%s: %s", reason_name(f.reason), f.message);
    return material;
}

void set_document(const struct pki *pki, struct buf *ret)
{
    pki_write_document(ret, buf_span(&pki->ca), buf_span(&pki->cert), buf_span(&pki->key));
}
