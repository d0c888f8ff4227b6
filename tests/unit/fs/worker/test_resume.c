/* A change whose maker is killed between any two system calls is made once: by who was killed, or by who takes over. */
#include "fs/worker/resume.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/action/execute.h"
#include "core/base/directory.h"
#include "core/registry/registry_kept.h"
#include "fs/state/intents.h"
#include "fs/state/upload.h"
#include "tests/unit/lib/fail_syscalls.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/folder.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/load_fixture.h"

enum { CALLS_MAX = 60, STATE_SIZE = 512, UNIQUE = 4242 };

static struct cells cells = {.size = sizeof(struct intent), .count = INTENTS_MAX};
static struct server server;
static struct pki pki, other_pki;
static struct material *first, *second; /* of both */

static size_t memory_size(void)
{
    return INTENTS_MAX * cells_stride(sizeof(struct intent));
}

static void set_up(void)
{
    pki_make(&pki, pki_key(2));
    pki_make(&other_pki, pki_key(3));
    cells.memory = mmap(NULL, memory_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(cells.memory, MAP_FAILED);
}

static void tear_down(void)
{
    munmap(cells.memory, memory_size());
    pki_done(&pki);
    pki_done(&other_pki);
}

EACH_TEST(set_up, tear_down);

/* ---- the changes ---- */

/* The root set is `second`, and `first` its previous one; "a" is `first`. */
static void prepare(void)
{
    loaded_commit("", NULL, first);
    loaded_commit("", NULL, second);
    loaded_commit("a", NULL, first);
}

static void write_import(struct buf *ret)
{
    set_document(&pki, ret);
}

static void write_restore(struct buf *ret)
{
    assert_int_equal(buf_append_text(ret, "{\"Action\":\"RestorePrevious\"}", &(struct fault){0}), 0);
}

static void write_removal(struct buf *ret)
{
    assert_int_equal(buf_append_text(ret, "{\"Action\":\"rds_remove_binlog_ssl_material\"}", &(struct fault){0}), 0);
}

static void write_about_a(struct buf *ret, const char *action, const char *member, const char *more)
{
    char text[512];
    CLEANUP(generation_unrefp) struct generation *a = registry_current(loaded.registry, "a");
    snprintf(text, sizeof(text), "{\"Action\":\"%s\",\"%s\":\"%s\"%s}", action, member, a->resource->arn, more);
    assert_int_equal(buf_append_text(ret, text, &(struct fault){0}), 0);
}

static void write_deletion(struct buf *ret)
{
    write_about_a(ret, "DeleteCertificate", "CertificateArn", "");
}

static void write_tags(struct buf *ret)
{
    write_about_a(ret, "AddTagsToResource", "ResourceArn", ",\"Tags\":[{\"Key\":\"k\",\"Value\":\"v\"}]");
}

static void prepare_lost(void)
{
    char name[DIR_STORE_NAME_SIZE];
    loaded_commit("", NULL, first);
    loaded_commit("a", NULL, first);
    folder_record("", name);
    assert_int_equal(unlinkat(loaded.store_folder, name, 0), 0);
}

static const struct deed {
    const char *name;
    void (*prepare)(void);
    void (*write)(struct buf *ret);
} deeds[] = {
    {"import", prepare, write_import},   {"RestorePrevious", prepare, write_restore},
    {"removal", prepare, write_removal}, {"DeleteCertificate", prepare, write_deletion},
    {"tags", prepare, write_tags},       {"a lost record", prepare_lost, write_import},
};

/* ---- carrying them out ---- */

struct carrying {
    struct running running;
    struct buf answer;
    int place;
};

static void note(void *context, const struct outcome *outcome)
{
    struct carrying *c = context;
    c->place = resume_intend(&server, &c->running, outcome, &c->answer);
}

static int carry_out(const struct deed *deed, struct carrying *c)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(frame_done) struct frame frame = {0};
    CLEANUP(outcome_done) struct outcome outcome = {.action = ACTION_NONE};
    struct fault f = {0};
    struct policy policy = policy_default;
    *c = (struct carrying){.running.job.unique = UNIQUE, .running.writer.uid = 77, .place = -1};
    policy.intend = note;
    policy.intend_context = c;
    deed->write(&text);
    assert_int_equal(frame_take(&frame, buf_span(&text), &f), 0);
    return request_execute(loaded.registry, &policy, &frame, LOADED_NOW, &outcome, &f);
}

static void begin(const struct deed *deed)
{
    struct fault f = {0};
    memset(cells.memory, 0, memory_size());
    loaded_begin();
    first = set_material(&pki);
    second = set_material(&other_pki);
    deed->prepare();
    server = (struct server){.registry = loaded.registry};
    assert_int_equal(intents_new(&cells, &server.intents, &f), 0);
}

static void end(void)
{
    intents_freep(&server.intents);
    loaded_end();
    material_unref(first);
    material_unref(second);
    loaded.taken_over = false;
}

static void describe_set(const char *identifier, char *ret, size_t size)
{
    struct served served;
    size_t used = strlen(ret);
    registry_look(loaded.registry, identifier, &served);
    snprintf(ret + used, size - used, "%s|%.12s|%.12s|%zu\n", identifier,
             served.current == NULL ? "" : material_facts(served.current->material)->sha256,
             served.previous == NULL ? "" : material_facts(served.previous)->sha256, tags_count(served.tags));
    served_done(&served);
}

static void describe(char ret[static STATE_SIZE])
{
    ret[0] = '\0';
    describe_set("", ret, STATE_SIZE);
    describe_set("a", ret, STATE_SIZE);
}

static int find_leftover(void *context, const char *name)
{
    (void)context;
    return strstr(name, ".certfs-") != NULL;
}

/* The one that was killed held STORE; this is its successor. */
static void take_over(void)
{
    struct fault f = {0};
    loaded.taken_over = true;
    loaded_restart();
    intents_freep(&server.intents);
    server = (struct server){.registry = loaded.registry, .successor = true};
    assert_int_equal(intents_new(&cells, &server.intents, &f), 0);
    resume_decide(&server);
    law_expect(registry_settle(loaded.registry, &f), &f, REASON_NONE);
    assert_int_equal(directory_each(loaded.store_folder, find_leftover, NULL), 0);
}

static void expect_answer(int place, const struct carrying *whole)
{
    struct intent intent;
    assert_true(intents_get(server.intents, place, &intent));
    assert_int_equal(intent.uid, 77);
    if (intent.answer_length != whole->answer.len || memcmp(intent.answer, whole->answer.data, whole->answer.len) != 0)
        fail_msg("%.*s in place of %.*s", (int)intent.answer_length, intent.answer, (int)whole->answer.len,
                 (const char *)whole->answer.data);
}

/* Returns whether it was killed at the nth call. */
static bool kill_at(const struct deed *deed, size_t nth, const char *state, const struct carrying *whole,
                    bool *ret_made)
{
    char now[STATE_SIZE];
    struct carrying again;
    int status;
    begin(deed);
    pid_t child = fork();
    if (child == 0) {
        calls_end(nth);
        _exit(carry_out(deed, &again) == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == CALLS_ENDED));
    take_over();
    int place = intents_find_kept(server.intents, UNIQUE);
    *ret_made = place >= 0;
    if (place >= 0) {
        expect_answer(place, whole);
    } else {
        assert_int_equal(carry_out(deed, &again), 0);
        buf_done(&again.answer);
    }
    describe(now);
    if (strcmp(now, state) != 0)
        fail_msg("%s, killed at call %zu: %s in place of %s", deed->name, nth, now, state);
    end();
    return WEXITSTATUS(status) == CALLS_ENDED;
}

static void kill_everywhere(const struct deed *deed)
{
    char state[STATE_SIZE];
    struct carrying whole;
    bool made = false, made_before = false;
    size_t nth = 1;
    begin(deed);
    assert_int_equal(carry_out(deed, &whole), 0);
    assert_true(whole.place >= 0);
    describe(state);
    end();
    for (; kill_at(deed, nth, state, &whole, &made); nth++) {
        assert_true(nth < CALLS_MAX);
        assert_true(made || !made_before);
        made_before = made;
    }
    assert_true(made && nth > 5);
    buf_done(&whole.answer);
}

TEST(a_change_whose_maker_is_killed_at_any_call_is_made_once)
{
    for (size_t i = 0; i < COUNT_OF(deeds); i++)
        kill_everywhere(&deeds[i]);
}

TEST(a_committed_change_is_kept_for_its_answer_even_if_another_one_followed)
{
    struct carrying whole;
    begin(&deeds[0]);
    assert_int_equal(carry_out(&deeds[0], &whole), 0);
    intents_reach(server.intents, whole.place, INTENT_COMMITTED);
    loaded_commit("", NULL, second); /* while the one before still spreads */
    take_over();
    assert_int_equal(intents_find_kept(server.intents, UNIQUE), whole.place);
    assert_int_equal(intents_find_kept(server.intents, UNIQUE + 1), -1);
    expect_answer(whole.place, &whole);
    end();
    buf_done(&whole.answer);
}
