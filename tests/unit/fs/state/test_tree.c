#include "fs/state/tree.h"

#include <string.h>

#include "tests/unit/lib/harness.h"

static const uint64_t generations[] = {1, 2, 255, 256, 257, 1000000, UINT64_C(1) << 40};

TEST(a_files_number_tells_its_generation_and_its_name)
{
    for (size_t i = 0; i < COUNT_OF(generations); i++)
        for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++) {
            uint64_t inode = tree_file_inode(generations[i], file);
            assert_int_equal(tree_node(inode), TREE_FILE);
            assert_int_equal(tree_generation(inode), generations[i]);
            assert_int_equal(tree_file_kind(inode), file);
        }
}

TEST(the_same_file_below_generations_has_another_number)
{
    for (size_t i = 0; i < COUNT_OF(generations); i++)
        for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++) {
            uint64_t inode = tree_kept_inode(generations[i], file);
            assert_int_not_equal(inode, tree_file_inode(generations[i], file));
            assert_int_equal(tree_node(inode), TREE_GENERATION_FILE);
            assert_int_equal(tree_generation(inode), generations[i]);
            assert_int_equal(tree_file_kind(inode), file);
        }
}

TEST(a_generations_directory_has_a_number_of_its_own)
{
    for (size_t i = 0; i < COUNT_OF(generations); i++) {
        uint64_t inode = tree_generation_inode(generations[i]);
        assert_int_equal(tree_node(inode), TREE_GENERATION);
        assert_int_equal(tree_generation(inode), generations[i]);
        assert_true(tree_is_directory(tree_node(inode)));
    }
}

/* Of each 256 numbers, three are files, one describes them, three are kept files, and two are directories. */
TEST(numbers_that_nobody_gave_out_are_nothing)
{
    unsigned counts[TREE_ANSWER + 1] = {0};
    for (uint64_t inode = 256; inode < 512; inode++)
        counts[tree_node(inode)]++;
    assert_int_equal(counts[TREE_FILE], MATERIAL_FILE_COUNT);
    assert_int_equal(counts[TREE_GENERATION_FILE], MATERIAL_FILE_COUNT);
    assert_int_equal(counts[TREE_GENERATION], 1);
    assert_int_equal(counts[TREE_SET], 1);
    assert_int_equal(counts[TREE_DESCRIPTION], 1);
    assert_int_equal(counts[TREE_NONE], 256 - 2 * MATERIAL_FILE_COUNT - 3);
    assert_int_equal(tree_node(0), TREE_NONE);
    assert_int_equal(tree_node(255), TREE_NONE);
}

TEST(the_root_has_the_number_that_fuse_wants)
{
    assert_int_equal(TREE_ROOT, 1);
    assert_int_equal(tree_node(TREE_ROOT), TREE_ROOT);
    assert_true(tree_is_directory(TREE_ROOT));
    assert_true(tree_is_directory(TREE_GENERATIONS));
    assert_false(tree_is_directory(TREE_CONTROL));
    assert_false(tree_is_directory(TREE_CURRENT));
}

TEST(every_name_that_is_listed_is_found_and_none_twice)
{
    const char *name, *other;
    size_t count = 0;
    for (; (name = tree_root_name_at(count)) != NULL; count++) {
        enum material_file file = MATERIAL_FILE_COUNT, same = MATERIAL_FILE_COUNT;
        assert_int_not_equal(tree_root_name(name, &file), TREE_NONE);
        assert_int_equal(tree_root_name(name, &file) == TREE_FILE, tree_file_name(name, &same));
        assert_int_equal(file, same);
        for (size_t i = 0; i < count && (other = tree_root_name_at(i)) != NULL; i++)
            assert_string_not_equal(name, other);
    }
    assert_true(count >= 9);
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++) {
        enum material_file file;
        assert_true(tree_file_name(tree_file_name_at(i), &file));
        assert_int_equal(file, i);
    }
    assert_null(tree_file_name_at(MATERIAL_FILE_COUNT));
}

TEST(other_names_are_nothing)
{
    static const char *const names[] = {"", ".", "..", "CA.PEM", "ca.pem ", "ca", "key.pem.", "controls", "contro"};
    enum material_file file;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(tree_root_name(names[i], &file), TREE_NONE);
        assert_false(tree_file_name(names[i], &file));
    }
    assert_false(tree_file_name("control", &file));
}

TEST(a_generations_name_is_its_number_as_it_is_printed)
{
    static const char *const wrong[] = {"",    "0",
                                        "01",  "+1",
                                        "-1",  " 1",
                                        "1 ",  "1x",
                                        "x1",  "0x10",
                                        "1.",  "99999999999999999999",
                                        "1/1", "12345678901234567"};
    assert_int_equal(tree_generation_name("1"), 1);
    assert_int_equal(tree_generation_name("1234567890123456"), UINT64_C(1234567890123456));
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(tree_generation_name(wrong[i]), 0);
}

TEST(current_leads_to_the_generations_directory)
{
    char target[TREE_TARGET_SIZE];
    tree_target(7, target);
    assert_string_equal(target, "generations/7");
    tree_target(UINT64_MAX, target);
    assert_string_equal(target, "generations/18446744073709551615");
}

TEST(a_files_attributes_are_made_of_what_never_changes)
{
    const struct options options = {.owner = 27, .owner_group = 28, .cert_mode = 0444, .key_mode = 0400};
    const struct tree tree = {.options = &options};
    const struct tree_file cert = {.inode = tree_file_inode(3, MATERIAL_CERT), .committed = 5, .size = 1025};
    const struct tree_file key = {.inode = tree_kept_inode(3, MATERIAL_KEY), .committed = 5, .size = 241};
    struct stat st;
    tree_file_attributes(&tree, &cert, &st);
    assert_int_equal(st.st_ino, cert.inode);
    assert_int_equal(st.st_mode, S_IFREG | 0444);
    assert_int_equal(st.st_uid, 27);
    assert_int_equal(st.st_gid, 28);
    assert_int_equal(st.st_nlink, 1);
    assert_int_equal(st.st_size, 1025);
    assert_int_equal(st.st_blocks, 3);
    assert_int_equal(st.st_mtime, 5);
    tree_file_attributes(&tree, &key, &st);
    assert_int_equal(st.st_mode, S_IFREG | 0400);
    assert_int_equal(st.st_ino, key.inode);
}

TEST(files_of_import_and_their_answers_have_numbers_that_no_generation_reaches)
{
    static const uint64_t numbers[] = {1, 255, 256, UINT64_C(1) << 40};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        uint64_t inode = tree_answer_inode(numbers[i]);
        assert_int_equal(tree_node(inode), TREE_ANSWER);
        assert_true(tree_answer_number(inode) == numbers[i]);
        assert_int_equal(tree_node(UINT64_C(1) << 63 | numbers[i]), TREE_DROP);
    }
    assert_false(tree_is_directory(TREE_DROP));
    assert_false(tree_is_directory(TREE_ANSWER));
}

TEST(import_belongs_to_its_group_and_is_there_only_when_asked_for)
{
    struct options options = {
        .control_owner = 5, .owner = 27, .owner_group = 28, .import_owner = 0, .import_group = 29};
    struct tree tree = {.options = &options};
    struct fault f = {0};
    struct stat st;
    assert_int_equal(journal_new(&tree.source.journal, &f), 0);
    law_expect(tree_attributes(&tree, TREE_IMPORT, &st, &f), &f, REASON_NOT_FOUND);
    fault_clear(&f);
    options.sql_import[0] = '/';
    assert_int_equal(tree_attributes(&tree, TREE_IMPORT, &st, &f), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0730);
    assert_true(st.st_uid == 0 && st.st_gid == 29 && st.st_nlink == 2 && st.st_ino == TREE_IMPORT);
    assert_true(tree_is_directory(TREE_IMPORT) && tree_node(TREE_IMPORT) == TREE_IMPORT);
    journal_freep(&tree.source.journal);
}
