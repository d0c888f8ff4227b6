#include "tests/unit/lib/load_fixture.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>

#include "core/draft/restore.h"
#include "core/store/kek.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"

struct loaded loaded;

void loaded_report(void *context, const char *name, const char *sentence)
{
    (void)context;
    loaded.reports++;
    snprintf(loaded.about, sizeof(loaded.about), "%s", name);
    snprintf(loaded.report, sizeof(loaded.report), "%s", sentence);
}

static int open_archive(struct store **ret, struct fault *f)
{
    const struct store_place place = {.store_fd = folder_again(loaded.store_folder),
                                      .keys_fd = folder_again(loaded.keys_folder),
                                      .taken_over = loaded.taken_over,
                                      .default_id = "certfs"};
    return store_open(&place, ret, f);
}

struct store *loaded_archive(void)
{
    struct store *store = NULL;
    struct fault f = {0};
    law_expect(open_archive(&store, &f), &f, REASON_NONE);
    return store;
}

int loaded_start(int64_t wall, struct fault *f)
{
    struct store *store = NULL;
    struct fault none = {0};
    loaded.reports = 0;
    loaded.report[0] = '\0';
    law_expect(registry_new(&loaded.registry, &none), &none, REASON_NONE);
    int result = open_archive(&store, f);
    if (result == 0 &&
        registry_load(loaded.registry, store, (struct moment){wall, 1}, restore_record, loaded_report, NULL, f) != 0) {
        store_freep(&store);
        result = -1;
    }
    law_check(result, f, (struct span){NULL, 0});
    assert_int_equal(ERR_peek_error(), 0);
    if (result != 0)
        loaded_stop();
    return result;
}

void loaded_stop(void)
{
    registry_freep(&loaded.registry);
    loaded.registry = NULL;
}

void loaded_restart(void)
{
    struct fault f = {0};
    loaded_stop();
    if (loaded_start(PKI_NOW, &f) != 0)
        fail_msg("%s: %s", reason_name(f.reason), f.message);
}

void loaded_begin(void)
{
    struct fault f = {0};
    loaded = (struct loaded){.store_folder = folder_make(), .keys_folder = folder_make()};
    assert_int_equal(kek_create(loaded.keys_folder, "certfs", &f), 0);
    loaded_restart();
}

void loaded_end(void)
{
    loaded_stop();
    folder_remove(loaded.store_folder);
    folder_remove(loaded.keys_folder);
}

void loaded_setup(void)
{
    struct fault f = {0};
    loaded_begin();
    assert_int_equal(kek_create(loaded.keys_folder, "other", &f), 0);
    loaded.first = set_material_of_key(2);
    loaded.second = set_material_of_key(3);
}

void loaded_teardown(void)
{
    loaded_end();
    material_unrefp(&loaded.first);
    material_unrefp(&loaded.second);
}

int loaded_try_commit(const char *identifier, const char *key_id, struct material *material, struct commit *ret,
                      struct fault *f)
{
    struct registry_entry entry = set_entry(identifier, material);
    entry.key_id = key_id;
    fault_clear(f);
    int result = registry_commit(loaded.registry, &entry, LOADED_NOW, ret, f);
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

uint64_t loaded_commit(const char *identifier, const char *key_id, struct material *material)
{
    struct commit result;
    struct fault f = {0};
    law_expect(loaded_try_commit(identifier, key_id, material, &result, &f), &f, REASON_NONE);
    return result.generation;
}

void loaded_take_key(const char *file, struct buf *ret)
{
    assert_true(folder_read(loaded.keys_folder, file, ret));
    assert_int_equal(unlinkat(loaded.keys_folder, file, 0), 0);
}

static void mark_name(uint64_t number, char ret[static MARK_NAME_SIZE])
{
    snprintf(ret, MARK_NAME_SIZE, "generation.%llu", (unsigned long long)number);
}

bool loaded_has_mark(uint64_t number)
{
    char name[MARK_NAME_SIZE];
    struct stat facts;
    mark_name(number, name);
    return fstatat(loaded.store_folder, name, &facts, 0) == 0;
}

void loaded_remove_mark(uint64_t number)
{
    char name[MARK_NAME_SIZE];
    mark_name(number, name);
    (void)!unlinkat(loaded.store_folder, name, 0);
}
