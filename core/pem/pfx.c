#include "core/pem/pfx.h"

#include "core/base/buf.h"
#include "core/pem/der.h"
#include "core/pem/pbe.h"

enum {
    DEPTH_MAX = 3, /* of nested bags */
    /* After oid_bags. */
    BAG_KEY = 1,
    BAG_SHROUDED_KEY = 2,
    BAG_CERTIFICATE = 3,
    BAG_BAGS = 6,
    DER_IMPLICIT_0 = 0x80, /* [0] IMPLICIT of a primitive */
};

struct reading {
    struct pbe pbe;
    struct pem *pem;
    struct fault *fault;
};

static const struct span oid_data = DER_OID("\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01");
static const struct span oid_encrypted = DER_OID("\x2A\x86\x48\x86\xF7\x0D\x01\x07\x06");
static const struct span oid_x509 = DER_OID("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x16\x01");
static const struct span oid_bags =
    DER_OID("\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x0A\x01"); /* followed by the kind of bag */

static int pfx_refuse(const struct reading *r, const char *what)
{
    return pbe_refuse(&r->pbe, what, r->fault);
}

static bool pfx_take_whole(struct span *rest, unsigned char tag, struct span *ret_whole)
{
    struct der element;
    if (rest->len == 0 || rest->data[0] != tag || !der_next(rest, &element))
        return false;
    *ret_whole = element.whole;
    return true;
}

static bool pfx_take_version(struct span *rest, unsigned char version)
{
    struct span content;
    return der_take(rest, DER_INTEGER, &content) && content.len == 1 && content.data[0] == version;
}

/* ---- bags ---- */

static int pfx_read_bags(struct reading *r, struct span contents, unsigned depth);

static int pfx_add(struct reading *r, const char *label, struct span der)
{
    return pem_add(r->pem, label, der, r->fault) == 0 ? 0 : fault_at(r->fault, r->pbe.field);
}

static int pfx_read_certificate(struct reading *r, struct span value)
{
    struct span fields, oid, explicit, certificate;
    if (!der_take(&value, DER_SEQUENCE, &fields) || !der_take(&fields, DER_OBJECT, &oid))
        return pfx_refuse(r, "a certificate in it cannot be read");
    if (!span_equal(oid, oid_x509))
        return 0; /* an SDSI certificate; RFC 7292 defines no others */
    if (!der_take(&fields, DER_EXPLICIT, &explicit) || !der_take(&explicit, DER_OCTETS, &certificate))
        return pfx_refuse(r, "a certificate in it cannot be read");
    return pfx_add(r, "CERTIFICATE", certificate);
}

static int pfx_read_shrouded(struct reading *r, struct span value)
{
    CLEANUP(buf_done) struct buf plain = {0};
    struct span fields, algorithm, cipher;
    if (!der_take(&value, DER_SEQUENCE, &fields) || !pfx_take_whole(&fields, DER_SEQUENCE, &algorithm) ||
        !der_take(&fields, DER_OCTETS, &cipher))
        return pfx_refuse(r, "a key in it cannot be read");
    if (pbe_decrypt(&r->pbe, algorithm, cipher, &plain, r->fault) != 0)
        return -1;
    return pfx_add(r, "PRIVATE KEY", buf_span(&plain));
}

/* Ignores secret bags (requests and stored passwords) and revocation lists. */
static int pfx_read_bag(struct reading *r, struct span bag, unsigned depth)
{
    struct span oid, value;
    if (!der_take(&bag, DER_OBJECT, &oid) || !der_take(&bag, DER_EXPLICIT, &value))
        return pfx_refuse(r, "a bag in it cannot be read");
    switch (der_last_arc(oid, oid_bags)) {
    case BAG_KEY:
        return pfx_add(r, "PRIVATE KEY", value);
    case BAG_SHROUDED_KEY:
        return pfx_read_shrouded(r, value);
    case BAG_CERTIFICATE:
        return pfx_read_certificate(r, value);
    case BAG_BAGS:
        return pfx_read_bags(r, value, depth + 1);
    default:
        return 0;
    }
}

static int pfx_read_bags(struct reading *r, struct span contents, unsigned depth)
{
    struct span bags, bag;
    if (depth > DEPTH_MAX || !der_take(&contents, DER_SEQUENCE, &bags))
        return pfx_refuse(r, "its bags cannot be read");
    while (bags.len > 0)
        if (!der_take(&bags, DER_SEQUENCE, &bag))
            return pfx_refuse(r, "its bags cannot be read");
        else if (pfx_read_bag(r, bag, depth) != 0)
            return -1;
    return 0;
}

/* ---- safes ---- */

static int pfx_read_encrypted(struct reading *r, struct span explicit)
{
    CLEANUP(buf_done) struct buf plain = {0};
    struct span fields, info, oid, algorithm, cipher;
    if (!der_take(&explicit, DER_SEQUENCE, &fields) || !pfx_take_version(&fields, 0) ||
        !der_take(&fields, DER_SEQUENCE, &info) || !der_take(&info, DER_OBJECT, &oid) || !span_equal(oid, oid_data) ||
        !pfx_take_whole(&info, DER_SEQUENCE, &algorithm) || !der_take(&info, DER_IMPLICIT_0, &cipher))
        return pfx_refuse(r, "an encrypted part of it cannot be read");
    return pbe_decrypt(&r->pbe, algorithm, cipher, &plain, r->fault) == 0 ? pfx_read_bags(r, buf_span(&plain), 0) : -1;
}

static int pfx_read_safe(struct reading *r, struct span safe)
{
    struct span oid, explicit, contents;
    if (!der_take(&safe, DER_OBJECT, &oid) || !der_take(&safe, DER_EXPLICIT, &explicit))
        return pfx_refuse(r, "a part of it cannot be read");
    if (span_equal(oid, oid_encrypted))
        return pfx_read_encrypted(r, explicit);
    if (!span_equal(oid, oid_data))
        return pbe_refuse_algorithm(&r->pbe, "encrypted for a key and not for a password", r->fault);
    return der_take(&explicit, DER_OCTETS, &contents) ? pfx_read_bags(r, contents, 0)
                                                      : pfx_refuse(r, "a part of it cannot be read");
}

static int pfx_read_safes(struct reading *r, struct span authentic)
{
    struct span safes, safe;
    if (!der_take(&authentic, DER_SEQUENCE, &safes) || authentic.len != 0)
        return pfx_refuse(r, "its parts cannot be read");
    while (safes.len > 0)
        if (!der_take(&safes, DER_SEQUENCE, &safe))
            return pfx_refuse(r, "its parts cannot be read");
        else if (pfx_read_safe(r, safe) != 0)
            return -1;
    return 0;
}

/* In a truncated file the first element is longer than the file. */
static int pfx_refuse_outermost(const struct reading *r, struct span der)
{
    enum { INDEFINITE = 0x80 };
    if (der.len > 1 && der.data[0] == DER_SEQUENCE && der.data[1] == INDEFINITE)
        return pfx_refuse(r, "its PKCS#12 is BER with indefinite lengths; rewrite it with orapki");
    if (der.len < 2 || der.data[0] == DER_SEQUENCE)
        return pfx_refuse(r, "it ends too early; copy the whole file, as binary");
    return pfx_refuse(r, "there is no PKCS#12 in it; copy the file again, as binary");
}

/* Reads the outermost layer: the authenticated content and its MAC. */
static int pfx_read_outermost(const struct reading *r, struct span der, struct span *ret_authentic,
                              struct span *ret_mac)
{
    struct span rest = der, pfx, info, oid, explicit;
    if (!der_take(&rest, DER_SEQUENCE, &pfx))
        return pfx_refuse_outermost(r, der);
    if (rest.len != 0)
        return pfx_refuse(r, "it has trailing bytes");
    if (!pfx_take_version(&pfx, 3) || !der_take(&pfx, DER_SEQUENCE, &info) || !der_take(&info, DER_OBJECT, &oid) ||
        !span_equal(oid, oid_data) || !der_take(&info, DER_EXPLICIT, &explicit) ||
        !der_take(&explicit, DER_OCTETS, ret_authentic))
        return pfx_refuse(r, "its PKCS#12 cannot be read");
    if (pfx.len == 0)
        return pfx_refuse(r, "it has no MAC");
    return der_take(&pfx, DER_SEQUENCE, ret_mac) && pfx.len == 0 ? 0 : pfx_refuse(r, "its PKCS#12 cannot be read");
}

int pfx_read(struct span der, const struct pbe *pbe, struct pem *ret, struct fault *f)
{
    struct reading r = {.pbe = *pbe, .pem = ret, .fault = f};
    struct span authentic = {NULL, 0}, mac = {NULL, 0};
    if (pfx_read_outermost(&r, der, &authentic, &mac) != 0)
        return -1;
    return pbe_check_mac(&r.pbe, mac, authentic, f) == 0 ? pfx_read_safes(&r, authentic) : -1;
}
