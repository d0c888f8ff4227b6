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
    outcome_done(ret);
    bool done = oracle_law(import_document(vault, &import_terms_default, frame, now(), ret, &f), &f);
    struct fault none = {0};
    int result = done ? answer_write_outcome(ret, &answer, &none) : answer_write_fault(&f, ret, &answer, &none);
    oracle_require(oracle_law(result, &none), "every outcome can be answered");
    struct frame json = {0};
    oracle_require(oracle_frame(buf_span(&answer), &json), "an answer is a document");
    frame_done(&json);
    buf_done(&answer);
    oracle_require(frame->text.data == NULL, "the document is wiped");
    oracle_require(ERR_peek_error() == 0, "the error queue is empty");
    return done;
}

/* As text within a JSON string, where raw line breaks are allowed; nothing where there is no such file. */
static void add_file(struct buf *ret, const struct material *material, enum material_file file)
{
    struct span bytes;
    struct content *content = material_content(material, file);
    if (content == NULL)
        return;
    oracle_require(content_borrow(content, &bytes) == 0, "what is served can be read");
    oracle_append(ret, bytes);
    content_return(content);
}

static void add_bundle(struct buf *ret, const struct material *material)
{
    oracle_append_text(ret, "\"CertificatePem\":\"");
    add_file(ret, material, MATERIAL_CERT);
    add_file(ret, material, MATERIAL_KEY);
    add_file(ret, material, MATERIAL_CA);
    oracle_append_text(ret, "\"");
}

static void add_fields(struct buf *ret, const struct material *material)
{
    oracle_append_text(ret, "\"ssl_ca\":\"");
    add_file(ret, material, MATERIAL_CA);
    oracle_append_text(ret, "\",\"ssl_cert\":\"");
    add_file(ret, material, MATERIAL_CERT);
    oracle_append_text(ret, "\",\"ssl_key\":\"");
    add_file(ret, material, MATERIAL_KEY);
    oracle_append_text(ret, "\"");
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

static void write_served(const struct generation *current, struct buf *ret)
{
    oracle_append_text(ret, "{\"CertificateIdentifier\":\"");
    oracle_append_text(ret, current->resource->identifier);
    oracle_append_text(ret, current->resource->set == 0 ? "\"," : "\",\"Replace\":true,");
    if (material_is_bundle(current->material))
        add_bundle(ret, current->material);
    else
        add_fields(ret, current->material);
    add_accept(ret, material_findings(current->material)->waived);
}

/* A self-signed leaf of a bundle stands in cert.pem and in ca.pem, so it is there twice. */
static void expect_no_repair(const struct outcome *outcome, bool bundle)
{
    for (size_t i = 0; i < outcome->findings.repair_count; i++)
        oracle_require(bundle && outcome->findings.repairs[i].repair == REPAIR_DUPLICATE_CERTIFICATE,
                       "what is served needs no repair");
}

/* The files as they are served are a set that is equal to what is served, and need no repair. */
static void import_what_is_served(struct vault *vault, const struct generation *current)
{
    struct buf document = {0};
    struct frame frame = {0};
    struct outcome outcome = {.action = ACTION_NONE};
    write_served(current, &document);
    oracle_require(oracle_frame(buf_span(&document), &frame), "what is served makes a document");
    oracle_require(import(vault, &frame, &outcome), "what is served can be imported");
    oracle_require(!outcome.commit.changed, "what is served is equal to itself");
    expect_no_repair(&outcome, material_is_bundle(current->material));
    outcome_done(&outcome);
    frame_done(&frame);
    buf_done(&document);
}

static bool is_empty(struct vault *vault)
{
    struct generation *root = vault_current(vault, ""), *named = vault_next(vault, 0);
    bool empty = root == NULL && named == NULL;
    generation_unref(root);
    generation_unref(named);
    return empty;
}

static void expect_served(struct vault *vault, const struct outcome *outcome)
{
    struct generation *current = vault_current(vault, outcome->identifier);
    if (outcome->action != ACTION_IMPORT_MATERIAL && outcome->action != ACTION_IMPORT_CERTIFICATE) {
        oracle_require(is_empty(vault), "only an import serves anything");
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
    struct outcome outcome = {.action = ACTION_NONE};
    struct fault f = {0};
    if (oracle_frame((struct span){data, size}, &frame)) {
        oracle_require(vault_new(&vault, &f) == 0, "there is memory");
        if (import(vault, &frame, &outcome))
            expect_served(vault, &outcome);
        else
            oracle_require(is_empty(vault) && vault_number(vault) == 0, "what is refused leaves no trace");
        outcome_done(&outcome);
        vault_freep(&vault);
    }
    frame_done(&frame);
    return 0;
}
