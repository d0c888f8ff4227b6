#include "fs/state/node.h"

#include <string.h>
#include <sys/stat.h>

#include "tests/unit/lib/harness.h"

static const uint64_t generations[] = {1, 2, 255, 256, 257, 1000000, UINT64_C(1) << 40};

TEST(a_files_number_contains_its_generation_and_its_name)
{
    for (size_t i = 0; i < COUNT_OF(generations); i++)
        for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++) {
            uint64_t inode = node_file_inode(generations[i], file);
            assert_int_equal(node_of(inode).kind, NODE_FILE);
            assert_int_equal(node_of(inode).number, generations[i]);
            assert_int_equal(node_of(inode).file, file);
        }
}

TEST(the_same_file_below_generations_has_another_number)
{
    for (size_t i = 0; i < COUNT_OF(generations); i++)
        for (enum material_file file = MATERIAL_CA; file < MATERIAL_FILE_COUNT; file++) {
            uint64_t inode = node_generation_file_inode(generations[i], file);
            assert_int_not_equal(inode, node_file_inode(generations[i], file));
            assert_int_equal(node_of(inode).kind, NODE_GENERATION_FILE);
            assert_int_equal(node_of(inode).number, generations[i]);
            assert_int_equal(node_of(inode).file, file);
        }
}

TEST(a_generations_directory_has_a_number_of_its_own)
{
    for (size_t i = 0; i < COUNT_OF(generations); i++) {
        uint64_t inode = node_generation_inode(generations[i]);
        assert_int_equal(node_of(inode).kind, NODE_GENERATION);
        assert_int_equal(node_of(inode).number, generations[i]);
        assert_int_equal(node_type(node_of(inode).kind), S_IFDIR);
    }
}

/* In each 256 numbers, three are files, one describes them, three are files below generations/, and two are
 * directories. */
TEST(numbers_that_nobody_gave_out_are_nothing)
{
    unsigned counts[NODE_KINDS] = {0};
    for (uint64_t inode = 256; inode < 512; inode++)
        counts[node_of(inode).kind]++;
    assert_int_equal(counts[NODE_FILE], MATERIAL_FILE_COUNT);
    assert_int_equal(counts[NODE_GENERATION_FILE], MATERIAL_FILE_COUNT);
    assert_int_equal(counts[NODE_GENERATION], 1);
    assert_int_equal(counts[NODE_SET], 1);
    assert_int_equal(counts[NODE_DESCRIPTION], 1);
    assert_int_equal(counts[NODE_NONE], 256 - 2 * MATERIAL_FILE_COUNT - 3);
    assert_int_equal(node_of(0).kind, NODE_NONE);
    assert_int_equal(node_of(255).kind, NODE_NONE);
}

TEST(the_root_has_the_number_that_fuse_wants)
{
    assert_int_equal(NODE_ROOT, 1);
    assert_int_equal(node_of(NODE_ROOT).kind, NODE_ROOT);
    assert_int_equal(node_type(NODE_ROOT), S_IFDIR);
    assert_int_equal(node_type(NODE_GENERATIONS), S_IFDIR);
    assert_int_not_equal(node_type(NODE_CONTROL), S_IFDIR);
    assert_int_not_equal(node_type(NODE_CURRENT), S_IFDIR);
}

TEST(every_name_that_is_listed_is_found_and_none_twice)
{
    const char *name, *other;
    size_t count = 0;
    for (; (name = node_root_name_at(count)) != NULL; count++) {
        enum material_file same = MATERIAL_CA;
        struct node node = node_root_name(name);
        assert_int_not_equal(node.kind, NODE_NONE);
        assert_int_equal(node.kind == NODE_FILE, node_file_name(name, &same));
        assert_int_equal(node.file, same);
        for (size_t i = 0; i < count && (other = node_root_name_at(i)) != NULL; i++)
            assert_string_not_equal(name, other);
    }
    assert_true(count >= 9);
    for (size_t i = 0; i < MATERIAL_FILE_COUNT; i++) {
        enum material_file file;
        assert_true(node_file_name(node_file_name_at(i), &file));
        assert_int_equal(file, i);
    }
    assert_null(node_file_name_at(MATERIAL_FILE_COUNT));
}

TEST(a_named_sets_directory_lists_its_description_as_well)
{
    for (size_t i = 0; i <= MATERIAL_FILE_COUNT; i++) {
        enum material_file file;
        assert_true(node_set_file_name(node_set_file_name_at(i), &file));
        assert_int_equal(file, i);
        assert_int_equal(node_of(node_file_inode(1, file)).kind,
                         i == MATERIAL_FILE_COUNT ? NODE_DESCRIPTION : NODE_FILE);
    }
    assert_null(node_set_file_name_at(MATERIAL_FILE_COUNT + 1));
}

TEST(other_names_are_nothing)
{
    static const char *const names[] = {"", ".", "..", "CA.PEM", "ca.pem ", "ca", "key.pem.", "controls", "contro"};
    enum material_file file;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(node_root_name(names[i]).kind, NODE_NONE);
        assert_false(node_file_name(names[i], &file));
    }
    assert_false(node_file_name("control", &file));
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
    assert_int_equal(node_generation_name("1"), 1);
    assert_int_equal(node_generation_name("1234567890123456"), UINT64_C(1234567890123456));
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(node_generation_name(wrong[i]), 0);
}

TEST(current_leads_to_the_generations_directory)
{
    char target[NODE_TARGET_SIZE];
    node_target(7, target);
    assert_string_equal(target, "generations/7");
    node_target(UINT64_MAX, target);
    assert_string_equal(target, "generations/18446744073709551615");
}

TEST(files_of_import_and_their_answers_have_numbers_that_no_generation_reaches)
{
    static const uint64_t numbers[] = {1, 255, 256, UINT64_C(1) << 40};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        uint64_t inode = node_answer_inode(numbers[i]);
        assert_int_equal(node_of(inode).kind, NODE_ANSWER);
        assert_true(node_of(inode).number == numbers[i]);
        assert_int_equal(node_of(UINT64_C(1) << 63 | numbers[i]).kind, NODE_IMPORT_FILE);
    }
    assert_int_not_equal(node_type(NODE_IMPORT_FILE), S_IFDIR);
    assert_int_not_equal(node_type(NODE_ANSWER), S_IFDIR);
}
