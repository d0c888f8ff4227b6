/*
 * registry_fixture: a registry in memory and materials to commit to it, for tests of the registry.
 */
#ifndef CERTFS_TESTS_UNIT_LIB_REGISTRY_FIXTURE_H
#define CERTFS_TESTS_UNIT_LIB_REGISTRY_FIXTURE_H

#include "core/registry/registry.h"

enum { MATERIALS = 4 };

/* Fresh for every test, since some tests revoke them. */
extern struct registry *registry;
extern struct material *materials[MATERIALS];

/* So many seconds from the beginning, by both clocks. */
struct moment at(int64_t seconds);

/* At the beginning; it must not fail. */
struct commit commit(const char *identifier, int material);

/* Whether the registry finds a generation by its number. */
bool can_be_found(uint64_t number);

/* True if its key can no longer be read. */
bool is_wiped(const struct material *material);

/* Before and after each test. */
void registry_fixture_setup(void);
void registry_fixture_teardown(void);

#endif
