#include "core/pem/outline.h"

#include "core/pem/der.h"

enum {
    POINT_COMPRESSED_MAX = 3, /* the first byte of a point is 2 or 3 if it is compressed (SEC 1, 2.3.3) */
    PKCS1_INTEGERS = 8,       /* after the version */
    DSA_INTEGERS = 5,
    PSS_PARAMETERS_MAX = 128, /* two digests, a length and a number take 60 bytes (RFC 4055, 3.1) */
};

static const struct {
    struct span object;
    enum outline_algorithm algorithm;
    const char *name;
} algorithms[] = {
    {DER_OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01"), OUTLINE_RSA, "RSA"},
    {DER_OID("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A"), OUTLINE_RSA_PSS, "RSA-PSS"},
    {DER_OID("\x2A\x86\x48\xCE\x3D\x02\x01"), OUTLINE_EC, "EC"},
    {DER_OID("\x2B\x65\x70"), OUTLINE_ED25519, "Ed25519"},
    {DER_OID("\x2B\x65\x71"), OUTLINE_ED448, "Ed448"},
    {DER_OID("\x2A\x86\x48\xCE\x38\x04\x01"), OUTLINE_OTHER, "DSA"},
    {DER_OID("\x2A\x86\x48\x86\xF7\x0D\x01\x03\x01"), OUTLINE_OTHER, "Diffie-Hellman"},
    {DER_OID("\x2A\x86\x48\xCE\x3E\x02\x01"), OUTLINE_OTHER, "Diffie-Hellman"},
    {DER_OID("\x2B\x65\x6E"), OUTLINE_OTHER, "X25519"},
    {DER_OID("\x2B\x65\x6F"), OUTLINE_OTHER, "X448"},
};

static const struct span sm2_curve = DER_OID("\x2A\x81\x1C\xCF\x55\x01\x82\x2D");

static void outline_name_algorithm(struct span object, struct outline *ret)
{
    *ret = (struct outline){.algorithm = OUTLINE_OTHER, .name = "an unknown"};
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        if (span_equal(object, algorithms[i].object)) {
            ret->algorithm = algorithms[i].algorithm;
            ret->name = algorithms[i].name;
        }
    }
}

static void outline_disown(struct outline *outline, const char *name)
{
    outline->algorithm = OUTLINE_OTHER;
    outline->name = name;
}

/* Reads the curve of an EC key. If there is none at all, OpenSSL refuses the key later. */
static bool outline_look_at_curve(struct span parameters, struct outline *ret)
{
    struct der curve;
    if (parameters.len == 0)
        return true;
    if (!der_next(&parameters, &curve))
        return false;
    if (curve.tag != DER_OBJECT)
        ret->explicit_curve = true;
    if (span_equal(curve.content, sm2_curve))
        outline_disown(ret, "SM2");
    return true;
}

/* AlgorithmIdentifier (RFC 5280, 4.1.1.2). */
static bool outline_look_at_algorithm(struct span identifier, struct outline *ret)
{
    struct span object;
    if (!der_take(&identifier, DER_OBJECT, &object))
        return false;
    outline_name_algorithm(object, ret);
    ret->oversized = ret->algorithm == OUTLINE_RSA_PSS && identifier.len > PSS_PARAMETERS_MAX;
    return ret->algorithm != OUTLINE_EC || outline_look_at_curve(identifier, ret);
}

/* Modulus and public exponent are adjacent both in a public and in a private key. */
static bool outline_look_at_rsa(struct span *numbers, struct outline *ret)
{
    struct span modulus, exponent;
    return der_take(numbers, DER_INTEGER, &modulus) && der_integer_bits(modulus, &ret->bits) &&
           der_take(numbers, DER_INTEGER, &exponent) && der_integer_bits(exponent, &ret->exponent_bits);
}

static void outline_look_at_point(struct span point, struct outline *ret)
{
    if (point.len == 0)
        return;
    ret->compressed = point.data[0] <= POINT_COMPRESSED_MAX;
    ret->bits = 8 * (ret->compressed ? point.len - 1 : (point.len - 1) / 2);
}

static bool outline_is_rsa(const struct outline *outline)
{
    return outline->algorithm == OUTLINE_RSA || outline->algorithm == OUTLINE_RSA_PSS;
}

bool outline_public_key(struct span info, struct outline *ret)
{
    struct span inside, identifier, key, numbers;
    if (!der_take(&info, DER_SEQUENCE, &inside) || !der_take(&inside, DER_SEQUENCE, &identifier) ||
        !outline_look_at_algorithm(identifier, ret) || !der_take(&inside, DER_BITS, &key) || key.len == 0)
        return false;
    key = (struct span){key.data + 1, key.len - 1}; /* after the number of unused bits */
    if (outline_is_rsa(ret) && !(der_take(&key, DER_SEQUENCE, &numbers) && outline_look_at_rsa(&numbers, ret)))
        outline_disown(ret, "a broken RSA");
    if (ret->algorithm == OUTLINE_EC)
        outline_look_at_point(key, ret);
    return true;
}

/* TBSCertificate (RFC 5280, 4.1) up to the key. */
bool outline_certificate(struct span certificate, struct outline *ret)
{
    struct span inside, tbs, skipped;
    struct der info;
    return der_take(&certificate, DER_SEQUENCE, &inside) && der_take(&inside, DER_SEQUENCE, &tbs) &&
           der_take_optional(&tbs, DER_EXPLICIT, &skipped) && der_take(&tbs, DER_INTEGER, &skipped) &&
           der_take(&tbs, DER_SEQUENCE, &skipped) && der_take(&tbs, DER_SEQUENCE, &skipped) &&
           der_take(&tbs, DER_SEQUENCE, &skipped) && der_take(&tbs, DER_SEQUENCE, &skipped) && der_next(&tbs, &info) &&
           outline_public_key(info.whole, ret);
}

/*
 * RSAPrivateKey (RFC 8017, A.1.2): its numbers (modulus, d, the primes, their exponents and coefficients) have at most
 * five times the length of the modulus together. The limit is needed because OpenSSL multiplies primes when decoding.
 */
static bool outline_look_at_pkcs1(struct span key, struct outline *ret)
{
    enum { TIMES_MODULUS = 5, SLACK = 256 };
    struct span rest = key, number;
    size_t count = 0;
    if (!der_take(&rest, DER_INTEGER, &number) || !outline_look_at_rsa(&rest, ret))
        return false;
    for (count = 2; der_take(&rest, DER_INTEGER, &number);)
        count++;
    if (count == DSA_INTEGERS && rest.len == 0)
        outline_disown(ret, "DSA");
    else if (count != PKCS1_INTEGERS)
        return false;
    ret->oversized |= key.len > TIMES_MODULUS * (ret->bits / 8 + 1) + SLACK;
    return true;
}

/* ECPrivateKey (RFC 5915, 3). */
static bool outline_look_at_sec1(struct span key, struct outline *ret)
{
    struct span version, scalar, curve, point, bits;
    if (!der_take(&key, DER_INTEGER, &version) || !der_take(&key, DER_OCTETS, &scalar) ||
        !der_take_optional(&key, DER_EXPLICIT, &curve) || !outline_look_at_curve(curve, ret) ||
        !der_take_optional(&key, DER_EXPLICIT + 1, &point))
        return false;
    if (der_take(&point, DER_BITS, &bits) && bits.len > 0)
        outline_look_at_point((struct span){bits.data + 1, bits.len - 1}, ret);
    return true;
}

/* PrivateKeyInfo (RFC 5208, 5), after its version. */
static bool outline_look_at_pkcs8(struct span info, struct outline *ret)
{
    struct span identifier, octets, key;
    if (!der_take(&info, DER_SEQUENCE, &identifier) || !outline_look_at_algorithm(identifier, ret) ||
        !der_take(&info, DER_OCTETS, &octets))
        return false;
    if (ret->algorithm != OUTLINE_EC && !outline_is_rsa(ret))
        return true;
    if (!der_take(&octets, DER_SEQUENCE, &key))
        return false;
    return outline_is_rsa(ret) ? outline_look_at_pkcs1(key, ret) : outline_look_at_sec1(key, ret);
}

bool outline_private_key(struct span key, struct outline *ret, enum outline_form *ret_form)
{
    struct span inside, version, rest;
    struct der second;
    if (!der_take(&key, DER_SEQUENCE, &inside))
        return false;
    rest = inside;
    if (!der_take(&rest, DER_INTEGER, &version))
        return false;
    struct span behind_version = rest;
    if (!der_next(&rest, &second))
        return false;
    switch (second.tag) {
    case DER_SEQUENCE:
        *ret_form = OUTLINE_PKCS8;
        return outline_look_at_pkcs8(behind_version, ret);
    case DER_INTEGER:
        *ret_form = OUTLINE_PKCS1;
        *ret = (struct outline){.algorithm = OUTLINE_RSA, .name = "RSA"};
        return outline_look_at_pkcs1(inside, ret);
    case DER_OCTETS:
        *ret_form = OUTLINE_SEC1;
        *ret = (struct outline){.algorithm = OUTLINE_EC, .name = "EC"};
        return outline_look_at_sec1(inside, ret);
    default:
        return false;
    }
}

const char *outline_excess(const struct outline *outline)
{
    if (outline_is_rsa(outline) && outline->bits > OUTLINE_RSA_BITS_MAX)
        return "an RSA key over 16384 bits";
    if (outline_is_rsa(outline) && outline->exponent_bits > OUTLINE_EXPONENT_BITS_MAX)
        return "an RSA key with a public exponent over 256 bits";
    if (outline_is_rsa(outline) && outline->oversized)
        return "an RSA key whose numbers or parameters are too long";
    if (outline->explicit_curve)
        return "an EC key with explicit parameters; a named curve is needed";
    return NULL;
}
