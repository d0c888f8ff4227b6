#include "core/judge/price.h"

#include <openssl/x509v3.h>

#include "core/base/buf.h"
#include "core/pem/der.h"
#include "core/x509/ossl_x509.h"
#include "core/x509/private_key.h"

enum { COMPARISONS_PER_STEP = 4, FAMILIES_PER_STEP = 16, BYTES_PER_STEP = 256, ELEMENT_SIZE_MIN = 2 };

/* The number and total length of names or name constraints. */
struct amount {
    uint64_t count, bytes;
};

/* Counts bytes that are not DER as the largest possible number of elements, since OpenSSL may still parse them. */
static void price_count_rest(struct span rest, struct amount *total)
{
    total->count += (rest.len + ELEMENT_SIZE_MIN - 1) / ELEMENT_SIZE_MIN;
    total->bytes += rest.len;
}

static void price_count_elements(struct span list, struct amount *total)
{
    struct der element;
    while (der_next(&list, &element)) {
        total->count++;
        total->bytes += element.whole.len;
    }
    price_count_rest(list, total);
}

/* Includes the subject, since RFC 5280 has its email addresses compared, and OpenSSL a leaf's common names. */
static struct amount price_names_of(const X509 *certificate)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    const unsigned char *der;
    size_t length = 0;
    struct amount total = {.count = 1 + (uint64_t)X509_NAME_entry_count(subject)};
    struct span value = ossl_extension(certificate, NID_subject_alt_name), names;
    if (X509_NAME_get0_der(subject, &der, &length) == 1)
        total.bytes += length;
    if (der_take(&value, DER_SEQUENCE, &names))
        price_count_elements(names, &total);
    price_count_rest(value, &total);
    return total;
}

/* Counts permitted and excluded subtrees. */
static struct amount price_constraints_of(const X509 *certificate)
{
    struct amount total = {.count = 0};
    struct span value = ossl_extension(certificate, NID_name_constraints), lists = {NULL, 0};
    struct der list;
    if (der_take(&value, DER_SEQUENCE, &lists))
        while (der_next(&lists, &list))
            price_count_elements(list.content, &total);
    price_count_rest(lists, &total);
    price_count_rest(value, &total);
    return total;
}

static uint64_t price_of_names(const struct path *path)
{
    struct amount names[PATH_LENGTH_MAX];
    uint64_t price = 0;
    for (size_t i = 0; i < path->length; i++) {
        const struct amount constraints = price_constraints_of(path->certificates[i]);
        names[i] = price_names_of(path->certificates[i]);
        for (size_t below = 0; below < i && constraints.count > 0; below++)
            price += constraints.count * names[below].count / COMPARISONS_PER_STEP +
                     (constraints.count * names[below].bytes + names[below].count * constraints.bytes) / BYTES_PER_STEP;
    }
    return price;
}

/* IPAddrBlocks (RFC 3779, 2.2.3.1). */
static uint64_t price_families_of(const X509 *certificate)
{
    struct amount total = {.count = 0};
    struct span value = ossl_extension(certificate, NID_sbgp_ipAddrBlock), families;
    if (der_take(&value, DER_SEQUENCE, &families))
        price_count_elements(families, &total);
    price_count_rest(value, &total);
    return total.count;
}

/* OpenSSL 3.5 searches each family in an unsorted list. */
static uint64_t price_of_families(const struct path *path)
{
    uint64_t own = path->length > 0 ? price_families_of(path->certificates[0]) : 0, all = 0;
    for (size_t i = 0; i < path->length && own > 0; i++)
        all += price_families_of(path->certificates[i]);
    return own * all / FAMILIES_PER_STEP;
}

uint64_t price_of_path(const struct path *path)
{
    uint64_t price = price_of_names(path) + price_of_families(path);
    for (size_t i = 1; i < path->length; i++) {
        EVP_PKEY *key = X509_get0_pubkey(path->certificates[i]);
        price += key == NULL ? 0 : private_key_price(key);
    }
    ossl_clear_errors();
    return price;
}
