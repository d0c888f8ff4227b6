/* import: the whole way. What is served imports to itself; what is refused leaves no trace. */
#include "tests/fuzz/oracle.h"

#include <time.h>

#include <openssl/err.h>

#include "core/answer.h"
#include "core/import.h"
#include "core/json.h"

static struct moment now(void)
{
    static struct moment start; /* one moment for all inputs, so that a finding stays one */
    if (start.wall == 0)
        start = (struct moment){.wall = time(NULL), .steady = 1};
    return start;
}

static bool import(struct vault *vault, struct frame *frame, struct outcome *ret)
{
    struct fault f = {0};
    struct buf answer = {0};
    bool done = oracle_law(import_document(vault, &import_terms_default, frame, now(), ret, &f), &f);
    struct fault none = {0};
    int result = done ? answer_write_outcome(ret, &answer, &none) : answer_write_fault(&f, &answer, &none);
    oracle_require(oracle_law(result, &none), "every outcome can be answered");
    struct frame json = {0};
    oracle_require(oracle_frame(buf_span(&answer), &json), "an answer is a document");
    frame_done(&json);
    buf_done(&answer);
    oracle_require(frame->text.data == NULL, "the document is wiped");
    oracle_require(ERR_peek_error() == 0, "the error queue is empty");
    return done;
}

static void add_member(struct buf *ret, const char *name, struct content *content)
{
    struct span bytes;
    oracle_require(content_borrow(content, &bytes) == 0, "what is served can be read");
    oracle_append_text(ret, name);
    oracle_append(ret, bytes); /* raw line breaks are allowed in strings */
    oracle_append_text(ret, "\"");
    content_return(content);
}

/* Waivers of what has a bit in `waived`. */
static void add_accept(struct buf *ret, uint32_t waived)
{
    const char *separator = "";
    oracle_append_text(ret, ",\"Accept\":[");
    for (enum reason reason = REASON_NONE; reason < REASON_COUNT; reason++) {
        if ((waived >> reason & 1) == 0)
            continue;
        oracle_append_text(ret, separator);
        oracle_append_text(ret, "\"");
        oracle_append_text(ret, reason_name(reason));
        oracle_append_text(ret, "\"");
        separator = ",";
    }
    oracle_append_text(ret, "]}");
}

/* The three files as they are served are a set that is equal to what is served, and need no repair. */
static void import_what_is_served(struct vault *vault, const struct generation *current)
{
    struct buf document = {0};
    struct frame frame = {0};
    struct outcome outcome;
    add_member(&document, "{\"ssl_ca\":\"", material_content(current->material, MATERIAL_CA));
    add_member(&document, ",\"ssl_cert\":\"", material_content(current->material, MATERIAL_CERT));
    add_member(&document, ",\"ssl_key\":\"", material_content(current->material, MATERIAL_KEY));
    add_accept(&document, material_findings(current->material)->waived);
    oracle_require(oracle_frame(buf_span(&document), &frame), "what is served makes a document");
    oracle_require(import(vault, &frame, &outcome), "what is served can be imported");
    oracle_require(!outcome.commit.changed, "what is served is equal to itself");
    oracle_require(outcome.findings.repair_count == 0, "what is served needs no repair");
    frame_done(&frame);
    buf_done(&document);
}

static void expect_served(struct vault *vault, const struct outcome *outcome)
{
    struct generation *current = vault_current(vault, "");
    if (outcome->action != ACTION_IMPORT_MATERIAL) {
        oracle_require(current == NULL, "only an import serves anything");
        return;
    }
    oracle_require(current != NULL && outcome->commit.changed && current->number == outcome->commit.generation,
                   "what was imported is served");
    import_what_is_served(vault, current);
    generation_unref(current);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame frame = {0};
    struct vault *vault = NULL;
    struct outcome outcome;
    struct fault f = {0};
    if (oracle_frame((struct span){data, size}, &frame)) {
        oracle_require(vault_new(&vault, &f) == 0, "there is memory");
        if (import(vault, &frame, &outcome))
            expect_served(vault, &outcome);
        else
            oracle_require(vault_current(vault, "") == NULL && vault_number(vault) == 0,
                           "what is refused leaves no trace");
        vault_freep(&vault);
    }
    frame_done(&frame);
    return 0;
}
