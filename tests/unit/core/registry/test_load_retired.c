/* Another process takes a registry over: a store in memory, and generations that were replaced, in either kind. */
#include "core/registry/load_retired.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/draft/restore.h"
#include "core/registry/load.h"
#include "core/registry/registry_kept.h"
#include "core/store/kek.h"
#include "core/store/vault.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

enum { SETS = 3, MANY = REGISTRY_RETIRED_MAX + 4 };

static const unsigned char secret[KEK_SIZE] = "no key of a directory";
static struct registry *taken;
static int memory, store_folder, keys_folder;
static bool in_memory;
static struct material *sets[SETS];
static int64_t now;

static void ignore(void *context, const char *name, const char *sentence)
{
    (void)context;
    (void)name;
    fail_msg("%s", sentence);
}

/* The one before is gone without a word. */
static void take_over(void)
{
    const struct store_place place = {.store_fd = in_memory ? -1 : folder_again(store_folder),
                                      .keys_fd = in_memory ? -1 : folder_again(keys_folder),
                                      .vault_fd = memory,
                                      .vault_key = secret,
                                      .taken_over = taken != NULL,
                                      .default_id = "certfs"};
    struct store *store = NULL;
    struct fault f = {0};
    registry_freep(&taken);
    law_expect(registry_new(&taken, &f), &f, REASON_NONE);
    law_expect(store_open(&place, &store, &f), &f, REASON_NONE);
    const struct moment moment = {PKI_NOW, now};
    law_expect(registry_load(taken, store, moment, restore_record, ignore, NULL, &f), &f, REASON_NONE);
    registry_load_retired(taken, moment);
}

static void set_up(void)
{
    struct fault f = {0};
    for (int i = 0; i < SETS; i++)
        sets[i] = set_material_of_key(2 + i);
    memory = memfd_create("vault", MFD_CLOEXEC);
    store_folder = folder_make();
    keys_folder = folder_make();
    assert_int_equal(kek_create(keys_folder, "certfs", &f), 0);
    in_memory = false;
    taken = NULL;
    now = 1000;
    take_over();
}

static void tear_down(void)
{
    registry_freep(&taken);
    folder_remove(store_folder);
    folder_remove(keys_folder);
    close(memory);
    for (int i = 0; i < SETS; i++)
        material_unref(sets[i]);
}

EACH_TEST(set_up, tear_down);

static void begin_in_memory(void)
{
    in_memory = true;
    registry_freep(&taken);
    taken = NULL;
    take_over();
}

static uint64_t commit(const char *identifier, int which)
{
    struct registry_entry entry = set_entry(identifier, sets[which]);
    struct commit result;
    struct fault f = {0};
    law_expect(registry_commit(taken, &entry, (struct moment){PKI_NOW, now}, &result, &f), &f, REASON_NONE);
    return result.generation;
}

/* Which set the generation of this number serves; -1: it is not found. */
static int found(uint64_t number)
{
    CLEANUP(generation_unrefp) struct generation *generation = registry_find(taken, number);
    for (int i = 0; generation != NULL && i < SETS; i++)
        if (material_equal(generation->material, sets[i]))
            return i;
    return generation == NULL ? -1 : SETS;
}

static size_t listed(const char *identifier)
{
    uint64_t numbers[REGISTRY_RETIRED_MAX + 1];
    return registry_list(taken, identifier, numbers);
}

static bool is_used(void *context, uint64_t number)
{
    return context != NULL && *(const uint64_t *)context == number;
}

static void expect_all(void)
{
    uint64_t first = commit("", 0), second = commit("", 1), named = commit("Name", 2);
    take_over();
    assert_int_equal(found(first), 0);
    assert_int_equal(found(second), 1);
    assert_int_equal(found(named), 2);
    assert_int_equal(listed(""), 2);
    assert_int_equal(listed("Name"), 1);
    assert_int_equal(registry_number(taken), named);
    struct commit result;
    struct fault f = {0};
    law_expect(registry_restore(taken, "", (struct moment){PKI_NOW, now}, &result, &f), &f, REASON_NONE);
    take_over();
    assert_int_equal(found(result.generation), 0);
    assert_int_equal(found(first), 0);
    assert_int_equal(listed(""), 3);
}

TEST(current_and_replaced_generations_of_a_directory_are_served_on)
{
    expect_all();
}

TEST(those_of_a_store_in_memory_too)
{
    begin_in_memory();
    expect_all();
}

TEST(a_store_in_memory_has_no_keys_and_nothing_in_clear)
{
    begin_in_memory();
    struct registry_entry entry = set_entry("", sets[0]);
    struct commit result;
    struct fault f = {0};
    commit("", 0);
    assert_false(registry_has_key(taken, "certfs"));
    entry.key_id = "certfs";
    law_expect(registry_commit(taken, &entry, (struct moment){PKI_NOW, now}, &result, &f), &f,
               REASON_KEY_NOT_ACCESSIBLE);
    struct stat facts;
    assert_int_equal(fstat(memory, &facts), 0);
    unsigned char *bytes = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_SHARED, memory, 0);
    assert_ptr_not_equal(bytes, MAP_FAILED);
    struct span key = material_bytes(sets[0], MATERIAL_KEY);
    assert_null(memmem(bytes, (size_t)facts.st_size, key.data + 40, 40));
    munmap(bytes, (size_t)facts.st_size);
}

TEST(a_removed_set_leaves_nothing)
{
    struct commit result;
    struct fault f = {0};
    struct stat before, after;
    begin_in_memory();
    assert_int_equal(fstat(memory, &before), 0);
    uint64_t first = commit("", 0), second = commit("", 1);
    law_expect(registry_remove(taken, "", &result, &f), &f, REASON_NONE);
    assert_int_equal(fstat(memory, &after), 0);
    assert_int_equal(after.st_blocks, before.st_blocks + 4096 / 512); /* the table of slots */
    take_over();
    assert_int_equal(found(first), -1);
    assert_int_equal(found(second), -1);
    assert_null(registry_revive(taken, first));
    assert_int_equal(registry_number(taken), result.generation);
    assert_true(commit("", 0) > result.generation);
}

TEST(a_generation_that_only_an_open_file_uses_is_revived_but_not_listed)
{
    uint64_t first = commit("", 0), second;
    now += REGISTRY_RETIRED_SECONDS;
    second = commit("", 1);
    commit("", 2);
    now += REGISTRY_RETIRED_SECONDS - 1;
    assert_int_equal(registry_sweep(taken, is_used, &first), 2);
    now += 1;
    take_over();
    assert_int_equal(found(first), -1);
    assert_int_equal(found(second), -1);
    CLEANUP(generation_unrefp) struct generation *revived = registry_revive(taken, first);
    assert_non_null(revived);
    assert_int_equal(found(first), 0);
    assert_int_equal(listed(""), 1);
    registry_expire(taken, (struct moment){PKI_NOW, now});
    assert_int_equal(found(first), -1);
    assert_int_equal(registry_sweep(taken, is_used, &first), 1);
    assert_int_equal(registry_sweep(taken, is_used, NULL), 0);
    take_over();
    assert_null(registry_revive(taken, first));
}

TEST(a_revived_generation_is_wiped_with_its_set)
{
    struct commit result;
    struct fault f = {0};
    struct span bytes;
    for (int i = 0; i < MANY; i++)
        commit("", i % 2);
    take_over();
    assert_int_equal(listed(""), REGISTRY_RETIRED_MAX + 1);
    CLEANUP(generation_unrefp) struct generation *oldest = registry_revive(taken, 1);
    assert_non_null(oldest);
    law_expect(registry_remove(taken, "", &result, &f), &f, REASON_NONE);
    assert_int_equal(content_borrow(material_content(oldest->material, MATERIAL_KEY), &bytes), -1);
    assert_int_equal(found(1), -1);
}

TEST(a_generation_that_was_kept_but_not_replaced_is_served_once)
{
    uint64_t number = commit("", 0);
    struct store_place place = {.store_fd = folder_again(store_folder),
                                .keys_fd = folder_again(keys_folder),
                                .vault_fd = memory,
                                .taken_over = true,
                                .default_id = "certfs"};
    struct store *store = NULL;
    struct fault f = {0};
    registry_freep(&taken);
    taken = NULL;
    law_expect(store_open(&place, &store, &f), &f, REASON_NONE);
    store_retire(store, "", number, now); /* and killed */
    store_freep(&store);
    take_over();
    assert_int_equal(listed(""), 1);
    assert_int_equal(found(number), 0);
}
