/* The advice about a store that does not open names its key whole, whatever its length. */
#include "fs/disk/remedy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/store/kek.h"
#include "core/store/store.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/load_fixture.h"
#include "tests/unit/lib/names.h"

static struct options options = {.kek_dir = "/keys", .store = "/store"};

static void expect_key_in_remedy(const struct fault *fault, const char *key, const char *part)
{
    char remedy[REMEDY_SIZE];
    remedy_for_store(&options, loaded.store_folder, fault, remedy);
    names_expect_in(remedy, key);
    if (strstr(remedy, part) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", remedy, part);
}

TEST(the_default_key_is_named_where_it_is_missing_and_where_it_is_unusable)
{
    for (size_t i = 0; i < NAMES_COUNT; i++) {
        CLEANUP(buf_done) struct buf key = {0};
        struct fault f = {0};
        char command[NAMES_SIZE + 64];
        names_make(i, options.kek);
        snprintf(command, sizeof(command), "certfs -o kek_dir=/keys --new-key %s", options.kek);
        law_expect(kek_load(&(struct kek_source){.directory = loaded.keys_folder}, options.kek, &key, NULL, &f), &f,
                   REASON_KEY_NOT_ACCESSIBLE);
        expect_key_in_remedy(&f, options.kek, command);
        folder_write(loaded.keys_folder, options.kek, span_of("short"), 0400);
        fault_clear(&f);
        law_expect(kek_load(&(struct kek_source){.directory = loaded.keys_folder}, options.kek, &key, NULL, &f), &f,
                   REASON_KEY_NOT_ACCESSIBLE);
        expect_key_in_remedy(&f, options.kek, "must be 32 bytes");
    }
}

TEST(the_key_of_the_root_set_is_named_where_it_is_missing)
{
    snprintf(options.kek, sizeof(options.kek), "certfs");
    for (size_t i = 0; i < NAMES_COUNT; i++) {
        char key[NAMES_SIZE];
        struct fault f = {0};
        names_make(i, key);
        assert_int_equal(kek_create(loaded.keys_folder, key, &f), 0);
        loaded_commit("", key, loaded.first);
        assert_int_equal(unlinkat(loaded.keys_folder, key, 0), 0);
        loaded_stop();
        law_expect(loaded_start(PKI_NOW, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
        expect_key_in_remedy(&f, key, "put back the key");
        loaded_teardown();
        loaded_setup();
    }
}

EACH_TEST(loaded_setup, loaded_teardown);
ALL_TESTS(start_core, NULL);
