#include "tests/bench/bare.h"

#include <stdbool.h>
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

enum { LEVEL = 2, FLIGHTS_MAX = 16 };

/* The result of parsing. */
struct parsed {
    STACK_OF(X509_INFO) *ca, *cert;
    X509 *leaf;
    EVP_PKEY *key;
};

static int load_file(const char *folder, const char *name, char *bytes, size_t *ret_size)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    *ret_size = file == NULL ? 0 : fread(bytes, 1, BARE_FILE_MAX, file);
    if (file != NULL)
        fclose(file);
    return *ret_size > 0 && *ret_size < BARE_FILE_MAX ? 0 : -1;
}

int bare_load(const char *folder, struct bare_set *ret)
{
    return load_file(folder, "ca.pem", ret->ca.bytes, &ret->ca.size) == 0 &&
                   load_file(folder, "cert.pem", ret->cert.bytes, &ret->cert.size) == 0 &&
                   load_file(folder, "key.pem", ret->key.bytes, &ret->key.size) == 0
               ? 0
               : -1;
}

static STACK_OF(X509_INFO) *parse_list(const char *bytes, size_t size)
{
    BIO *bio = BIO_new_mem_buf(bytes, (int)size);
    STACK_OF(X509_INFO) *list = PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return list;
}

static EVP_PKEY *parse_key(const struct bare_set *set)
{
    BIO *bio = BIO_new_mem_buf(set->key.bytes, (int)set->key.size);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return key;
}

static bool parse(const struct bare_set *set, struct parsed *ret)
{
    ret->ca = parse_list(set->ca.bytes, set->ca.size);
    ret->cert = parse_list(set->cert.bytes, set->cert.size);
    ret->key = parse_key(set);
    if (ret->ca == NULL || ret->cert == NULL || ret->key == NULL || sk_X509_INFO_num(ret->cert) < 1)
        return false;
    ret->leaf = sk_X509_INFO_value(ret->cert, 0)->x509;
    return true;
}

static void release(struct parsed *parsed)
{
    sk_X509_INFO_pop_free(parsed->ca, X509_INFO_free);
    sk_X509_INFO_pop_free(parsed->cert, X509_INFO_free);
    EVP_PKEY_free(parsed->key);
}

static bool add_anchors(X509_STORE *store, const struct parsed *parsed)
{
    for (int i = 0; i < sk_X509_INFO_num(parsed->ca); i++)
        if (X509_STORE_add_cert(store, sk_X509_INFO_value(parsed->ca, i)->x509) != 1)
            return false;
    return true;
}

static bool verify(const struct parsed *parsed)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *between = sk_X509_new_null();
    bool good = add_anchors(store, parsed);
    for (int i = 1; i < sk_X509_INFO_num(parsed->cert) && good; i++)
        good = sk_X509_push(between, sk_X509_INFO_value(parsed->cert, i)->x509) > 0;
    good = good && X509_STORE_CTX_init(context, store, parsed->leaf, between) == 1;
    if (good)
        X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context), LEVEL);
    good = good && X509_verify_cert(context) == 1;
    sk_X509_free(between);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return good;
}

static SSL_CTX *make_endpoint(const struct parsed *parsed)
{
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    SSL_CTX_set_security_level(context, LEVEL);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    bool good = SSL_CTX_use_certificate(context, parsed->leaf) == 1 &&
                SSL_CTX_use_PrivateKey(context, parsed->key) == 1 &&
                add_anchors(SSL_CTX_get_cert_store(context), parsed);
    for (int i = 1; i < sk_X509_INFO_num(parsed->cert) && good; i++)
        good = SSL_CTX_add1_chain_cert(context, sk_X509_INFO_value(parsed->cert, i)->x509) == 1;
    if (good)
        return context;
    SSL_CTX_free(context);
    return NULL;
}

/* Both sides take turns until both are done. */
static bool shake_hands(SSL *server, SSL *client)
{
    BIO *a, *b;
    if (BIO_new_bio_pair(&a, 0, &b, 0) != 1)
        return false;
    SSL_set_bio(server, a, a);
    SSL_set_bio(client, b, b);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    for (int flight = 0; flight < FLIGHTS_MAX; flight++) {
        int client_result = SSL_do_handshake(client), server_result = SSL_do_handshake(server);
        if (client_result == 1 && server_result == 1)
            return true;
    }
    return false;
}

static bool shake_hands_in(SSL_CTX *context, int version)
{
    SSL *server = SSL_new(context), *client = SSL_new(context);
    bool good = SSL_set_min_proto_version(client, version) == 1 && SSL_set_max_proto_version(client, version) == 1 &&
                shake_hands(server, client);
    SSL_free(server);
    SSL_free(client);
    return good;
}

/* In both versions, and mutual, so that each shows both directions at once. */
static bool prove(const struct parsed *parsed)
{
    SSL_CTX *context = make_endpoint(parsed);
    if (context == NULL)
        return false;
    bool good = shake_hands_in(context, TLS1_3_VERSION) && shake_hands_in(context, TLS1_2_VERSION);
    SSL_CTX_free(context);
    return good;
}

int bare_import(const struct bare_set *set)
{
    struct parsed parsed = {.key = NULL};
    bool good = parse(set, &parsed) && X509_check_private_key(parsed.leaf, parsed.key) == 1 && verify(&parsed) &&
                prove(&parsed);
    release(&parsed);
    ERR_clear_error();
    return good ? 0 : -1;
}
