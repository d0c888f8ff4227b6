#include "core/judge/proof.h"

#include <openssl/pem.h>

#include "core/base/buf.h"
#include "core/x509/private_key.h"

enum { FLIGHTS_MAX = 16 }; /* a TLS 1.2 handshake takes four flights, a TLS 1.3 one three */

static int proof_refuse(const char *what, struct fault *f)
{
    return fault_set(f, REASON_HANDSHAKE_FAILED, "", "a TLS handshake with this set fails: %s", what);
}

/* Never prompts for a passphrase. */
static int proof_no_passphrase(char *buffer, int size, int writing, void *data)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)data;
    return -1;
}

static BIO *proof_open_bytes(struct span bytes)
{
    return BIO_new_mem_buf(bytes.data, (int)bytes.len);
}

static int proof_load_key(SSL_CTX *context, struct span bytes)
{
    CLEANUP(ossl_bio_freep) BIO *bio = proof_open_bytes(bytes);
    char *label = NULL, *header = NULL;
    unsigned char *der = NULL;
    long length = 0;
    size_t used;
    if (PEM_read_bio(bio, &label, &header, &der, &length) != 1)
        return -1;
    CLEANUP(ossl_key_freep) EVP_PKEY *key = private_key_decode((struct span){der, (size_t)length}, &used);
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(der, (size_t)length);
    return key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1 ? 0 : -1;
}

/* Loads the leaf, then the rest of the chain, like SSL_CTX_use_certificate_chain_file. */
static int proof_load_chain(SSL_CTX *context, struct span bytes)
{
    CLEANUP(ossl_bio_freep) BIO *bio = proof_open_bytes(bytes);
    for (bool leaf = true;; leaf = false) {
        CLEANUP(ossl_x509_freep) X509 *certificate = PEM_read_bio_X509(bio, NULL, proof_no_passphrase, NULL);
        if (certificate == NULL)
            return leaf ? -1 : 0;
        if (leaf ? SSL_CTX_use_certificate(context, certificate) != 1
                 : SSL_CTX_add1_chain_cert(context, certificate) != 1)
            return -1;
    }
}

static int proof_load_anchors(SSL_CTX *context, struct span bytes)
{
    if (bytes.len == 0) /* a set without anchors */
        return 0;
    CLEANUP(ossl_bio_freep) BIO *bio = proof_open_bytes(bytes);
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    for (;;) {
        CLEANUP(ossl_x509_freep) X509 *certificate = PEM_read_bio_X509(bio, NULL, proof_no_passphrase, NULL);
        if (certificate == NULL)
            return 0;
        if (X509_STORE_add_cert(store, certificate) != 1)
            return -1;
    }
}

static SSL_CTX *proof_new_context(int level)
{
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    if (context == NULL)
        return NULL;
    SSL_CTX_set_security_level(context, level);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    return context;
}

int proof_load(const struct proof_files *files, int64_t now, int level, SSL_CTX **ret, struct fault *f)
{
    ossl_clear_errors();
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *context = proof_new_context(level);
    if (context == NULL)
        return fault_no_memory(f);
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(context), (time_t)now);
    if (proof_load_chain(context, files->cert) != 0 || proof_load_key(context, files->key) != 0 ||
        proof_load_anchors(context, files->ca) != 0 || SSL_CTX_check_private_key(context) != 1)
        return proof_refuse(ossl_take_error(), f);
    ossl_clear_errors(); /* each PEM loop ends with PEM_R_NO_START_LINE */
    *ret = TAKE(context);
    return 0;
}

/* Used only to present a certificate; its peer does not verify it. */
static X509 *proof_certify(EVP_PKEY *key)
{
    CLEANUP(ossl_x509_freep) X509 *certificate = X509_new();
    bool made =
        certificate != NULL && X509_set_version(certificate, X509_VERSION_3) == 1 &&
        X509_set_pubkey(certificate, key) == 1 && X509_gmtime_adj(X509_getm_notBefore(certificate), 0) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(certificate), 1) != NULL && X509_sign(certificate, key, EVP_sha256()) > 0;
    return made ? TAKE(certificate) : NULL;
}

int proof_load_stranger(SSL_CTX *endpoint, SSL_CTX **ret, struct fault *f)
{
    CLEANUP(ossl_ssl_ctx_freep) SSL_CTX *context = proof_new_context(SSL_CTX_get_security_level(endpoint));
    CLEANUP(ossl_key_freep) EVP_PKEY *key = EVP_EC_gen("P-256");
    CLEANUP(ossl_x509_freep) X509 *certificate = key == NULL ? NULL : proof_certify(key);
    bool ready = context != NULL && certificate != NULL && SSL_CTX_use_certificate(context, certificate) == 1 &&
                 SSL_CTX_use_PrivateKey(context, key) == 1 &&
                 X509_VERIFY_PARAM_set1(SSL_CTX_get0_param(context), SSL_CTX_get0_param(endpoint)) == 1;
    ossl_clear_errors();
    if (!ready)
        return fault_no_memory(f);
    SSL_CTX_set1_cert_store(context, SSL_CTX_get_cert_store(endpoint));
    *ret = TAKE(context);
    return 0;
}

/* Runs one side as far as possible. Returns 1: done, 0: waiting for the other side, -1: failed. */
static int proof_advance(SSL *side)
{
    int result = SSL_do_handshake(side);
    if (result == 1)
        return 1;
    return SSL_get_error(side, result) == SSL_ERROR_WANT_READ ? 0 : -1;
}

static int proof_refuse_side(const SSL *side, struct fault *f)
{
    long verification = SSL_get_verify_result(side);
    const char *error = ossl_take_error();
    return proof_refuse(verification == X509_V_OK ? error : X509_verify_cert_error_string(verification), f);
}

static int proof_shake_hands(SSL *server, SSL *client, struct fault *f)
{
    for (int flight = 0; flight < FLIGHTS_MAX; flight++) {
        int client_state = proof_advance(client);
        if (client_state < 0)
            return proof_refuse_side(client, f);
        int server_state = proof_advance(server);
        if (server_state < 0)
            return proof_refuse_side(server, f);
        if (client_state == 1 && server_state == 1)
            return 0;
    }
    return proof_refuse("it does not finish", f);
}

/*
 * Connects each side's output to the other's input. SSL_set_bio takes one reference of each BIO, and both sides use
 * both.
 */
static int proof_connect_sides(SSL *server, SSL *client)
{
    BIO *to_server = BIO_new(BIO_s_mem());
    BIO *to_client = BIO_new(BIO_s_mem());
    if (to_server == NULL || to_client == NULL) {
        BIO_free(to_server);
        BIO_free(to_client);
        return -1;
    }
    BIO_set_mem_eof_return(to_server, -1);
    BIO_set_mem_eof_return(to_client, -1);
    BIO_up_ref(to_server);
    BIO_up_ref(to_client);
    SSL_set_bio(server, to_server, to_client);
    SSL_set_bio(client, to_client, to_server);
    return 0;
}

/* Restricts both sides to this version. */
static bool proof_agree(SSL *server, SSL *client, int version)
{
    return SSL_set_min_proto_version(server, version) == 1 && SSL_set_max_proto_version(server, version) == 1 &&
           SSL_set_min_proto_version(client, version) == 1 && SSL_set_max_proto_version(client, version) == 1;
}

int proof_handshake(SSL_CTX *server, SSL_CTX *client, const struct proof_terms *terms, struct fault *f)
{
    ossl_clear_errors();
    CLEANUP(ossl_ssl_freep) SSL *server_side = SSL_new(server);
    CLEANUP(ossl_ssl_freep) SSL *client_side = SSL_new(client);
    if (server_side == NULL || client_side == NULL || proof_connect_sides(server_side, client_side) != 0)
        return fault_no_memory(f);
    if (!proof_agree(server_side, client_side, terms->version))
        return proof_refuse(ossl_take_error(), f);
    SSL_set_accept_state(server_side);
    SSL_set_connect_state(client_side);
    SSL_set_verify(client_side, terms->verify_server ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    SSL_set_verify(server_side,
                   terms->verify_client ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE, NULL);
    int result = proof_shake_hands(server_side, client_side, f);
    ossl_clear_errors();
    return result;
}
