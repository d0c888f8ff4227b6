#include "core/archive.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "core/kek.h"
#include "core/memory.h"
#include "tests/unit/folder.h"
#include "tests/unit/harness.h"
#include "tests/unit/sets.h"

static struct material *material;
static int store_folder, keys_folder;

static int open_archive(const char *default_id, struct archive **ret, struct fault *f)
{
    const struct archive_place place = {
        .store_fd = folder_again(store_folder), .keys_fd = folder_again(keys_folder), .default_id = default_id};
    int result = archive_open(&place, ret, f);
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

static int put(struct archive *archive, const char *identifier, const char *key_id, bool first, struct fault *f)
{
    CLEANUP(resource_unrefp) struct resource *resource = resource_new(identifier, 3, set_arn(), PKI_NOW);
    CLEANUP(generation_unrefp)
    struct generation *generation = generation_new(5, PKI_NOW, material, resource, key_id);
    const struct record record = {.generation = generation};
    int result = archive_put(archive, &record, first ? ARCHIVE_FIRST : 0, f);
    law_check(result, f, (struct span){NULL, 0});
    return result;
}

/* What archive_each handed over. */
struct visited {
    size_t good, bad;
    enum reason reason;
};

static int visit(void *context, const char *name, struct request *record, const char *key_id, const struct fault *fault)
{
    struct visited *visited = context;
    assert_int_equal(strlen(name), STORE_NAME_SIZE - 1);
    assert_true((record == NULL) == (fault != NULL));
    if (fault != NULL) {
        law_check(-1, fault, (struct span){NULL, 0});
        visited->reason = fault->reason;
        visited->bad++;
        return 0;
    }
    if (record == NULL)
        return -1;
    assert_true(kek_is_id(key_id));
    assert_int_equal(record->record.generation, 5);
    assert_true(span_equal(buf_span(&record->set.ssl_key), material_bytes(material, MATERIAL_KEY)));
    visited->good++;
    return 0;
}

static struct visited visit_all(struct archive *archive)
{
    struct visited visited = {0};
    struct fault f = {0};
    law_expect(archive_each(archive, visit, &visited, &f), &f, REASON_NONE);
    return visited;
}

static void without_its_default_key_it_does_not_open(void **state)
{
    (void)state;
    struct archive *archive = NULL;
    struct fault f = {0};
    law_expect(open_archive("absent", &archive, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
    assert_null(archive);
}

static void what_was_put_is_handed_over(void **state)
{
    (void)state;
    CLEANUP(archive_freep) struct archive *archive = NULL;
    struct fault f = {0};
    assert_int_equal(open_archive("certfs", &archive, &f), 0);
    assert_string_equal(archive_default_id(archive), "certfs");
    assert_true(archive_is_on_one_device(archive));
    assert_int_equal(put(archive, "", "certfs", true, &f), 0);
    assert_int_equal(put(archive, "Set-1", "other", true, &f), 0);
    assert_int_equal(put(archive, "Set-1", "certfs", false, &f), 0);
    struct visited visited = visit_all(archive);
    assert_int_equal(visited.good, 2);
    assert_int_equal(visited.bad, 0);
}

static void a_record_whose_key_is_gone_is_a_fault_and_stops_no_other(void **state)
{
    (void)state;
    CLEANUP(archive_freep) struct archive *archive = NULL;
    struct fault f = {0};
    assert_int_equal(open_archive("certfs", &archive, &f), 0);
    assert_int_equal(put(archive, "", "certfs", true, &f), 0);
    assert_int_equal(put(archive, "Set-1", "other", true, &f), 0);
    assert_int_equal(unlinkat(keys_folder, "other", 0), 0);
    struct visited visited = visit_all(archive);
    assert_int_equal(visited.good, 1);
    assert_int_equal(visited.bad, 1);
    assert_int_equal(visited.reason, REASON_KEY_NOT_ACCESSIBLE);
}

static void a_record_of_another_key_of_the_same_name_does_not_open(void **state)
{
    (void)state;
    CLEANUP(archive_freep) struct archive *archive = NULL;
    struct fault f = {0};
    assert_int_equal(open_archive("certfs", &archive, &f), 0);
    assert_int_equal(put(archive, "Set-1", "other", true, &f), 0);
    assert_int_equal(unlinkat(keys_folder, "other", 0), 0);
    assert_int_equal(kek_create(keys_folder, "other", &f), 0);
    struct visited visited = visit_all(archive);
    assert_int_equal(visited.bad, 1);
    assert_int_equal(visited.reason, REASON_STORE_FAILED);
}

/* However its name was written, and is written now. */
static void a_removed_record_leaves_nothing_but_its_number(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", ""}, {"a", "a"}, {"Set-1", "Set-1"}, {"Set-1", "SET-1"}, {"set-1", "Set-1"}};
    CLEANUP(archive_freep) struct archive *archive = NULL;
    struct fault f = {0};
    assert_int_equal(open_archive("certfs", &archive, &f), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool any = false, missing = true;
        assert_int_equal(put(archive, rows[i][0], "certfs", true, &f), 0);
        assert_int_equal(put(archive, rows[i][0], "certfs", true, &f), 0);
        assert_int_equal(folder_count(store_folder), 3); /* with what was put aside, and the mark */
        assert_true(archive_has(archive, rows[i][1]));
        law_expect(archive_remove(archive, rows[i][1], 8 + i, &missing, &f), &f, REASON_NONE);
        assert_false(missing);
        assert_false(archive_has(archive, rows[i][0]));
        law_expect(archive_has_any(archive, rows[i][0], &any, &f), &f, REASON_NONE);
        assert_false(any);
        assert_int_equal(folder_count(store_folder), 1);
        assert_int_equal(archive_mark(archive).number, 8 + i);
    }
}

static void a_record_that_is_missing_is_said_to_be(void **state)
{
    (void)state;
    CLEANUP(archive_freep) struct archive *archive = NULL;
    struct fault f = {0};
    char name[STORE_NAME_SIZE];
    bool missing = false;
    folder_record("set-1", name);
    assert_int_equal(open_archive("certfs", &archive, &f), 0);
    assert_int_equal(put(archive, "Set-1", "certfs", true, &f), 0);
    assert_int_equal(unlinkat(store_folder, name, 0), 0);
    law_expect(archive_remove(archive, "Set-1", 8, &missing, &f), &f, REASON_NONE);
    assert_true(missing);
    assert_int_equal(archive_mark(archive).number, 8);
}

static void the_root_sets_record_has_one_name(void **state)
{
    (void)state;
    char name[STORE_NAME_SIZE];
    assert_true(archive_is_root("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    folder_record("Set-1", name);
    assert_false(archive_is_root(name));
}

static void a_key_that_is_not_there_is_a_fault_of_the_put(void **state)
{
    (void)state;
    CLEANUP(archive_freep) struct archive *archive = NULL;
    struct fault f = {0};
    assert_int_equal(open_archive("certfs", &archive, &f), 0);
    law_expect(put(archive, "Set-1", "absent", true, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
    assert_int_equal(folder_count(store_folder), 0);
}

static int setup(void **state)
{
    (void)state;
    struct fault f = {0};
    store_folder = folder_make();
    keys_folder = folder_make();
    return kek_create(keys_folder, "certfs", &f) | kek_create(keys_folder, "other", &f);
}

static int teardown(void **state)
{
    (void)state;
    folder_remove(store_folder);
    folder_remove(keys_folder);
    return 0;
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    if (memory_init() != 0)
        return 1;
    json_init();
    material = set_material_of_key(2);
    const struct CMUnitTest tests[] = {
        A_TEST(without_its_default_key_it_does_not_open),
        A_TEST(what_was_put_is_handed_over),
        A_TEST(a_record_whose_key_is_gone_is_a_fault_and_stops_no_other),
        A_TEST(a_record_of_another_key_of_the_same_name_does_not_open),
        A_TEST(a_removed_record_leaves_nothing_but_its_number),
        A_TEST(a_record_that_is_missing_is_said_to_be),
        A_TEST(the_root_sets_record_has_one_name),
        A_TEST(a_key_that_is_not_there_is_a_fault_of_the_put),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    material_unrefp(&material);
    return failed;
}
