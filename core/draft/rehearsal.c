#include "core/draft/rehearsal.h"

#include <time.h>

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "core/base/buf.h"
#include "core/draft/build.h"
#include "core/request/request.h"
#include "core/x509/ossl_x509.h"

enum { VERSION_3 = 2 };

/* A certificate and its key. */
struct holder {
    X509 *certificate;
    EVP_PKEY *key;
};

static void rehearsal_holder_done(struct holder *holder)
{
    ossl_x509_freep(&holder->certificate);
    ossl_key_freep(&holder->key);
}

static bool rehearsal_add_extension(X509 *certificate, const struct holder *issuer, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer->certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    bool added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool rehearsal_name(X509 *certificate, const struct holder *issuer, const char *name)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, X509_get_subject_name(issuer->certificate)) == 1;
}

static bool rehearsal_extend(X509 *certificate, const struct holder *issuer, bool root)
{
    return rehearsal_add_extension(certificate, issuer, NID_basic_constraints,
                                   root ? "critical,CA:TRUE" : "CA:FALSE") &&
           rehearsal_add_extension(certificate, issuer, NID_key_usage, root ? "keyCertSign" : "digitalSignature") &&
           rehearsal_add_extension(certificate, issuer, NID_subject_key_identifier, "hash") &&
           rehearsal_add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
}

/* `issuer` is `holder` itself for a root. */
static bool rehearsal_certify(struct holder *holder, const struct holder *issuer, int64_t now)
{
    bool root = issuer == holder;
    time_t at = (time_t)now;
    X509 *certificate = holder->certificate = X509_new();
    return holder->key != NULL && certificate != NULL && X509_set_version(certificate, VERSION_3) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(certificate), root ? 1 : 2) == 1 &&
           X509_time_adj_ex(X509_getm_notBefore(certificate), -1, 0, &at) != NULL &&
           X509_time_adj_ex(X509_getm_notAfter(certificate), 1, 0, &at) != NULL &&
           X509_set_pubkey(certificate, holder->key) == 1 &&
           rehearsal_name(certificate, issuer, root ? "rehearsal root" : "rehearsal") &&
           rehearsal_extend(certificate, issuer, root) && X509_sign(certificate, issuer->key, EVP_sha256()) > 0;
}

/* Memory is not what lacks in a process that has just started. */
static int rehearsal_refuse(struct fault *f)
{
    return fault_set(f, REASON_JUDGE_FAILED, "",
                     "OpenSSL cannot make a certificate with its configuration: look at openssl.cnf and OPENSSL_CONF");
}

static int rehearsal_take(BIO *bio, bool written, struct buf *ret, struct fault *f)
{
    char *text = NULL;
    long length = BIO_get_mem_data(bio, &text);
    if (!written || length <= 0)
        return rehearsal_refuse(f);
    return buf_append(ret, (struct span){(const unsigned char *)text, (size_t)length}, f);
}

static int rehearsal_write_certificate(X509 *certificate, struct buf *ret, struct fault *f)
{
    CLEANUP(ossl_bio_freep) BIO *bio = BIO_new(BIO_s_mem());
    return rehearsal_take(bio, bio != NULL && PEM_write_bio_X509(bio, certificate) == 1, ret, f);
}

static int rehearsal_write_key(const EVP_PKEY *key, struct buf *ret, struct fault *f)
{
    CLEANUP(ossl_bio_freep) BIO *bio = BIO_new(BIO_s_mem());
    bool written = bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
    return rehearsal_take(bio, written, ret, f);
}

static int rehearsal_judge(const struct holder *root, const struct holder *leaf, int64_t now, struct fault *f)
{
    CLEANUP(request_done) struct request request = {.action = ACTION_NONE};
    CLEANUP(build_result_done) struct build_result result = {.bundle = false};
    const struct build_served nothing = {.exists = false};
    if (rehearsal_write_certificate(root->certificate, &request.set.ssl_ca, f) != 0 ||
        rehearsal_write_certificate(leaf->certificate, &request.set.ssl_cert, f) != 0 ||
        rehearsal_write_key(leaf->key, &request.set.ssl_key, f) != 0)
        return -1;
    return build_judge(&request.set, &nothing, now, &result, f);
}

/* Consumes both keys. */
static int rehearsal_of(EVP_PKEY *root_key, EVP_PKEY *leaf_key, int64_t now, struct fault *f)
{
    CLEANUP(rehearsal_holder_done) struct holder root = {.key = root_key};
    CLEANUP(rehearsal_holder_done) struct holder leaf = {.key = leaf_key};
    bool made = rehearsal_certify(&root, &root, now) && rehearsal_certify(&leaf, &root, now);
    ossl_clear_errors();
    return made ? rehearsal_judge(&root, &leaf, now, f) : rehearsal_refuse(f);
}

int rehearsal_run(int64_t now, struct fault *f)
{
    unsigned char byte;
    tzset(); /* the first conversion of a time reads /etc/localtime */
    if (RAND_priv_bytes(&byte, 1) != 1)
        return rehearsal_refuse(f);
    return rehearsal_of(EVP_EC_gen("P-256"), EVP_EC_gen("P-256"), now, f);
}
