#include "core/x509/extensions.h"

#include <openssl/x509v3.h>

#include "core/base/buf.h"
#include "core/pem/der.h"

enum {
    POINT_SIZE_MIN = 6, /* a SEQUENCE, the name, and an empty set relative to the issuer */
    POINT_PRICE = 4,
    BYTES_PER_STEP = 1, /* of the name, which is copied several times until the set is served */
};

static uint64_t extensions_count_room(struct span rest)
{
    return rest.len == 0 ? 0 : rest.len / POINT_SIZE_MIN + 1;
}

/* DistributionPoint: its name is [0]. In that, [0] is a full name; count any other as a relative one. */
static uint64_t extensions_count_point(struct span members)
{
    struct der member, name;
    uint64_t count = 0;
    while (der_next(&members, &member))
        if (member.tag == DER_EXPLICIT && !(der_next(&member.content, &name) && name.tag == DER_EXPLICIT))
            count++;
    return count + extensions_count_room(members);
}

static uint64_t extensions_count_relative(struct span value)
{
    struct span points;
    struct der point;
    uint64_t count = 0;
    if (!der_take(&value, DER_SEQUENCE, &points))
        return extensions_count_room(value);
    while (der_next(&points, &point))
        count += extensions_count_point(point.content);
    return count + extensions_count_room(points);
}

uint64_t extensions_price(const X509 *certificate)
{
    const unsigned char *der;
    size_t length = 0;
    uint64_t count = extensions_count_relative(ossl_extension(certificate, NID_crl_distribution_points));
    if (count > 0 && X509_NAME_get0_der(X509_get_issuer_name(certificate), &der, &length) != 1)
        length = 0;
    ossl_clear_errors();
    return count * (POINT_PRICE + length / BYTES_PER_STEP);
}
