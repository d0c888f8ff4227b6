#include "core/x509/ossl_x509.h"

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/x509v3.h>

#include "core/base/text.h"
#include "core/pem/der.h"

void ossl_x509_freep(X509 **certificate)
{
    X509_free(*certificate);
}

void ossl_stack_freep(STACK_OF(X509) **stack)
{
    sk_X509_pop_free(*stack, X509_free);
}

void ossl_ssl_freep(SSL **ssl)
{
    SSL_free(*ssl);
}

void ossl_ssl_ctx_freep(SSL_CTX **context)
{
    SSL_CTX_free(*context);
}

void ossl_store_ctx_freep(X509_STORE_CTX **context)
{
    X509_STORE_CTX_free(*context);
}

/* Copies a text, truncated to fit. */
static void ossl_x509_copy_cut(struct span text, char *ret, size_t size)
{
    size_t length = text.len < size ? text.len : size - 1;
    if (length > 0)
        memcpy(ret, text.data, length);
    ret[length] = '\0';
    if (text.len >= size)
        text_cut(ret, size);
}

void ossl_name_text(const X509_NAME *name, char *ret, size_t size)
{
    assert(size > 4);
    CLEANUP(ossl_bio_freep) BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    size_t length = 0;
    if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
        long available = BIO_get_mem_data(bio, &text);
        length = available > 0 ? (size_t)available : 0;
    }
    ossl_x509_copy_cut((struct span){(const unsigned char *)text, length}, ret, size);
    ossl_clear_errors();
}

struct span ossl_extension(const X509 *certificate, int nid)
{
    X509_EXTENSION *found = X509_get_ext(certificate, X509_get_ext_by_NID(certificate, nid, -1));
    const ASN1_OCTET_STRING *value = found == NULL ? NULL : X509_EXTENSION_get_data(found);
    if (value == NULL)
        return (struct span){NULL, 0};
    return (struct span){ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)};
}

/* Tags of GeneralName (RFC 5280, 4.2.1.6). */
enum { EMAIL = 0x81, DNS = 0x82, URI = 0x86, ADDRESS = 0x87 };

/* NULL for names that are not text. */
static const char *ossl_x509_kind_of_name(unsigned char tag)
{
    return tag == DNS ? "DNS:" : tag == EMAIL ? "email:" : tag == URI ? "URI:" : tag == ADDRESS ? "IP:" : NULL;
}

static void ossl_x509_write_name(const struct der *name, char *ret, size_t size)
{
    const char *kind = ossl_x509_kind_of_name(name->tag);
    char text[160] = "";
    if (kind == NULL)
        return;
    size_t used = (size_t)snprintf(text, sizeof(text), "%s", kind);
    if (name->tag == ADDRESS && (name->content.len == 4 || name->content.len == 16))
        (void)inet_ntop(name->content.len == 4 ? AF_INET : AF_INET6, name->content.data, text + used,
                        (socklen_t)(sizeof(text) - used));
    else
        for (size_t i = 0; i < name->content.len && used + 1 < sizeof(text); i++)
            text[used++] = (char)(isgraph(name->content.data[i]) ? name->content.data[i] : '?');
    ossl_x509_copy_cut(span_of(text), ret, size);
}

/*
 * Finds the first textual one of the first few alternative names. Parses the bytes directly, since there can be
 * thousands of names.
 */
static bool ossl_x509_find_alternative_name(const X509 *certificate, struct der *ret)
{
    enum { LOOKED_AT = 8 };
    struct span rest = ossl_extension(certificate, NID_subject_alt_name), names = {NULL, 0};
    if (!der_take(&rest, DER_SEQUENCE, &names))
        return false;
    for (int i = 0; i < LOOKED_AT && der_next(&names, ret); i++)
        if (ossl_x509_kind_of_name(ret->tag) != NULL)
            return true;
    return false;
}

void ossl_subject_text(const X509 *certificate, char *ret, size_t size)
{
    struct der name;
    const X509_NAME *subject = X509_get_subject_name(certificate);
    if (X509_NAME_entry_count(subject) > 0)
        ossl_name_text(subject, ret, size);
    else if (ossl_x509_find_alternative_name(certificate, &name))
        ossl_x509_write_name(&name, ret, size);
    else
        ossl_x509_copy_cut(span_of("no name"), ret, size);
}

int64_t ossl_time(const ASN1_TIME *time)
{
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1) {
        ossl_clear_errors();
        return 0;
    }
    return timegm(&parts);
}
