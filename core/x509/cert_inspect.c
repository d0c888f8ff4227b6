#include "core/x509/cert_inspect.h"

#include <stdio.h>

#include "core/base/buf.h"

static void cert_inspect_collect_serial(const X509 *certificate, char ret[CERT_INFO_HEX_SIZE])
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *text = number == NULL ? NULL : BN_bn2hex(number);
    snprintf(ret, CERT_INFO_HEX_SIZE, "%s", text == NULL ? "" : text);
    OPENSSL_free(text);
    BN_free(number);
}

void cert_inspect_sha256(const X509 *certificate, char ret[CERT_INFO_HEX_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1)
        length = 0;
    span_hex((struct span){digest, length}, ret, CERT_INFO_HEX_SIZE);
}

static void cert_inspect_collect_key(X509 *certificate, struct cert_info *ret)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (key == NULL)
        return;
    const char *name = EVP_PKEY_get0_type_name(key);
    snprintf(ret->key_algorithm, sizeof(ret->key_algorithm), "%s", name == NULL ? "" : name);
    ret->key_bits = EVP_PKEY_get_bits(key);
}

/* The names used by keytool: digest, "with" and key type; algorithms without a digest have fixed names. */
static void cert_inspect_collect_java_algorithm(const X509 *certificate, char ret[CERT_INFO_WORD_SIZE])
{
    int digest = NID_undef, key = NID_undef, signature = X509_get_signature_nid(certificate);
    bool known = OBJ_find_sigid_algs(signature, &digest, &key) == 1 && digest != NID_undef;
    const char *name = signature == NID_rsassaPss ? "RSASSA-PSS"
                       : signature == NID_ED25519 ? "Ed25519"
                       : signature == NID_ED448   ? "Ed448"
                                                  : OBJ_nid2sn(signature);
    const char *kind = key == NID_rsaEncryption ? "RSA" : key == NID_X9_62_id_ecPublicKey ? "ECDSA" : "DSA";
    if (known)
        snprintf(ret, CERT_INFO_WORD_SIZE, "%swith%s", OBJ_nid2sn(digest), kind);
    else
        snprintf(ret, CERT_INFO_WORD_SIZE, "%s", name);
}

void cert_inspect(X509 *certificate, struct cert_info *ret)
{
    *ret = (struct cert_info){.key_bits = 0};
    ossl_subject_text(certificate, ret->subject, sizeof(ret->subject));
    ossl_name_text(X509_get_issuer_name(certificate), ret->issuer, sizeof(ret->issuer));
    cert_inspect_collect_serial(certificate, ret->serial);
    ret->not_before = ossl_time(X509_get0_notBefore(certificate));
    ret->not_after = ossl_time(X509_get0_notAfter(certificate));
    cert_inspect_collect_key(certificate, ret);
    snprintf(ret->signature_algorithm, sizeof(ret->signature_algorithm), "%s",
             OBJ_nid2sn(X509_get_signature_nid(certificate)));
    cert_inspect_collect_java_algorithm(certificate, ret->java_algorithm);
    cert_inspect_sha256(certificate, ret->sha256);
    ossl_clear_errors();
}
