#include "core/judge/built.h"

#include "core/base/fault.h"
#include "core/x509/cert_list.h"
#include "core/x509/ossl_x509.h"

static int built_ignore(int ok, X509_STORE_CTX *context)
{
    (void)ok;
    (void)context;
    return 1;
}

/* Replaces the signature checks, which follow the building. */
static int built_end(X509_STORE_CTX *context)
{
    (void)context;
    return 0;
}

/* A self-signed leaf is trusted if OpenSSL found it among the anchors, before any certificate with its name. */
static bool built_is_trusted(X509_STORE_CTX *context, const struct path *path, STACK_OF(X509) *anchors)
{
    X509 *last = path->certificates[path->length - 1];
    bool found = path->length > 1 || X509_STORE_CTX_get_num_untrusted(context) == 0;
    return found && path_is_root(last) && cert_list_contain(anchors, last);
}

static void built_copy(X509_STORE_CTX *context, X509 *leaf, STACK_OF(X509) *anchors, struct path *ret)
{
    STACK_OF(X509) *built = X509_STORE_CTX_get0_chain(context);
    *ret = (struct path){.length = 0};
    for (int i = 0; i < sk_X509_num(built) && ret->length < PATH_LENGTH_MAX; i++)
        ret->certificates[ret->length++] = sk_X509_value(built, i);
    /* If the leaf itself is trusted, the built path holds the copy from ssl_ca. */
    ret->length = ret->length == 0 ? 1 : ret->length;
    ret->certificates[0] = leaf;
    ret->complete = built_is_trusted(context, ret, anchors);
    ret->pinned = ret->complete && ret->length == 1;
}

X509_STORE_CTX *built_context(X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, int64_t now)
{
    CLEANUP(ossl_store_ctx_freep) X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (context == NULL || X509_STORE_CTX_init(context, NULL, leaf, chain) != 1)
        return NULL;
    X509_STORE_CTX_set0_trusted_stack(context, anchors);
    X509_STORE_CTX_set_verify_cb(context, built_ignore);
    X509_STORE_CTX_set_verify(context, built_end);
    X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(parameters, (time_t)now);
    X509_VERIFY_PARAM_set_depth(parameters, PATH_LENGTH_MAX);
    return TAKE(context);
}

/* The path borrows certificates from the lists, so they outlive the context. */
int built_path(X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, int64_t now, struct path *ret,
               struct fault *f)
{
    CLEANUP(ossl_store_ctx_freep) X509_STORE_CTX *context = built_context(leaf, chain, anchors, now);
    if (context == NULL)
        return fault_no_memory(f);
    (void)X509_verify_cert(context);
    built_copy(context, leaf, anchors, ret);
    ossl_clear_errors();
    return 0;
}

bool built_same(const struct path *a, const struct path *b)
{
    bool same = a->length == b->length && a->complete == b->complete;
    for (size_t i = 0; i < a->length && same; i++)
        same = X509_cmp(a->certificates[i], b->certificates[i]) == 0;
    return same;
}
