#include "core/ossl.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>

void ossl_x509_freep(X509 **certificate)
{
    X509_free(*certificate);
}

void ossl_stack_freep(STACK_OF(X509) **stack)
{
    sk_X509_pop_free(*stack, X509_free);
}

void ossl_key_freep(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

void ossl_pkey_ctx_freep(EVP_PKEY_CTX **context)
{
    EVP_PKEY_CTX_free(*context);
}

void ossl_encoder_freep(OSSL_ENCODER_CTX **encoder)
{
    OSSL_ENCODER_CTX_free(*encoder);
}

void ossl_bio_freep(BIO **bio)
{
    BIO_free_all(*bio);
}

void ossl_ssl_freep(SSL **ssl)
{
    SSL_free(*ssl);
}

void ossl_ssl_ctx_freep(SSL_CTX **context)
{
    SSL_CTX_free(*context);
}

void ossl_store_freep(X509_STORE **store)
{
    X509_STORE_free(*store);
}

void ossl_store_ctx_freep(X509_STORE_CTX **context)
{
    X509_STORE_CTX_free(*context);
}

void ossl_clear_errors(void)
{
    ERR_clear_error();
}

const char *ossl_take_error(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason == NULL ? "" : reason;
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
    bool cut = length >= size;
    if (cut)
        length = size - 1;
    if (length > 0)
        memcpy(ret, text, length);
    ret[length] = '\0';
    if (cut)
        memcpy(ret + size - 4, "...", 4);
    ossl_clear_errors();
}

void ossl_subject_text(const X509 *certificate, char *ret, size_t size)
{
    ossl_name_text(X509_get_subject_name(certificate), ret, size);
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
