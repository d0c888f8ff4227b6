#include "core/judge/price.h"

#include <openssl/x509v3.h>

#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/pki.h"

enum { FAMILY_SIZE = 9, FEW = 10, MANY = 4000 };

static struct path path;

/* Adds an extension with `count` address families (RFC 3779) to a certificate, followed by other bytes. */
static void add_families(X509 *certificate, size_t count, struct span tail)
{
    CLEANUP(buf_done) struct buf value = {0};
    const size_t size = count * FAMILY_SIZE;
    const unsigned char head[] = {0x30, 0x83, (unsigned char)(size >> 16), (unsigned char)(size >> 8),
                                  (unsigned char)size};
    add_bytes(&value, (struct span){head, sizeof(head)});
    for (size_t i = 0; i < count; i++) {
        const unsigned char family[FAMILY_SIZE] = {0x30, 7, 4, 3, 0, (unsigned char)(i >> 8), (unsigned char)i, 5, 0};
        add_bytes(&value, (struct span){family, sizeof(family)});
    }
    add_bytes(&value, tail);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    assert_non_null(octets);
    assert_int_equal(ASN1_OCTET_STRING_set(octets, value.data, (int)value.len), 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_NID(NULL, NID_sbgp_ipAddrBlock, 1, octets);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(octets);
}

static void make_path(void)
{
    X509 *root = pki_certificate(&(struct pki_spec){.name = "root", .key = pki_key(0), .kind = PKI_CA});
    X509 *leaf = pki_certificate(
        &(struct pki_spec){.name = "leaf", .key = pki_key(1), .issuer = root, .issuer_key = pki_key(0)});
    path = (struct path){.length = 2, .certificates = {leaf, root}};
}

static void free_path(void)
{
    for (size_t i = 0; i < path.length; i++)
        X509_free(path.certificates[i]);
}

static uint64_t price_with(size_t of_leaf, size_t of_root)
{
    if (of_leaf > 0)
        add_families(path.certificates[0], of_leaf, (struct span){NULL, 0});
    if (of_root > 0)
        add_families(path.certificates[1], of_root, (struct span){NULL, 0});
    return price_of_path(&path);
}

TEST(a_few_address_families_cost_next_to_nothing)
{
    uint64_t without = price_of_path(&path);
    assert_true(without > 0);
    assert_true(price_with(FEW, FEW) - without < BUDGET_STEPS / 1000);
}

TEST(many_of_the_leaf_cost_as_often_as_there_are_others)
{
    uint64_t without = price_of_path(&path);
    assert_true(price_with(MANY, MANY) - without > BUDGET_STEPS);
}

TEST(many_of_a_ca_alone_are_not_compared)
{
    uint64_t without = price_of_path(&path);
    assert_int_equal(price_with(0, MANY), without);
}

/* OpenSSL may read as many families as there is space for. */
TEST(anything_but_der_costs_as_much_as_it_may_hold)
{
    unsigned char loose[4 * MANY] = {0x30, 0x80};
    uint64_t without = price_of_path(&path);
    add_families(path.certificates[0], 0, (struct span){loose, sizeof(loose)});
    assert_true(price_with(0, MANY) - without > BUDGET_STEPS);
}

EACH_TEST(make_path, free_path);
