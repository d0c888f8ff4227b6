/* Reports about sets whose end comes near or has come: once when it happens, and a problem while it lasts. */
#include "fs/worker/endings.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fs/host/channel.h"
#include "tests/unit/lib/bundles.h"
#include "tests/unit/lib/fixtures.h"
#include "tests/unit/lib/harness.h"
#include "tests/unit/lib/names.h"

static struct server server;
static struct problems problems = PROBLEMS_INITIALIZER;
static int ends[2];

/* Commits a set of a leaf and a root that end so many days from PKI_NOW; without a leaf, a bundle of both roots. */
static void commit(const char *identifier, int leaf_days, int root_days)
{
    CLEANUP(buf_done) struct buf text = {0};
    X509 *root = pki_certificate(&(struct pki_spec){
        .name = "root", .key = pki_key(3), .kind = PKI_CA, .from = -1, .until = root_days * (int64_t)PKI_DAY});
    X509 *leaf = pki_certificate(&(struct pki_spec){.name = "leaf",
                                                    .key = pki_key(4),
                                                    .issuer = root,
                                                    .issuer_key = pki_key(3),
                                                    .from = -1,
                                                    .until = leaf_days * (int64_t)PKI_DAY});
    if (leaf_days > 0) {
        pki_write_certificate(&text, leaf);
        pki_write_key(&text, pki_key(4));
    }
    pki_write_certificate(&text, root);
    CLEANUP(material_unrefp) struct material *material = bundle_must_build(&text);
    X509_free(root);
    X509_free(leaf);
    const struct registry_entry entry = set_entry(identifier, material);
    struct commit result;
    struct fault f = {0};
    const struct moment now = {.wall = PKI_NOW, .steady = 1};
    law_expect(registry_commit(server.registry, &entry, now, &result, &f), &f, REASON_NONE);
}

/* The reports for the time between two days, line by line; -1: the start. Returns how many lines there are. */
static size_t told(int since, int now, char *ret, size_t size)
{
    size_t count = 0;
    ret[0] = '\0';
    endings_report(&server, &problems, since < 0 ? 0 : PKI_NOW + since * (int64_t)PKI_DAY,
                   PKI_NOW + now * (int64_t)PKI_DAY);
    for (;;) {
        struct pollfd ready = {.fd = ends[0], .events = POLLIN};
        struct channel_message message;
        if (poll(&ready, 1, 0) != 1)
            return count;
        channel_receive(ends[0], &message);
        assert_int_equal(message.kind, CHANNEL_LOG);
        snprintf(ret + strlen(ret), size - strlen(ret), "%s\n", message.text);
        count++;
    }
}

static void expect(int since, int now, const char *text)
{
    char lines[16384];
    (void)told(since, now, lines, sizeof(lines));
    if (text[0] == '\0')
        assert_string_equal(lines, "");
    else if (strstr(lines, text) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", text, lines);
}

TEST(each_step_towards_the_end_is_reported_once)
{
    commit("", 400, 90);
    expect(-1, 0, "");
    expect(0, 59, "");
    expect(59, 60, "the served set: certificate 2 of CertificatePem (CN=root) ends on ");
    expect(60, 61, "");
    assert_int_equal(problems_count(&problems), 0);
    expect(61, 91, "the served set: certificate 2 of CertificatePem (CN=root) expired ");
    assert_int_equal(problems_count(&problems), 1);
    expect(91, 92, "");
    assert_int_equal(problems_count(&problems), 1);
    /* The clock was wrong and is set back. */
    expect(92, 50, "");
    assert_int_equal(problems_count(&problems), 0);
}

TEST(the_start_reports_near_ends_and_leaves_problems_to_its_caller)
{
    commit("Replica-1", 20, 90);
    expect(-1, 0, "the served set Replica-1: certificate 1 of CertificatePem (CN=leaf) ends on ");
    expect(-1, 21, "");
    assert_int_equal(problems_count(&problems), 1);
}

static int find_name(void *context, const char *sentence)
{
    return names_is_whole_in(sentence, context) ? 1 : 0;
}

TEST(a_set_is_named_whole_whatever_its_length)
{
    for (size_t i = 0; i < NAMES_COUNT; i++) {
        char lines[16384], name[NAMES_SIZE];
        struct commit result;
        struct fault f = {0};
        names_make(i, name);
        commit(name, 20, 90);
        assert_int_equal(told(-1, 0, lines, sizeof(lines)), 1);
        names_expect_in(lines, name);
        assert_non_null(strstr(lines, "(CN=leaf) ends on "));
        assert_int_equal(told(0, 21, lines, sizeof(lines)), 1);
        assert_int_equal(problems_visit(&problems, PROBLEM_TO_MEND, find_name, name), 1);
        assert_int_equal(registry_remove(server.registry, name, &result, &f), 0);
        problems.count = 0;
    }
}

TEST(anchors_alone_are_no_problem_when_they_end)
{
    commit("rds", 0, 90);
    expect(0, 61, "(CN=root) ends on ");
    expect(61, 91, "1 of 1 certificate is expired: ");
    expect(91, 92, "");
    assert_int_equal(problems_count(&problems), 0);
}

TEST(many_sets_are_counted)
{
    char lines[16384], identifier[16];
    for (int i = 0; i < 40; i++) {
        snprintf(identifier, sizeof(identifier), "s%d", i);
        commit(identifier, 0, 90);
    }
    assert_int_equal(told(0, 61, lines, sizeof(lines)), 33);
    assert_non_null(strstr(lines, "there are 8 more sets"));
}

static void set_up(void)
{
    struct fault f = {0};
    server = (struct server){.channel_fd = -1};
    assert_int_equal(channel_open(&ends[0], &ends[1], &f), 0);
    assert_int_equal(registry_new(&server.registry, &f), 0);
    server.log_fd = ends[1];
    problems.count = 0;
}

static void tear_down(void)
{
    registry_freep(&server.registry);
    close(ends[0]);
    close(ends[1]);
}

EACH_TEST(set_up, tear_down);
