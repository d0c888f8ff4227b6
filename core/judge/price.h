/*
 * price: the cost of having OpenSSL verify a path.
 */
#ifndef CERTFS_CORE_JUDGE_PRICE_H
#define CERTFS_CORE_JUDGE_PRICE_H

#include "core/judge/path.h"

/*
 * Returns the price of one X509_verify_cert in steps of the budget: the signatures, each name of each certificate
 * against each name constraint above it, and the leaf's address families against all others.
 */
uint64_t price_of_path(const struct path *path);

#endif
