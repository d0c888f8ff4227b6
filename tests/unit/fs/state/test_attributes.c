#include "fs/state/attributes.h"

#include "tests/unit/lib/harness.h"

TEST(a_files_attributes_are_made_of_what_never_changes)
{
    const struct options options = {.owner = 27, .owner_group = 28, .cert_mode = 0444, .key_mode = 0400};
    const struct server server = {.options = &options};
    const struct node cert = node_of(node_file_inode(3, MATERIAL_CERT));
    const struct node key = node_of(node_generation_file_inode(3, MATERIAL_KEY));
    struct stat st = attributes_of_file(&server, cert, 1025, 5);
    assert_int_equal(st.st_ino, cert.inode);
    assert_int_equal(st.st_mode, S_IFREG | 0444);
    assert_int_equal(st.st_uid, 27);
    assert_int_equal(st.st_gid, 28);
    assert_int_equal(st.st_nlink, 1);
    assert_int_equal(st.st_size, 1025);
    assert_int_equal(st.st_blocks, 3);
    assert_int_equal(st.st_mtime, 5);
    st = attributes_of_file(&server, key, 241, 5);
    assert_int_equal(st.st_mode, S_IFREG | 0400);
    assert_int_equal(st.st_ino, key.inode);
}

TEST(import_belongs_to_its_group_and_is_there_only_when_asked_for)
{
    struct options options = {
        .control_owner = 5, .owner = 27, .owner_group = 28, .import_owner = 0, .import_group = 29};
    struct server server = {.options = &options};
    struct fault f = {0};
    struct attributes import;
    const struct stat *st = &import.stat;
    const struct node node = node_of(NODE_IMPORT);
    assert_int_equal(journal_new(&server.journal, &f), 0);
    assert_false(attributes_of(&server, node, &import));
    options.sql_import[0] = '/';
    assert_true(attributes_of(&server, node, &import));
    assert_int_equal(st->st_mode, S_IFDIR | 0730);
    assert_true(st->st_uid == 0 && st->st_gid == 29 && st->st_nlink == 2 && st->st_ino == NODE_IMPORT);
    assert_true(node.kind == NODE_IMPORT && node_type(NODE_IMPORT) == S_IFDIR);
    journal_freep(&server.journal);
}

TEST(a_number_that_nobody_gave_out_has_no_attributes)
{
    struct options options = {.control_owner = 5};
    struct server server = {.options = &options};
    struct fault f = {0};
    struct attributes ret;
    assert_int_equal(journal_new(&server.journal, &f), 0);
    assert_false(attributes_of(&server, node_of(0), &ret));
    assert_false(attributes_of(&server, node_of(255), &ret));
    journal_freep(&server.journal);
}

TEST(control_has_its_mode_and_its_owner_and_only_its_name_is_remembered)
{
    struct options options = {.control_owner = 5, .control_group = 6, .control_mode = 0600};
    struct server server = {.options = &options, .mounted = 7};
    struct fault f = {0};
    struct attributes control;
    assert_int_equal(journal_new(&server.journal, &f), 0);
    assert_true(attributes_of(&server, node_of(NODE_CONTROL), &control));
    assert_int_equal(control.stat.st_mode, S_IFREG | 0600);
    assert_true(control.stat.st_uid == 5 && control.stat.st_gid == 6 && control.stat.st_mtime == 7);
    assert_true(control.timeout == 0 && control.entry_timeout > 0);
    journal_freep(&server.journal);
}

/* notify.c takes back the attributes of the directories that lead to the files of a set, and their names, never others.
 */
TEST(the_kernel_remembers_only_what_a_notice_takes_back_or_what_never_changes)
{
    static const enum node_kind attributes[] = {NODE_ROOT, NODE_CERTIFICATES, NODE_SET};
    static const enum node_kind names[] = {NODE_CONTROL, NODE_GENERATIONS, NODE_IMPORT};
    static const enum node_kind neither[] = {NODE_GENERATION, NODE_CURRENT};
    struct options options = {.control_owner = 5};
    struct server server = {.options = &options};
    struct fault f = {0};
    struct attributes ret;
    assert_int_equal(journal_new(&server.journal, &f), 0);
    assert_int_equal(registry_new(&server.registry, &f), 0);
    for (size_t i = 0; i < COUNT_OF(attributes); i++) {
        (void)!attributes_of(&server, (struct node){.kind = attributes[i]}, &ret);
        assert_true(ret.timeout > 0 && ret.entry_timeout > 0);
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)!attributes_of(&server, (struct node){.kind = names[i]}, &ret);
        assert_true(ret.timeout == 0 && ret.entry_timeout > 0);
    }
    for (size_t i = 0; i < COUNT_OF(neither); i++) {
        (void)!attributes_of(&server, (struct node){.kind = neither[i]}, &ret);
        assert_true(ret.timeout == 0 && ret.entry_timeout == 0);
    }
    registry_freep(&server.registry);
    journal_freep(&server.journal);
}
