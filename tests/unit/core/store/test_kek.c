#include "core/store/kek.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/names.h"

static const char hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
static unsigned char raw[KEK_SIZE];
static int folder;

static int load(const char *id, struct buf *ret, struct fault *f)
{
    struct stat facts;
    int result = kek_load(&(struct kek_source){.directory = folder}, id, ret, &facts, f);
    law_check(result, f, (struct span){(const unsigned char *)hex + 10, 40});
    if (result != 0) {
        assert_int_equal(f->reason, REASON_KEY_NOT_ACCESSIBLE);
        assert_string_equal(f->field, "KmsKeyId");
        assert_int_equal(ret->len, 0);
    }
    return result;
}

static void expect_key(const char *id)
{
    CLEANUP(buf_done) struct buf key = {0};
    struct fault f = {0};
    if (load(id, &key, &f) != 0)
        fail_msg("%s: %s", id, f.message);
    assert_true(span_equal(buf_span(&key), (struct span){raw, KEK_SIZE}));
}

static void expect_refusal(const char *id, const char *message)
{
    CLEANUP(buf_done) struct buf key = {0};
    struct fault f = {0};
    assert_int_equal(load(id, &key, &f), -1);
    if (strstr(f.message, message) == NULL)
        fail_msg("\"%s\" does not contain %s", f.message, message);
}

TEST(identifiers_have_an_alphabet_and_a_length)
{
    char longest[KEK_ID_MAX + 2];
    memset(longest, 'a', sizeof(longest));
    longest[KEK_ID_MAX + 1] = '\0';
    assert_false(kek_is_id(longest));
    longest[KEK_ID_MAX] = '\0';
    assert_true(kek_is_id(longest));
    static const char *const good[] = {"certfs", "A", "0", "alias/my-key_1.2", "arn:aws:kms:us-east-1:0:key/1", "a..b"};
    static const char *const bad[] = {"",    ".",   "..",   ".hidden",    "/etc/passwd", ":x",
                                      "a b", "a\n", "a\\b", "k\xC3\xA9y", "a*"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(kek_is_id(good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(kek_is_id(bad[i]));
}

TEST(a_key_is_32_bytes_or_64_digits)
{
    folder_write(folder, "raw", (struct span){raw, KEK_SIZE}, 0400);
    folder_write(folder, "hex", span_of(hex), 0400);
    CLEANUP(buf_done) struct buf line = {0};
    add_text(&line, hex);
    add_text(&line, "\n");
    folder_write(folder, "line", buf_span(&line), 0640);
    expect_key("raw");
    expect_key("hex");
    expect_key("line");
}

TEST(slashes_and_colons_are_dots_in_the_name)
{
    folder_write(folder, "alias.my.key", (struct span){raw, KEK_SIZE}, 0400);
    expect_key("alias/my:key");
    expect_key("alias.my/key");
}

TEST(other_sizes_and_other_digits_are_refused)
{
    char text[KEK_SIZE * 2 + 3];
    for (size_t length = 0; length <= sizeof(text); length++) {
        memset(text, '0', sizeof(text));
        folder_write(folder, "key", (struct span){(unsigned char *)text, length}, 0400);
        if (length != KEK_SIZE && length != 2 * (size_t)KEK_SIZE)
            expect_refusal("key", "32 bytes or 64 hexadecimal digits");
    }
    for (size_t at = 0; at < 2 * (size_t)KEK_SIZE; at += 7) {
        memset(text, 'f', sizeof(text));
        text[at] = 'g';
        folder_write(folder, "key", (struct span){(unsigned char *)text, 2 * (size_t)KEK_SIZE}, 0400);
        expect_refusal("key", "32 bytes or 64 hexadecimal digits");
    }
}

/* Whole where it fits; the longest that must is an ARN of AWS. */
static void expect_whole_refusal(const char *id)
{
    CLEANUP(buf_done) struct buf key = {0};
    struct fault f = {0};
    assert_int_equal(load(id, &key, &f), -1);
    if (!names_is_whole_in(f.message, id) && strlen(id) < 64)
        fail_msg("the identifier is missing: %s", f.message);
    assert_null(strstr(f.message, "..."));
}

TEST(an_identifier_is_whole_in_a_refusal_or_not_there)
{
    char id[NAMES_SIZE];
    for (size_t i = 0; i < NAMES_COUNT; i++) {
        CLEANUP(buf_done) struct buf key = {0};
        struct fault f = {0};
        names_make(i, id);
        expect_whole_refusal(id);
        folder_write(folder, id, span_of("short"), 0400);
        expect_whole_refusal(id);
        folder_write(folder, id, (struct span){raw, KEK_SIZE}, 0404);
        expect_whole_refusal(id);
        folder_write(folder, id, (struct span){raw, KEK_SIZE}, 0400);
        assert_int_equal(fchmod(folder, 0777), 0);
        expect_whole_refusal(id);
        assert_int_equal(fchmod(folder, 0700), 0);
        law_expect(kek_create(folder, id, &f), &f, REASON_KEY_NOT_ACCESSIBLE);
        (void)names_is_whole_in(f.message, id);
        assert_int_equal(unlinkat(folder, id, 0), 0);
        assert_int_equal(symlinkat("raw", folder, id), 0);
        expect_whole_refusal(id);
    }
}

TEST(a_key_that_others_can_touch_is_refused)
{
    static const mode_t modes[] = {0404, 0402, 0401, 0644, 0777};
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        folder_write(folder, "key", (struct span){raw, KEK_SIZE}, modes[i]);
        expect_refusal("key", "chmod 0400");
    }
}

TEST(a_key_in_a_folder_that_others_can_write_is_refused)
{
    static const mode_t refused[] = {0702, 0777, 01777, 0722}, taken[] = {0700, 0755, 0770, 0500};
    folder_write(folder, "key", (struct span){raw, KEK_SIZE}, 0400);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_int_equal(fchmod(folder, refused[i]), 0);
        expect_refusal("key", "others can write; chmod 0700");
        assert_int_equal(fchmod(folder, taken[i]), 0);
        expect_key("key");
    }
    assert_int_equal(fchmod(folder, 0700), 0);
}

TEST(anything_but_a_regular_file_is_refused_and_does_not_block)
{
    folder_write(folder, "target", (struct span){raw, KEK_SIZE}, 0400);
    assert_int_equal(symlinkat("target", folder, "symlink"), 0);
    assert_int_equal(mkfifoat(folder, "fifo", 0600), 0);
    assert_int_equal(mkdirat(folder, "folder", 0700), 0);
    expect_refusal("symlink", "cannot be opened: Too many levels of symbolic links");
    expect_refusal("fifo", "regular file");
    expect_refusal("folder", "regular file");
    expect_refusal("absent", "does not exist");
}

TEST(without_a_folder_no_key_is_found)
{
    CLEANUP(buf_done) struct buf key = {0};
    struct fault f = {0};
    law_expect(kek_load(&(struct kek_source){.directory = -1}, "certfs", &key, NULL, &f), &f,
               REASON_KEY_NOT_ACCESSIBLE);
}

TEST(a_made_key_can_be_loaded_and_is_not_made_again)
{
    CLEANUP(buf_done) struct buf first = {0}, again = {0};
    struct fault f = {0};
    struct stat facts;
    law_expect(kek_create(folder, "new/key", &f), &f, REASON_NONE);
    assert_int_equal(fstatat(folder, "new.key", &facts, 0), 0);
    assert_int_equal(facts.st_mode & 07777, 0400);
    assert_int_equal(load("new/key", &first, &f), 0);
    law_expect(kek_create(folder, "new/key", &f), &f, REASON_KEY_NOT_ACCESSIBLE);
    fault_clear(&f);
    assert_int_equal(load("new/key", &again, &f), 0);
    assert_true(span_equal(buf_span(&first), buf_span(&again)));
    law_expect(kek_create(folder, "../escape", &f), &f, REASON_KEY_NOT_ACCESSIBLE);
}

TEST(no_key_is_left_in_released_memory)
{
    CLEANUP(buf_done) struct buf key = {0};
    struct fault f = {0};
    folder_write(folder, "hex", span_of(hex), 0400);
    alloc_watch((struct span){raw, KEK_SIZE});
    assert_int_equal(load("hex", &key, &f), 0);
    buf_done(&key);
    assert_int_equal(alloc_watch((struct span){NULL, 0}), 0);
}

static void setup(void)
{
    for (size_t i = 0; i < KEK_SIZE; i++)
        raw[i] = (unsigned char)i;
    folder = folder_make();
}

static void teardown(void)
{
    folder_remove(folder);
}

EACH_TEST(setup, teardown);
