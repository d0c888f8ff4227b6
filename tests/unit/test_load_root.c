/* load: a root set that does not open stops the start, in whatever way it is spoilt; without it the others are served.
 */
#include "core/load.h"

#include <string.h>
#include <unistd.h>

#include "core/kek.h"
#include "core/store.h"
#include "tests/unit/folder.h"
#include "tests/unit/harness.h"
#include "tests/unit/sets.h"

static const struct moment now = {.wall = PKI_NOW, .steady = 1};
static struct material *material;
static int store_folder, keys_folder;
static struct vault *vault;
static bool key_is_another; /* then named sets do not open either */

static void report(void *context, const char *name, const char *sentence)
{
    (void)context, (void)name;
    if (!key_is_another)
        fail_msg("%s", sentence);
}

static int start(struct fault *f)
{
    const struct archive_place place = {
        .store_fd = folder_again(store_folder), .keys_fd = folder_again(keys_folder), .default_id = "certfs"};
    struct archive *archive = NULL;
    struct fault none = {0};
    assert_int_equal(vault_new(&vault, &none), 0);
    int result = archive_open(&place, &archive, f);
    if (result == 0 && load_vault(vault, archive, now, report, NULL, f) != 0) {
        archive_freep(&archive);
        result = -1;
    }
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

static void stop(void)
{
    vault_freep(&vault);
    vault = NULL;
}

static void commit(const char *identifier)
{
    struct commit result;
    struct fault f = {0};
    struct vault_entry entry = set_entry(identifier, material);
    law_expect(vault_commit(vault, &entry, now, &result, &f), &f, REASON_NONE);
}

static bool serves(const char *identifier)
{
    CLEANUP(generation_unrefp) struct generation *current = vault_current(vault, identifier);
    return current != NULL;
}

static void spoil_a_byte(const char *name)
{
    CLEANUP(buf_done) struct buf record = {0};
    assert_true(folder_read(store_folder, name, &record));
    record.data[record.len - 5] ^= 4;
    folder_write(store_folder, name, buf_span(&record), 0600);
}

static void spoil_all(const char *name)
{
    folder_write(store_folder, name, span_of("no record"), 0600);
}

static void spoil_the_name(const char *name)
{
    char other[STORE_NAME_SIZE];
    folder_record("other", other);
    assert_int_equal(renameat(store_folder, other, store_folder, name), 0);
}

static void spoil_the_file(const char *name)
{
    assert_int_equal(unlinkat(store_folder, name, 0), 0);
    assert_int_equal(symlinkat("elsewhere", store_folder, name), 0);
}

static void spoil_the_key(const char *name)
{
    struct fault f = {0};
    (void)name;
    assert_int_equal(unlinkat(keys_folder, "certfs", 0), 0);
    assert_int_equal(kek_create(keys_folder, "certfs", &f), 0);
}

/* One start after another: refused with the root set spoilt, and with its record aside all that still opens is served.
 */
static void expect_refusal(void (*spoil)(const char *name), bool others_open)
{
    char name[STORE_NAME_SIZE];
    struct fault f = {0};
    folder_record("", name);
    store_folder = folder_make();
    keys_folder = folder_make();
    assert_int_equal(kek_create(keys_folder, "certfs", &f), 0);
    assert_int_equal(start(&f), 0);
    commit("a");
    commit("");
    if (spoil == spoil_the_name)
        commit("other");
    stop();
    spoil(name);
    key_is_another = !others_open;
    law_expect(start(&f), &f, REASON_STORE_FAILED);
    assert_true(strncmp(f.field, name, strlen(name)) == 0);
    stop();
    assert_int_equal(renameat(store_folder, name, store_folder, "aside"), 0);
    fault_clear(&f);
    assert_int_equal(start(&f), 0);
    assert_false(serves(""));
    assert_int_equal(serves("a"), others_open);
    stop();
    folder_remove(store_folder);
    folder_remove(keys_folder);
}

static void a_root_set_that_does_not_open_stops_the_start(void **state)
{
    (void)state;
    expect_refusal(spoil_a_byte, true);
    expect_refusal(spoil_all, true);
    expect_refusal(spoil_the_name, true);
    expect_refusal(spoil_the_file, true);
    expect_refusal(spoil_the_key, false);
}

static int setup(void **state)
{
    (void)state;
    struct pki pki;
    pki_make(&pki, pki_key(2));
    material = set_material(&pki);
    pki_done(&pki);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    material_unrefp(&material);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_root_set_that_does_not_open_stops_the_start, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
