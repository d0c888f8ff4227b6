/*
 * vaulted: a vault in memory and materials to commit to it, for tests of the vault.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_VAULTED_H
#define CERTFS_TESTS_UNIT_LIB_VAULTED_H

#include "core/vault/vault.h"

enum { MATERIALS = 4 };

/* Fresh for every test, since some tests revoke them. */
extern struct vault *vault;
extern struct material *materials[MATERIALS];

/* So many seconds from the beginning, by both clocks. */
struct moment at(int64_t seconds);

/* At the beginning; it must not fail. */
struct commit commit(const char *identifier, int material);

/* Whether the vault finds a generation by its number. */
bool can_be_found(uint64_t number);

/* Whether nobody can read its key any more. */
bool is_wiped(const struct material *material);

/* Before and after each test. */
void vaulted_setup(void);
void vaulted_teardown(void);

#endif
