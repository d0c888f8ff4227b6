#include "core/pem/structure.h"

#include <string.h>

#include "core/pem/der.h"

enum { LONG_LENGTH = 0x80, LENGTH_BYTES_MAX = 4, UTC_TIME = 0x17, GENERALIZED_TIME = 0x18 };

/* 1.2.840.113549 (rsadsi), the parent of the PKCS object identifiers. */
static const unsigned char rsadsi[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D};

/* Returns the content of a SEQUENCE, which may be truncated. */
static bool structure_enter(struct span der, struct span *ret)
{
    size_t header = 2;
    if (der.len < header || der.data[0] != DER_SEQUENCE)
        return false;
    if ((der.data[1] & LONG_LENGTH) != 0)
        header += der.data[1] & (LONG_LENGTH - 1);
    if (header > 2 + LENGTH_BYTES_MAX || header > der.len)
        return false;
    *ret = span_from(der, header);
    return true;
}

/* True if it begins with the object identifier 1.2.840.113549.1.`arc` or one below it. */
static bool structure_begins_with_pkcs(struct span inside, unsigned char arc)
{
    struct span object;
    return der_take(&inside, DER_OBJECT, &object) && object.len > sizeof(rsadsi) + 2 &&
           memcmp(object.data, rsadsi, sizeof(rsadsi)) == 0 && object.data[sizeof(rsadsi)] == 1 &&
           object.data[sizeof(rsadsi) + 1] == arc;
}

/* ContentInfo (RFC 5652, 3) of signed data. */
static bool structure_is_pkcs7(struct span der)
{
    struct span inside;
    return structure_enter(der, &inside) && structure_begins_with_pkcs(inside, 7);
}

/* PFX (RFC 7292, 4): its version, and ContentInfo. */
static bool structure_is_pkcs12(struct span der)
{
    struct span inside, version, content;
    return structure_enter(der, &inside) && der_take(&inside, DER_INTEGER, &version) &&
           structure_enter(inside, &content) && structure_begins_with_pkcs(content, 7);
}

/* EncryptedPrivateKeyInfo (RFC 5958, 3): an algorithm of PKCS#5 or PKCS#12, and octets. */
static bool structure_is_encrypted_key(struct span der)
{
    struct span inside, algorithm;
    return structure_enter(der, &inside) && der_take(&inside, DER_SEQUENCE, &algorithm) &&
           (structure_begins_with_pkcs(algorithm, 5) || structure_begins_with_pkcs(algorithm, 12));
}

/* Skips two SEQUENCEs in a row. */
static bool structure_skip_two(struct span *rest)
{
    struct span skipped;
    if (!der_take(rest, DER_SEQUENCE, &skipped))
        return false;
    return der_take(rest, DER_SEQUENCE, &skipped);
}

/* CertificationRequestInfo (RFC 2986, 4.1): version, subject, key, attributes. */
static bool structure_is_request(struct span der)
{
    struct span inside, info, skipped;
    return structure_enter(der, &inside) && structure_enter(inside, &info) && der_take(&info, DER_INTEGER, &skipped) &&
           structure_skip_two(&info) && der_take(&info, DER_EXPLICIT, &skipped);
}

/* TBSCertList (RFC 5280, 5.1): an optional version, algorithm, issuer, and a time. */
static bool structure_is_revocation_list(struct span der)
{
    struct span inside, list, skipped;
    if (!structure_enter(der, &inside) || !structure_enter(inside, &list))
        return false;
    (void)der_take(&list, DER_INTEGER, &skipped);
    return structure_skip_two(&list) &&
           (der_take(&list, UTC_TIME, &skipped) || der_take(&list, GENERALIZED_TIME, &skipped));
}

/* SubjectPublicKeyInfo (RFC 5280, 4.1): an algorithm, and bits. */
static bool structure_is_public_key(struct span der)
{
    struct span inside, algorithm, object, bits;
    return structure_enter(der, &inside) && der_take(&inside, DER_SEQUENCE, &algorithm) &&
           der_take(&algorithm, DER_OBJECT, &object) && der_take(&inside, DER_BITS, &bits);
}

static const struct {
    bool (*is)(struct span der);
    const char *name;
} structures[STRUCTURE_COUNT] = {
    [STRUCTURE_PKCS7] = {structure_is_pkcs7, "a PKCS#7 bundle; convert it with openssl pkcs7 -print_certs"},
    [STRUCTURE_PKCS12] = {structure_is_pkcs12, "a PKCS#12 file; base64 -d its body, then openssl pkcs12 -nodes"},
    [STRUCTURE_ENCRYPTED_KEY] = {structure_is_encrypted_key,
                                 "an encrypted private key; decrypt it first (openssl pkey)"},
    [STRUCTURE_REQUEST] = {structure_is_request, "a certificate request; have it signed first"},
    [STRUCTURE_REVOCATION_LIST] = {structure_is_revocation_list,
                                   "a revocation list, which is not accepted; leave it out"},
    [STRUCTURE_PUBLIC_KEY] = {structure_is_public_key, "a bare public key; the certificate or private key is expected"},
};

enum structure structure_of(struct span der)
{
    enum structure structure = STRUCTURE_OTHER + 1;
    while (structure < STRUCTURE_COUNT && !structures[structure].is(der))
        structure++;
    return structure == STRUCTURE_COUNT ? STRUCTURE_OTHER : structure;
}

const char *structure_name(enum structure structure)
{
    return structures[structure].name;
}
