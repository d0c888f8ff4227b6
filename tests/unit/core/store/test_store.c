#include "core/store/store.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/store/kek.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/names.h"

static struct material *material;
static int store_folder, keys_folder;

static int open_archive(const char *default_id, struct store **ret, struct fault *f)
{
    const struct store_place place = {
        .store_fd = folder_again(store_folder), .keys_fd = folder_again(keys_folder), .default_id = default_id};
    int result = store_open(&place, ret, f);
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

static int put(struct store *store, const char *identifier, const char *key_id, bool first, struct fault *f)
{
    CLEANUP(resource_unrefp) struct resource *resource = resource_new(identifier, 3, set_arn(), PKI_NOW);
    CLEANUP(generation_unrefp)
    struct generation *generation = generation_new(5, PKI_NOW, material, resource, key_id);
    const struct record record = {.generation = generation};
    int result = store_put(store, &record, first ? STORE_FIRST : 0, f);
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

/* The records that store_each handed over. */
struct visited {
    size_t good, bad;
    enum reason reason;
};

static int visit(void *context, const char *name, const struct store_opened *opened, const struct fault *fault)
{
    struct visited *visited = context;
    assert_int_equal(strlen(name), DIR_STORE_NAME_SIZE - 1);
    assert_non_null(opened);
    if (fault != NULL) {
        law_check(-1, fault, (struct span){NULL, 0});
        visited->reason = fault->reason;
        visited->bad++;
        return 0;
    }
    assert_true(kek_is_id(opened->key_id));
    assert_int_equal(opened->record.generation, 5);
    assert_true(span_equal(buf_span(&opened->record.set.ssl_key), material_bytes(material, MATERIAL_KEY)));
    visited->good++;
    return 0;
}

static struct visited visit_all(struct store *store)
{
    struct visited visited = {0};
    struct fault f = {0};
    law_expect(store_each(store, visit, &visited, &f), &f, REASON_NONE);
    return visited;
}

TEST(without_its_default_key_it_does_not_open)
{
    struct store *store = NULL;
    struct fault f = {0};
    law_expect(open_archive("absent", &store, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
    assert_null(store);
}

TEST(a_key_that_is_missing_is_named_whole_or_not_at_all_beside_a_path_of_any_length)
{
    static const char *const paths[] = {"/k", "/etc/certfs/keys", "/a/path/that/has/44/characters/and/no/more/k",
                                        "/a/path/that/has/45/characters/and/one/more/k"};
    for (size_t i = 0; i < NAMES_COUNT * COUNT_OF(paths); i++) {
        CLEANUP(store_freep) struct store *store = NULL;
        struct fault f = {0};
        char id[NAMES_SIZE];
        const char *path = paths[i / NAMES_COUNT];
        names_make(i % NAMES_COUNT, id);
        const struct store_place place = {.store_fd = folder_again(store_folder),
                                          .keys_fd = folder_again(keys_folder),
                                          .keys_path = path,
                                          .default_id = id};
        law_expect(store_open(&place, &store, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
        assert_true(names_is_whole_in(f.message, id) || strlen(id) > 30);
        assert_null(strstr(f.message, "..."));
        assert_non_null(strstr(f.message, strlen(path) <= 44 ? path : " is missing in the directory of keys"));
    }
}

TEST(a_put_record_is_handed_over)
{
    CLEANUP(store_freep) struct store *store = NULL;
    struct fault f = {0};
    assert_int_equal(open_archive("certfs", &store, &f), 0);
    assert_string_equal(store_default_id(store), "certfs");
    assert_true(store_is_on_one_device(store));
    assert_int_equal(put(store, "", "certfs", true, &f), 0);
    assert_int_equal(put(store, "Set-1", "other", true, &f), 0);
    assert_int_equal(put(store, "Set-1", "certfs", false, &f), 0);
    struct visited visited = visit_all(store);
    assert_int_equal(visited.good, 2);
    assert_int_equal(visited.bad, 0);
}

TEST(a_record_whose_key_is_gone_is_a_fault_and_stops_no_other)
{
    CLEANUP(store_freep) struct store *store = NULL;
    struct fault f = {0};
    assert_int_equal(open_archive("certfs", &store, &f), 0);
    assert_int_equal(put(store, "", "certfs", true, &f), 0);
    assert_int_equal(put(store, "Set-1", "other", true, &f), 0);
    assert_int_equal(unlinkat(keys_folder, "other", 0), 0);
    struct visited visited = visit_all(store);
    assert_int_equal(visited.good, 1);
    assert_int_equal(visited.bad, 1);
    assert_int_equal(visited.reason, REASON_KEY_NOT_ACCESSIBLE);
}

TEST(a_record_of_another_key_of_the_same_name_does_not_open)
{
    CLEANUP(store_freep) struct store *store = NULL;
    struct fault f = {0};
    assert_int_equal(open_archive("certfs", &store, &f), 0);
    assert_int_equal(put(store, "Set-1", "other", true, &f), 0);
    assert_int_equal(unlinkat(keys_folder, "other", 0), 0);
    assert_int_equal(kek_create(keys_folder, "other", &f), 0);
    struct visited visited = visit_all(store);
    assert_int_equal(visited.bad, 1);
    assert_int_equal(visited.reason, REASON_STORE_FAILED);
}

/* However its name was written, and is written now. */
TEST(a_removed_record_leaves_nothing_but_its_number)
{
    static const char *const rows[][2] = {
        {"", ""}, {"a", "a"}, {"Set-1", "Set-1"}, {"Set-1", "SET-1"}, {"set-1", "Set-1"}};
    CLEANUP(store_freep) struct store *store = NULL;
    struct fault f = {0};
    assert_int_equal(open_archive("certfs", &store, &f), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool any = false, missing = true;
        assert_int_equal(put(store, rows[i][0], "certfs", true, &f), 0);
        assert_int_equal(put(store, rows[i][0], "certfs", true, &f), 0);
        assert_int_equal(folder_count(store_folder), 3); /* with what was put aside, and the mark */
        assert_true(store_has(store, rows[i][1]));
        law_expect(store_remove(store, rows[i][1], 8 + i, &missing, &f), &f, REASON_NONE);
        assert_false(missing);
        assert_false(store_has(store, rows[i][0]));
        law_expect(store_has_any(store, rows[i][0], &any, &f), &f, REASON_NONE);
        assert_false(any);
        assert_int_equal(folder_count(store_folder), 1);
        assert_int_equal(store_mark(store).number, 8 + i);
    }
}

TEST(a_missing_record_is_reported)
{
    CLEANUP(store_freep) struct store *store = NULL;
    struct fault f = {0};
    char name[DIR_STORE_NAME_SIZE];
    bool missing = false;
    folder_record("set-1", name);
    assert_int_equal(open_archive("certfs", &store, &f), 0);
    assert_int_equal(put(store, "Set-1", "certfs", true, &f), 0);
    assert_int_equal(unlinkat(store_folder, name, 0), 0);
    law_expect(store_remove(store, "Set-1", 8, &missing, &f), &f, REASON_NONE);
    assert_true(missing);
    assert_int_equal(store_mark(store).number, 8);
}

TEST(the_root_sets_record_has_one_name)
{
    char name[DIR_STORE_NAME_SIZE];
    assert_true(store_is_root("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    folder_record("Set-1", name);
    assert_false(store_is_root(name));
}

TEST(a_key_that_is_not_there_is_a_fault_of_the_put)
{
    CLEANUP(store_freep) struct store *store = NULL;
    struct fault f = {0};
    assert_int_equal(open_archive("certfs", &store, &f), 0);
    law_expect(put(store, "Set-1", "absent", true, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
    assert_int_equal(folder_count(store_folder), 0);
}

static void setup(void)
{
    struct fault f = {0};
    store_folder = folder_make();
    keys_folder = folder_make();
    assert_int_equal(kek_create(keys_folder, "certfs", &f) | kek_create(keys_folder, "other", &f), 0);
}

static void teardown(void)
{
    folder_remove(store_folder);
    folder_remove(keys_folder);
}

static void before_all(void)
{
    start_core();
    material = set_material_of_key(2);
}

static void after_all(void)
{
    material_unrefp(&material);
}

EACH_TEST(setup, teardown);
ALL_TESTS(before_all, after_all);
