/* What an older certfs left: its mark counts, but may lie below the numbers of records. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/json.h"
#include "core/kek.h"
#include "core/load.h"
#include "core/memory.h"
#include "tests/unit/folder.h"
#include "tests/unit/harness.h"
#include "tests/unit/sets.h"

static const struct moment now = {.wall = PKI_NOW, .steady = 1};
static struct material *first, *second;
static int store_folder, keys_folder;
static struct vault *vault;

static void report(void *context, const char *name, const char *sentence)
{
    (void)context;
    (void)name;
    (void)sentence;
}

static struct archive *open_archive(void)
{
    const struct archive_place place = {
        .store_fd = folder_again(store_folder), .keys_fd = folder_again(keys_folder), .default_id = "certfs"};
    struct archive *archive = NULL;
    struct fault f = {0};
    law_expect(archive_open(&place, &archive, &f), &f, REASON_NONE);
    return archive;
}

static void stop_vault(void)
{
    vault_freep(&vault);
    vault = NULL;
}

static void restart(void)
{
    struct fault f = {0};
    stop_vault();
    law_expect(vault_new(&vault, &f), &f, REASON_NONE);
    law_expect(load_vault(vault, open_archive(), now, report, NULL, &f), &f, REASON_NONE);
}

static uint64_t commit(const char *identifier, const char *key_id, struct material *material)
{
    struct vault_entry entry = set_entry(identifier, material);
    struct commit result;
    struct fault f = {0};
    entry.key_id = key_id;
    law_expect(vault_commit(vault, &entry, now, &result, &f), &f, REASON_NONE);
    return result.generation;
}

static void remove_mark(uint64_t number)
{
    char name[48];
    snprintf(name, sizeof(name), "generation.%llu", (unsigned long long)number);
    (void)!unlinkat(store_folder, name, 0);
}

static bool has_mark(uint64_t number)
{
    char name[48];
    struct stat st;
    snprintf(name, sizeof(name), "generation.%llu", (unsigned long long)number);
    return fstatat(store_folder, name, &st, 0) == 0;
}

static void key_away(const char *id, struct buf *ret)
{
    assert_true(folder_read(keys_folder, id, ret));
    assert_int_equal(unlinkat(keys_folder, id, 0), 0);
}

/* Of the root set; it is back then. */
static void expect_a_refused_start_without(const char *key_id)
{
    CLEANUP(buf_done) struct buf key = {0};
    struct fault f = {0};
    key_away(key_id, &key);
    law_expect(vault_new(&vault, &f), &f, REASON_NONE);
    struct archive *archive = open_archive();
    law_expect(load_vault(vault, archive, now, report, NULL, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
    archive_freep(&archive);
    stop_vault();
    folder_write(keys_folder, key_id, buf_span(&key), 0400);
}

/*
 * It wrote its number at removals only. That its file was there is known until a start has read all records, also when
 * the mark of a newer certfs is beside it.
 */
static void an_older_certfs_mark_may_lie_below_what_does_not_open(void **state)
{
    (void)state;
    static const struct {
        const char *text, *mark;
    } rows[] = {{"1\n", "generation.old"}, {"1\n", "generation.2"}, {"", "generation.2"}};
    struct fault f = {0};
    assert_int_equal(kek_create(keys_folder, "roots", &f), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(buf_done) struct buf key = {0};
        (void)commit("", "roots", i == 1 ? second : first);
        uint64_t newest = commit("Set-1", "other", i == 1 ? first : second);
        stop_vault();
        remove_mark(newest);
        folder_write(store_folder, "generation", span_of(rows[i].text), 0600);
        folder_write(store_folder, rows[i].mark, span_of(""), 0600);
        expect_a_refused_start_without("roots");
        key_away("other", &key);
        restart();
        uint64_t number = vault_number(vault);
        assert_true(number > newest && has_mark(number));
        (void)!unlinkat(store_folder, "generation", 0);
        folder_write(keys_folder, "other", buf_span(&key), 0400);
        restart();
        CLEANUP(generation_unrefp) struct generation *current = vault_current(vault, "Set-1");
        assert_int_equal(current->number, newest);
        assert_int_equal(vault_number(vault), number);
    }
}

/* What all start with opens: from then on the mark is this certfs's, and nothing leaps. */
static void an_older_certfs_mark_is_taken_over_once(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf key = {0};
    assert_int_equal(commit("", NULL, first), 1);
    assert_int_equal(commit("Set-1", "other", second), 2);
    stop_vault();
    remove_mark(2);
    folder_write(store_folder, "generation", span_of("1\n"), 0600);
    restart();
    assert_int_equal(vault_number(vault), 2);
    key_away("other", &key);
    restart();
    assert_int_equal(vault_number(vault), 2);
}

static int setup(void **state)
{
    (void)state;
    struct fault f = {0};
    struct pki pki;
    store_folder = folder_make();
    keys_folder = folder_make();
    assert_int_equal(kek_create(keys_folder, "certfs", &f), 0);
    assert_int_equal(kek_create(keys_folder, "other", &f), 0);
    pki_make(&pki, pki_key(2));
    first = set_material(&pki);
    pki_done(&pki);
    pki_make(&pki, pki_key(3));
    second = set_material(&pki);
    pki_done(&pki);
    restart();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stop_vault();
    material_unrefp(&first);
    material_unrefp(&second);
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
    const struct CMUnitTest tests[] = {
        A_TEST(an_older_certfs_mark_may_lie_below_what_does_not_open),
        A_TEST(an_older_certfs_mark_is_taken_over_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
