/*
 * sets: whole materials and documents for tests of the rooms above material.
 */
#ifndef CERTFS_TESTS_UNIT_SETS_H
#define CERTFS_TESTS_UNIT_SETS_H

#include "core/material.h"
#include "tests/unit/pki.h"

/* The material of this set, built at PKI_NOW. */
struct material *set_material(const struct pki *pki);

/* The document that imports this set, appended. */
void set_document(const struct pki *pki, struct buf *ret);

#endif
