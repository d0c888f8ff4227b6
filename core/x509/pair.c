#include "core/x509/pair.h"

#include <stdio.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "core/base/cleanup.h"

enum {
    FACTORS_MAX = 10,        /* OpenSSL's limit; keys have 2, rarely up to 5 */
    FACTOR_BITS_MAX = 8192,  /* half of the largest modulus */
    RAISED_FROM_BITS = 8192, /* with wrong factors OpenSSL signs a second time, at eight times the cost */
    NAME_SIZE = 24,
};

/* The numbers of RFC 8017, A.1.2. */
struct rsa {
    BIGNUM *n, *e, *d;
    BIGNUM *factors[FACTORS_MAX];
    BIGNUM *exponents[FACTORS_MAX];
    BIGNUM *coefficients[FACTORS_MAX]; /* [0] is qInv, of factor 0; [i] belongs to factor i + 1 */
    int count;
    BN_CTX *context;
};

static void pair_rsa_done(struct rsa *rsa)
{
    BN_free(rsa->n);
    BN_free(rsa->e);
    BN_clear_free(rsa->d);
    for (int i = 0; i < FACTORS_MAX; i++) {
        BN_clear_free(rsa->factors[i]);
        BN_clear_free(rsa->exponents[i]);
        BN_clear_free(rsa->coefficients[i]);
    }
    BN_CTX_free(rsa->context);
}

/* Reads "rsa-factor1" and so on. */
static void pair_read_numbered(EVP_PKEY *key, const char *what, int number, BIGNUM **ret)
{
    char name[NAME_SIZE];
    snprintf(name, sizeof(name), "rsa-%s%d", what, number + 1);
    (void)EVP_PKEY_get_bn_param(key, name, ret);
}

static bool pair_read_rsa(EVP_PKEY *key, struct rsa *ret)
{
    ret->context = BN_CTX_secure_new();
    if (ret->context == NULL || EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &ret->n) != 1 ||
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &ret->e) != 1 ||
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_D, &ret->d) != 1)
        return false;
    for (int i = 0; i < FACTORS_MAX; i++) {
        pair_read_numbered(key, "factor", i, &ret->factors[i]);
        pair_read_numbered(key, "exponent", i, &ret->exponents[i]);
        pair_read_numbered(key, "coefficient", i, &ret->coefficients[i]);
        if (ret->factors[i] == NULL || ret->exponents[i] == NULL)
            break;
        ret->count++;
    }
    return ret->count >= 2;
}

static bool pair_factors_make_modulus(const struct rsa *rsa, BIGNUM *t)
{
    if (!BN_one(t) || !BN_is_odd(rsa->n))
        return false;
    for (int i = 0; i < rsa->count; i++)
        if (BN_num_bits(rsa->factors[i]) < 2 || BN_num_bits(rsa->factors[i]) > FACTOR_BITS_MAX ||
            !BN_mul(t, t, rsa->factors[i], rsa->context))
            return false;
    return BN_cmp(t, rsa->n) == 0;
}

/* For each factor, e d must be 1 modulo factor - 1. */
static bool pair_exponents_are_inverse(const struct rsa *rsa, BIGNUM *t, BIGNUM *u)
{
    if (BN_cmp(rsa->d, rsa->n) >= 0)
        return false;
    for (int i = 0; i < rsa->count; i++)
        if (!BN_copy(t, rsa->factors[i]) || !BN_sub_word(t, 1) || !BN_mod_mul(u, rsa->e, rsa->d, t, rsa->context) ||
            !BN_is_one(u))
            return false;
    return true;
}

/* Each exponent must be d modulo its factor - 1. */
static bool pair_exponent_fits(const struct rsa *rsa, int i, BIGNUM *t, BIGNUM *u)
{
    return BN_copy(t, rsa->factors[i]) != NULL && BN_sub_word(t, 1) && BN_mod(u, rsa->d, t, rsa->context) &&
           BN_cmp(u, rsa->exponents[i]) == 0;
}

static bool pair_is_inverse(const struct rsa *rsa, const BIGNUM *number, int coefficient, int factor, BIGNUM *u)
{
    const BIGNUM *inverse = rsa->coefficients[coefficient], *modulus = rsa->factors[factor];
    return inverse != NULL && BN_cmp(inverse, modulus) < 0 && BN_mod_mul(u, number, inverse, modulus, rsa->context) &&
           BN_is_one(u);
}

/*
 * qInv must be the inverse of q modulo p; every other coefficient the inverse of the product of the preceding factors.
 */
static bool pair_coefficients_fit(const struct rsa *rsa, BIGNUM *t, BIGNUM *u)
{
    if (!pair_is_inverse(rsa, rsa->factors[1], 0, 0, u) || !BN_mul(t, rsa->factors[0], rsa->factors[1], rsa->context))
        return false;
    for (int i = 2; i < rsa->count; i++)
        if (!pair_is_inverse(rsa, t, i - 1, i, u) || !BN_mul(t, t, rsa->factors[i], rsa->context))
            return false;
    return true;
}

/* Raising 2 to the private and then to the public exponent must give 2, as it does modulo a prime. */
static bool pair_factors_work(const struct rsa *rsa, BIGNUM *t, BIGNUM *u)
{
    if (BN_num_bits(rsa->n) <= RAISED_FROM_BITS)
        return true;
    for (int i = 0; i < rsa->count; i++) {
        BN_set_flags(rsa->exponents[i], BN_FLG_CONSTTIME);
        if (!BN_set_word(t, 2) || !BN_mod_exp(u, t, rsa->exponents[i], rsa->factors[i], rsa->context) ||
            !BN_mod_exp(u, u, rsa->e, rsa->factors[i], rsa->context) || BN_cmp(u, t) != 0)
            return false;
    }
    return true;
}

static const char *pair_trouble_of(const struct rsa *rsa, BIGNUM *t, BIGNUM *u)
{
    if (!pair_factors_make_modulus(rsa, t))
        return "primes do not make its modulus";
    if (!pair_exponents_are_inverse(rsa, t, u))
        return "private exponent does not belong to its primes";
    for (int i = 0; i < rsa->count; i++)
        if (!pair_exponent_fits(rsa, i, t, u))
            return i == 0 ? "dp is wrong" : i == 1 ? "dq is wrong" : "exponent of a prime is wrong";
    if (!pair_coefficients_fit(rsa, t, u))
        return "qInv is wrong";
    return pair_factors_work(rsa, t, u) ? NULL : "primes are not prime";
}

static const char *pair_rsa_trouble(EVP_PKEY *key)
{
    CLEANUP(pair_rsa_done) struct rsa rsa = {.count = 0};
    BIGNUM *t = BN_secure_new(), *u = BN_secure_new();
    bool read = t != NULL && u != NULL && pair_read_rsa(key, &rsa);
    const char *trouble = read ? pair_trouble_of(&rsa, t, u) : "primes are missing";
    BN_clear_free(t);
    BN_clear_free(u);
    return trouble;
}

static const char *pair_ec_trouble(EVP_PKEY *key)
{
    CLEANUP(ossl_pkey_ctx_freep) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool consistent = context != NULL && EVP_PKEY_pairwise_check(context) == 1;
    return consistent ? NULL : "private half does not fit its public half";
}

const char *pair_trouble(EVP_PKEY *key)
{
    const char *trouble = NULL;
    if (EVP_PKEY_is_a(key, "EC") == 1)
        trouble = pair_ec_trouble(key);
    else if (EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1)
        trouble = pair_rsa_trouble(key);
    ossl_clear_errors();
    return trouble;
}
