/* pem: what was read is written canonically, and is then read again without a repair. */
#include "tests/fuzz/oracle.h"

#include <string.h>

#include "core/pem/pem.h"

/* False if a block is encrypted or of another kind: those are not decoded, so there is nothing to write. */
static bool write_all(const struct pem *pem, struct buf *ret)
{
    struct fault f = {0};
    for (size_t i = 0; i < pem->count; i++) {
        const struct pem_block *block = &pem->blocks[i];
        if (block->encrypted || block->der.len == 0)
            return false;
        oracle_require(oracle_law(pem_write(block->label, buf_span(&block->der), ret, &f), &f), "it can be written");
    }
    return true;
}

static void read_again(const struct pem *pem, struct span text)
{
    struct pem again = {.count = 0};
    struct findings findings = {.repair_count = 0};
    struct fault f = {0};
    oracle_require(oracle_law(pem_parse(text, "ssl_ca", &again, &findings, &f), &f), "what is written can be read");
    oracle_require(findings.repair_count == 0, "what is written needs no repair");
    oracle_require(again.count == pem->count, "no block is lost");
    for (size_t i = 0; i < pem->count; i++)
        oracle_require(strcmp(again.blocks[i].label, pem->blocks[i].label) == 0 &&
                           span_equal(buf_span(&again.blocks[i].der), buf_span(&pem->blocks[i].der)),
                       "each block is as it was");
    pem_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pem pem = {.count = 0};
    struct findings findings = {.repair_count = 0};
    struct buf text = {0};
    struct fault f = {0};
    if (oracle_law(pem_parse((struct span){data, size}, "ssl_ca", &pem, &findings, &f), &f)) {
        oracle_require(pem.count > 0, "there is at least one block");
        if (write_all(&pem, &text))
            read_again(&pem, buf_span(&text));
    } else {
        oracle_require(pem.count == 0 && pem.blocks == NULL, "what is refused leaves nothing");
    }
    buf_done(&text);
    pem_done(&pem);
    return 0;
}
