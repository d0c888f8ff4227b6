#include "core/set/generation.h"

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"

static struct material *material;
static struct resource *resource;

TEST(it_holds_the_material_until_its_last_reference_goes)
{
    size_t before = alloc_live();
    struct generation *generation = generation_new(7, PKI_NOW, material, resource, "alias/x");
    assert_non_null(generation);
    assert_int_equal(generation->number, 7);
    assert_int_equal(generation->committed, PKI_NOW);
    assert_ptr_equal(generation->material, material);
    assert_ptr_equal(generation->resource, resource);
    assert_string_equal(generation->key_id, "alias/x");
    assert_ptr_equal(generation_ref(generation), generation);
    generation_unref(generation);
    assert_ptr_equal(generation->material, material);
    generation_unref(generation);
    assert_int_equal(alloc_live(), before);
    generation_unref(NULL);
}

TEST(its_objects_outlive_it_if_others_hold_them)
{
    generation_unref(generation_new(1, PKI_NOW, material, resource, ""));
    assert_true(material_equal(material, material));
    assert_true(material_bytes(material, MATERIAL_KEY).len > 0);
    assert_string_equal(resource->identifier, "");
}

TEST(without_memory_no_reference_is_taken)
{
    alloc_fail(1);
    assert_null(generation_new(1, PKI_NOW, material, resource, ""));
    alloc_fail(0);
}

static void before_all(void)
{
    material = set_material_of_key(2);
    resource = resource_new("", 0, "", PKI_NOW);
}

static void after_all(void)
{
    material_unrefp(&material);
    resource_unrefp(&resource);
}

ALL_TESTS(before_all, after_all);
