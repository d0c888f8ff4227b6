/* Outcomes of changes that are being made, noted in cells and read by another process. */
#include "fs/state/intents.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/harness.h"

enum { BYTES = 1024 * 1024 };

static unsigned char memory[BYTES] __attribute__((aligned(8)));
static const struct cells cells = {memory, sizeof(struct intent), INTENTS_MAX};
static struct intents *intents;

static void take_over(void)
{
    struct fault f = {0};
    intents_freep(&intents);
    assert_int_equal(intents_new(&cells, &intents, &f), 0);
}

static void set_up(void)
{
    memset(memory, 0, sizeof(memory));
    assert_in_range(INTENTS_MAX * cells_stride(sizeof(struct intent)), 1, BYTES);
    intents = NULL;
    take_over();
}

static void tear_down(void)
{
    intents_freep(&intents);
}

EACH_TEST(set_up, tear_down);

static int begin(uint64_t unique)
{
    static struct intent intent;
    intent.unique = unique;
    return intents_begin(intents, &intent);
}

TEST(an_outcome_comes_back_as_it_was)
{
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_RESTORE_PREVIOUS};
    CLEANUP(outcome_done) struct outcome read = {.action = ACTION_NONE};
    struct fault f = {0};
    const struct writer writer = {
        .via = VIA_IMPORT, .uid = 7, .gid = 8, .pid = 9, .thread = 10, .login = -1, .program = "mysqld"};
    struct intent intent;
    outcome.resource = resource_new("Name", 12, "", 0);
    outcome.commit = (struct commit){
        .changed = true, .generation = 40, .set = 12, .wiped = {3, 4}, .wiped_count = 2, .record_missing = true};
    outcome.findings.waived = 5;
    findings_add_repair(&outcome.findings, REPAIR_LINE_WIDTH, findings_field("ssl_ca"));
    findings_add_warning(&outcome.findings, WARNING_ENDS_SOON, findings_field(""), "it ends %d%% soon", 5);
    snprintf(outcome.sentence, sizeof(outcome.sentence), "restored as Name");
    snprintf(outcome.old_sha256, sizeof(outcome.old_sha256), "aa");
    intent_write(&outcome, &writer, &intent);
    intent_write_answer(span_of("{}"), &intent);
    assert_int_equal(intent_read(&intent, &read, &f), 0);
    assert_int_equal(read.action, ACTION_RESTORE_PREVIOUS);
    assert_string_equal(outcome_identifier(&read), "Name");
    assert_memory_equal(&read.commit, &outcome.commit, sizeof(read.commit));
    assert_memory_equal(&read.findings, &outcome.findings, sizeof(read.findings));
    assert_string_equal(read.sentence, "restored as Name");
    assert_string_equal(read.old_sha256, "aa");
    const struct writer back = intent_writer(&intent);
    assert_memory_equal(&back, &writer, sizeof(back));
    assert_int_equal(intent.answer_length, 2);
}

TEST(an_answer_that_is_too_long_is_left_to_be_made_again)
{
    static unsigned char text[INTENT_ANSWER_MAX + 1];
    struct intent intent = {.unique = 1};
    intent_write_answer((struct span){text, INTENT_ANSWER_MAX}, &intent);
    assert_int_equal(intent.answer_length, INTENT_ANSWER_MAX);
    intent.answer_length = 0;
    intent_write_answer((struct span){text, INTENT_ANSWER_MAX + 1}, &intent);
    assert_int_equal(intent.answer_length, 0);
}

/* They are of another version, or of a worker that an intruder had. */
TEST(values_that_are_unknown_here_are_left_out)
{
    static struct intent wild;
    CLEANUP(outcome_done) struct outcome read = {.action = ACTION_NONE};
    struct fault f = {0};
    memset(&wild, 0xff, sizeof(wild));
    assert_int_equal(intent_read(&wild, &read, &f), 0);
    assert_int_equal(read.action, ACTION_NONE);
    assert_int_equal(read.findings.repair_count + read.findings.warning_count, 0);
    assert_int_equal(strlen(read.sentence), FAULT_MESSAGE_SIZE - 1);
}

TEST(only_one_that_was_kept_is_found_by_its_write)
{
    int one = begin(5), two = begin(6);
    assert_int_equal(intents_find_kept(intents, 5), -1);
    take_over();
    intents_keep(intents, one);
    intents_end(intents, two);
    assert_int_equal(intents_find_kept(intents, 5), one);
    assert_int_equal(intents_find_kept(intents, 6), -1);
    assert_int_equal(intents_find_kept(intents, 0), -1);
}

TEST(stages_are_known_to_the_next_worker)
{
    struct intent intent;
    int place = begin(5);
    intents_reach(intents, place, INTENT_RECORDED);
    intents_reach(intents, -1, INTENT_RECORDED);
    take_over();
    assert_true(intents_get(intents, place, &intent));
    assert_int_equal(intent.stage, INTENT_RECORDED);
    intents_end(intents, place);
    intents_end(intents, -1);
    take_over();
    assert_false(intents_get(intents, place, &intent));
    assert_int_equal(memory[sizeof(uint64_t)], 0);
}

TEST(a_new_one_takes_the_place_of_the_oldest_that_was_kept_and_of_no_other)
{
    for (int i = 0; i < INTENTS_MAX; i++)
        assert_int_equal(begin(100 + (uint64_t)i), i);
    assert_int_equal(begin(1), -1);
    intents_keep(intents, 3);
    intents_keep(intents, 2);
    assert_int_equal(begin(2), 2);
    assert_int_equal(begin(3), 3);
    assert_int_equal(begin(4), -1);
}

TEST(without_memory_nothing_is_noted)
{
    const struct cells none = {0};
    struct fault f = {0};
    intents_freep(&intents);
    assert_int_equal(intents_new(&none, &intents, &f), 0);
    assert_int_equal(begin(5), -1);
}
