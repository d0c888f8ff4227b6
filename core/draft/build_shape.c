#include "core/draft/build_shape.h"

#include <string.h>

#include "core/about/cert_info.h"
#include "core/base/buf.h"
#include "core/base/fault.h"
#include "core/pem/canonical.h"
#include "core/pem/pem.h"
#include "core/pem/wallet.h"
#include "core/set/content.h"
#include "core/x509/cert_list.h"

static bool build_shape_has(const struct build_result *r, enum material_file file)
{
    return r->files[file].len > 0;
}

static size_t build_shape_count(const struct build_result *r, enum material_file file, const char *label)
{
    return canonical_count(buf_span(&r->files[file]), label);
}

static bool build_shape_is_list(const struct build_result *r, enum material_file file, size_t max)
{
    size_t count = build_shape_count(r, file, "CERTIFICATE");
    return !build_shape_has(r, file) || (count > 0 && count <= max);
}

/* ---- each part ---- */

static bool build_shape_digest(const struct build_result *r, const struct build_served *served)
{
    (void)served;
    return cert_info_is_sha256(r->facts.sha256);
}

static bool build_shape_waived(const struct build_result *r, const struct build_served *served)
{
    (void)served;
    return reason_are_waivable(r->findings.waived);
}

static bool build_shape_ca(const struct build_result *r, const struct build_served *served)
{
    (void)served;
    return build_shape_is_list(r, MATERIAL_CA, PEM_BLOCKS_MAX);
}

static bool build_shape_cert(const struct build_result *r, const struct build_served *served)
{
    (void)served;
    return build_shape_is_list(r, MATERIAL_CERT, CERTIFICATES_IN_CHAIN_MAX);
}

static bool build_shape_key(const struct build_result *r, const struct build_served *served)
{
    (void)served;
    return !build_shape_has(r, MATERIAL_KEY) || build_shape_count(r, MATERIAL_KEY, "RSA PRIVATE KEY") == 1 ||
           build_shape_count(r, MATERIAL_KEY, "PRIVATE KEY") == 1;
}

static bool build_shape_wallet(const struct build_result *r, const struct build_served *served)
{
    (void)served;
    return !build_shape_has(r, MATERIAL_WALLET) || wallet_begins(buf_span(&r->files[MATERIAL_WALLET]));
}

/* ---- all together ---- */

/* Trust anchors alone have no leaf. */
static bool build_shape_leaf(const struct build_result *r, const struct build_served *served)
{
    (void)served;
    return build_shape_has(r, MATERIAL_CERT) != r->lifetimes.anchors;
}

static bool build_shape_anchors(const struct build_result *r, const struct build_served *served)
{
    (void)served;
    return !r->lifetimes.anchors || build_shape_count(r, MATERIAL_CA, "CERTIFICATE") == r->lifetimes.count;
}

static bool build_shape_pair(const struct build_result *r, const struct build_served *served)
{
    (void)served;
    return (build_shape_has(r, MATERIAL_CERT) && !r->keeps_key) == build_shape_has(r, MATERIAL_KEY);
}

/* Certificates alone keep the key that there is. */
static bool build_shape_kept(const struct build_result *r, const struct build_served *served)
{
    bool can = served->leaf[0] != '\0' && (served->files >> MATERIAL_KEY & 1) != 0;
    return !r->keeps_key ||
           (can && r->bundle && build_shape_has(r, MATERIAL_CERT) && !build_shape_has(r, MATERIAL_WALLET));
}

/* Three fields are three files. */
static bool build_shape_fields(const struct build_result *r, const struct build_served *served)
{
    (void)served;
    return r->bundle || (build_shape_has(r, MATERIAL_CA) && build_shape_has(r, MATERIAL_CERT) &&
                         build_shape_has(r, MATERIAL_KEY) && !build_shape_has(r, MATERIAL_WALLET));
}

static bool build_shape_loss(const struct build_result *r, const struct build_served *served)
{
    unsigned files = r->keeps_key ? 1U << MATERIAL_KEY : 0;
    for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++)
        if (build_shape_has(r, file))
            files |= 1U << file;
    return (served->files & ~files) == 0 || (r->findings.waived >> REASON_LOSES_FILES & 1) != 0;
}

static const struct {
    bool (*holds)(const struct build_result *result, const struct build_served *served);
    const char *name, *flaw;
} rules[] = {
    {build_shape_digest, "sha256", "is no SHA-256"},
    {build_shape_waived, "waived", "names what cannot be waived"},
    {build_shape_ca, "ca.pem", "is no list of certificates as certfs writes it"},
    {build_shape_cert, "cert.pem", "is no chain of certificates as certfs writes it"},
    {build_shape_key, "key.pem", "is no private key as certfs writes it"},
    {build_shape_wallet, "cwallet.sso", "does not begin as a wallet"},
    {build_shape_leaf, "cert.pem", "and the kind of the set do not agree"},
    {build_shape_anchors, "ca.pem", "has not as many certificates as there are lifetimes"},
    {build_shape_kept, "keeps_key", "is set where no key can stay"},
    {build_shape_pair, "key.pem", "and cert.pem are not there together"},
    {build_shape_fields, "bundle", "is not set, and the files are not three"},
    {build_shape_loss, "waived", "lacks the loss of a file"},
};

void build_shape_check(struct wire_reader *reader, const struct build_result *result, const struct build_served *served)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (!rules[i].holds(result, served))
            wire_refuse(reader, rules[i].name, rules[i].flaw);
}
