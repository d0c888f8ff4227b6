/*
 * fixtures: whole materials, generations and documents for tests of the rooms above material.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_FIXTURES_H
#define CERTFS_TESTS_UNIT_LIB_FIXTURES_H

#include "core/registry/registry.h"
#include "core/request/request.h"
#include "tests/unit/lib/pki.h"

/* The material of this set, built at PKI_NOW. */
struct material *set_material(const struct pki *pki);

/* The material of a fresh set whose leaf has the key pki_key(key). */
struct material *set_material_of_key(int key);

/* The document that imports this set, appended. */
void set_document(const struct pki *pki, struct buf *ret);

/* request_parse of a document that is complete, which keeps the law. */
int request_of(const char *text, struct request *ret, struct fault *f);

/* A generation, committed at PKI_NOW, in a set of its own: "" is the root set, any other has the number 7. */
struct generation *set_generation(uint64_t number, const char *identifier, struct material *material);

/* The ARN that set_generation and set_entry give to a named set. */
const char *set_arn(void);

/* The input of a commit: no key, no tags; a set that is new was created at PKI_NOW. */
struct registry_entry set_entry(const char *identifier, struct material *material);

/* Tags: one with this key. */
struct tags *set_tags(const char *key);

#endif
