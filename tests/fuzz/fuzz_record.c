/* record: what the store's files hold, once they are opened. */
#include "tests/fuzz/oracle.h"

#include "core/store/record_read.h"

static void expect_set(const struct record_text *record)
{
    CLEANUP(tags_unrefp) struct tags *tags = NULL;
    CLEANUP(material_unrefp) struct material *material = NULL, *previous = NULL;
    struct fault f = {0};
    oracle_require(record->tag_count <= TAGS_MAX, "there is room for its tags");
    (void)oracle_law(record_tags(record, &tags, &f), &f);
    fault_clear(&f);
    (void)oracle_law(record_material(&record->set, &material, &f), &f);
    fault_clear(&f);
    (void)oracle_law(record_material(&record->previous, &previous, &f), &f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record_text record = {.format = 0};
    struct fault f = {0};
    if (oracle_law(record_parse((struct span){data, size}, &record, &f), &f))
        expect_set(&record);
    record_done(&record);
    return 0;
}
