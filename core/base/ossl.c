#include "core/base/ossl.h"

#include <openssl/err.h>

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
