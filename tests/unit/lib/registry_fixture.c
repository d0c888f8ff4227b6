#include "tests/unit/lib/registry_fixture.h"

#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"

struct registry *registry;
struct material *materials[MATERIALS];

struct moment at(int64_t seconds)
{
    return (struct moment){.wall = PKI_NOW + seconds, .steady = 1000 + seconds};
}

struct commit commit(const char *identifier, int material)
{
    const struct registry_entry entry = set_entry(identifier, materials[material]);
    struct commit result;
    struct fault f = {0};
    law_expect(registry_commit(registry, &entry, at(0), &result, &f), &f, REASON_NONE);
    return result;
}

bool can_be_found(uint64_t number)
{
    CLEANUP(generation_unrefp) struct generation *generation = registry_find(registry, number);
    if (generation != NULL)
        assert_int_equal(generation->number, number);
    return generation != NULL;
}

bool is_wiped(const struct material *material)
{
    struct span bytes;
    struct content *key = material_content(material, MATERIAL_KEY);
    if (content_borrow(key, &bytes) != 0)
        return true;
    content_return(key);
    return false;
}

void registry_fixture_setup(void)
{
    struct fault f = {0};
    for (int i = 0; i < MATERIALS; i++)
        materials[i] = set_material_of_key(2 + i);
    assert_int_equal(registry_new(&registry, &f), 0);
}

void registry_fixture_teardown(void)
{
    registry_freep(&registry);
    for (int i = 0; i < MATERIALS; i++)
        material_unrefp(&materials[i]);
}
