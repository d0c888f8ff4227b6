/*
 * x509_list: lists of certificates for tests, which take a reference of each and are released with CLEANUP; the path in
 * them.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_X509_LIST_H
#define CERTFS_TESTS_UNIT_LIB_X509_LIST_H

#include "core/judge/judge.h"

/* Up to three certificates; NULL for none. */
STACK_OF(X509) *list_of(X509 *a, X509 *b, X509 *c);

/*
 * The first of path_each at PKI_NOW; where there is none, the longest beginning of one, with `complete` false. Faults
 * as path_each.
 */
int find_path_within(X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, struct budget *budget,
                     struct path *ret, struct fault *f);

/* The same with a budget of its own, which must do. */
void find_path(X509 *leaf, STACK_OF(X509) *chain, STACK_OF(X509) *anchors, struct path *ret);

/* find_path and judge_path of what was given, with a budget of its own, which must do. */
void judge_given(X509 *leaf, const struct given *given, struct path *ret_path, struct verdict *ret);

#endif
