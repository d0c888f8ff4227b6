/* load: a root set that does not open stops the start, in whatever way it is spoilt; without it the others are served.
 */
#include "core/registry/load.h"

#include <string.h>
#include <unistd.h>

#include "core/store/dir_store.h"
#include "core/store/kek.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/load_fixture.h"

/* Where named sets open, nothing is reported of them. */
static int start(bool others_open, struct fault *f)
{
    int result = loaded_start(PKI_NOW, f);
    if (others_open && loaded.reports > 0)
        fail_msg("%s", loaded.report);
    return result;
}

static bool serves(const char *identifier)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(loaded.registry, identifier);
    return current != NULL;
}

static void spoil_a_byte(const char *name)
{
    CLEANUP(buf_done) struct buf record = {0};
    assert_true(folder_read(loaded.store_folder, name, &record));
    record.data[record.len - 5] ^= 4;
    folder_write(loaded.store_folder, name, buf_span(&record), 0600);
}

static void spoil_all(const char *name)
{
    folder_write(loaded.store_folder, name, span_of("no record"), 0600);
}

static void spoil_the_name(const char *name)
{
    char other[DIR_STORE_NAME_SIZE];
    folder_record("other", other);
    assert_int_equal(renameat(loaded.store_folder, other, loaded.store_folder, name), 0);
}

static void spoil_the_file(const char *name)
{
    assert_int_equal(unlinkat(loaded.store_folder, name, 0), 0);
    assert_int_equal(symlinkat("elsewhere", loaded.store_folder, name), 0);
}

static void spoil_the_key(const char *name)
{
    struct fault f = {0};
    (void)name;
    assert_int_equal(unlinkat(loaded.keys_folder, "certfs", 0), 0);
    assert_int_equal(kek_create(loaded.keys_folder, "certfs", &f), 0);
}

/* One start after another: refused with the root set spoilt, and with its record aside all that still opens is served.
 */
static void expect_refusal(void (*spoil)(const char *name), bool others_open)
{
    char name[DIR_STORE_NAME_SIZE];
    struct fault f = {0};
    folder_record("", name);
    loaded_setup();
    loaded_commit("a", NULL, loaded.first);
    loaded_commit("", NULL, loaded.first);
    if (spoil == spoil_the_name)
        loaded_commit("other", NULL, loaded.first);
    loaded_stop();
    spoil(name);
    law_expect(start(others_open, &f), &f, REASON_STORE_FAILED);
    assert_true(strncmp(f.field, name, strlen(name)) == 0);
    assert_int_equal(renameat(loaded.store_folder, name, loaded.store_folder, "aside"), 0);
    fault_clear(&f);
    assert_int_equal(start(others_open, &f), 0);
    assert_false(serves(""));
    assert_int_equal(serves("a"), others_open);
    loaded_teardown();
}

TEST(a_root_set_that_does_not_open_stops_the_start)
{
    expect_refusal(spoil_a_byte, true);
    expect_refusal(spoil_all, true);
    expect_refusal(spoil_the_name, true);
    expect_refusal(spoil_the_file, true);
    expect_refusal(spoil_the_key, false);
}
