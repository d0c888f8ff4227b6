#include "fs/upgrade/resume.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/lib/alloc.h"
#include "tests/unit/lib/harness.h"

static struct fault f;

static void forget_fault(void)
{
    f = (struct fault){.reason = REASON_NONE};
}

EACH_TEST(forget_fault, NULL);

static struct resume parsed_of(const char *text)
{
    struct resume resume;
    struct buf copy = {0};
    add_text(&copy, text);
    assert_int_equal(resume_parse(&copy, &resume, &f), 0);
    return resume;
}

static void expect_refused(const char *bytes, size_t length)
{
    struct resume resume;
    struct buf copy = {0};
    add_bytes(&copy, (struct span){(const unsigned char *)bytes, length});
    int result = resume_parse(&copy, &resume, &f);
    law_expect(result, &f, REASON_SYSTEM);
    assert_null(resume.text.data);
    forget_fault();
}

TEST(a_text_is_read_as_it_was_written)
{
    static const char *const values[] = {"", " ", "/a b", "two\nlines\n", "\\n", "\\", "\\\\\n", "\xff\x01"};
    struct resume resume = {0}, again;
    int fd;
    for (size_t i = 0; i < COUNT_OF(values); i++)
        assert_int_equal(resume_add(&resume, "word", values[i], &f), 0);
    assert_int_equal(resume_add_number(&resume, "number", INT64_MIN, &f), 0);
    assert_int_equal(resume_write(&resume, &fd, &f), 0);
    assert_int_equal(resume_read(fd, &again, &f), 0);
    size_t at = 0;
    for (size_t i = 0; i < COUNT_OF(values); i++)
        assert_string_equal(resume_next(&again, "word", &at), values[i]);
    assert_null(resume_next(&again, "word", &at));
    assert_true(resume_number(&again, "number", 0) == INT64_MIN);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
    resume_done(&resume);
    resume_done(&again);
}

TEST(a_list_of_numbers_is_read_as_far_as_there_is_space)
{
    static const int list[] = {7, 0, -1, 9, 8};
    struct resume resume = {0};
    int got[4] = {0};
    assert_int_equal(resume_add_numbers(&resume, "pid", list, COUNT_OF(list), &f), 0);
    struct resume again = parsed_of("certfs-resume 1\npid 7\nother 1\npid 9\npid 8\n");
    assert_int_equal(resume.text.len, strlen("certfs-resume 1\npid 7\npid 9\npid 8\n"));
    assert_memory_equal(resume.text.data, "certfs-resume 1\npid 7\npid 9\npid 8\n", resume.text.len);
    assert_int_equal(resume_numbers(&again, "pid", got, 4), 3);
    assert_true(got[0] == 7 && got[1] == 9 && got[2] == 8 && got[3] == 0);
    assert_int_equal(resume_numbers(&again, "pid", got, 2), 2);
    assert_int_equal(resume_numbers(&again, "none", got, 4), 0);
    resume_done(&resume);
    resume_done(&again);
}

TEST(members_that_are_not_known_are_skipped)
{
    struct resume resume = parsed_of("certfs-resume 1\nlater x\nword yes\nlater \n");
    assert_string_equal(resume_get(&resume, "word"), "yes");
    assert_null(resume_get(&resume, "wor"));
    assert_int_equal(resume_number(&resume, "word", 7), 7);
    assert_int_equal(resume_number(&resume, "none", 7), 7);
    resume_done(&resume);
}

TEST(a_text_of_another_version_and_a_text_that_is_none_are_refused)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        "certfs-resume 2\n",
                                        "certfs-resume 1",
                                        "certfs-resume 11\n",
                                        "word a\n",
                                        "certfs-resume 1\nword\n",
                                        "certfs-resume 1\n word\n",
                                        "certfs-resume 1\nword a"};
    static const char nul[] = "certfs-resume 1\nword a\0b\n";
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        expect_refused(texts[i], strlen(texts[i]));
    expect_refused(nul, sizeof(nul) - 1);
}

TEST(more_members_than_there_may_be_are_refused)
{
    struct buf text = {0};
    add_text(&text, "certfs-resume 1\n");
    for (int i = 0; i < RESUME_MEMBERS_MAX; i++)
        add_text(&text, "a b\n");
    struct resume resume;
    struct buf most = {0}, more = {0};
    add_bytes(&most, buf_span(&text));
    add_bytes(&more, buf_span(&text));
    add_text(&more, "a b\n");
    assert_int_equal(resume_parse(&most, &resume, &f), 0);
    resume_done(&resume);
    law_expect(resume_parse(&more, &resume, &f), &f, REASON_SYSTEM);
    buf_done(&text);
}

TEST(descriptors_stay_open_across_execve_only_when_it_is_asked_for)
{
    struct resume resume = {0}, again;
    int ends[2], fd;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(resume_add_descriptor(&resume, "in", ends[0], &f), 0);
    assert_int_equal(resume_add_descriptor(&resume, "none", -1, &f), 0);
    assert_int_equal(resume_add_descriptor(&resume, "out", ends[1], &f), 0);
    assert_int_equal(resume_write(&resume, &fd, &f), 0);
    assert_int_equal(resume_read(fd, &again, &f), 0);
    assert_int_equal(resume_set_inherited(&again, true), 0);
    assert_int_equal(fcntl(ends[0], F_GETFD), 0);
    assert_int_equal(fcntl(ends[1], F_GETFD), 0);
    assert_int_equal(resume_set_inherited(&again, false), 0);
    assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
    assert_int_equal(resume_take_descriptor(&again, "in"), ends[0]);
    assert_int_equal(resume_take_descriptor(&again, "in"), -1);
    assert_int_equal(resume_take_descriptor(&again, "none"), -1);
    resume_close_rest(&again);
    assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(ends[1], F_GETFD), -1);
    close(ends[0]);
    close(fd);
    resume_done(&resume);
    resume_done(&again);
}

TEST(a_descriptor_that_is_not_open_or_is_a_standard_one_is_none)
{
    struct resume resume =
        parsed_of("certfs-resume 1\nfd.a 0\nfd.b 2\nfd.c 999999\nfd.d x\nfd.e -1\nfd.f 4294967299\n");
    for (char name[] = "a"; name[0] <= 'f'; name[0]++)
        assert_int_equal(resume_take_descriptor(&resume, name), -1);
    assert_int_equal(resume_set_inherited(&resume, true), 0);
    resume_close_rest(&resume);
    assert_int_not_equal(fcntl(STDERR_FILENO, F_GETFD), -1);
    resume_done(&resume);
}

static void write_and_read(void *unused)
{
    (void)unused;
    struct resume resume = {0}, again = {0};
    CLEANUP(buf_done) struct buf text = {0};
    forget_fault();
    int result = resume_add(&resume, "word", "a\nb", &f);
    buf_move(&text, &resume.text);
    if (result == 0)
        result = resume_parse(&text, &again, &f);
    law_check(result, &f, (struct span){0});
    resume_done(&resume);
    resume_done(&again);
}

TEST(each_allocation_that_fails_is_a_fault)
{
    assert_true(alloc_fail_each(write_and_read, NULL) > 1);
}
