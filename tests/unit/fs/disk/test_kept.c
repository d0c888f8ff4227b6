/* Sets acknowledged as unchanged are those that a restart serves, and any other is reported. */
#include "fs/disk/kept.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/store/kek.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/load_fixture.h"
#include "tests/unit/lib/names.h"

static struct problems problems;
static struct kept kept;
static struct kept_found found;
static char name[DIR_STORE_NAME_SIZE];

static void replace_key(const char *key)
{
    struct fault f = {0};
    assert_int_equal(renameat(loaded.keys_folder, key, loaded.keys_folder, "away"), 0);
    assert_int_equal(kek_create(loaded.keys_folder, key, &f), 0);
}

static void put_key_back(const char *key)
{
    assert_int_equal(renameat(loaded.keys_folder, "away", loaded.keys_folder, key), 0);
}

/* ---- what somebody does to the record of `name` ---- */

static void change_a_byte(void)
{
    CLEANUP(buf_done) struct buf record = {0};
    assert_true(folder_read(loaded.store_folder, name, &record));
    record.data[record.len / 2] ^= 1;
    folder_write(loaded.store_folder, name, buf_span(&record), 0600);
}

static void cut_it(void)
{
    CLEANUP(buf_done) struct buf record = {0};
    assert_true(folder_read(loaded.store_folder, name, &record));
    folder_write(loaded.store_folder, name, (struct span){record.data, record.len - 1}, 0600);
}

static void empty_it(void)
{
    folder_write(loaded.store_folder, name, span_of(""), 0600);
}

static void make_it_a_link(void)
{
    assert_int_equal(renameat(loaded.store_folder, name, loaded.store_folder, "elsewhere"), 0);
    assert_int_equal(symlinkat("elsewhere", loaded.store_folder, name), 0);
}

static void put_another_sets_there(void)
{
    char other[DIR_STORE_NAME_SIZE];
    CLEANUP(buf_done) struct buf record = {0};
    folder_record("another", other);
    assert_true(folder_read(loaded.store_folder, other, &record));
    folder_write(loaded.store_folder, name, buf_span(&record), 0600);
}

static void put_an_older_one_there(void)
{
    CLEANUP(buf_done) struct buf record = {0};
    assert_true(folder_read(loaded.store_folder, "older", &record));
    folder_write(loaded.store_folder, name, buf_span(&record), 0600);
}

static void take_it_away(void)
{
    assert_int_equal(unlinkat(loaded.store_folder, name, 0), 0);
}

static void (*const harms[])(void) = {
    change_a_byte, cut_it, empty_it, make_it_a_link, put_another_sets_there, put_an_older_one_there, take_it_away};

/* The set serves `first`; there are a copy of an older record of it, and another set. */
static void serve(const char *identifier, const char *key_id)
{
    CLEANUP(buf_done) struct buf record = {0};
    folder_record(identifier, name);
    loaded_commit("another", "other", loaded.first);
    loaded_commit(identifier, key_id, loaded.second);
    assert_true(folder_read(loaded.store_folder, name, &record));
    folder_write(loaded.store_folder, "older", buf_span(&record), 0600);
    loaded_commit(identifier, key_id, loaded.first);
}

static void expect_first(const char *identifier)
{
    CLEANUP(generation_unrefp) struct generation *current = registry_current(loaded.registry, identifier);
    assert_non_null(current);
    assert_true(material_equal(current->material, loaded.first));
}

TEST(whatever_was_done_to_a_record_the_same_import_mends_it)
{
    static const char *const identifiers[] = {"", "set-1"};
    struct commit result;
    struct fault f = {0};
    for (size_t i = 0; i < COUNT_OF(identifiers); i++) {
        serve(identifiers[i], NULL);
        for (size_t harm = 0; harm < COUNT_OF(harms); harm++) {
            harms[harm]();
            law_expect(loaded_try_commit(identifiers[i], NULL, loaded.first, &result, &f), &f, REASON_NONE);
            assert_true(!result.changed && (harms[harm] == take_it_away ? result.record_missing : result.record_bad));
            loaded_restart();
            expect_first(identifiers[i]);
            law_expect(loaded_try_commit(identifiers[i], NULL, loaded.first, &result, &f), &f, REASON_NONE);
            assert_false(result.changed || result.record_missing || result.record_bad);
        }
    }
}

TEST(without_its_key_nothing_is_unchanged)
{
    struct commit result;
    struct fault f = {0};
    serve("", NULL);
    assert_int_equal(renameat(loaded.keys_folder, "certfs", loaded.keys_folder, "away"), 0);
    law_expect(loaded_try_commit("", NULL, loaded.first, &result, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
    f = (struct fault){.reason = REASON_NONE};
    law_expect(registry_retag(loaded.registry, "", NULL, &result, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
    put_key_back("certfs");
    law_expect(loaded_try_commit("", NULL, loaded.first, &result, &f), &f, REASON_NONE);
}

TEST(a_key_that_sealed_one_set_alone_may_be_replaced)
{
    struct commit result;
    struct fault f = {0};
    serve("", NULL);
    replace_key("certfs");
    law_expect(loaded_try_commit("", NULL, loaded.first, &result, &f), &f, REASON_NONE);
    assert_true(result.record_bad && !result.changed);
    loaded_restart();
    assert_int_equal(loaded.reports, 0);
    expect_first("");
}

/* In all spellings of a name that lead to one file. */
TEST(a_key_that_other_sets_need_is_not_replaced)
{
    static const char *const keys[][3] = {{"certfs", "certfs", "certfs"}, {"a/b", "a:b", "a.b"}};
    struct commit result;
    struct fault f = {0};
    assert_int_equal(kek_create(loaded.keys_folder, "a.b", &f), 0);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const char *file = keys[i][2];
        serve("", keys[i][0]);
        loaded_commit("set-1", keys[i][0], loaded.first);
        replace_key(file);
        law_expect(loaded_try_commit("", keys[i][0], loaded.first, &result, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
        assert_null(strstr(f.message, "..."));
        law_expect(loaded_try_commit("", keys[i][1], loaded.second, &result, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
        law_expect(loaded_try_commit("new", keys[i][1], loaded.second, &result, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
        law_expect(loaded_try_commit("", "other", loaded.first, &result, &f), &f, REASON_NONE); /* one way out */
        put_key_back(file);                                                                     /* and the other */
        law_expect(loaded_try_commit("", keys[i][0], loaded.first, &result, &f), &f, REASON_NONE);
        loaded_restart();
        assert_int_equal(loaded.reports, 0);
        expect_first("set-1");
    }
    replace_key("certfs");
    law_expect(registry_remove(loaded.registry, "set-1", &result, &f), &f, REASON_NONE);
}

/* ---- reports ---- */

static int find_sentence(void *context, const char *sentence)
{
    return strstr(sentence, context) != NULL ? 1 : 0;
}

/* Looks; NULL: there is no problem. */
static void expect_told(char *part)
{
    kept.registry = loaded.registry;
    kept_check(&kept, &found, &problems);
    if (part == NULL)
        assert_int_equal(problems_count(&problems), 0);
    else if (problems_visit(&problems, PROBLEM_TO_MEND, find_sentence, part) == 0)
        fail_msg("nothing is reported of: %s", part);
}

TEST(a_record_that_a_restart_would_not_serve_is_reported_until_it_is_mended)
{
    static const char *const identifiers[] = {"", "set-1"};
    static char names[][12] = {"root set", "set set-1"};
    for (size_t i = 0; i < COUNT_OF(identifiers); i++) {
        serve(identifiers[i], NULL);
        expect_told(NULL);
        for (size_t harm = 0; harm < COUNT_OF(harms); harm++) {
            harms[harm]();
            expect_told(names[i]);
            expect_told(names[i]);
            loaded_commit(identifiers[i], NULL, loaded.first);
            expect_told(NULL);
        }
    }
}

TEST(a_set_and_a_key_are_named_whole_whatever_their_length)
{
    for (size_t i = 0; i < NAMES_COUNT; i++) {
        struct commit result;
        struct fault f = {0};
        char set[NAMES_SIZE], key[NAMES_SIZE], of_set[NAMES_SIZE + 32];
        names_make(i, set);
        names_make(i, key);
        assert_int_equal(kek_create(loaded.keys_folder, key, &f), 0);
        serve(set, key);
        cut_it();
        snprintf(of_set, sizeof(of_set), "no good record of the set %s", set);
        expect_told(of_set);
        loaded_commit(set, key, loaded.first);
        expect_told(NULL);
        assert_int_equal(renameat(loaded.keys_folder, key, loaded.keys_folder, "away"), 0);
        expect_told(key);
        put_key_back(key);
        replace_key(key);
        expect_told(key);
        law_expect(registry_remove(loaded.registry, set, &result, &f), &f, REASON_NONE);
        expect_told(NULL);
    }
}

TEST(the_reports_about_a_set_go_with_the_set)
{
    struct commit result;
    struct fault f = {0};
    static char told[] = "set set-1";
    serve("set-1", NULL);
    cut_it();
    expect_told(told);
    law_expect(registry_remove(loaded.registry, "set-1", &result, &f), &f, REASON_NONE);
    expect_told(NULL);
}

TEST(a_key_that_is_missing_or_another_one_is_reported_until_it_is_back)
{
    static char missing[] = "does not exist in the directory of keys: put it back", other[] = "certfs is another one",
                others[] = "chmod 0400";
    serve("", NULL);
    expect_told(NULL);
    assert_int_equal(renameat(loaded.keys_folder, "certfs", loaded.keys_folder, "away"), 0);
    expect_told(missing);
    put_key_back("certfs");
    expect_told(NULL);
    replace_key("certfs");
    expect_told(other);
    put_key_back("certfs");
    expect_told(NULL);
    assert_int_equal(fchmodat(loaded.keys_folder, "certfs", 0644, 0), 0);
    expect_told(others);
    assert_int_equal(fchmodat(loaded.keys_folder, "certfs", 0400, 0), 0);
    expect_told(NULL);
    loaded_restart();
    replace_key("certfs");
    expect_told(other); /* it was learned from the records, too */
}

TEST(a_key_that_is_there_is_not_to_be_put_back_and_is_reported_once)
{
    static char back[] = "put it back", mode[] = "is accessible to others; chmod 0400 it";
    serve("", NULL);
    assert_int_equal(fchmodat(loaded.keys_folder, "certfs", 0404, 0), 0);
    expect_told(mode);
    assert_int_equal(problems_visit(&problems, PROBLEM_TO_MEND, find_sentence, back), 0);
    found.keys_reported = true; /* watch.c has reported it, with its path */
    expect_told(NULL);
    assert_int_equal(fchmodat(loaded.keys_folder, "certfs", 0400, 0), 0);
    assert_int_equal(fchmod(loaded.keys_folder, 0702), 0);
    expect_told(NULL);
    found.keys_reported = false;
    assert_int_equal(fchmod(loaded.keys_folder, 0700), 0);
}

TEST(a_record_that_was_written_again_is_a_problem_until_it_is_found_good)
{
    static char changed[] = "find out who changed it", cut[] = "no good record of the root set";
    serve("", NULL);
    kept_note(&kept, 0, changed, &problems);
    cut_it();
    assert_int_equal(problems_visit(&problems, PROBLEM_TO_MEND, find_sentence, changed), 1);
    expect_told(cut);
    assert_int_equal(problems_visit(&problems, PROBLEM_TO_MEND, find_sentence, changed), 0);
    loaded_commit("", NULL, loaded.first);
    kept_note(&kept, 0, changed, &problems);
    assert_int_equal(problems_visit(&problems, PROBLEM_TO_MEND, find_sentence, changed), 1);
    expect_told(NULL);
}

TEST(no_record_of_a_store_that_cannot_be_used_is_reported)
{
    static char of_set[] = "no good record of the set set-1";
    serve("set-1", NULL);
    found.store_unusable = true;
    take_it_away();
    expect_told(NULL);
    found.store_unusable = false;
    expect_told(of_set);
    loaded_commit("set-1", NULL, loaded.first);
    expect_told(NULL);
}

TEST(a_record_that_is_there_and_unreadable_is_not_called_missing)
{
    enum { WORKER = 4242 };
    static char missing[] = "missing", import[] = "import it again", cure[] = "belongs to uid 0: chown it to 4242";
    if (geteuid() != 0)
        skip(); /* it cannot become another user */
    serve("set-1", NULL);
    assert_int_equal(fchmodat(loaded.store_folder, name, 0, 0), 0);
    assert_int_equal(fchown(loaded.store_folder, WORKER, WORKER) | seteuid(WORKER), 0);
    expect_told(cure);
    expect_told(name);
    assert_int_equal(problems_visit(&problems, PROBLEM_TO_MEND, find_sentence, missing), 0);
    assert_int_equal(problems_visit(&problems, PROBLEM_TO_MEND, find_sentence, import), 0);
    assert_int_equal(seteuid(0) | fchown(loaded.store_folder, 0, 0), 0);
    assert_int_equal(fchmodat(loaded.store_folder, name, 0600, 0), 0);
    expect_told(NULL);
}

TEST(an_unused_key_may_go_and_the_default_one_may_not)
{
    static char missing[] = "certfs does not exist";
    loaded_commit("", "other", loaded.first);
    loaded_commit("", NULL, loaded.second);
    assert_int_equal(unlinkat(loaded.keys_folder, "other", 0), 0);
    expect_told(NULL);
    struct fault f = {0};
    assert_int_equal(kek_create(loaded.keys_folder, "other", &f), 0);
    loaded_commit("", "other", loaded.first);
    replace_key("certfs");
    expect_told(NULL);
    loaded_restart();
    assert_int_equal(unlinkat(loaded.keys_folder, "certfs", 0), 0);
    expect_told(missing);
}

/* More sets than one look opens. */
TEST(all_of_many_changed_records_are_found_in_a_few_looks)
{
    enum { SETS = 3 * KEPT_OPENED_MAX };
    char identifier[16];
    static char last[16];
    for (int i = 0; i < SETS; i++) {
        snprintf(identifier, sizeof(identifier), "set-%d", i);
        loaded_commit(identifier, NULL, loaded.first);
        folder_record(identifier, name);
        assert_int_equal(fchmodat(loaded.store_folder, name, 0400, 0), 0); /* changed, and good */
    }
    snprintf(last, sizeof(last), "%s", identifier);
    cut_it();
    for (int i = 0; i < 3; i++) {
        kept.registry = loaded.registry;
        kept_check(&kept, &found, &problems);
    }
    expect_told(last);
    assert_int_equal(problems_count(&problems), 1);
}

static void setup(void)
{
    problems = (struct problems)PROBLEMS_INITIALIZER;
    kept = (struct kept){.registry = NULL};
    found = (struct kept_found){.keys_reported = false};
    loaded_setup();
}

EACH_TEST(setup, loaded_teardown);
ALL_TESTS(start_core, NULL);
